"""Two servers that differ only in what is withheld answer the same, byte for byte.

Ids are random and instants are the clock; from outside neither can be set, so each is replaced by
the order of its first appearance (ids, versions) or a constant (instants) before comparing.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest
from answers import UUID, face, made_up, refer
from houses import House, Situation
from made_up import (
    Person,
    alcohol_score,
    care_plan,
    consent,
    drink_response,
    mood_response,
    mood_score,
    now,
    topic,
    treatment,
)
from smart_client import next_link

INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?(Z|[+-]\d\d:\d\d|%2B00%3A00)"
)
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
SHORT_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")  # of bytes that hold ids
RECEIPT = re.compile(r'"onestory\.example/log/receipt[^"]*"')  # signs such a digest
QUERY = re.compile(r'"query":"([\w+/=]+)"')  # base64 of a request line, which holds ids
CURSOR = re.compile(r"_cursor=[\w%.-]+")  # where a page went on: instant and id
PORT = re.compile(r"127\.0\.0\.1:\d+")


class Transcript:
    """What one client saw, with ids and versions named by the order of their appearance."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.lines: list[tuple[str, int, str, str]] = []

    def add(self, what: str, answer: httpx.Response) -> None:
        status, headers, body = face(answer)
        self.lines.append(
            (what, status, self._plain(repr(headers)), self._plain(body.decode("utf-8")))
        )

    def _plain(self, text: str) -> str:
        text = HTTP_DATE.sub("<instant>", INSTANT.sub("<instant>", PORT.sub("<host>", text)))
        text = QUERY.sub(lambda found: f"query {b64decode(found[1]).decode()}", text)
        text = RECEIPT.sub("<receipt>", DIGEST.sub("<digest>", text))
        text = CURSOR.sub("_cursor=<cursor>", text)
        for pattern in (UUID, SHORT_HEX):
            text = pattern.sub(self._name, text)
        return text

    def _name(self, match: re.Match[str]) -> str:
        return self.names.setdefault(match[0], f"<{len(self.names)}>")


@dataclass
class Asked:
    """One of the two servers, and ids to ask for by place: of the kind withheld, and released."""

    situation: Situation
    withheld: list[str]
    released: list[str]


# One person's number on both servers: what is held about them is alike but for what is withheld.
PERSON, STRANGER = Person(given="Robin"), Person(given="Alex")


def _story(house: House, meet: Callable[..., Situation], hides: bool) -> Asked:
    """The same acts in the same order; only one server also does what must leave no trace."""
    situation = meet(house, PERSON)
    trust, drugs, patient = situation.trust, situation.drugs, situation.at_trust
    withheld, released = [], []

    def hide(kind: str, *resources: dict[str, object]) -> None:
        for resource in resources:
            withheld.append(situation.writes(resource) if hides else made_up(kind, len(withheld)))

    hide("Observation", mood_score(patient, 11))
    released.append(situation.writes(alcohol_score(patient, 3, effectiveDateTime=now(-3))))
    hide("QuestionnaireResponse", mood_response(patient))
    hide("Observation", mood_score(patient, 12), mood_score(patient, 13))
    released.append(situation.writes(drink_response(patient)))
    hide("CarePlan", care_plan(patient))
    released.append(situation.writes(alcohol_score(patient, 8, effectiveDateTime=now(-2))))
    hide("Observation", mood_score(patient, 14))
    released.append(situation.writes(alcohol_score(patient, 9, effectiveDateTime=now(-1))))
    words = {"securityLabel": topic("ETHUD"), "purpose": treatment()}
    situation.says(consent(situation.me, "permit", drugs.who.organization, **words))
    if hides:
        situation.says(consent(situation.me, "deny", house.housing.who.organization))
        hidden = refer(trust, patient, house.registrations["officer"].organization, released[0])
        assert hidden.status_code in (200, 422)
        house.known_at(trust, STRANGER)  # drugs registers the same person below
        once = trust.created(mood_score(patient, 15))
        assert trust.put(once | {"status": "amended"}).status_code == 200
        assert trust.request("DELETE", f"Observation/{once['id']}").status_code == 204
    return Asked(situation, withheld, released)


