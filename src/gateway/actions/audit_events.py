"""The log as AuditEvents: all of it for officers, a person's part for the person, and for a service
what it was itself permitted to read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from gateway.actions.answer import Answer, refused
from gateway.actions.asking import Query, repeated
from gateway.actions.consult_query import NAME
from gateway.actions.cursor import cursor, place_of
from gateway.actions.found import Found
from gateway.actions.gate import Gate
from gateway.actions.judging import organization_id
from gateway.actions.kept_from_person import Held, held_about, is_own, is_told
from gateway.actions.looking import ABSENT
from gateway.audit.entry import Entry
from gateway.audit.event import audit_event, for_service
from gateway.audit.sets import naming, shown
from gateway.auth.delegated import is_delegate
from gateway.auth.requester import Role
from gateway.fhir.encoding import encode
from gateway.fhir.indexing import prefixed_date
from gateway.fhir.problem import Kind, Problem, Refused
from gateway.fhir.references import local, relative
from gateway.storage import identities
from gateway.storage.predicate_sql import ALWAYS, NEVER, Sql, placeholders, sql_and, sql_or

OUTCOMES = {"0": "permitted", "4": "refused", "8": "failed"}
ENTRY = "CAST(a.entry AS TEXT)"
_READS = ("read", "vread", "search-type", "history-instance", "history-type")
_OPERATIONS = ("/$everything", "/$document", NAME)  # that release what is held, or tell of it
_VALUES = re.compile("=[^&]*")
_COMPARED = {"eq": "", "gt": ">", "lt": "<", "ge": ">=", "le": "<=", "sa": ">", "eb": "<"}


_INTERACTION, _QUERY = (f"json_extract({ENTRY}, '$.{name}')" for name in ("interaction", "query"))
_LOOKS = Sql(
    f"({_INTERACTION} IN ({placeholders(len(_READS))})"
    f" OR ({_INTERACTION} = 'transaction' AND {_QUERY} <> '')"
    + "".join(f" OR {_QUERY} LIKE '%{each}'" for each in _OPERATIONS)
    + ")",
    _READS,
)


def is_look(interaction: str, query: str) -> bool:
    """Whether a row of the log says that somebody asked to see what is held: the same as `_LOOKS`.
    A transaction's row names what its GETs asked for."""
    return (
        interaction in _READS
        or (interaction == "transaction" and query != "")
        or query.endswith(_OPERATIONS)
    )


@dataclass(slots=True)
class _Asked:
    wanted: list[Sql] = field(default_factory=list)
    count: int = 50
    counted: bool = False
    after: Sql = ALWAYS
    shown: list[tuple[str, str]] = field(default_factory=list)


def read(gate: Gate, id_: str) -> Found:
    """One AuditEvent, where this requester may read it."""
    seen = _bodies(gate, sql_and(_may_read(gate), Sql("a.id = ?", (id_,))), 1)
    if not seen:
        return Found(refused(ABSENT), (f"AuditEvent/{id_}",))
    return Found(Answer(200, encode(seen[0][1])), (f"AuditEvent/{id_}",))


def search(gate: Gate, query: Query) -> Found:
    """AuditEvents, newest first. Knows date, entity, patient, agent, outcome and purpose."""
    asked = _asked(gate, query)
    if isinstance(asked, Refused):
        return Found(refused(*asked.problems))
    wanted = sql_and(_may_read(gate), *asked.wanted)
    total = _count(gate, wanted)
    base = f"{gate.installation.base_url}/fhir/AuditEvent"
    bundle: dict[str, object] = {"resourceType": "Bundle", "type": "searchset", "total": total}
    links = [{"relation": "self", "url": _url(base, asked.shown)}]
    seen: list[tuple[tuple[int, str], dict[str, object]]] = []
    if not asked.counted and asked.count:
        seen = _bodies(gate, sql_and(wanted, asked.after), asked.count + 1)
        if len(seen) > asked.count:
            seen = seen[: asked.count]
            following = cursor(gate.installation.keys, _whose(gate), seen[-1][0])
            after = [*asked.shown, ("_cursor", following)]
            links.append({"relation": "next", "url": _url(base, after)})
    bundle["link"] = links
    if seen:
        bundle["entry"] = [
            {"fullUrl": f"{base}/{body['id']}", "resource": body, "search": {"mode": "match"}}
            for _, body in seen
        ]
    return Found(Answer(200, encode(bundle)))


