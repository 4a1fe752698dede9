"""Who works with the person, and where referrals stand, as a story tells them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.care_plan_codes import CARE_TEAM, COORDINATOR, code_of, codes_in
from mappings.linked import Resource
from mappings.story_table import Draw
from mappings.story_telling import Telling, reference_of, when
from mappings.story_value import Item, Line
from mappings.story_words import concept, day, phrase, phrases
from mappings.systems import SNOMED


def team(telling: Telling, _: Draw, found: Resource) -> Iterator[Item]:
    """The one who coordinates first, then the others who take part now, then how to ring them."""
    now = [one for one in found.get("participant", ()) if _takes_part(telling, one)]
    now.sort(key=lambda one: not _coordinates(one))
    lines = (
        *(line for one in now for line in _participant(telling, one)),
        *(
            Line(str(one["value"]), phrase("labels", "telephone"))
            for one in found.get("telecom", ())
            if one.get("system") == "phone" and one.get("value")
        ),
    )
    if lines:
        title = str(found.get("name") or phrase("titles", "team"))
        source = telling.first_named(found.get("managingOrganization", ()))
        yield Item((reference_of(found),), title, lines, source, when(found))


def referral(telling: Telling, _: Draw, request: Resource) -> Iterator[Item]:
    """A referral: to whom, why, where it stands, and who acts next."""
    own = reference_of(request)
    tasks = telling.pointing("Task", "focus", own)
    task = max(tasks, key=lambda one: (when(one), reference_of(one)), default=None)
    to = telling.first_named([*_owner(task), *request.get("performer", ())])
    by = telling.named((task or {}).get("requester")) or telling.writer(request)
    reasons = [concept(one) for one in request.get("reasonCode", ())]
    why = ", ".join(filter(None, reasons))
    status = _status(task, request)
    lines = [
        Line(text, phrase("labels", label))
        for label, text in (
            ("asked_for", concept(request.get("code"))),
            ("why", why),
            *_standing(status, to, by),
            ("due", _due(task)),
            ("while_waiting", str(request.get("patientInstruction") or "")),
        )
        if text
    ]
    references = (own, *map(reference_of, tasks))
    source, on = telling.source(request), when(request)
    yield Item(references, _title(to), tuple(lines), source, on, status not in _ENDED)


def step(telling: Telling, _: Draw, task: Resource) -> Iterator[Item]:
    """The same where the reader does not see what was asked for."""
    if telling.at(task.get("focus")) is None:
        to, by = telling.named(task.get("owner")), telling.named(task.get("requester"))
        status = str(task["status"])
        lines = tuple(
            Line(text, phrase("labels", label))
            for label, text in (*_standing(status, to, by), ("due", _due(task)))
            if text
        )
        source, on = telling.source(task), when(task)
        yield Item((reference_of(task),), _title(to), lines, source, on, status not in _ENDED)


_ENDED = ("completed", "cancelled")


def _standing(status: str, to: str, by: str) -> Iterator[tuple[str, str]]:
    """Where it stands, and who acts next."""
    held: dict[str, str] = phrases("referrals").get(status, {})
    yield "stands", held.get("stands", "")
    yield "acts_next", {"receiver": to, "sender": by}.get(held.get("next", ""), "")


def _due(task: Resource | None) -> str:
    """By when an answer is due, while one is waited for."""
    if task is None or task.get("status") not in ("requested", "received"):
        return ""
    period = (task.get("restriction") or {}).get("period") or {}
    return day(str(period.get("end") or ""))


def _status(task: Resource | None, request: Resource) -> str:
    return str((task or request).get("status") or "")


def _owner(task: Resource | None) -> list[Any]:
    return [] if task is None else [task.get("owner")]


def _title(to: str) -> str:
    return phrase("titles", "referral_to").format(name=to) if to else phrase("titles", "referral")


def _takes_part(telling: Telling, participant: Resource) -> bool:
    end = str((participant.get("period") or {}).get("end") or "")
    return not end or end[:10] >= telling.today.isoformat()


def _coordinates(participant: Resource) -> bool:
    return (SNOMED, COORDINATOR) in codes_in(participant.get("role"))


def _participant(telling: Telling, participant: Resource) -> Iterator[Line]:
    """Someone by name and organisation, under what they do."""
    name = telling.named(participant.get("member"))
    organization = telling.named(participant.get("onBehalfOf"))
    roles = [one for one in participant.get("role", ()) if code_of(one, CARE_TEAM)]
    role = concept(roles) or concept(participant.get("role"))
    who = ", ".join(dict.fromkeys(filter(None, (name, organization))))
    if _coordinates(participant):
        yield Line(who or role, phrase("labels", "coordinator"))
    elif who or role:
        yield Line(who, role or phrase("labels", "works_with_me")) if who else Line(role)