def _paths(asked: Asked) -> dict[str, str]:
    """The table of requests: what it is called, and what is asked."""
    patient = asked.situation.at_drugs
    held = ["QuestionnaireResponse", "Observation", "CarePlan", "ServiceRequest", "Task"]
    paths = {f"read {place}": r for place, r in enumerate(asked.withheld + asked.released)}
    paths |= {f"vread {place}": f"{r}/_history/1" for place, r in enumerate(asked.withheld)}
    paths |= {f"history {place}": f"{r}/_history" for place, r in enumerate(asked.withheld)}
    paths |= {f"own history {place}": f"{r}/_history" for place, r in enumerate(asked.released)}
    paths |= {f"$meta {place}": f"{r}/$meta" for place, r in enumerate(asked.withheld)}
    for kind in [*held, "Consent", "Provenance"]:
        paths[f"{kind} by patient"] = f"{kind}?patient={patient}"
        paths[f"{kind} by subject"] = f"{kind}?subject={patient}"
        for more in ("", "?_count=2", "?_since=2020-01-01", "?_at=2020-01-01", "?nonsense=1"):
            paths[f"{kind} history {more}"] = f"{kind}/_history{more}"
        paths[f"{kind} of a stranger"] = f"{kind}?patient={made_up('Patient', 999)}"
        for more in (
            "_count=1",
            "_count=0",
            "_count=50",
            "date=ge2020-01-01",
            "date=lt2020-01-01",
            "authored=ge2020-01-01",
            "_lastUpdated=ge2020-01-01",
            "_summary=count",
            "_total=accurate",
            "_sort=-date",
            "_sort=_lastUpdated",
            "_elements=status",
            "_include=*",
            "_revinclude=Provenance:target",
            "code=http://loinc.org|44261-6",
            "status=final",
            "nonsense=1",
        ):
            paths[f"{kind} {more}"] = f"{kind}?patient={patient}&{more}"
    ids = ",".join(r.partition("/")[2] for r in asked.withheld + asked.released)
    for kind in held:
        paths[f"{kind} by ids"] = f"{kind}?_id={ids}"
        paths[f"{kind} by hidden ids"] = f"{kind}?_id={asked.withheld[0].partition('/')[2]}"
    organization = asked.situation.drugs.who.organization
    paths["tasks of ours"] = f"Task?owner={organization}"
    paths["tasks of another"] = f"Task?owner={asked.situation.trust.who.organization}"
    paths["patients by a hidden score"] = (
        f"Patient?_id={patient.partition('/')[2]}&_has:Observation:patient:code=44261-6"
    )
    for place, reference in enumerate(asked.withheld + asked.released):
        paths[f"log of {place}"] = f"AuditEvent?entity={reference}"
        paths[f"log count of {place}"] = f"AuditEvent?entity={reference}&_summary=count"
    return paths


def _transcript(asked: Asked) -> list[tuple[str, int, str, str]]:
    drugs, transcript = asked.situation.drugs, Transcript()
    for reference in [asked.situation.at_drugs, *asked.released, *asked.withheld]:
        transcript._plain(reference)
    for what, path in _paths(asked).items():
        transcript.add(what, drugs.get(path))
    page = drugs.get("Observation", patient=asked.situation.at_drugs, _count="1")
    while (following := next_link(page.json())) is not None:
        page = drugs.get(following)
        transcript.add("a further page", page)
    page = drugs.get("Observation/_history?_count=1")
    while (following := next_link(page.json())) is not None:
        page = drugs.get(following)
        transcript.add("a further page of a history", page)
    looks = [{"request": {"method": "GET", "url": path}} for path in _paths(asked).values()]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": looks}
    transcript.add("all of it in a batch", drugs.send("POST", "", batch))
    transcript.add("register a stranger", drugs.post(STRANGER.patient()))
    transcript.add("register again", drugs.post(STRANGER.patient()))
    transcript.add("about another's", drugs.post(alcohol_score(asked.situation.at_trust)))
    for place, reference in enumerate(asked.withheld[:3]):
        kind, _, name = reference.partition("/")
        body = alcohol_score(asked.situation.at_drugs) | {"resourceType": kind, "id": name}
        transcript.add(f"update {place}", drugs.put(body, If_Match='W/"0123456789abcdef"'))
        transcript.add(f"delete {place}", drugs.request("DELETE", reference))
    return transcript.lines


def test_what_is_withheld_changes_no_byte(
    new_house: Callable[..., House], meet: Callable[..., Situation]
) -> None:
    with_it = _transcript(_story(new_house("with"), meet, hides=True))
    without = _transcript(_story(new_house("without"), meet, hides=False))
    differing = [(a, b) for a, b in zip(with_it, without, strict=True) if a != b]
    assert differing == []


def test_the_comparison_notices_what_is_released(
    new_house: Callable[..., House], meet: Callable[..., Situation]
) -> None:
    one, other = new_house("one"), new_house("other")
    lines = [_transcript(_story(where, meet, hides=False)) for where in (one, other)]
    assert lines[0] == lines[1]
    asked = _story_with_one_more(other, meet)
    assert _transcript(asked) != lines[0]


def _story_with_one_more(house: House, meet: Callable[..., Situation]) -> Asked:
    situation = meet(house, Person(given="Robin"))
    words = {"securityLabel": topic("ETHUD"), "purpose": treatment()}
    situation.says(consent(situation.me, "permit", situation.drugs.who.organization, **words))
    released = [situation.writes(alcohol_score(situation.at_trust)) for _ in range(4)]
    return Asked(situation, [made_up("Observation", n) for n in range(6)], released)


@pytest.mark.parametrize("kind", ["Observation", "QuestionnaireResponse"])
def test_a_refusal_takes_no_longer_path_that_shows(situation: Situation, kind: str) -> None:
    made = {"Observation": alcohol_score, "QuestionnaireResponse": drink_response}[kind]
    hidden = situation.writes(made(situation.at_trust))
    answers = [
        face(situation.drugs.get(path))
        for path in (hidden, made_up(kind), f"{kind}/no-such-id", f"{kind}/{'a' * 64}")
    ]
    assert answers[0] == answers[1]
    assert {answer[0] for answer in answers} == {404}
    assert len({answer[2] for answer in answers}) == 1
