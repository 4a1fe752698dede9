"""An alert reaches the service that recorded the answers, and no other, whatever is permitted."""

from __future__ import annotations

import json
from pathlib import Path

from answers import is_refused, posted
from houses import Situation
from made_up import consent, treatment

ITEMS = [f"phq9-{n}" for n in range(1, 10)]


def send(situation: Situation, directory: Path, answers: str) -> list[str]:
    """One PHQ-9 row of that person through the command and the trust: what was made."""
    person, ods = situation.person, situation.trust.who.ods
    head = [person.number, person.birth_date, "2026-03-01T10:30:00Z", ods, ""]
    columns = ["nhs_number", "birth_date", "recorded_at", "organization_ods", "practitioner_id"]
    file = directory / "phq-9.csv"
    file.write_text(f"{','.join([*columns, *ITEMS])}\n{','.join([*head, *answers])}\n")
    mapped = situation.house.server.command("map", "phq-9", str(file))
    return posted(situation.trust.send("POST", "", json.loads(mapped.stdout)))


def test_a_permit_for_everything_releases_the_score_and_not_the_alert(
    situation: Situation, tmp_path: Path
) -> None:
    made = send(situation, tmp_path, "000000001")
    (task,) = (one for one in made if one.startswith("Task/"))
    (score,) = (one for one in made if one.startswith("Observation/"))
    drugs = situation.drugs
    situation.says(consent(situation.me, "permit", drugs.who.organization, purpose=treatment()))
    assert drugs.read(score)["valueQuantity"]["value"] == 1
    assert is_refused(drugs, task)
    assert drugs.search("Task", patient=situation.at_drugs) == []


def test_the_recording_service_finds_it_with_its_limit(
    situation: Situation, tmp_path: Path
) -> None:
    made = send(situation, tmp_path, "000000001")
    (task,) = (one for one in made if one.startswith("Task/"))
    held = situation.trust.read(task)
    assert held["owner"]["identifier"]["value"] == situation.trust.who.ods
    assert held["code"]["coding"][0]["code"] == "self-harm-item"
    assert held["restriction"]["period"]["end"] == "2026-03-02T10:30:00+00:00"
    found = situation.trust.search("Task", patient=situation.at_trust, code="self-harm-item")
    assert [one["id"] for one in found] == [held["id"]]
    mine = situation.trust.search("Task", owner=situation.trust.who.organization)
    assert held["id"] in [one["id"] for one in mine]


def test_sent_twice_raises_it_once_and_a_no_raises_nothing(
    situation: Situation, tmp_path: Path
) -> None:
    assert send(situation, tmp_path, "000000001") == send(situation, tmp_path, "000000001")
    assert not [one for one in send(situation, tmp_path, "333333330") if one.startswith("Task/")]
    assert len(situation.trust.search("Task", patient=situation.at_trust)) == 1
