"""Emergency access: on record with its reason before any token is given, and ended by officers.

One practitioner looks at one person's record for some hours, however many tokens are taken. It is
told to the person, and an officer has to look at it afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.actions.answer import Answer
from gateway.actions.officers import OFFICERS_ONLY, acting, is_id
from gateway.actions.serving import Serving
from gateway.actions.writing import Writing
from gateway.auth.access_token import Granted
from gateway.auth.requester import Requester
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.storage import emergencies, identities, queue
from gateway.storage.emergencies import Emergency
from gateway.storage.times import microseconds

BEGUN, ENDED = "emergency", "emergency-ended"  # as the log calls them
SECOND = 1_000_000
NOT_YOURS = Problem(Kind.RULE, "must be a Patient that your organisation created", "patient")
WAS_ENDED = "An officer ended this emergency access; ask them before you ask for it again."
SAY_MORE = (
    "The emergency access that this reason was given for has ended; say why it is needed now."
)
OVER = Problem(Kind.CONFLICT, "has ended already")


class Emergencies(Serving):
    """Beginning and ending emergency access."""

    async def begin_emergency(self, granted: Granted) -> Granted | Answer:
        """The grant bound to an emergency that lasts; or why not. Its row in the log, with the
        reason, is durable before this returns."""
        begun: list[Emergency] = []

        def job(writing: Writing) -> Answer | Refused:
            found = _begun(writing)
            if isinstance(found, Refused):
                return found
            begun.append(found)
            return Answer(200, b"")

        answer = await self._write(self._request(granted.requester, BEGUN, BEGUN), job)
        if answer.status != 200:
            return answer
        [emergency] = begun
        expires = min(granted.expires, emergency.until // SECOND)
        asker = replace(granted.requester, emergency=emergency.id)
        return replace(granted, requester=asker, expires=expires)

    async def end_emergency(self, officer: Requester, emergency: str) -> Answer:
        """End it before its time: its tokens stop with the next request."""

        def job(writing: Writing) -> Answer | Refused:
            who = acting(writing.connection, officer, self.installation.portal)
            if who is None:
                return Refused((OFFICERS_ONLY,))
            now = microseconds(writing.now)
            named = is_id(emergency)
            if not named or not emergencies.end(writing.connection, emergency, who.name, now):
                return Refused((OVER,))
            person = emergencies.person_of(writing.connection, emergency)
            writing.persons.update({person} if person else ())
            return Answer(204, b"")

        return await self._write(self._request(officer, ENDED, ENDED), job)


def _begun(writing: Writing) -> Emergency | Refused:
    """The emergency that lasts for this practitioner and person, or else a new one."""
    asker, connection = writing.requester, writing.connection
    patient = (asker.patient or "").removeprefix("Patient/")
    identity = identities.owned(connection, writing.organization, [patient]).get(patient)
    if identity is None or not asker.practitioner or not asker.reason:
        return Refused((NOT_YOURS,))
    writing.persons.add(identity.person)
    last = emergencies.latest(connection, writing.organization, asker.practitioner, identity.person)
    now = microseconds(writing.now) // SECOND * SECOND
    if last is not None and last.lasts(now) and last.patient == patient:
        return last
    no = None if last is None else _too_soon(writing, last, now)
    return no or _new(writing, identity, now, last)


def _too_soon(writing: Writing, last: Emergency, now: int) -> Refused | None:
    """Whether the same practitioner has to wait, or to say more, after the last time."""
    rest = _hours(writing.installation.policy.emergency_rest_hours)
    if last.ended is not None and now < last.ended + rest:
        return refuse(Kind.FORBIDDEN, WAS_ENDED)
    is_the_same = last.reason.casefold() == (writing.requester.reason or "").casefold()
    if not last.lasts(now) and is_the_same and now < last.until + rest:
        return refuse(Kind.RULE, SAY_MORE)
    return None


def _new(
    writing: Writing, identity: identities.Identity, now: int, last: Emergency | None
) -> Emergency:
    asker, connection = writing.requester, writing.connection
    until = now + _hours(writing.installation.policy.emergency_hours)
    if last is not None and last.lasts(now):
        until = last.until  # the same person by another Patient: no longer for that
    new = Emergency(
        id=writing.installation.new_id(),
        organization=writing.organization,
        practitioner=asker.practitioner or "",
        practitioner_name=asker.practitioner_name,
        patient=identity.patient,
        reason=asker.reason or "",
        began=now,
        until=until,
        ended=None,
        ended_by=None,
    )
    emergencies.begin(connection, new, identity)
    queue.add(
        connection,
        queue.Kind.EMERGENCY,
        new.id,
        now,
        organization=new.organization,
        practitioner=new.practitioner,
    )
    emergencies.to_tell(connection, identity.id, BEGUN, new.id, now)
    return new


def _hours(count: int) -> int:
    return timedelta(hours=count) // timedelta(microseconds=1)
