"""What a client wants back from a write (RFC 7240, R4 "Managing Return Content")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from gateway.actions.answer import Answer
from gateway.fhir.problem import Kind, Problem, outcome_bytes


class Return(Enum):
    """What the body of the answer is; headers and status say the rest in any case."""

    MINIMAL = "minimal"
    REPRESENTATION = "representation"
    OUTCOME = "OperationOutcome"


def preferred(header: str) -> Return | None:
    """What a Prefer header asks for; None where it names nothing that is known."""
    for each in header.replace(",", ";").split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "return":
            found = value.strip().strip('"')
            return next((one for one in Return if one.value == found), None)
    return None


def is_lenient(header: str) -> bool:
    """Whether unknown search parameters are to be passed over."""
    return "handling=lenient" in header.replace(" ", "")


def returned(answer: Answer, wanted: Return | None, notes: Sequence[Problem] = ()) -> Answer:
    """The answer to a write that was done, with the body that was asked for; `notes` is what was
    said of it besides."""
    if answer.status >= 300:
        return answer
    match wanted:
        case Return.MINIMAL:
            return replace(answer, body=b"")
        case Return.OUTCOME:
            status = 200 if answer.status == 204 else answer.status
            return replace(answer, status=status, body=done(notes))
        case _:
            return answer


def done(notes: Sequence[Problem] = ()) -> bytes:
    """An OperationOutcome: warnings, then whatever else is worth knowing, and that it is done."""
    graver = sorted(notes, key=lambda note: note.severity != "warning")
    return outcome_bytes([*graver, Problem(Kind.DONE, "Done.", severity="information")])
