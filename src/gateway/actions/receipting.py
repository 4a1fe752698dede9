"""The signed receipt for a choice: for the person whose choice it is, and for officers."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from consent.reading import read
from fhir_profiles import load
from gateway.actions import logged
from gateway.actions.answer import Answer, refused
from gateway.actions.directory import every_rule
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.looking import ABSENT
from gateway.actions.pins import name_of, pinned_as, salt_of
from gateway.actions.receipting_parties import parties
from gateway.actions.receipting_record import TERMS, Recorded, record, words
from gateway.actions.releasing import WHOLE, stored_labels, version_of, whole
from gateway.actions.served import SCOPE
from gateway.actions.serving import Serving
from gateway.audit.consent_receipt import MEDIA, SCHEMA, Place, Receipt, encoded, signed
from gateway.audit.entry import Entry
from gateway.audit.entry import read as entry_in
from gateway.audit.pinning import pinned
from gateway.audit.proving import BrokenLogError
from gateway.auth.requester import Requester, Role
from gateway.fhir.problem import Kind, Problem, outcome_bytes
from gateway.storage import searching
from gateway.storage.connection import Connection
from gateway.storage.resources import Row
from gateway.storage.searching import Criteria

FOR_WHOM = Problem(Kind.FORBIDDEN, "is for the person and for officers", "$receipt")
SOON = Problem(
    Kind.DONE,
    "The choice is saved. Its receipt is ready in a moment: ask again.",
    severity="information",
)


@dataclass(frozen=True, slots=True)
class Logged:
    """The entry that records one version of a Consent, with its leaf; where it has one, its place
    in the tree."""

    position: int | None
    body: bytes
    leaf: bytes
    entry: Entry


class Receipting(Serving):
    """The operation $receipt, of one Consent."""

    async def receipt(self, requester: Requester, id_: str) -> Answer:
        """200 with the compact JWS; 202 while the log's entry waits for its place in the tree."""
        request = self._request(requester, "operation", logged.about("Consent", id_) + "/$receipt")
        if requester.role is Role.SERVICE:
            return await self._refuse(request, FOR_WHOM)
        if not requester.may("r", "Consent"):
            return await self._refuse(request, Problem(Kind.FORBIDDEN, SCOPE, "Consent"))
        receipt_id = self.new_id()
        found = await self._seen(request, lambda gate: _found(gate, id_, receipt_id), long=True)
        return await self._record(request, found)


def _found(gate: Gate, id_: str, receipt_id: str) -> Found:
    row = _row(gate, id_)
    asked = (f"Consent/{id_}",)
    if row is None:
        persons = gate.sight(Criteria("Consent", ids=(id_,))).persons
        return Found(refused(ABSENT), asked, (), persons)
    persons = searching.persons_concerned(gate.connection, [row])
    return Found(_answered(gate, row, receipt_id), asked, (), persons)


def _row(gate: Gate, id_: str) -> Row | None:
    """The person's own, as the gate lets it pass. An officer reads no record; the receipt of a
    choice is theirs to check, whosever it is."""
    if gate.requester.role is Role.OFFICER:
        return searching.current(gate.connection, "Consent", id_)
    return gate.row("Consent", id_)


def _answered(gate: Gate, row: Row, receipt_id: str) -> Answer:
    consent = whole(row, gate.installation.resources.opened(row))
    recorded = _logged(gate.connection, row)
    if recorded is None:
        raise BrokenLogError("no entry of the log records a consent that is stored")
    if recorded.position is None:
        return Answer(202, outcome_bytes([SOON]), {"Retry-After": "1"})
    receipt = _made(gate, row, consent, recorded, receipt_id)
    text = signed(receipt, gate.installation.keys.signer)
    headers = {"Content-Type": MEDIA, "Cache-Control": "no-store"}
    return Answer(200, text.encode(), headers)


