"""What became of one entry of a batch or transaction, as an entry of the response."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from gateway.actions.answer import Answer
from gateway.actions.preferring import Return, done
from gateway.fhir.problem import Problem
from gateway.storage.times import instant


def entry(
    answer: Answer, wanted: Return | None, *, written: bool, notes: Sequence[Problem] = ()
) -> dict[str, Any]:
    """The response's entry. What was read is in it; what was written, where that is preferred;
    and `notes`, what was said of it."""
    response: dict[str, Any] = {"status": _status(answer.status)}
    if answer.problems:
        return {"response": response | {"outcome": msgspec.Raw(answer.body)}}
    if answer.about is not None:
        response |= {
            "location": f"{answer.about.reference}/_history/{answer.about.version}",
            "etag": answer.headers["ETag"],
            "lastModified": instant(answer.about.updated),
        }
    if written and wanted is Return.OUTCOME:
        return {"response": response | {"outcome": msgspec.Raw(done(notes))}}
    if not answer.body or (written and wanted is not Return.REPRESENTATION):
        return {"response": response}
    return {"resource": msgspec.Raw(answer.body), "response": response}


@cache
def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"
