"""What a QuestionnaireResponse says besides, as resources of its own: its scores, and its alerts.

    extracted(response, organization) -> the entries of a transaction | everything that is wrong

They are those that `onestory map` makes of the same answers: under the same identifiers, so that
what was sent already is found again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mappings import instruments, parties, responses, scoring
from mappings.alert_tasks import task_entry
from mappings.checking import check_response
from mappings.digests import digest, once
from mappings.instrument import Instrument
from mappings.moments import Moment, flat_in, parse_moment
from mappings.parties import Person
from mappings.screening import FINISHED
from mappings.screening_resources import observation
from mappings.screening_rows import Screening
from mappings.suggesting import UNKNOWN
from mappings.systems import ROW_DIGEST, SDS_USER
from mappings.verdict import Entry, Fault, Wrong

TYPE = "QuestionnaireResponse"
_NOBODY = Person("", "")  # whom it is about is said by the reference


def extracted(
    response: Mapping[str, Any], organization: str
) -> tuple[Entry, ...] | Sequence[Fault]:
    """An Observation for each score and a Task for each alert, about the subject of the response
    and derived from it. One without an id comes first among them, so that the others can name it.

    `organization`: the ODS code of who asks, which recorded it where it names nobody. An alert is
    for the organisation that recorded it, and is given to no other. Refused, as a list of faults:
    a Questionnaire that is not held, a response that is not finished, has no subject or no time,
    and all that `checking` finds in its answers.
    """
    instrument = instruments.of_questionnaire(str(response.get("questionnaire", "")))
    if instrument is None:
        return [UNKNOWN]
    subject, at = _subject(response), parse_moment(flat_in(response, "authored"))
    faults = [*_faults(response, subject, at)]
    if faults or isinstance(at, Wrong):
        return faults
    screening = _screening(response, instrument, organization, at)
    own, address = _known_as(response), _address(response)
    scores = (
        Entry(
            parties.urn("Observation", own, made.score.id),
            observation(screening, made, own, subject, address),
            once(f"{own}.{made.score.id}"),
        )
        for made in screening.scores
    )
    alerts = screening.alerts if screening.organization == organization else ()
    tasks = (task_entry(alert, screening, own, subject, address) for alert in alerts)
    first = () if "id" in response else (Entry(address, response),)
    return (*first, *scores, *tasks)


def _faults(response: Mapping[str, Any], subject: str, at: Moment | Wrong) -> Sequence[Fault]:
    found = [Fault(where, why) for where, why in check_response(response)]
    if response.get("status") not in FINISHED:
        found.append(Fault(f"{TYPE}.status", f"must be {' or '.join(FINISHED)}"))
    if not subject:
        found.append(Fault(f"{TYPE}.subject", "must refer to the person who answered"))
    if isinstance(at, Wrong):
        found.append(Fault(f"{TYPE}.authored", at.reason))
    return found


def _subject(response: Mapping[str, Any]) -> str:
    return str((response.get("subject") or {}).get("reference", ""))


def _screening(
    response: Mapping[str, Any], instrument: Instrument, organization: str, at: Moment
) -> Screening:
    reading = responses.read(response, instrument)
    return Screening(
        person=_NOBODY,
        recorded_at=at,
        organization=parties.recorded_by(response) or organization,
        practitioner=parties.identified(response.get("author"), SDS_USER),
        variant="",
        answers=reading.answers,
        scores=scoring.score(instrument, reading.answers),
        alerts=scoring.alerts(instrument, reading.answers),
        stated=reading.stated,
    )


def _known_as(response: Mapping[str, Any]) -> str:
    """What the resources are known by: the digest that the response has from `onestory map`, else
    its id, else a digest of what it says."""
    named = response.get("identifier") or {}
    if named.get("system") == ROW_DIGEST and named.get("value"):
        return str(named["value"])
    return str(response.get("id") or digest(_said(response)))


def _said(response: Mapping[str, Any]) -> str:
    return msgspec.json.encode(response, order="sorted", enc_hook=str).decode()


def _address(response: Mapping[str, Any]) -> str:
    id_ = response.get("id")
    return f"{TYPE}/{id_}" if id_ else parties.urn(TYPE, _known_as(response))
