"""Where a referral stands, and who acts next: one or two sentences that a person can repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from consent.dates import interval
from gateway.web.me.held import Item
from gateway.web.records import Resource
from gateway.web.services import Services
from gateway.web.wording import day
from mappings.alert_tasks import OPEN
from mappings.systems import REFERRAL

RAISED = ("raised-refusal", "raised-late")
_ASKED, _SENDER = "the other service", "the service that sent it"

# {asked}: the service that was asked; {sender}: the one that sent it, which acts until a yes.
_STANDS = {
    "draft": "{Sender} has not sent this yet, and acts next.",
    "requested": "{Asked} has been asked and has to answer. Until they say yes, {sender} looks "
    "after this.",
    "received": "{Asked} has this and has to answer. Until they say yes, {sender} looks after "
    "this.",
    "accepted": "{Asked} has said yes, and acts next.",
    "ready": "{Asked} has said yes, and acts next.",
    "in-progress": "{Asked} is working on this with you.",
    "on-hold": "This is paused. {Asked} acts next, when it goes on.",
    "rejected": "{Asked} cannot do this. {Sender} looks after this, and acts next.",
    "failed": "This did not work out with {asked}. {Sender} looks after this, and acts next.",
    "completed": "This is done.",
    "cancelled": "This was stopped. Nobody has to do anything.",
    "entered-in-error": "This was written by mistake. Nobody has to do anything.",
}
_LATE = "{Asked} has not answered in time. {Sender} has been asked to find out what happens next."
_RAISED = "{Sender} has been asked to agree with {asked} what happens next."


@dataclass(frozen=True, slots=True)
class _Parties:
    asked: str
    sender: str

    def say(self, words: str) -> str:
        return words.format(
            asked=self.asked,
            sender=self.sender,
            Asked=_begun(self.asked),
            Sender=_begun(self.sender),
        )


def stands(item: Item, services: Services, now: datetime) -> tuple[str, ...]:
    """How a referral stands by its Tasks; nothing for what is no referral."""
    if item.resource["resourceType"] != "ServiceRequest":
        return ()
    whole = f"ServiceRequest/{item.resource['id']}"
    tasks = [each for each in item.parts if each.get("focus", {}).get("reference") == whole]
    return tuple(sentence for task in tasks for sentence in _of(task, item.parts, services, now))


def _of(
    task: Resource, parts: tuple[Resource, ...], services: Services, now: datetime
) -> Iterator[str]:
    asked = services.named(task.get("owner")) or _ASKED
    parties = _Parties(asked, services.named(task.get("requester")) or _SENDER)
    status = task["status"]
    raised = {_code(part) for part in parts if _is_about(part, task)}
    waits = status in ("requested", "received")
    if waits and "raised-late" in raised:
        yield parties.say(_LATE)
        return
    yield parties.say(_STANDS[status])
    if "raised-refusal" in raised:
        yield parties.say(_RAISED)
    elif waits and (by := _by(task, now)):
        yield f"They should answer by {by}."


def _is_about(part: Resource, task: Resource) -> bool:
    """Whether a part is raised about this Task, and waits for somebody."""
    about = part.get("focus", {}).get("reference") == f"Task/{task['id']}"
    return about and is_raised(part) and part["status"] in OPEN


def is_raised(task: Resource) -> bool:
    """Whether a Task is raised about a referral."""
    return _code(task) in RAISED


def _code(task: Resource) -> str:
    codings = task.get("code", {}).get("coding", ())
    return next((str(one.get("code")) for one in codings if one.get("system") == REFERRAL), "")


def _by(task: Resource, now: datetime) -> str:
    """The day by which they should answer, where it has not passed."""
    end = interval(str(task.get("restriction", {}).get("period", {}).get("end", "")))
    return day(end[1]) if end is not None and end[1] > now else ""


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]
