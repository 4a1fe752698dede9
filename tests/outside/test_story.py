"""The whole story over HTTP: screening in, referral, consent given, read, taken back, proved."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from answers import (
    assert_outcome,
    face,
    is_refused,
    made_up,
    posted,
    refer,
    references_in,
)
from houses import House, Situation, Template
from made_up import (
    NHS,
    Person,
    alcohol_score,
    consent,
    drink_response,
    mood_score,
    topic,
    treatment,
)
from screenings import SECTIONS, Screening, as_csv, band, screenings
from smart_client import Json

ROWS = 1000
PEOPLE = 250


@dataclass
class Sent:
    house: House
    made: list[Screening]
    bundles: list[Json]
    first: list[Json]

    @property
    def people(self) -> list[Person]:
        return list({one.person.number: one.person for one in self.made}.values())


@pytest.fixture(scope="module")
def sent(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """A CSV of 1,000 results, mapped by the command and sent by the trust."""
    directory = tmp_path_factory.mktemp("story")
    house = template.house(directory / "server")
    people = [Person(birth_date=f"19{60 + n % 40}-0{1 + n % 9}-15") for n in range(PEOPLE)]
    made = screenings(people, ROWS // PEOPLE, house.trust.who.ods)
    file = directory / "results.csv"
    file.write_text(as_csv(made))
    mapped = house.server.command("map", "assist-lite", str(file))
    bundles = [json.loads(line) for line in mapped.stdout.splitlines()]
    first = []
    for bundle in bundles:
        answer = house.trust.send("POST", "", bundle)
        assert answer.status_code == 200, answer.text[:2000]
        first.append(answer.json())
    yield Sent(house, made, bundles, first)
    house.close()


def _own_patient(house: House, person: Person) -> Json:
    (patient,) = house.trust.search("Patient", identifier=f"{NHS}|{person.number}")
    return patient


def _kinds(bundle: Json) -> list[str]:
    return [entry["resource"]["resourceType"] for entry in bundle["entry"]]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_thousand_rows_become_ten_transactions(sent: Sent) -> None:
    assert [bundle["type"] for bundle in sent.bundles] == ["transaction"] * (ROWS // 100)
    assert [_kinds(bundle).count("QuestionnaireResponse") for bundle in sent.bundles] == [100] * 10
    scores = sum(len(one.scores) for one in sent.made)
    assert sum(_kinds(bundle).count("Observation") for bundle in sent.bundles) == scores


def test_everything_sent_is_stored(sent: Sent) -> None:
    for bundle, answer in zip(sent.bundles, sent.first, strict=True):
        assert answer["type"] == "transaction-response"
        statuses = [entry["response"]["status"][:3] for entry in answer["entry"]]
        kinds = _kinds(bundle)
        assert len(statuses) == len(kinds)
        assert {
            status
            for status, kind in zip(statuses, kinds, strict=True)
            if kind in ("QuestionnaireResponse", "Observation")
        } == {"201"}
    created = [e["response"]["status"][:3] for a in sent.first for e in a["entry"]].count("201")
    scores = sum(len(one.scores) for one in sent.made)
    assert created == ROWS + scores + PEOPLE


def test_each_response_and_score_is_what_was_answered(sent: Sent) -> None:
    trust = sent.house.trust
    for person in sent.people[::5]:
        own = [one for one in sent.made if one.person is person]
        patient = f"Patient/{_own_patient(sent.house, person)['id']}"
        responses = trust.search("QuestionnaireResponse", patient=patient)
        scores = trust.search("Observation", patient=patient, _count="100")
        assert len(responses) == len(own)
        by_time = {_instant(response["authored"]): response for response in responses}
        for one in own:
            _check_response(one, by_time[one.recorded_at], patient)
            _check_scores(one, [s for s in scores if _effective(s) == one.recorded_at])


def _effective(score: Json) -> datetime:
    return _instant(score["effectiveDateTime"])


def _check_response(one: Screening, response: Json, patient: str) -> None:
    assert response["subject"]["reference"] == patient
    assert response["questionnaire"].startswith(
        "https://onestory.example/fhir/Questionnaire/assist-lite-uk"
    )
    answered = dict(_answers(response))
    for link, text in one.row.items():
        if link.startswith(("al-", "auditc-")):
            assert (link in answered) == bool(text), link
            if text in ("y", "n"):
                assert answered[link] == {"valueBoolean": text == "y"}
    assert one.row["version"] in json.dumps(response["extension"])
    assert one.row["organization_ods"] in json.dumps(response["extension"])


def _answers(node: Json) -> Iterator[tuple[str, Json]]:
    for item in node.get("item", []):
        if item.get("answer"):
            yield item["linkId"], item["answer"][0]
        yield from _answers(item)


def _check_scores(one: Screening, scores: list[Json]) -> None:
    found = {_section(score): score for score in scores}
    assert set(found) == set(one.scores)
    for section, total in one.scores.items():
        score = found[section]
        assert score["valueQuantity"]["value"] == total
        assert score["valueQuantity"]["code"] == "{score}"
        bands = [c["code"] for i in score["interpretation"] for c in i["coding"]]
        assert band(section, total) in bands
        if section != "alcohol":
            tags = [tag["code"] for tag in score["meta"]["tag"]]
            assert "unconfirmed-table" in tags


def _section(score: Json) -> str:
    codes = [coding["code"] for coding in score["code"]["coding"]]
    return next((s for s in SECTIONS if f"assist-lite-uk.{s}" in codes), "alcohol")


def test_sent_twice_stores_once(sent: Sent) -> None:
    before = sent.house.server.rows("resource")
    for bundle in sent.bundles:
        answer = sent.house.trust.send("POST", "", bundle)
        assert answer.status_code == 200, answer.text[:2000]
        assert {entry["response"]["status"][:3] for entry in answer.json()["entry"]} == {"200"}
    assert sent.house.server.rows("resource") == before


def test_the_log_is_whole_after_a_thousand_rows(sent: Sent) -> None:
    done = sent.house.server.verify()
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_scored_wrongly_is_refused_and_the_rest_goes_through(
    house: House, tmp_path: Path
) -> None:
    made = screenings([Person(), Person(), Person()], 1, house.trust.who.ods)
    made[1].row.update({"al-cannabis-1": "y", "al-cannabis-2": "y", "al-cannabis-3": "n"})
    lines = as_csv(made).splitlines()
    totals = ("total_cannabis", "", "3", "")
    text = "\n".join(f"{line},{total}" for line, total in zip(lines, totals, strict=True))
    file = tmp_path / "results.csv"
    file.write_text(text + "\n")
    done = house.server.command("map", "assist-lite", str(file), check=False)
    assert done.returncode == 1
    (bundle,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert _kinds(bundle).count("QuestionnaireResponse") == 2
    with (tmp_path / "results.csv.rejected.csv").open(newline="") as rejected:
        (row,) = list(csv.DictReader(rejected))
    assert row["row"] == "2"
    assert row["column"] == "total_cannabis"
    assert "3" in row["reason"]
    assert "2" in row["reason"]
    assert made[1].person.number not in row["reason"]


def test_an_unknown_kind_exits_two(house: House, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n")
    done = house.server.command("map", "no-such-thing", str(tmp_path / "x.csv"), check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


# --- a referral -----------------------------------------------------------------------------


def test_an_attested_referral_arrives_with_what_it_lists(house: House) -> None:
    trust, drugs, person = house.trust, house.drugs, Person()
    mine = house.known_at(trust, person)
    listed = [
        f"QuestionnaireResponse/{trust.created(drink_response(mine))['id']}",
        f"Observation/{trust.created(mood_score(mine))['id']}",
    ]
    unlisted = f"Observation/{trust.created(alcohol_score(mine))['id']}"
    request, task, _ = posted(refer(trust, mine, drugs.who.organization, *listed))

    arrived = {t["id"]: t for t in drugs.search("Task", owner=drugs.who.organization)}
    received = arrived[task.partition("/")[2]]
    assert received["focus"]["reference"] == request
    theirs = received["for"]["reference"]
    assert theirs != mine

    patient = drugs.read(theirs)
    assert patient["identifier"][0]["value"] == person.number
    assert patient["birthDate"] == person.birth_date
    assert patient["name"][0]["family"] == "Example"
    asked = drugs.read(request)
    assert asked["subject"]["reference"] == theirs
    assert {r["reference"] for r in asked["supportingInfo"]} == set(listed)
    for reference in listed:
        assert drugs.read(reference)["subject"]["reference"] == theirs
    assert is_refused(drugs, unlisted)
    assert is_refused(drugs, mine)
    assert is_refused(house.housing, request)
    assert is_refused(house.housing, task)
    assert is_refused(house.housing, listed[0])


def test_a_referral_needs_a_permit_or_the_persons_word(house: House) -> None:
    trust, drugs = house.trust, house.drugs
    mine = house.known_at(trust, Person())
    before = house.server.rows("resource")
    answer = refer(trust, mine, drugs.who.organization, attested=False)
    outcome = assert_outcome(answer, 422)
    assert "person-agreed" in json.dumps(outcome)
    assert house.server.rows("resource") == before


def test_a_permit_is_enough_for_a_referral(situation: Situation) -> None:
    drugs = situation.drugs
    situation.says(consent(situation.me, "permit", drugs.who.organization, purpose=treatment()))
    sent = refer(situation.trust, situation.at_trust, drugs.who.organization, attested=False)
    request, task = posted(sent)
    assert drugs.read(request)["subject"]["reference"] == situation.at_drugs
    assert drugs.read(task)["for"]["reference"] == situation.at_drugs


def test_a_denied_receiver_and_an_unknown_one_look_alike(situation: Situation) -> None:
    trust, drugs = situation.trust, situation.drugs
    situation.says(consent(situation.me, "deny", drugs.who.organization))
    denied = refer(trust, situation.at_trust, drugs.who.organization)
    unknown = refer(trust, situation.at_trust, made_up("Organization"))
    assert_outcome(denied, 422)
    assert face(denied) == face(unknown)
    assert drugs.search("Task", owner=drugs.who.organization, patient=situation.at_drugs) == []


def test_the_receiver_moves_the_task_and_nobody_else_does(house: House) -> None:
    trust, drugs = house.trust, house.drugs
    mine = house.known_at(trust, Person())
    _, task, _ = posted(refer(trust, mine, drugs.who.organization))
    seen = drugs.get(task)
    moved = drugs.put(seen.json() | {"status": "accepted"}, If_Match=seen.headers["ETag"])
    assert moved.status_code == 200, moved.text
    assert trust.read(task)["status"] == "accepted"
    assert trust.read(task)["for"]["reference"] == mine


def test_what_an_attested_referral_shared_can_be_taken_back(house: House) -> None:
    trust, drugs, person = house.trust, house.drugs, Person()
    mine = house.known_at(trust, person)
    listed = f"Observation/{trust.created(mood_score(mine))['id']}"
    _, task, _ = posted(refer(trust, mine, drugs.who.organization, listed))
    drugs.read(listed)
    portal = house.person_at_portal(person)
    (behind,) = portal.search("Consent", patient=portal.patient)
    assert listed in json.dumps(behind)
    version = f'W/"{behind["meta"]["versionId"]}"'
    taken = portal.put(behind | {"status": "inactive"}, If_Match=version)
    assert taken.status_code == 200, taken.text
    assert is_refused(drugs, listed)
    assert drugs.read(task)["status"] == "cancelled"


# --- consent given, used and taken back -----------------------------------------------------


@pytest.fixture(scope="module")
def assist_lite(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """One mapped ASSIST-Lite result with all sections and alcohol: a transaction to send."""
    (one,) = screenings([Person()], 1, "RX1")
    one.row.update({"al-cannabis-1": "y", "al-cannabis-2": "y", "al-cannabis-3": "n"})
    one.row.update({"auditc-1": "3", "auditc-2": "2", "auditc-3": "2"})
    file = tmp_path_factory.mktemp("one") / "one.csv"
    file.write_text(as_csv([one]))
    done = template.server.command("map", "assist-lite", str(file))
    return {"bundle": json.loads(done.stdout), "person": one.person}


@dataclass
class Screened:
    """A person whom the trust screened with both instruments and asked about mood."""

    situation: Situation
    drink: str
    mood: str
    assist: str
    alcohol_scores: set[str]
    drug_scores: set[str]


@pytest.fixture
def screened(
    new_house: Callable[..., House], meet: Callable[..., Situation], assist_lite: dict[str, Any]
) -> Screened:
    house = new_house()
    kinds = _kinds(assist_lite["bundle"])
    sent = posted(house.trust.send("POST", "", assist_lite["bundle"]))
    situation = meet(house, assist_lite["person"], at_trust=sent[kinds.index("Patient")])
    (assist,) = [r for r in sent if r.startswith("QuestionnaireResponse/")]
    scores = {r: house.trust.read(r) for r in sent if r.startswith("Observation/")}
    alcohol = {r for r, score in scores.items() if _section(score) == "alcohol"}
    drink = situation.writes(drink_response(situation.at_trust))
    alcohol.add(situation.writes(alcohol_score(situation.at_trust)))
    mood = situation.writes(mood_score(situation.at_trust))
    return Screened(situation, drink, mood, assist, alcohol, set(scores) - alcohol)


def _held(client: Any, patient: str) -> set[str]:
    return {
        f"{kind}/{resource['id']}"
        for kind in ("QuestionnaireResponse", "Observation")
        for resource in client.search(kind, patient=patient)
    }


def test_a_second_service_sees_exactly_what_was_permitted_and_then_nothing(
    screened: Screened,
) -> None:
    situation = screened.situation
    drugs, at_drugs = situation.drugs, situation.at_drugs
    everything = {screened.drink, screened.mood, screened.assist}
    everything |= screened.alcohol_scores | screened.drug_scores
    assert _held(drugs, at_drugs) == set()
    assert all(is_refused(drugs, reference) for reference in everything)

    given = situation.says(
        consent(situation.me, "permit", drugs.who.organization, securityLabel=topic("ETHUD"))
    )
    released = {screened.drink} | screened.alcohol_scores
    assert _held(drugs, at_drugs) == released
    for reference in released:
        resource = drugs.read(reference)
        patients = {r for r in references_in(resource) if "Patient/" in r}
        assert patients == {at_drugs}
        assert screened.assist not in references_in(resource)
    assert all(is_refused(drugs, reference) for reference in everything - released)
    assert is_refused(situation.house.housing, screened.drink)

    version = f'W/"{given["meta"]["versionId"]}"'
    taken = situation.portal.put(given | {"status": "inactive"}, If_Match=version)
    assert taken.status_code == 200, taken.text
    assert is_refused(drugs, screened.drink)
    assert all(is_refused(drugs, reference) for reference in everything)
    assert _held(drugs, at_drugs) == set()
    assert _held(situation.trust, situation.at_trust) == everything
    assert _held(situation.portal, situation.me) == everything

    done = situation.house.server.verify()
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_officer_proves_it_from_the_log(situation: Situation) -> None:
    drugs, officer = situation.drugs, situation.house.officer
    reference = situation.writes(alcohol_score(situation.at_trust))

    def count(client: Any) -> int:
        answer = client.get("AuditEvent", entity=reference, _summary="count")
        assert answer.status_code == 200, answer.text
        assert "entry" not in answer.json()
        return int(answer.json()["total"])

    written = count(officer)
    assert written >= 1
    assert is_refused(drugs, reference)
    refused = count(officer)
    assert refused == written + 1
    assert count(drugs) == 0
    given = situation.says(
        consent(situation.me, "permit", drugs.who.organization, securityLabel=topic("ETHUD"))
    )
    drugs.read(reference)
    assert count(officer) == refused + 1
    assert count(drugs) == 1
    situation.takes_back(given)
    assert is_refused(drugs, reference)
    assert count(officer) == refused + 2
    assert count(drugs) == 1
    situation.trust.read(reference)
    (own,) = drugs.search("AuditEvent", entity=reference)
    assert situation.trust.who.organization not in json.dumps(own)
    assert situation.at_trust not in json.dumps(own)
    assert "75626-2" not in json.dumps(officer.search("AuditEvent", entity=reference))


def test_each_read_of_the_log_names_consent_and_version(situation: Situation) -> None:
    drugs, officer = situation.drugs, situation.house.officer
    reference = situation.writes(alcohol_score(situation.at_trust))
    given = situation.says(
        consent(situation.me, "permit", drugs.who.organization, securityLabel=topic("ETHUD"))
    )
    drugs.read(reference)
    events = officer.search("AuditEvent", entity=reference)
    reads = [e for e in events if drugs.who.organization in json.dumps(e["agent"])]
    assert len(reads) == 1
    assert f"Consent/{given['id']}" in json.dumps(reads[0])
