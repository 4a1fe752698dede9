"""What is stored before anything is measured: a person, their results, and their permit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from houses import House
from made_up import OURS, Person, alcohol_score, consent, entry
from processes import LiveServer
from screenings import ALCOHOL, ITEMS, as_csv, screenings
from smart_client import Json, SmartClient, register

ENTRIES = 50


@dataclass(frozen=True)
class Story:
    """What is asked for: one screening response, and pages of scores and of responses, all by
    another service than wrote them."""

    house: House
    reader: SmartClient
    read: str
    searches: dict[str, str]


def house_of(server: LiveServer) -> House:
    """A started server with a trust, a drug service and a portal."""
    registrations = {
        "trust": register(server, "Fern Valley Mental Health Trust", "RX1"),
        "drugs": register(server, "Harbour Drug and Alcohol Service", "DA1"),
        "portal": register(server, "My Story", "PO1", role="portal", purpose="PATRQT"),
    }
    return House(server.start(), registrations)


def tell(house: House, directory: Path) -> Story:
    """A trust screens a person, the person permits a second service, which will ask."""
    person = Person()
    bundle = _mapped(house, person, directory)
    named = _sent(house, bundle)
    patient = next(name for name in named if name.startswith("Patient/"))
    response = next(name for name in named if name.startswith("QuestionnaireResponse/"))
    answers = next(e["resource"] for e in bundle["entry"] if "questionnaire" in e["resource"])
    many = [entry(alcohol_score(patient, value % 13)) for value in range(ENTRIES)]
    for number in range(ENTRIES - 1):
        again = {k: v for k, v in answers.items() if k not in ("id", "identifier")}
        authored = f"2026-0{1 + number % 9}-{10 + number // 9}T10:00:00Z"
        many.append(entry(again | {"subject": {"reference": patient}, "authored": authored}))
    _sent(house, {"resourceType": "Bundle", "type": "transaction", "entry": many})
    theirs = house.known_at(house.drugs, person)
    portal = house.person_at_portal(person)
    portal.created(consent(str(portal.patient), "permit", house.drugs.who.organization))
    asked = f"patient={theirs}&_count={ENTRIES}"
    searches = {"scores": f"Observation?{asked}", "responses": f"QuestionnaireResponse?{asked}"}
    return Story(house, house.drugs, response, searches)


def _mapped(house: House, person: Person, directory: Path) -> Json:
    """One screening as `onestory map` writes it."""
    rows = screenings([person], 1, "RX1")
    rows[0].row.update({item: "n" if item.endswith("3") else "y" for item in ITEMS})
    rows[0].row.update(dict.fromkeys(ALCOHOL, "3"))
    (directory / "one.csv").write_text(as_csv(rows))
    mapped = house.server.command("map", "assist-lite", str(directory / "one.csv"))
    bundle: Json = json.loads(mapped.stdout)
    for each in bundle["entry"]:
        lengthen(each["resource"])
    return bundle


def _sent(house: House, bundle: Json) -> list[str]:
    answer = house.trust.send("POST", "", bundle)
    assert answer.status_code == 200, answer.text
    locations = [each["response"]["location"] for each in answer.json()["entry"]]
    return ["/".join(where.split("/_history/")[0].split("/")[-2:]) for where in locations]


def lengthen(node: Json) -> None:
    """Each item says where it is defined, as many systems do: 5 kB instead of 3."""
    for item in node.get("item", []):
        item["definition"] = f"{OURS}/Questionnaire/assist-lite-uk#{item['linkId']}"
        lengthen(item)
