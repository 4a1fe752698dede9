"""The receipt for a choice: to read, to print, and as the signed file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.answer import Answer
from gateway.audit.consent_receipt import MEDIA, Receipt, key_id, opened
from gateway.web.me.visit import Visit, visit
from gateway.web.records import NotAnsweredError
from gateway.web.rendering import HEADERS
from gateway.web.session import Session
from gateway.web.wording import listed, moment

FILE = "one-story-receipt.jws"


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt as the page shows it: what was said, then each part, then where the log has it."""

    words: tuple[str, ...]
    on: str
    parts: tuple[tuple[tuple[str, str], ...], ...]
    legal: tuple[str, ...]
    proof: tuple[tuple[str, str], ...]


async def receipt(request: Request, session: Session) -> Response:
    here = await visit(request, session)
    answer = await _asked(here)
    id_ = request.path_params["id"]
    match answer.status:
        case 200:
            key = here.gateway.keys.signer.verifier
            found = opened(answer.body.decode(), key)
            context = {"receipt": _shown(found, key_id(key)), "id": id_}
            return here.show("receipt.html", context)
        case 202:
            return here.show("receipt-soon.html", {"id": id_}, 202)
        case _:
            return here.nothing_here()


async def file(request: Request, session: Session) -> Response:
    """The same as the compact JWS."""
    here = await visit(request, session)
    answer = await _asked(here)
    match answer.status:
        case 200:
            disposition = {"Content-Disposition": f'attachment; filename="{FILE}"'}
            return Response(answer.body, headers=HEADERS | disposition, media_type=MEDIA)
        case 202:
            return here.show("receipt-soon.html", {"id": request.path_params["id"]}, 202)
        case _:
            return here.nothing_here()


async def _asked(here: Visit) -> Answer:
    answer = await here.gateway.receipt(here.requester, here.request.path_params["id"])
    if answer.status >= 500:
        raise NotAnsweredError(f"a receipt was answered {answer.status}")
    return answer


def _shown(found: Receipt, key: str) -> Shown:
    record = found.record
    [event] = record["events"]
    place = found.place
    return Shown(
        words=found.words,
        on=moment(datetime.fromisoformat(event["event_time"])),
        parts=tuple(_part(one) for one in record["pii_processing"]),
        legal=(
            record["legal"]["lawful_basis_note"],
            record["legal"]["controllers_note"],
            record["retention"],
            *record["legal"]["privacy_rights"],
        ),
        proof=(
            ("The choice and its version, as the log names them", found.version),
            ("You, by number", record["pii_principal_id"]),
            ("Law", record["legal"]["jurisdiction_note"]),
            ("Place in the log", f"entry {place.index} of {_size(place.checkpoint)}"),
            ("Signed by", key),
            ("Receipt made", moment(datetime.fromisoformat(found.issued))),
        ),
    )


def _part(processing: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """One yes or no of the choice, line by line."""
    who = [one["party_name"] for one in processing["recipients"]]
    sources = [one["party_name"] for one in processing["pii_controllers"]]
    about = [one.get("words", "a single record") for one in processing["pii_information"]]
    why = [one["words"] for one in processing["purposes"]]
    lines = (
        ("Yes or no", "Yes, may see" if processing["decision"] == "permit" else "No, may not see"),
        ("Who", listed(who, "or") or "any service"),
        ("About", listed(list(dict.fromkeys(about)))),
        ("Written by", listed(sources, "or")),
        ("What for", listed(why, "or") or "any reason"),
        ("How it was said", processing["collection_method"]),
    )
    return tuple(line for line in lines if line[1])


def _size(checkpoint: str) -> str:
    return checkpoint.split("\n")[1]
