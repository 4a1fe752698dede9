"""The answer to a message, kept so that the same message gets it again and is not acted on twice.

It names what was stored, and says what was not. It is the sender's own record, and tells nothing
of the person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.actions import messaging_known
from gateway.actions.answer import Answer
from gateway.actions.releasing import tree
from gateway.actions.writing import Writing
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, operation_outcome, refuse
from gateway.storage.resources import Row
from gateway.storage.times import instant, microseconds
from mappings import bars, parties
from mappings.bars import Message, word
from mappings.systems import MESSAGE_ANSWERED
from mappings.verdict import Fault

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a message came to: the request and its Tasks, and what is said besides."""

    focus: tuple[str, ...]
    notes: tuple[Problem, ...] = ()


def noted(note: Fault) -> Problem:
    return Problem(Kind.NOTED, note.reason, note.where, severity="information")


def issues(response: Json) -> Iterator[Problem]:
    """What is said of an entry that was stored, but that it was."""
    outcome = response.get("outcome")
    read = json.loads(bytes(outcome)) if isinstance(outcome, msgspec.Raw) else {}
    for issue in read.get("issue", ()):
        if issue["code"] != Kind.DONE.code:
            where = "".join(issue.get("expression", ())[:1])
            yield Problem(Kind.NOTED, issue["diagnostics"], where, issue["severity"])


def before(writing: Writing, message: Message, content: str) -> Answer | Refused | None:
    """What was answered to this message when it came before; None where it is new."""
    row = messaging_known.identified(writing, "Bundle", MESSAGE_ANSWERED, message.id)
    if not isinstance(row, Row):
        return row
    writing.named(row)
    first: Json = next(iter(_stored(writing, row).get("entry", ())), {})
    if first.get("resource", {}).get("id") != _id(message, content):
        return refuse(Kind.CONFLICT, word("other-content"), "Bundle.identifier")
    return _answer(writing, row)


def answered(writing: Writing, message: Message, content: str, told: Told) -> Answer | Refused:
    """The answer, stored with what it answers."""
    bundle = _bundle(writing, message, content, told)
    row = writing.add(bundle)
    return row if isinstance(row, Refused) else _answer(writing, row)


def _answer(writing: Writing, row: Row) -> Answer:
    """What was stored, without what is said of it as a record."""
    told = {name: value for name, value in _stored(writing, row).items() if name != "meta"}
    return Answer(200, encode(told))


def _stored(writing: Writing, row: Row) -> Json:
    return tree(writing.whole(row).body)


def _id(message: Message, content: str) -> str:
    """One and the same for a message that says the same."""
    return parties.urn("bars-answer", message.id, content).removeprefix("urn:uuid:")


def _bundle(writing: Writing, message: Message, content: str, told: Told) -> Json:
    own = _id(message, content)
    entries: list[Json] = [_entry(own, _header(writing, message, own, told))]
    if told.notes:
        outcome: Json = operation_outcome(told.notes)
        entries.append(_entry(parties.urn("bars-notes", own).removeprefix("urn:uuid:"), outcome))
        entries[0]["resource"]["response"]["details"] = {"reference": entries[1]["fullUrl"]}
    return {
        "resourceType": "Bundle",
        "id": writing.installation.new_id(),
        "identifier": {"system": MESSAGE_ANSWERED, "value": message.id},
        "type": "message",
        "timestamp": instant(microseconds(writing.now)),
        "entry": entries,
    }


def _entry(id_: str, resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{id_}", "resource": resource}


def _header(writing: Writing, message: Message, own: str, told: Told) -> Json:
    events = bars.table()["events"]
    return {
        "resourceType": "MessageHeader",
        "id": own,
        "eventCoding": {"system": events["systems"][0], "code": events["response"]},
        "source": {"name": "One Story", "endpoint": f"{writing.installation.base_url}/fhir"},
        "response": {"identifier": message.id, "code": "ok"},
        "focus": [{"reference": each} for each in told.focus],
    }