def _may_read(gate: Gate) -> Sql:
    """Which rows of the log this requester may read at all."""
    requester = gate.requester
    match requester.role:
        case Role.OFFICER:
            return ALWAYS
        case Role.PORTAL if is_delegate(requester):
            return NEVER  # it tells of what is kept from them
        case Role.PORTAL:
            mine = sql_or(_about(gate, requester.patient or ""), is_own(gate, ENTRY))
            return sql_and(mine, is_told(held_about(gate), ENTRY))
        case Role.SERVICE if requester.in_emergency:
            return NEVER  # one entry may be about many people
        case Role.SERVICE:
            mine = Sql(
                f"(a.organization = ? AND json_extract({ENTRY}, '$.outcome') = 'permitted'"
                f" AND json_extract({ENTRY}, '$.query') NOT LIKE 'AuditEvent%')",
                (requester.organization,),
            )
            return sql_and(mine, sql_or(_LOOKS, Sql(f"{_INTERACTION} = 'disclosure'")))


# What was released about a person. The index of persons also holds whom a request concerned that
# released nothing about them: for the person and for officers, not for the one who asked.
_RELEASED_ABOUT = f"""a.number IN (
 SELECT e.number FROM identity i JOIN concern c ON c.identity = i.id
 JOIN resource r ON r.rid = c.rid JOIN audit_entity e ON e.entity = r.type || '/' || r.id
 JOIN audit a ON a.number = e.number CROSS JOIN json_each({ENTRY}, '$.entities') released
 WHERE i.person = ? AND released.value = e.entity)"""


def _about(gate: Gate, patient: str) -> Sql:
    """Rows about the person whom a Patient id means: the requester's own, or any for officers."""
    identity = identities.by_patient(gate.connection, patient.removeprefix("Patient/"))
    if identity is None:
        return NEVER
    mine = identity.organization == organization_id(gate.requester)
    if not mine and gate.requester.role is not Role.OFFICER:
        return NEVER
    if gate.requester.role is Role.SERVICE:
        return Sql(_RELEASED_ABOUT, (identity.person,))
    return Sql("a.number IN (SELECT number FROM audit_person WHERE person = ?)", (identity.person,))


def _of_person(gate: Gate, patient: str) -> Sql:
    """All that a person may read is about them: their own id asks for no less, any other for
    nothing."""
    mine = held_about(gate).patients
    owned = _about(gate, patient) is not NEVER
    return ALWAYS if owned and patient.removeprefix("Patient/") in mine else NEVER


def _asked(gate: Gate, query: Query) -> _Asked | Refused:
    asked = _Asked(count=gate.installation.limits.page)
    problems = repeated(query)
    for name, value in query:
        problem = _read_one(gate, asked, name, value)
        if problem is not None:
            problems.append(problem)
        elif name not in ("_cursor", "_format", "_pretty"):
            asked.shown.append((name, value))
    return Refused(tuple(problems)) if problems else asked


