"""Every address of the running application passes the gate as `doors` says, or says nothing.

A route that is added without a line there fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from absence_requests import get
from absence_resources import FHIR_JSON
from absence_server import Sent, Server, made_id
from doors import GATED, OFFICERS, OPEN, PAGES, REGISTERED
from starlette.routing import Mount, Route
from two_worlds import MARK, World, asked, told_to

from gateway.routes import front
from gateway.routes.compressing import Compressed
from gateway.routes.middleware import Around

COUNTS = "GET /metrics"  # counts what each server was asked
NEVER = made_id("never")


def addresses(routes: Any, before: str = "") -> Iterator[str]:
    """Every method and address of the application; what hides more addresses is unfolded."""
    for route in routes:
        match route:
            case Mount() if route.routes:
                yield from addresses(route.routes, before + route.path)
            case Mount():
                yield f"MOUNT {before}{route.path}"
            case Route():
                for method in sorted(route.methods or ()):
                    if method != "HEAD":
                        yield f"{method} {before}{route.path}"
            case _:
                yield f"{type(route).__name__} {before}{getattr(route, 'path', '?')}"


@pytest.fixture(scope="module")
def worlds(opened: Callable[[], Server]) -> tuple[World, World]:
    """The server that holds it, and the one that never did."""
    withheld = made_id("withheld", 2)
    return told_to(opened(), withheld, whole=True), told_to(opened(), withheld, whole=False)


_moments = iter(range(100, 10**6))
PROOFS = [
    pytest.param(sent, asker, id=f"{name} {asker} {place}")
    for doors, askers in ((GATED, ("DA1", "PO1", "OF1")), (PAGES, ("me",)))
    for name, requests in doors.items()
    for place, sent in enumerate(requests)
    for asker in askers
]


def test_every_address_is_registered(worlds: tuple[World, World]) -> None:
    served = set(addresses(worlds[0].server.app.router.routes))
    missing = served - REGISTERED.keys() - OPEN.keys()
    assert not missing, "say in doors.py how each of these passes the gate"


def test_nothing_is_registered_that_is_not_there(worlds: tuple[World, World]) -> None:
    served = set(addresses(worlds[0].server.app.router.routes))
    assert (REGISTERED.keys() | OPEN.keys()) - served == set()


def test_what_stands_before_the_router_is_known(worlds: tuple[World, World]) -> None:
    around = [each.cls for each in worlds[0].server.app.user_middleware]
    assert around == [Compressed, Around, front.Front]


def test_the_front_answers_as_the_router_behind_it_would(opened: Callable[[], Server]) -> None:
    """It is the one other way in: whatever it takes, the registered door says the same."""
    servers = (opened(), opened())
    kept = [each for each in servers[1].app.user_middleware if each.cls is not front.Front]
    servers[1].app.user_middleware = kept
    hurried, plain = (told_to(one, made_id("withheld", 2), whole=True) for one in servers)
    for name, requests in GATED.items():
        for sent in requests if name.startswith("GET") else ():
            for id_ in (hurried.withheld, hurried.shown.partition("/")[2]):
                moment = next(_moments)
                both = [asked(world, sent, "DA1", id_, moment) for world in (hurried, plain)]
                assert both[0] == both[1], sent


@pytest.mark.parametrize(("sent", "asker"), PROOFS)
def test_what_is_withheld_is_absent_there(
    worlds: tuple[World, World], sent: Sent, asker: str
) -> None:
    moment = next(_moments)
    withheld = worlds[0].withheld
    with_it, without = (asked(world, sent, asker, withheld, moment) for world in worlds)
    assert with_it == without
    assert with_it.rows >= 1
    assert MARK.encode() not in with_it.came.body
    if b"{id}" in sent.body or "{id}" in sent.path:
        moment = next(_moments)
        never = [asked(world, sent, asker, NEVER, moment) for world in worlds]
        assert never[0] == never[1]
        assert (never[0].came.status, never[0].rows) == (with_it.came.status, with_it.rows)
        if with_it.came.status >= 400:
            assert never[0].came == with_it.came


@pytest.mark.parametrize("name", OFFICERS)
def test_officers_read_what_was_done_and_never_what_a_record_says(
    worlds: tuple[World, World], name: str
) -> None:
    for sent in OFFICERS[name]:
        told = asked(worlds[0], sent, "dpo", NEVER, next(_moments))
        assert told.rows >= 1
        assert MARK.encode() not in told.came.body


@pytest.mark.parametrize("name", [*REGISTERED])
def test_nobody_comes_in_without_saying_who_they_are(
    worlds: tuple[World, World], name: str
) -> None:
    server = worlds[0].server
    for sent in REGISTERED[name]:
        before = server.rows()
        path = sent.path.replace("{mine}", "Patient/x").replace("{", "").replace("}", "")
        came = server.ask(Sent(sent.method, path, FHIR_JSON))
        assert came.status == (303 if name in PAGES | OFFICERS else 401)
        assert server.rows() == before


@pytest.mark.parametrize(
    "name", [each for each in OPEN if each.startswith("GET") and each != COUNTS]
)
def test_what_is_open_reads_nothing_about_anybody(worlds: tuple[World, World], name: str) -> None:
    moment = next(_moments)
    answers = []
    for world in worlds:
        world.server.steps.begin(f"open {moment}", moment)
        before = world.server.rows()
        came = world.server.ask(Sent("GET", name.removeprefix("GET ").replace("{proof}", "x")))
        assert world.server.rows() == before
        answers.append((came.status, came.body))  # a forgotten cookie's end is by the real clock
    assert answers[0] == answers[1]


def test_the_author_reads_what_all_of_this_is_about(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    came = world.server.ask(get(f"Observation/{world.withheld}"), world.server.token("RX1"))
    assert came.status == 200
    assert MARK.encode() in came.body