def _made(
    gate: Gate, row: Row, consent: dict[str, Any], logged_as: Logged, receipt_id: str
) -> Receipt:
    installation, keys = gate.installation, gate.installation.keys
    pins = [one for one in logged_as.entry.agreed if one.startswith(f"{name_of(row)}#")]
    if pins not in ([], [pinned_as(keys, row, consent)]):
        raise BrokenLogError("a consent is not what the log is pinned to")
    rules = read(consent)[0]
    actors = [
        actor
        for rule in every_rule(rules)
        for actor in (*rule.criteria.recipients, *rule.criteria.sources)
    ]
    known = parties(gate.connection, actors)
    recorded = Recorded(
        consent=consent,
        rules=rules.rules,
        entry=logged_as.entry,
        version=version_of(keys, row, WHOLE, stored_labels(row, installation.resources.labelling)),
        author_role=row.author_role,
        whole_act=_is_readers(gate.requester, row, logged_as.entry),
        pages=f"{installation.base_url}/me",
    )
    return Receipt(
        schema=SCHEMA,
        id=f"urn:uuid:{receipt_id}",
        issued=gate.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        language=load(TERMS)["language"],
        words=tuple(words(recorded, known)),
        record=record(recorded, known),
        version=name_of(row),
        consent=pinned(consent),
        salt=encoded(salt_of(keys, row)),
        place=_place(gate, row, logged_as),
    )


def _place(gate: Gate, row: Row, logged_as: Logged) -> Place:
    assert logged_as.position is not None  # noqa: S101 - asked before
    subtrees = gate.installation.subtrees
    proved = subtrees.prove(gate.connection, logged_as.position, logged_as.leaf, gate.in_time)
    is_shown = _is_readers(gate.requester, row, logged_as.entry)
    return Place(
        log=gate.installation.keys.audit_name,
        index=logged_as.position,
        entry=logged_as.body.decode() if is_shown else "",
        leaf="" if is_shown else base64.b64encode(logged_as.leaf).decode(),
        path=tuple(base64.b64encode(node).decode() for node in proved.path),
        checkpoint=proved.note,
    )


def _is_readers(requester: Requester, row: Row, entry: Entry) -> bool:
    """Whether the reader may know all that the entry names. What a service wrote in one act with
    the choice may be kept from the person, or about others.

    INVARIANT: a transaction is not shown whatever it wrote, so that nobody learns from that.
    """
    if requester.role is Role.OFFICER or entry.role == Role.PORTAL:
        return True
    return entry.interaction != "transaction" and set(entry.entities) == {row.reference}


def _logged(connection: Connection, row: Row) -> Logged | None:
    """The entry of the request that wrote this version: of its very instant, and names it."""
    rows = connection.execute(
        "SELECT a.position, a.entry, a.leaf FROM audit a WHERE a.at = ? AND EXISTS (SELECT 1"
        " FROM audit_entity e WHERE e.entity = ? AND e.number = a.number) ORDER BY a.number",
        (row.updated, row.reference),
    )
    found = [Logged(p, bytes(body), bytes(leaf), _entry(body)) for p, body, leaf in rows]
    done = [one for one in found if one.entry.outcome == "permitted"]
    held_to_it = [one for one in done if _pins(one.entry, row)]
    return next(iter(held_to_it or (one for one in done if _wrote(one, row))), None)


# Of the time when entries held no hash of what was written.
_WRITING = frozenset({"create", "update", "patch", "delete", "transaction"})


def _wrote(one: Logged, row: Row) -> bool:
    return one.entry.interaction in _WRITING and row.reference in one.entry.entities


def _pins(entry: Entry, row: Row) -> bool:
    return any(one.startswith(f"{name_of(row)}#") for one in entry.agreed)


def _entry(body: bytes) -> Entry:
    entry = entry_in(bytes(body))
    if entry is None:
        raise BrokenLogError("an entry of the log cannot be read")
    return entry
