"""The criteria of one provision, out of its JSON.

What cannot be understood is noted as a fault at its place, and the element as unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from consent import codes, topics
from consent.dates import EARLIEST, LATEST, Interval, interval
from consent.elements import identified, literal
from consent.rules import Actor, Criteria, Data, Fault, Meaning
from consent.shape import Node, coding_at, codings_at, object_at, objects_at, text_at

_ELEMENTS = (
    "period actor action securityLabel purpose class code dataPeriod data".split()  # noqa: SIM905
)
LONDON = "Europe/London"


@dataclass(slots=True)
class Notes:
    """What was wrong with one provision, as it is found."""

    path: str
    zone: tzinfo | None
    faults: list[Fault] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def wrong(self, element: str, place: str, right: str) -> None:
        """The element cannot be understood: where, and what would be right."""
        self.faults.append(Fault(f"{self.path}.{place}", right))
        self.unreadable.add(element)


def read_criteria(provision: Node, path: str, zone: tzinfo | None) -> tuple[Criteria, list[Fault]]:
    """What the provision asks for, and what could not be understood. Raises MisshapenError."""
    notes = Notes(path, zone)
    recipients, sources = _actors(provision, notes)
    mask, levels = _labels(provision, notes)
    concepts, texts = _concepts(provision, notes)
    criteria = Criteria(
        named=frozenset(name for name in _ELEMENTS if provision.get(name)),
        recipients=recipients,
        sources=sources,
        purposes=_purposes(provision, notes),
        actions=_actions(provision, notes),
        topics=mask,
        levels=levels,
        classes=_classes(provision, notes),
        codes=concepts,
        texts=texts,
        period=read_period(provision, "period", notes),
        data_period=read_period(provision, "dataPeriod", notes),
        data=_data(provision, notes),
        unreadable=frozenset(notes.unreadable),
    )
    return criteria, notes.faults


def interval_in(text: str, zone: tzinfo | None) -> Interval | None:
    """A date's interval, in this zone where the text states none."""
    found = interval(text)
    if found is None or zone is None or "T" in text:
        return found
    low, high = found
    return _moved(low, zone), _moved(high, zone)


def read_period(node: Node, name: str, notes: Notes) -> Interval | None:
    """A Period as one interval; None where it is absent, empty or not understood."""
    period = object_at(node, name, notes.path)
    if not period:
        return None
    ends: list[Interval] = []
    for end, open_end in (("start", (EARLIEST, EARLIEST)), ("end", (LATEST, LATEST))):
        text = text_at(period, end, f"{notes.path}.{name}")
        found = open_end if text is None else interval_in(text, notes.zone)
        if found is None:
            notes.wrong(name, f"{name}.{end}", "must be a FHIR dateTime, such as 2026-05-03")
            return None
        ends.append(found)
    if ends[1][1] < ends[0][0]:
        notes.wrong(name, name, "must not end before it starts")
        return None
    return ends[0][0], ends[1][1]


def read_actor(reference: Node | None) -> Actor:
    """The party that a Reference names, as far as it names one."""
    if reference is None:
        return Actor()
    relative = literal(reference.get("reference"))
    identifier = identified(reference)
    system = (identifier or "").partition("|")[0]
    stated = reference.get("type")
    kind = relative.partition("/")[0] if relative else stated if isinstance(stated, str) else None
    display = reference.get("display")
    return Actor(
        type=kind or codes.codes()["identified_as"].get(system),
        reference=relative,
        identifier=identifier,
        display=display if isinstance(display, str) else None,
    )


def _actors(provision: Node, notes: Notes) -> tuple[tuple[Actor, ...], tuple[Actor, ...]]:
    recipients: list[Actor] = []
    sources: list[Actor] = []
    for place, actor in enumerate(objects_at(provision, "actor", notes.path)):
        where = f"actor[{place}]"
        party = read_actor(object_at(actor, "reference", f"{notes.path}.{where}"))
        match _role(actor, f"{notes.path}.{where}"):
            case "recipient":
                recipients.append(party)
            case "source":
                sources.append(party)
            case _:
                notes.wrong(
                    "actor",
                    f"{where}.role",
                    "must be one of IRCP, PRCP (recipient) or CST, AUT, INF, ENT (source)"
                    " of v3-ParticipationType",
                )
    return tuple(recipients), tuple(sources)


def _role(actor: Node, path: str) -> str | None:
    """Which side a role stands on; None where it is unlisted, or both at once."""
    system = codes.codes()["actor_role"]["system"]
    role = object_at(actor, "role", path) or {}
    stated = {code for at, code in codings_at(role, f"{path}.role") if at == system}
    for side in ("recipient", "source"):
        if stated and stated <= codes.listed("actor_role", side):
            return side
    return None


