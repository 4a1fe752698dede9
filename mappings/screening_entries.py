"""Screenings as the JSON of Bundle entries: what `screening_resources` writes, encoded beforehand.

A template is the entry that `screening_resources` makes of a stand-in, encoded once, its open
places marked; each record only fills them. So the resources are described in one place, and a
million records need not be built as objects. INVARIANT: the text is that of
`bundles.transaction`, byte for byte (a test holds them together).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from operator import itemgetter

import msgspec

from mappings import parties, screening_resources
from mappings.alert_tasks import task_entry
from mappings.bundles import Encoded, encoded
from mappings.digests import once
from mappings.instrument import Instrument
from mappings.moments import Moment
from mappings.parties import Person
from mappings.scoring import Scored
from mappings.screening_resources import answered, digest_of
from mappings.screening_rows import Screening
from mappings.verdict import Entry

# What marks the open places of a stand-in. What fills them are letters, digits and the signs of a
# date, which need no quoting, and the items, which are JSON already.
OWN, URL, PATIENT, RESPONSE, NUMBER, BORN, AT, ODS, USER, ITEMS = (
    f"@{name}@"
    for name in (
        "own",
        "url",
        "patient",
        "response",
        "number",
        "born",
        "at",
        "ods",
        "user",
        "items",
    )
)
OPEN = re.compile(rb"(@[a-z]+@)")


def entries(screening: Screening, instrument: Instrument) -> Iterator[Encoded]:
    """(address, JSON of the entry) of each resource, in the order of `screening_resources`."""
    templates = _templates(instrument)
    person, own = screening.person, digest_of(screening, instrument)
    patient = parties.urn("Patient", person.nhs_number, person.birth_date)
    response = parties.urn("QuestionnaireResponse", own)
    said = {
        OWN: own,
        PATIENT: patient,
        RESPONSE: response,
        NUMBER: person.nhs_number,
        BORN: person.birth_date,
        AT: screening.recorded_at.text,
        ODS: screening.organization,
        USER: screening.practitioner,
    }
    places = {place: text.encode() for place, text in said.items()}
    places[ITEMS] = templates.items(screening)
    yield patient, templates.patient.filled(places)
    yield response, templates.response(screening).filled(places)
    by_user = bool(screening.practitioner)
    for made in screening.scores:
        address = parties.urn("Observation", own, made.score.id)
        places[URL] = address.encode()
        yield address, templates.observation(made, by_user).filled(places)
    for alert in screening.alerts:
        task = task_entry(alert, screening, own, patient, response)
        yield task.full_url, encoded(task)


class Template:
    """An entry's JSON with open places."""

    __slots__ = ("_parts", "_values")

    def __init__(self, entry: Entry) -> None:
        self._parts = OPEN.split(encoded(entry))
        self._values = itemgetter(*(place.decode() for place in self._parts[1::2]))

    def filled(self, places: Mapping[str, bytes]) -> bytes:
        parts = self._parts.copy()
        parts[1::2] = self._values(places)
        return b"".join(parts)


class Templates:
    """The templates of one instrument, each made when it is first wanted."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._responses: dict[tuple[bool, bool, str], Template] = {}
        self._observations: dict[tuple[str, int | float | None, str | None, bool], Template] = {}
        self._items = {
            item.link_id: {answer: self._item(item.link_id, answer) for answer in item.words}
            for item in instrument.items
        }
        self.patient = Template(parties.patient_entry(Person(NUMBER, BORN), PATIENT))

    def items(self, screening: Screening) -> bytes:
        """The items of a response, stated totals last."""
        held = self._items
        parts = [
            held[link_id][answer] if isinstance(answer, int) else self._item(link_id, answer)
            for link_id, answer in screening.answers.items()
        ]
        if screening.stated:
            stated = screening_resources.stated(self._instrument, screening.stated)
            parts += map(msgspec.json.encode, stated)
        return b",".join(parts)

    def response(self, screening: Screening) -> Template:
        by_user, local = bool(screening.practitioner), screening.recorded_at.local
        kind = (by_user, local, screening.variant)
        found = self._responses.get(kind)
        if found is None:
            found = self._responses[kind] = self._response(by_user, local, screening.variant)
        return found

    def observation(self, made: Scored, by_user: bool) -> Template:
        kind = (made.score.id, made.value, made.band, by_user)
        found = self._observations.get(kind)
        if found is None:
            found = self._observations[kind] = self._observation(made, by_user)
        return found

    def _item(self, link_id: str, answer: int | str) -> bytes:
        return msgspec.json.encode(answered(self._instrument, {link_id: answer})[0])

    def _response(self, by_user: bool, local: bool, variant: str) -> Template:
        resource = screening_resources.response(
            _stand_in(by_user, local, variant), self._instrument, OWN, PATIENT
        )
        items = {"item": msgspec.Raw(f"[{ITEMS}]".encode())}
        return Template(Entry(RESPONSE, resource | items, once(OWN)))

    def _observation(self, made: Scored, by_user: bool) -> Template:
        resource = screening_resources.observation(_stand_in(by_user), made, OWN, PATIENT, RESPONSE)
        return Template(Entry(URL, resource, once(f"{OWN}.{made.score.id}")))


@cache
def _templates(instrument: Instrument) -> Templates:
    return Templates(instrument)


def _stand_in(by_user: bool, local: bool = False, variant: str = "") -> Screening:
    return Screening(
        person=Person(NUMBER, BORN),
        recorded_at=Moment(AT, local),
        organization=ODS,
        practitioner=USER if by_user else "",
        variant=variant,
        answers={},
        scores=(),
        alerts=(),
        stated={},
    )
