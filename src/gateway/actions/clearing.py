"""[type]/[id]/$clear: what is kept from a person's own reading, cleared for them by a clinician.

Third-party and serious-harm items are left out of what the person, their delegates and a story
read, until whoever wrote one clears it, by a practitioner of theirs who is named. INVARIANT: one
version is cleared, for one person; what becomes of it is kept again.
"""

from __future__ import annotations

from consent import topics
from gateway.actions import logged
from gateway.actions.answer import Answer
from gateway.actions.clearing_asked import Asked, asked
from gateway.actions.held import Held, held, matches
from gateway.actions.looking import ABSENT
from gateway.actions.releasing import told_labels
from gateway.actions.served import NO_SUCH_TYPE, READS_ONLY, SCOPE
from gateway.actions.serving import Serving
from gateway.actions.sighting import AUTHORS_ONLY
from gateway.actions.writing import Writing
from gateway.auth.requester import Requester, Role
from gateway.fhir.encoding import encode
from gateway.fhir.problem import Kind, Problem, Refused, refuse
from gateway.fhir.types import HELD, PERSONAL
from gateway.storage import clearings, concerned, grounds
from gateway.storage.clearings import Clearing
from gateway.storage.grounds import Ground
from gateway.storage.identities import Identity
from gateway.storage.resources import Row
from gateway.storage.times import microseconds

CLEARED, KEPT_AGAIN = "item-cleared", "item-kept-again"  # as the log calls them
CLEARABLE = PERSONAL - {*AUTHORS_ONLY, "AuditEvent"}
NOTHING = "there is nothing to clear: it is not kept from the person's own reading"
NAMED = "is done by a named practitioner: ask with a token that names one (subject_id)"
CHANGED = "is not the current version; read it again before it is cleared"
WHOM = "patient must name one Patient of your organisation whom it concerns"


class Clearings(Serving):
    """The operation $clear, of an instance of any type that may be kept from a person."""

    async def clear(
        self, requester: Requester, type_: str, id_: str, body: bytes, if_match: str | None = None
    ) -> Answer:
        """200 with what holds from now on; 404 for whatever the requester did not write."""
        wanted = asked(self.installation, body)
        taken_back = isinstance(wanted, Asked) and not wanted.cleared
        about = f"{logged.about(type_, id_)}/$clear"
        request = self._request(requester, KEPT_AGAIN if taken_back else CLEARED, about)
        problem = _refusal(requester, type_)
        if problem is not None:
            return await self._refuse(request, problem)
        if isinstance(wanted, Refused):
            return await self._refuse(request, *wanted.problems)

        def job(writing: Writing) -> Answer | Refused:
            found = _authors(writing, type_, id_, if_match)
            return found if isinstance(found, Refused) else _done(writing, found, wanted)

        return await self._write(request, job)


def _refusal(requester: Requester, type_: str) -> Problem | None:
    """Why it is not done with this type, or not for this token, whatever is held."""
    if type_ not in HELD:
        return NO_SUCH_TYPE
    if requester.in_emergency:
        return Problem(Kind.FORBIDDEN, READS_ONLY, type_)
    if not requester.may("u", type_):
        return Problem(Kind.FORBIDDEN, SCOPE, type_)
    if type_ not in CLEARABLE:
        return Problem(Kind.RULE, NOTHING, type_)
    if requester.practitioner is None:
        return Problem(Kind.FORBIDDEN, NAMED, "$clear")
    return None


def _authors(writing: Writing, type_: str, id_: str, if_match: str | None) -> Held | Refused:
    """What stands, as its author reads it. INVARIANT: to anybody else it is as what never was."""
    found = held(writing, type_, id_)
    if isinstance(found, Refused):
        return found
    is_author = found.row.author == writing.organization
    if not is_author or writing.requester.role is not Role.SERVICE:
        return Refused((ABSENT,))
    if if_match is not None and not matches(if_match, found.seen.version):
        return refuse(Kind.VERSION, CHANGED, "If-Match")
    return found


def _done(writing: Writing, found: Held, wanted: Asked) -> Answer | Refused:
    row, connection = found.row, writing.connection
    person = _whom(writing, found, wanted.patient)
    if isinstance(person, Refused):
        return person
    about = f"{row.reference}/_history/{found.seen.version}"
    writing.asked = f"{about}/$clear?patient=Patient/{person.patient}"
    standing = clearings.standing(connection, row, person.person)
    if standing is None and not _is_kept(writing, row):
        return refuse(Kind.RULE, NOTHING, row.type)
    if wanted.cleared and standing is None:
        id_ = writing.installation.new_id()
        sealed = _sealed(writing, person, id_, wanted)
        new = Clearing(id_, row, person, microseconds(writing.now), sealed)
        clearings.clear(connection, new)
    if not wanted.cleared and standing is not None:
        clearings.take_back(connection, standing, _sealed(writing, person, standing, wanted))
    return Answer(200, _told(found, person, cleared=wanted.cleared))


def _is_kept(writing: Writing, row: Row) -> bool:
    """Whether anything of it is kept from what the person reads; or, by site policy, from their
    delegates. INVARIANT: so far as its author is told: what another's record lent says nothing."""
    resources, policy = writing.installation.resources, writing.installation.policy
    told = told_labels(row, resources.labelling)
    by_policy = bool(told.topics & topics.below(policy.ceiling_topics))
    is_under = topics.under_ceiling(told.topics, told.level) or by_policy
    return is_under or clearings.concerns_several(writing.connection, row)


def _whom(writing: Writing, found: Held, patient: str | None) -> Identity | Refused:
    """For whom it is cleared: the author's own Patient whom it concerns, named where it concerns
    several people."""
    row = found.row
    linked = concerned.of_resources(writing.connection, row.type, [row.id])
    own = [one for one in linked if one.organization == writing.organization]
    if patient is not None:
        own = [one for one in own if one.patient == patient]
    if len({one.person for one in own}) != 1:
        return refuse(Kind.RULE, WHOM, "Parameters.parameter")
    return own[0]


def _sealed(writing: Writing, person: Identity, id_: str, wanted: Asked) -> bytes:
    """Who did it and why, under the person's own key."""
    ground = Ground(by=writing.requester.practitioner or "", evidence=wanted.reason)
    data_keys = writing.installation.data_keys
    return grounds.sealed(writing.connection, data_keys, person.id, id_, ground)


def _told(found: Held, person: Identity, *, cleared: bool) -> bytes:
    told = [
        {"name": "cleared", "valueBoolean": cleared},
        {"name": "patient", "valueReference": {"reference": f"Patient/{person.patient}"}},
        {"name": "version", "valueId": found.seen.version},
    ]
    return encode({"resourceType": "Parameters", "parameter": told})