def _read_one(gate: Gate, asked: _Asked, name: str, value: str) -> Problem | None:
    base = gate.installation.base_url + "/fhir"
    match name:
        case "_format" | "_pretty":
            return None
        case "_count":
            if not (value.isascii() and value.isdigit() and len(value) < 10):
                return Problem(Kind.PARAMETER, "must be a whole number, 0 or more", name)
            asked.count = min(int(value), gate.installation.limits.longest_page)
        case "_summary":
            if value not in ("count", "false"):
                return Problem(Kind.PARAMETER, "must be count or false", name)
            asked.counted = value == "count"
        case "_total":
            if value not in ("none", "estimate", "accurate"):
                return Problem(Kind.PARAMETER, "must be none, estimate or accurate", name)
        case "_cursor":
            after = place_of(gate.installation.keys, _whose(gate), value)
            if after is None or len(after) != 2:
                return Problem(Kind.PARAMETER, "must be a cursor of a page link", name)
            asked.after = Sql("(a.at, a.id) < (?, ?)", after)
        case "_id":
            ids = tuple(value.split(","))
            asked.wanted.append(Sql(f"a.id IN ({placeholders(len(ids))})", ids))
        case "entity":
            entities = tuple(relative(each, base) for each in value.split(","))
            if any(local(each) is None for each in entities):
                return Problem(Kind.PARAMETER, "must be Type/id", name)
            if gate.requester.role is Role.PORTAL:
                kept = held_about(gate).kept
                entities = tuple(each for each in entities if each not in kept)
                asked.wanted += [] if entities else [NEVER]
            if entities:
                asked.wanted.append(naming(entities))
            if gate.requester.role is Role.SERVICE:
                asked.wanted.append(_released(entities))
        case "patient":
            named = relative(value, base)
            is_person = gate.requester.role is Role.PORTAL
            asked.wanted.append(_of_person(gate, named) if is_person else _about(gate, named))
        case "agent":
            agents = tuple(relative(each, base) for each in value.split(","))
            asked.wanted.append(Sql(f"a.organization IN ({placeholders(len(agents))})", agents))
        case "outcome":
            if value not in OUTCOMES:
                return Problem(Kind.PARAMETER, "must be 0, 4 or 8", name)
            asked.wanted.append(Sql(f"json_extract({ENTRY}, '$.outcome') = ?", (OUTCOMES[value],)))
        case "purpose":
            code = value.rpartition("|")[2]
            asked.wanted.append(Sql(f"json_extract({ENTRY}, '$.purpose') = ?", (code,)))
        case "date":
            date = prefixed_date(value)
            if date is None or date[0] not in _COMPARED:
                return Problem(Kind.PARAMETER, "must be a date such as ge2026-05-01", name)
            asked.wanted.append(_date(*date))
        case _:
            return Problem(Kind.UNSUPPORTED, "is no search parameter that is served", name[:64])
    return None


def _whose(gate: Gate) -> str:
    """What a cursor of the log is about."""
    return f"{gate.requester.organization}\0AuditEvent"


def _released(entities: tuple[str, ...]) -> Sql:
    """Rows that name these as released, and not as a consent that was asked."""
    marks = placeholders(len(entities))
    return Sql(
        f"EXISTS (SELECT 1 FROM json_each({ENTRY}, '$.entities') named"
        f" WHERE named.value IN ({marks}))",
        entities,
    )


def _date(prefix: str, low: int, high: int) -> Sql:
    match prefix:
        case "eq":
            return Sql("a.at BETWEEN ? AND ?", (low, high))
        case "ge" | "lt":
            return Sql(f"a.at {_COMPARED[prefix]} ?", (low,))
        case "eb":
            return Sql("a.at < ?", (low,))
        case _:
            return Sql(f"a.at {_COMPARED[prefix]} ?", (high,))


def _count(gate: Gate, wanted: Sql) -> int:
    row = gate.connection.execute(
        f"SELECT count(*) FROM audit a WHERE {wanted.text}", wanted.values
    ).fetchone()
    return int(row[0])


def _bodies(gate: Gate, wanted: Sql, count: int) -> list[tuple[tuple[int, str], dict[str, object]]]:
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
        query=query.partition("/")[0] if about_another else query,
        digest=None,
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


def _url(base: str, asked: list[tuple[str, str]]) -> str:
    return f"{base}?{urlencode(asked, safe=',|/:$')}" if asked else base
