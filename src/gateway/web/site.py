"""Every address of the pages, in one table. The application mounts these beside `/fhir`."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.web import signing
from gateway.web.dpo import disclosures, log, queue
from gateway.web.me import choose, emergencies, overview, receipts, story, told
from gateway.web.session import Door
from gateway.web.visiting import Visited, behind

STATIC = Path(__file__).parent / "static"
GET, POST = ["GET"], ["POST"]
BOTH = [*GET, *POST]


class NotBuiltError(Exception):
    """The pages' style sheet is not there: an installation that would look broken."""


def routes() -> list[BaseRoute]:
    """The pages' routes. NotBuiltError, in one line, where the static files were never built."""
    if not (STATIC / "nhsuk" / "VERSION").exists():
        raise NotBuiltError("the pages are not built: run python src/gateway/web/build.py")
    return [
        Route("/", signing.start, methods=GET),
        Route("/sign-in", signing.sign_in, methods=BOTH),
        Route("/sign-in/{proof}", signing.by_link, methods=GET),
        Route("/signed-out", signing.signed_out, methods=GET),
        Route("/leave", signing.leave, methods=BOTH),
        _me("", overview.overview, GET),
        _me("/held/{type}/{id}", overview.opened, GET),
        _me("/story", story.story, GET),
        _me("/looks", overview.who_looked, GET),
        _me("/emergencies", emergencies.emergencies, BOTH),
        _me("/choices/new", choose.new, BOTH),
        _me("/choices/{id}/change", choose.change, BOTH),
        _me("/choices/{id}/saved", choose.saved, GET),
        _me("/choices/{id}/take-back", choose.end, BOTH),
        _me("/choices/{id}/told", told.told, BOTH),
        _me("/choices/{id}/receipt", receipts.receipt, GET),
        _me("/choices/{id}/receipt.jws", receipts.file, GET),
        _me("/sign-out", signing.sign_out, POST),
        _dpo("", log.officer, BOTH),
        _dpo("/queue", queue.queue, BOTH),
        _dpo("/disclosures", disclosures.disclosures, BOTH),
        _dpo("/sign-out", signing.sign_out, POST),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    ]


def _me(path: str, visited: Visited, methods: list[str]) -> Route:
    return Route(f"/me{path}", behind(Door.ME, visited), methods=methods)


def _dpo(path: str, visited: Visited, methods: list[str]) -> Route:
    return Route(f"/dpo{path}", behind(Door.DPO, visited), methods=methods)
