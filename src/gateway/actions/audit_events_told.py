"""Which rows of the log a requester may read, and what of each."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from gateway.actions.audit_looks import ENTRY, INTERACTION, LOOKS
from gateway.actions.gate import Gate
from gateway.actions.judging import organization_id
from gateway.actions.kept_from_person import Held, held_about, is_own, is_told
from gateway.audit.entry import Entry
from gateway.audit.event import audit_event, for_service
from gateway.audit.sets import naming, shown
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Role
from gateway.storage import identities
from gateway.storage.predicate_sql import ALWAYS, NEVER, Sql, sql_and, sql_or

_VALUES = re.compile("=[^&]*")


def may_read(gate: Gate) -> Sql:
    """Which rows of the log this requester may read at all."""
    requester = gate.requester
    match requester.role:
        case Role.OFFICER:
            return ALWAYS
        case Role.PORTAL if is_delegate(requester):
            return NEVER  # it tells of what is kept from them
        case Role.PORTAL:
            mine = sql_or(about(gate, requester.patient or ""), is_own(gate, ENTRY))
            return sql_and(mine, is_told(held_about(gate), ENTRY))
        case Role.SERVICE if requester.in_emergency:
            return NEVER  # one entry may be about many people
        case Role.SERVICE:
            mine = Sql(
                f"(a.organization = ? AND json_extract({ENTRY}, '$.outcome') = 'permitted'"
                f" AND json_extract({ENTRY}, '$.query') NOT LIKE 'AuditEvent%')",
                (requester.organization,),
            )
            return sql_and(mine, sql_or(LOOKS, Sql(f"{INTERACTION} = 'disclosure'")))


# What was released about a person. The index of persons also holds whom a request concerned that
# released nothing about them: for the person and for officers, not for the one who asked.
_RELEASED_ABOUT = f"""a.number IN (
 SELECT e.number FROM identity i JOIN concern c ON c.identity = i.id
 JOIN resource r ON r.rid = c.rid JOIN audit_entity e ON e.entity = r.type || '/' || r.id
 JOIN audit a ON a.number = e.number CROSS JOIN json_each({ENTRY}, '$.entities') released
 WHERE i.person = ? AND released.value = e.entity)"""


# Under whatever name the person stood in the log, before what was confirmed joined them.
_ABOUT = """a.number IN (SELECT number FROM audit_person WHERE person IN
 (SELECT person FROM identity WHERE id = ? UNION SELECT own FROM identity WHERE person = ?))"""


def about(gate: Gate, patient: str) -> Sql:
    """Rows about the person whom a Patient id means: the requester's own, or any for officers."""
    identity = identities.by_patient(gate.connection, patient.removeprefix("Patient/"))
    if identity is None:
        return NEVER
    mine = identity.organization == organization_id(gate.requester)
    if not mine and gate.requester.role is not Role.OFFICER:
        return NEVER
    if gate.requester.role is Role.SERVICE:
        return Sql(_RELEASED_ABOUT, (identity.person,))
    return Sql(_ABOUT, (identity.id, identity.person))


def of_person(gate: Gate, patient: str) -> Sql:
    """All that a person may read is about them: their own id asks for no less, any other for
    nothing."""
    mine = held_about(gate).patients
    owned = about(gate, patient) is not NEVER
    return ALWAYS if owned and patient.removeprefix("Patient/") in mine else NEVER


def whose(gate: Gate) -> str:
    """What a cursor of the log is about."""
    return f"{gate.requester.organization}\0AuditEvent"


def bodies(gate: Gate, wanted: Sql, count: int) -> list[tuple[tuple[int, str], dict[str, object]]]:
    """The newest of these rows, each with its place, as this requester is told of it."""
    rows = gate.connection.execute(
        f"SELECT a.at, a.id, a.entry FROM audit a WHERE {wanted.text}"
        " ORDER BY a.at DESC, a.id DESC LIMIT ?",
        (*wanted.values, count),
    )
    read = [(at, id_, msgspec.json.decode(entry, type=Entry)) for at, id_, entry in rows]
    if gate.requester.role is Role.SERVICE:
        signer = gate.installation.keys.signer
        return [((at, id_), for_service(entry, signer)) for at, id_, entry in read]
    held = held_about(gate) if gate.requester.role is Role.PORTAL else None
    entries = shown(gate.connection, [entry for _, _, entry in read])
    return [
        ((at, id_), audit_event(entry if held is None else _for_one_person(gate, entry, held)))
        for (at, id_, _), entry in zip(read, entries, strict=True)
    ]


def _for_one_person(gate: Gate, entry: Entry, held: Held) -> Entry:
    """The person's own request as it was; of anybody else's no more than concerns them and is
    theirs to read, nor the digest of what was released, which may have held more."""
    if entry.patients == (gate.requester.patient,):
        return entry
    mine = tuple(each for each in entry.entities if _is_told(gate, each, held))
    query = _VALUES.sub("", entry.query or "")
    about_another = "?" not in query and query in set(entry.entities) - set(mine)
    return msgspec.structs.replace(
        entry,
        entities=mine,
        consents=tuple(each for each in entry.consents if _is_told(gate, each, held)),
        patients=tuple(each for each in entry.patients if each in held.told),
        query=query.partition("/")[0] if about_another else query,
        digest=None,
    )


def named_to(gate: Gate, entities: Sequence[str]) -> Sql:
    """True of the rows that name one of these, for a person: by what is not theirs to read they
    find their own requests alone, as by what never was."""
    held = held_about(gate)
    told = tuple(each for each in entities if _is_told(gate, each, held))
    others = tuple(each for each in entities if each not in told)
    return sql_or(
        naming(told) if told else NEVER,
        sql_and(naming(others), is_own(gate, ENTRY)) if others else NEVER,
    )


def _is_told(gate: Gate, reference: str, held: Held) -> bool:
    """Whether it is theirs to read, or stands here and is about nobody."""
    type_, id_ = reference.split("/")[:2]
    if f"{type_}/{id_}" in held.told:
        return True
    found = gate.connection.execute(
        "SELECT EXISTS (SELECT 1 FROM concern c WHERE c.rid = r.rid) FROM resource r"
        " WHERE r.type = ? AND r.id = ?",
        (type_, id_),
    ).fetchone()
    return found is not None and not found[0]
