"""What the version of a view says: which bytes it is of, and nothing of what is not in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from callers import Caller, House, consent, referral, score
from plans import ALCOHOL, CODES, Shared, activity, codes, concept, plan

from gateway.actions import needing

Json = dict[str, Any]
TYPES = "http://hl7.org/fhir/resource-types"
RULE = "https://onestory.example/fhir/StructureDefinition/label-rule"


def _tag(caller: Caller, reference: str) -> str:
    """The ETag of what somebody reads, which the resource says of itself too."""
    answer = caller.get(reference)
    assert answer.status == 200, answer.body
    found = re.fullmatch(r'W/"([0-9a-f]{16})"', answer.headers["ETag"])
    assert found is not None, answer.headers["ETag"]
    assert caller.read(reference)["meta"]["versionId"] == found[1]
    return found[1]


def test_each_reader_has_a_version_of_their_own_that_moves_with_what_they_read(
    house: House,
) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    stored = house.trust.created(score(shared.at_trust))
    reference = f"Observation/{stored['id']}"
    readers = (house.trust, house.drugs, shared.person)
    before = [_tag(each, reference) for each in readers]
    assert house.trust.put(stored | {"status": "amended"}).status == 200
    after = [_tag(each, reference) for each in readers]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_who_sees_other_parts_has_another_version(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    shared.permit(house.housing)
    inside = {"resourceType": "Medication", "id": "inside", "code": concept(CODES["mood"])}
    stored = house.trust.writes(
        plan(
            shared.at_trust,
            activity("mood", productReference={"reference": "#inside"}),
            contained=[inside],
        )
    )
    whole = _tag(house.drugs, stored)
    assert _tag(house.trust, stored) != whole
    kept = {"class": [{"system": TYPES, "code": "Medication"}]}
    drugs = house.organizations["DA1"]
    shared.person.created(consent(shared.person.me, "deny", drugs, **kept))
    seen = house.drugs.read(stored)
    assert "contained" not in seen
    assert seen["meta"]["security"] == house.housing.read(stored)["meta"]["security"]
    assert len({whole, _tag(house.drugs, stored), _tag(house.housing, stored)}) == 3


def test_what_is_hidden_moves_no_version(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs, "alcohol")
    stored = house.trust.created(plan(shared.at_trust, activity("alcohol"), activity("housing")))
    reference = f"CarePlan/{stored['id']}"
    before, whole = house.drugs.get(reference), _tag(house.trust, reference)
    stored["activity"][1]["detail"]["status"] = "completed"
    assert house.trust.put(stored).status == 200
    assert codes(house.drugs.read(reference)) == [ALCOHOL]
    assert house.drugs.get(reference).body == before.body
    assert house.drugs.get(reference).headers["ETag"] == before.headers["ETag"]
    assert _tag(house.trust, reference) != whole


def test_the_rules_that_set_a_label_are_told_to_who_reads_the_whole(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    stored = house.trust.writes(score(shared.at_trust))
    told = {
        name: [each["url"] for each in caller.read(stored)["meta"].get("extension", [])]
        for name, caller in (("author", house.trust), ("other", house.drugs))
    }
    assert RULE in told["author"]
    assert told["other"] == []


def test_a_view_of_what_names_something_hidden_holds_no_words_either(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    hidden = house.trust.writes(score(shared.at_trust))
    sender = house.organizations["RX1"]
    asked = referral(shared.at_trust, sender, sender, hidden)[0]["resource"]
    asked["code"]["coding"][0]["display"] = "The sender's words"
    stored = house.trust.writes(asked)
    assert "The sender's words" in str(house.trust.read(stored))
    for named in ([{"reference": hidden}], None):
        seen = house.drugs.read(stored)
        assert "The sender's words" not in str(seen)
        assert seen.get("supportingInfo") == named
        data = [{"meaning": "instance", "reference": {"reference": hidden}}]
        drugs = house.organizations["DA1"]
        shared.person.created(consent(shared.person.me, "deny", drugs, data=data))


def test_what_needs_what_is_hidden_never_was(house: House) -> None:
    """Nor is its end told."""
    shared = Shared(house)
    shared.permit(house.drugs)
    hidden = house.trust.writes(score(shared.at_trust))
    inside = {
        "resourceType": "Provenance",
        "id": "origin",
        "target": [{"reference": hidden}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": house.organizations["RX1"]}}],
    }
    stored = house.trust.writes(
        score(shared.at_trust, contained=[inside], derivedFrom=[{"reference": "#origin"}])
    )
    assert house.drugs.get(stored).status == 200
    data = [{"meaning": "instance", "reference": {"reference": hidden}}]
    drugs = house.organizations["DA1"]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    assert house.trust.put(house.trust.read(stored) | {"status": "amended"}).status == 200
    never = "Observation/00000000-0000-4000-8000-000000000001"
    for end in ("before", "after"):
        for address in ("{}", "{}/_history"):
            seen = [house.drugs.look(address.format(each)) for each in (stored, never)]
            assert [each.status for each in seen] == [404, 404], end
        assert house.drugs.finds("Observation", patient=shared.at_drugs) == []
        assert house.drugs.history("Observation/_history") == []
        assert house.trust.delete(stored).status in (204, 410)


def _needing(named: str, author: str) -> Json:
    """What a score holds that cannot stand without naming something."""
    inside = {
        "resourceType": "Provenance",
        "id": "origin",
        "target": [{"reference": named}],
        "recorded": "2026-05-03T10:00:00Z",
        "agent": [{"who": {"reference": author}}],
    }
    return {"contained": [inside], "derivedFrom": [{"reference": "#origin"}]}


def test_what_is_withheld_for_what_it_needs_is_nowhere_named(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    trust, drugs, subject = house.organizations["RX1"], house.organizations["DA1"], shared.at_trust
    hidden = house.trust.writes(score(subject))
    needs = house.trust.writes(score(subject, **_needing(hidden, trust)))
    further = house.trust.writes(score(subject, **_needing(needs, trust)))
    smoking = score(subject, "72166-2", derivedFrom=[{"reference": further}])
    names = [
        house.trust.writes(smoking),
        house.trust.writes(referral(subject, trust, trust, further)[0]["resource"]),
        house.trust.writes(plan(subject, activity("mood"), supportingInfo=[{"reference": needs}])),
    ]
    asked = [("derived-from", further), ("based-on", further), ("_id", further.split("/")[1])]
    before = [house.drugs.read(each) for each in names]
    assert [str(each).count(further) + str(each).count(needs) for each in before] == [1, 1, 1]
    data = [{"meaning": "instance", "reference": {"reference": hidden}}]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    for each in (hidden, needs, further):
        assert house.drugs.get(each).status == 404
    for each in names:
        seen = house.drugs.read(each)
        assert needs not in str(seen)
        assert further not in str(seen)
    for each in (names[0], names[2]):  # a request is about alcohol by its own code
        assert "ETHUD" not in str(house.drugs.read(each)["meta"]["security"])
    for one in asked:
        assert house.drugs.finds("Observation", one, patient=shared.at_drugs) == []
    mine = referral(shared.at_drugs, drugs, drugs, further)[0]["resource"]
    never = mine | {"supportingInfo": [{"reference": "Observation/never-was-anywhere"}]}
    told = [house.drugs.created(each)["meta"] for each in (mine, never)]
    assert told[0]["security"] == told[1]["security"]
    assert told[0]["tag"] == told[1]["tag"]


def test_what_need_each_other_stand_and_fall_together(house: House) -> None:
    shared = Shared(house)
    shared.permit(house.drugs)
    trust, drugs, subject = house.organizations["RX1"], house.organizations["DA1"], shared.at_trust
    hidden = house.trust.writes(score(subject, "72166-2"))
    first = house.trust.created(score(subject))
    one = f"Observation/{first['id']}"
    other = house.trust.writes(score(subject, **_needing(one, trust)))
    assert house.trust.put(first | _needing(other, trust)).status == 200
    assert [house.drugs.get(each).status for each in (one, other)] == [200, 200]
    third = house.trust.writes(score(subject, focus=[{"reference": one}]))
    assert house.drugs.read(third)["focus"] == [{"reference": one}]
    last = house.trust.read(other)
    last["contained"][0]["target"].append({"reference": hidden})
    assert house.trust.put(last).status == 200
    data = [{"meaning": "instance", "reference": {"reference": hidden}}]
    shared.person.created(consent(shared.person.me, "deny", drugs, data=data))
    assert [house.drugs.get(each).status for each in (one, other)] == [200, 200]
    last["contained"][0]["target"] = [{"reference": hidden}]
    last["contained"][0]["entity"] = [{"role": "source", "what": {"reference": one}}]
    assert house.trust.put(last).status == 200
    assert [house.drugs.get(each).status for each in (one, other)] == [404, 404]
    assert "focus" not in house.drugs.read(third)


@pytest.mark.parametrize(("most", "status"), [(1, 404), (2, 200)])
def test_what_needs_very_much_is_withheld(
    house: House, monkeypatch: pytest.MonkeyPatch, most: int, status: int
) -> None:
    """Each needs the one before: nobody makes others' reads long by that."""
    shared = Shared(house)
    shared.permit(house.drugs)
    monkeypatch.setattr(needing, "MOST", most)
    named = house.trust.writes(score(shared.at_trust))
    chain = [named]
    for _ in range(3):
        needs = _needing(chain[-1], house.organizations["RX1"])
        chain.append(house.trust.writes(score(shared.at_trust, **needs)))
    last = house.trust.writes(score(shared.at_trust, focus=[{"reference": chain[-1]}]))
    assert [house.drugs.get(each).status for each in chain[:3]] == [200, 200, 200]
    assert ("focus" in house.drugs.read(last)) is (status == 200)