def _purposes(provision: Node, notes: Notes) -> frozenset[str]:
    found: set[str] = set()
    for place, purpose in enumerate(objects_at(provision, "purpose", notes.path)):
        system, code = coding_at(purpose, f"{notes.path}.purpose[{place}]")
        if system == codes.purpose_system() and codes.is_purpose(code):
            found.add(code)
        else:
            notes.wrong("purpose", f"purpose[{place}]", "must be a code of v3-ActReason")
    return frozenset(found)


def _actions(provision: Node, notes: Notes) -> frozenset[str]:
    found: set[str] = set()
    system = codes.codes()["action"]["system"]
    for place, action in enumerate(objects_at(provision, "action", notes.path)):
        stated = {
            code for at, code in codings_at(action, f"{notes.path}.action[{place}]") if at == system
        }
        if stated and stated <= codes.listed("action"):
            found |= stated
        else:
            notes.wrong(
                "action",
                f"action[{place}]",
                "must be one of access, collect, correct, disclose, use of consentaction",
            )
    return frozenset(found)


def _labels(provision: Node, notes: Notes) -> tuple[int, frozenset[int]]:
    mask = 0
    levels: set[int] = set()
    labels = objects_at(provision, "securityLabel", notes.path)
    for place, label in enumerate(labels):
        system, code = coding_at(label, f"{notes.path}.securityLabel[{place}]")
        level = topics.level_of(code) if system == topics.CONFIDENTIALITY else None
        mask |= (topic := topics.bit(system, code))
        if level is not None:
            levels.add(level)
        elif not topic and not codes.is_no_sensitivity(system, code):
            notes.wrong(
                "securityLabel",
                f"securityLabel[{place}]",
                "must be a listed topic of v3-ActCode or CodeSystem/topic, or v3-Confidentiality",
            )
    if labels and not mask and not levels and "securityLabel" not in notes.unreadable:
        notes.wrong("securityLabel", "securityLabel", "must name a topic or a confidentiality")
    return mask, frozenset(levels)


def _classes(provision: Node, notes: Notes) -> frozenset[str]:
    found: set[str] = set()
    for place, coding in enumerate(objects_at(provision, "class", notes.path)):
        system, code = coding_at(coding, f"{notes.path}.class[{place}]")
        of_r4 = codes.codes()["resource_types"]
        if not system or not code:
            notes.wrong("class", f"class[{place}]", "must state a system and a code")
        elif system == of_r4["system"] and code not in codes.listed("resource_types"):
            notes.wrong("class", f"class[{place}]", "must be an R4 resource type")
        else:
            found.add(f"{system}|{code}")
    return frozenset(found)


def _concepts(provision: Node, notes: Notes) -> tuple[frozenset[str], frozenset[str]]:
    found: set[str] = set()
    texts: set[str] = set()
    for place, concept in enumerate(objects_at(provision, "code", notes.path)):
        where = f"{notes.path}.code[{place}]"
        coded = codings_at(concept, where)
        words = [text_at(concept, "text", where)]
        words += [
            text_at(coding, "display", where) for coding in objects_at(concept, "coding", where)
        ]
        texts |= {" ".join(word.casefold().split()) for word in words if word}
        found |= {f"{system}|{code}" for system, code in coded if system and code}
        if any(not system or not code for system, code in coded):
            notes.wrong("code", f"code[{place}].coding", "must state a system and a code")
        elif not coded and not words[0]:
            notes.wrong("code", f"code[{place}]", "must have a coding or a text")
    return frozenset(found), frozenset(texts)


def _data(provision: Node, notes: Notes) -> tuple[Data, ...]:
    found: list[Data] = []
    for place, data in enumerate(objects_at(provision, "data", notes.path)):
        where = f"{notes.path}.data[{place}]"
        reference = object_at(data, "reference", where) or {}
        try:
            meaning = Meaning(text_at(data, "meaning", where))
        except ValueError:
            notes.wrong(
                "data",
                f"data[{place}].meaning",
                "must be one of instance, related, dependents, authoredby",
            )
            continue
        found.append(Data(meaning, _named(meaning, reference)))
    return tuple(found)


def _named(meaning: Meaning, reference: Node) -> str | None:
    """The literal; for an author also the identifier, because authors are often named so."""
    named = literal(reference.get("reference"))
    return named or (identified(reference) if meaning is Meaning.AUTHORED_BY else None)


def _moved(moment: datetime, zone: tzinfo) -> datetime:
    """The same reading of the clock, in another zone; as it is at the ends of time."""
    try:
        local = moment.astimezone(ZoneInfo(LONDON))
        return local.replace(tzinfo=zone).astimezone(moment.tzinfo)
    except OverflowError:
        return moment
