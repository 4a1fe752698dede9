"""What a server releases is what `onestory decide` says, for consents made up at random.

The command judges the resources as the person's portal reads them (labels in `meta.security`),
under the consents as stored; the server answers from its query. They must agree on each resource,
read by id and found by search, and a further denial must never release more.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from houses import Situation
from made_up import (
    LOINC,
    PARTICIPATION,
    SNOMED,
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
from smart_client import Json

SEEDS = range(60 if os.environ.get("ONESTORY_FULL") == "1" else 8)
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TYPES = "http://hl7.org/fhir/resource-types"
PURPOSES = ("TREAT", "COC", "HRESCH", "HPAYMT")
TOPICS = ("ETHUD", "MH", "SUD", "BH", "PSY", "self-harm", "smoking", "HIV", "social")


def _criteria(chance: random.Random, situation: Situation) -> Json:
    """Some of the criteria a provision may have, each with a fair chance of matching."""
    found: Json = {}
    if chance.random() < 0.45:
        found["securityLabel"] = topic(*chance.sample(TOPICS, chance.randint(1, 4)))
    if chance.random() < 0.15:
        level = {"system": LEVEL, "code": chance.choice("NRV")}
        found["securityLabel"] = [*found.get("securityLabel", []), level]
    if chance.random() < 0.35:
        found["purpose"] = [dict(treatment()[0], code=c) for c in chance.sample(PURPOSES, 2)]
    if chance.random() < 0.3:
        kind = chance.choice(("Observation", "QuestionnaireResponse", "CarePlan"))
        found["class"] = [{"system": TYPES, "code": kind}]
    if chance.random() < 0.2:
        code = chance.choice(("75626-2", "44261-6"))
        found["code"] = [{"coding": [{"system": LOINC, "code": code}]}]
    if chance.random() < 0.2:
        start, end = sorted(chance.sample(("2020", "2023-05", "2025-01-01", "2031"), 2))
        found["dataPeriod"] = {"start": start, "end": end}
    if chance.random() < 0.2:
        action = "http://terminology.hl7.org/CodeSystem/consentaction"
        code = chance.choice(("access", "disclose", "correct"))
        found["action"] = [{"coding": [{"system": action, "code": code}]}]
    if chance.random() < 0.2:
        source = {"coding": [{"system": PARTICIPATION, "code": "AUT"}]}
        author = chance.choice((situation.trust, situation.house.housing)).who.organization
        found["actor"] = [{"role": source, "reference": {"reference": author}}]
    return found


def _words(chance: random.Random, situation: Situation) -> Json:
    """One consent: a root for one service or none, perhaps with an exception beneath."""
    drugs, housing = situation.drugs.who.organization, situation.house.housing.who.organization
    named = chance.choice((drugs, drugs, drugs, housing, None))
    kind = chance.choice(("permit", "permit", "deny"))
    words = consent(situation.me, kind, named)
    root = words["provision"]
    criteria = _criteria(chance, situation)
    root["actor"] = [*root.get("actor", []), *criteria.pop("actor", [])]
    if not root["actor"]:
        del root["actor"]
    root |= criteria
    if chance.random() < 0.4:
        other = "deny" if kind == "permit" else "permit"
        exception = _criteria(chance, situation) or {"purpose": treatment()}
        root["provision"] = [{"type": other} | exception]
    return words


def _held(situation: Situation) -> list[str]:
    patient = situation.at_trust
    homeless = alcohol_score(patient)
    homeless["code"] = {"coding": [{"system": SNOMED, "code": "32911000"}]}
    resources = [
        alcohol_score(patient),
        alcohol_score(patient, effectiveDateTime="2024-03-01"),
        mood_score(patient),
        mood_score(patient, effectiveDateTime=now(-900)),
        homeless,
        drink_response(patient),
        drink_response(patient, authored="2022-02-02T10:00:00Z"),
        mood_response(patient),
        care_plan(patient),
    ]
    for resource in resources:  # the command knows of an author only what the resource says
        resource |= _written_by(resource["resourceType"], situation.trust.who.organization)
    return [situation.writes(resource) for resource in resources]


def _written_by(kind: str, organization: str) -> Json:
    author = {"reference": organization}
    return {"performer": [author]} if kind == "Observation" else {"author": author}


class Judge:
    """The command's verdicts on the same resources, under the same consents."""

    def __init__(self, situation: Situation, directory: Path, held: list[str]) -> None:
        self.situation = situation
        self.directory = directory
        self.held = held
        self.resources = [
            self._file(f"resource{n}", situation.portal.read(r)) for n, r in enumerate(held)
        ]

    def _file(self, name: str, content: Json) -> str:
        file = self.directory / f"{name}.json"
        file.write_text(json.dumps(content))
        return str(file)

    def permits(self, consents: list[Json]) -> set[str]:
        request = {
            "recipient": self.situation.drugs.who.organization,
            "purpose": "TREAT",
            "action": "access",
            "at": now(),
        }
        command = ["decide", "--request", self._file("request", request)]
        for number, words in enumerate(consents):
            command += ["--consents", self._file(f"consent{number}", words)]
        for resource in self.resources:
            command += ["--resource", resource]
        printed = self.situation.house.server.command(*command).stdout
        verdicts = [json.loads(line) for line in printed.splitlines()]
        assert [v["resource"] for v in verdicts] == self.held
        return {v["resource"] for v in verdicts if v["decision"] == "permit"}


def _released(situation: Situation, held: list[str]) -> set[str]:
    """What the second service reads by id, which must be what it finds by search."""
    drugs, patient = situation.drugs, situation.at_drugs
    read = {reference for reference in held if drugs.get(reference).status_code == 200}
    kinds = ("Observation", "QuestionnaireResponse", "CarePlan")
    found = {f"{k}/{r['id']}" for k in kinds for r in drugs.search(k, patient=patient)}
    assert found == read
    return read


@pytest.mark.parametrize("seed", SEEDS)
def test_server_and_command_agree(
    meet: Callable[..., Situation], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up consents
    situation = meet()
    held = _held(situation)
    judge = Judge(situation, tmp_path, held)
    given: list[Json] = []
    before: set[str] = set()
    for _ in range(chance.randint(2, 5)):
        answer: Any = situation.portal.post(_words(chance, situation))
        if answer.status_code == 422:
            continue
        assert answer.status_code == 201, answer.text
        given.append(answer.json())
        released = _released(situation, held)
        if given[-1]["provision"]["type"] == "deny" and "provision" not in given[-1]["provision"]:
            assert released <= before, "a denial released more"
        before = released
    assert before == judge.permits(given), json.dumps([g["provision"] for g in given])
    chance.shuffle(given)
    assert before == judge.permits(given), "the order of consents matters"
