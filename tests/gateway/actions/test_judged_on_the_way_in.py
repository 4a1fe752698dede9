"""Whom a record concerns, and what it carries, as it is judged when it is written."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from callers import (
    MOOD,
    Caller,
    House,
    attestation,
    consent,
    entry,
    patient,
    places,
    referral,
    score,
)
from plans import Shared, activity, concept, plan

from gateway.actions import following

Json = dict[str, Any]
TYPES = "http://hl7.org/fhir/resource-types"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def test_a_record_is_held_with_whom_it_is_about_first(house: House) -> None:
    """Whoever else it names, and wherever."""
    about, other = (house.trust.writes(patient(number)) for number in range(2))
    focus = {"resourceType": "Observation", "focus": [{"reference": other}]}
    stored = house.trust.writes(focus | score(about))
    assert stored.startswith("Observation/")
    held = house.held(
        "SELECT 'Patient/' || i.patient FROM resource r JOIN identity i ON i.id = r.identity"
        " WHERE r.type = 'Observation'"
    )
    assert held == [(about,)]


def test_what_concerns_two_people_is_neither_ones_own_to_read(house: House) -> None:
    first, second = (house.person(number) for number in range(2))
    about, other = (house.trust.writes(patient(number)) for number in range(2))
    both = house.trust.writes(score(about, focus=[{"reference": other}]))
    alone = house.trust.writes(score(about))
    assert [each.get(both).status for each in (first, second)] == [404, 404]
    assert [each.get(alone).status for each in (first, second)] == [200, 404]


def test_what_holds_somebody_is_nobodys_own_to_read(house: House) -> None:
    me, about = house.person(), house.trust.writes(patient())
    inside = {"resourceType": "Patient", "id": "relative"}
    held = score(about, contained=[inside], focus=[{"reference": "#relative"}])
    assert me.get(house.trust.writes(held)).status == 404
    assert me.get(house.trust.writes(score(about))).status == 200


def test_nobody_reads_what_is_its_authors_alone(house: House) -> None:
    """Whatever a person permits, and whose person it is."""
    me, at_trust, at_drugs = house.person(), house.trust, house.drugs
    theirs, _ = at_trust.writes(patient()), at_drugs.writes(patient())
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    said = at_trust.writes(consent(theirs, "deny", house.organizations["HO1"]))
    stored = at_trust.writes(score(theirs))
    word = at_trust.writes(attestation(house.organizations["RX1"], stored))
    assert at_drugs.get(stored).status == 200
    for each in (theirs, said, word):
        assert at_trust.get(each).status == 200
        assert at_drugs.get(each).status == 404
        assert at_drugs.look(f"{each}/_history").status == 404
    assert at_drugs.finds("Patient", _id=theirs.partition("/")[2]) == []
    assert me.get(theirs).status == 404
    assert me.finds("Patient", _id=theirs.partition("/")[2]) == []
    assert me.get(me.me).status == 200


def test_what_a_person_denies_others_they_go_on_reading_themselves(house: House) -> None:
    """What their plan holds too."""
    shared = Shared(house)
    inside = {"resourceType": "Medication", "id": "inside", "code": concept("445455005")}
    use = activity("mood", productReference={"reference": "#inside"})
    stored = house.trust.writes(plan(shared.at_trust, use, contained=[inside]))
    kind = {"class": [{"system": TYPES, "code": "Medication"}]}
    shared.person.created(consent(shared.person.me, "deny", **kind))
    assert shared.person.read(stored)["contained"][0]["id"] == "inside"


def test_what_was_labelled_before_rules_were_named_tells_no_more(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    sender, subject = house.organizations["RX1"], shared.at_trust
    hidden = house.trust.writes(score(subject, MOOD))
    stored = house.trust.writes(referral(subject, sender, sender, hidden)[0]["resource"])
    data = [{"meaning": "instance", "reference": {"reference": hidden}}]
    drugs = house.organizations["DA1"]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    assert _topics(house.drugs, stored) == {"ETHUD", "drugs"}
    house.change("UPDATE resource SET said = '' WHERE type = 'ServiceRequest'")
    house.change("UPDATE identity SET stamp = stamp + 1")
    assert _topics(house.drugs, stored) == {"ETHUD", "drugs"}
    assert "MH" in _topics(house.trust, stored)


def _topics(caller: Caller, reference: str) -> set[str]:
    found = caller.read(reference)["meta"]["security"]
    return {each["code"] for each in found if "Confidentiality" not in each["system"]}


def test_exactly_as_many_as_one_write_labels_anew_are_labelled_as_they_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only beyond that are they given all labels besides their own."""
    me, subject = house.person(), house.trust.writes(patient())
    sender = house.organizations["RX1"]
    stored = house.trust.created(score(subject, MOOD))
    named = f"Observation/{stored['id']}"
    asked = house.trust.writes(referral(subject, sender, sender, named)[0]["resource"])
    monkeypatch.setattr(following, "MOST", 1)
    assert house.trust.put(score(subject) | {"id": stored["id"]}).status == 200
    assert "MH" not in _topics(me, asked)
    house.trust.writes(referral(subject, sender, sender, asked)[0]["resource"])
    for code in (MOOD, "75626-2"):
        assert house.trust.put(score(subject, code) | {"id": stored["id"]}).status == 200
    held = house.held("SELECT topics FROM resource WHERE type = 'ServiceRequest'")
    assert sorted(topics & 4 for (topics,) in held) == [0, 4]  # the further goes on being MH


def test_what_names_nobody_is_refused(house: House) -> None:
    house.trust.writes(patient())
    sent = score("")
    del sent["subject"]
    answer = house.trust.post(sent)
    assert (answer.status, places(answer)) == (422, ["Observation"])


def test_prescriptions_are_joined_by_what_they_are_based_on(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    sender, subject = house.organizations["RX1"], shared.at_trust
    asked = house.trust.writes(referral(subject, sender, sender)[0]["resource"])
    prescribed = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept("763256006"),
        "subject": {"reference": subject},
    }
    based = prescribed | {"basedOn": [{"reference": asked}]}
    written = [house.trust.writes(each) for each in (based, based, prescribed)]
    assert [house.drugs.get(each).status for each in written] == [200, 200, 200]
    data = [{"meaning": "related", "reference": {"reference": written[0]}}]
    drugs = house.organizations["DA1"]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    assert [house.drugs.get(each).status for each in written] == [404, 404, 200]


def test_the_narrative_of_what_is_seen_in_parts_is_the_authors_alone(house: House) -> None:
    """It tells of the parts that are kept, from the person too."""
    shared = Shared(house)
    div = '<div xmlns="http://www.w3.org/1999/xhtml">In short</div>'
    text = {"status": "generated", "div": div}
    stored = house.trust.writes(plan(shared.at_trust, activity("alcohol"), text=text))
    plain = house.trust.writes(score(shared.at_trust, text=text))
    assert house.trust.read(stored)["text"] == text
    assert "text" not in shared.person.read(stored)
    assert shared.person.read(plain)["text"] == text


@pytest.mark.parametrize("note", [[], [{"text": "in words"}]])
def test_what_was_seen_when_it_was_named_goes_on_being_known(house: House, note: Any) -> None:
    """Whatever else of it is in words."""
    shared = Shared(house)
    shared.permit(house.drugs)
    named = house.trust.writes(score(shared.at_trust))
    drugs = house.organizations["DA1"]
    asked = referral(shared.at_drugs, drugs, drugs, named)[0]["resource"]
    stored = house.drugs.created(asked | ({"note": note} if note else {}))
    data = [{"meaning": "instance", "reference": {"reference": named}}]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    assert house.drugs.get(named).status == 404
    assert house.drugs.put(stored | {"priority": "urgent"}).status == 200
    again = house.drugs.read(f"ServiceRequest/{stored['id']}")
    assert again["meta"].get("tag") == stored["meta"].get("tag")


def test_in_a_transaction_what_a_provenance_is_of_may_come_after_it(house: House) -> None:
    subject, sender = house.trust.writes(patient()), house.organizations["RX1"]
    target = f"urn:uuid:{uuid4()}"
    word, stored = house.trust.sent(
        entry(attestation(sender, target)), entry(score(subject), target)
    )
    assert house.trust.read(word)["target"] == [{"reference": stored}]
