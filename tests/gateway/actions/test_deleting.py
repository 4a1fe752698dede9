"""What an organisation wrote, it takes away; who could see it is told, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from callers import (
    Caller,
    House,
    attestation,
    body_of,
    consent,
    patient,
    places,
    referral,
    score,
)

Json = dict[str, Any]
NEVER = "Observation/00000000-0000-4000-8000-000000000001"


class Scene:
    """A person whom trust and drugs know; drugs may see everything."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.me = house.person()
        self.said = self.me.writes(consent(self.me.me, "permit", house.organizations["DA1"]))
        self.at_trust = house.trust.writes(patient())
        self.at_drugs = house.drugs.writes(patient())

    def referred(self) -> tuple[str, str]:
        """A request and its Task, sent to drugs on the sender's word."""
        sender, receiver = self.house.organizations["RX1"], self.house.organizations["DA1"]
        request, task, _ = self.house.trust.sent(*referral(self.at_trust, sender, receiver))
        return request, task


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


def test_deleted_is_gone_to_who_could_see_it_and_never_was_to_others(scene: Scene) -> None:
    house = scene.house
    stored = house.trust.writes(score(scene.at_trust))
    assert house.drugs.delete(stored).status == 403
    assert house.housing.delete(stored).status == 404
    assert house.trust.delete(stored, 'W/"0000000000000000"').status == 412
    current = house.trust.get(stored).headers["ETag"]
    assert house.trust.delete(stored, current).status == 204
    for caller in (house.trust, house.drugs, scene.me):
        gone = caller.get(stored)
        assert gone.status == 410
        assert body_of(gone)["issue"][0]["code"] == "deleted"
    assert _face(house.housing, stored) == _face(house.housing, NEVER)
    assert house.trust.delete(stored).status == 410
    assert house.trust.put(score(scene.at_trust) | {"id": _id(stored)}).status == 410
    assert house.trust.patch(stored, {"op": "remove", "path": "/status"}).status == 410
    assert house.housing.delete(stored).status == 404
    for caller in (house.trust, house.drugs, scene.me):
        assert caller.finds("Observation", _id=_id(stored)) == []


def test_the_versions_before_stay_for_who_could_see_them(scene: Scene) -> None:
    house = scene.house
    stored = house.trust.created(score(scene.at_trust))
    reference = f"Observation/{stored['id']}"
    house.trust.put(stored | {"status": "amended"})
    seen = house.drugs.read(reference)
    house.trust.delete(reference)
    for caller in (house.trust, house.drugs, scene.me):
        for address in (f"{reference}/_history", "Observation/_history"):
            last, *before = caller.history(address)
            assert last["request"] == {"method": "DELETE", "url": reference}
            assert last["response"]["status"].startswith("204")
            assert "resource" not in last
            assert [each["resource"]["status"] for each in before] == ["amended", "final"]
        deletion = last["response"]["etag"].removeprefix('W/"').rstrip('"')
        assert caller.look(f"{reference}/_history/{deletion}").status == 410
    former = house.drugs.look(f"{reference}/_history/{seen['meta']['versionId']}")
    assert body_of(former) == seen
    assert house.housing.look(f"{reference}/_history").status == 404
    assert house.housing.history("Observation/_history") == []


def test_who_may_no_longer_see_it_is_not_told_that_it_is_gone(scene: Scene) -> None:
    house = scene.house
    stored = house.trust.writes(score(scene.at_trust))
    house.trust.delete(stored)
    assert house.drugs.get(stored).status == 410
    said = scene.me.read(scene.said)
    scene.me.put(said | {"status": "inactive"})
    assert _face(house.drugs, stored) == _face(house.drugs, NEVER)
    assert house.drugs.look(f"{stored}/_history").status == 404


def test_nothing_looks_for_what_refers_to_it(scene: Scene) -> None:
    house = scene.house
    first = house.trust.writes(score(scene.at_trust))
    second = house.trust.writes(score(scene.at_trust, hasMember=[{"reference": first}]))
    assert house.trust.delete(first).status == 204
    assert house.trust.read(second)["hasMember"] == [{"reference": first}]
    assert "hasMember" not in house.drugs.read(second)


@pytest.mark.parametrize("kind", ["Consent", "Provenance", "Organization", "AuditEvent"])
def test_what_was_said_attested_or_logged_is_never_deleted(scene: Scene, kind: str) -> None:
    caller, reference = {
        "Consent": lambda: (scene.me, scene.said),
        "Provenance": lambda: (scene.house.trust, _attested(scene)),
        "Organization": lambda: (scene.house.trust, scene.house.organizations["RX1"]),
        "AuditEvent": lambda: (scene.house.officer, _logged(scene)),
    }[kind]()
    answer = caller.delete(reference)
    assert answer.status == (403 if kind in ("Organization", "AuditEvent") else 405)
    assert caller.get(reference).status == 200


def test_a_patient_is_deleted_only_while_nothing_is_about_them(scene: Scene) -> None:
    house = scene.house
    stored = house.trust.writes(score(scene.at_trust))
    answer = house.trust.delete(scene.at_trust)
    assert (answer.status, places(answer)) == (409, ["Patient"])
    assert house.trust.delete(stored).status == 204
    assert house.trust.delete(scene.at_trust).status == 204
    assert house.trust.get(scene.at_trust).status == 410
    assert house.trust.post(score(scene.at_trust)).status == 422
    assert house.trust.finds("Patient", family="Example") == []


def test_who_deletes_their_patient_gets_nothing_more_about_the_person(scene: Scene) -> None:
    house = scene.house
    stored = house.trust.writes(score(scene.at_trust))
    assert house.drugs.get(stored).status == 200
    assert house.drugs.delete(scene.at_drugs).status == 204
    assert _face(house.drugs, stored) == _face(house.drugs, NEVER)
    assert house.drugs.get(scene.at_drugs).status == 410
    again = house.drugs.writes(patient())
    assert house.drugs.finds("Observation", patient=again) == [stored]


def test_a_referral_under_way_is_cancelled_before_it_is_deleted(scene: Scene) -> None:
    house = scene.house
    _, task = scene.referred()
    assert house.drugs.delete(task).status == 403
    answer = house.trust.delete(task)
    assert (answer.status, places(answer)) == (409, ["Task.status"])
    assert house.drugs.get(task).status == 200


def test_with_its_task_ends_what_was_delivered_and_agreed(house: House) -> None:
    mine = house.trust.writes(patient())
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    listed = house.trust.writes(score(mine))
    request, task, _ = house.trust.sent(*referral(mine, sender, receiver, listed))
    assert house.drugs.get(listed).status == house.drugs.get(request).status == 200
    cancelled = house.trust.read(task) | {
        "status": "cancelled",
        "statusReason": {"text": "sent by mistake"},
    }
    assert house.trust.put(cancelled).status == 200
    assert house.drugs.get(listed).status == 200
    assert house.trust.delete(task).status == 204
    assert house.drugs.get(task).status == 410
    assert house.drugs.get(request).status == 404
    assert house.drugs.get(listed).status == 404
    assert house.trust.get(request).status == 200


def test_another_task_keeps_its_request_delivered(house: House) -> None:
    mine = house.trust.writes(patient())
    me = house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    request, task, _ = house.trust.sent(*referral(mine, sender, receiver))
    follow = house.trust.read(task) | {"id": "x", "status": "requested"}
    del follow["id"], follow["meta"]
    assert house.trust.post(follow).status == 201
    ended = house.trust.read(task) | {"status": "cancelled", "statusReason": {"text": "twice"}}
    assert house.trust.put(ended).status == 200
    assert house.trust.delete(task).status == 204
    deliveries = house.rows("delivery")
    assert deliveries == 3  # the second Task's, its request's, and the deleted one's own
    assert house.drugs.get(request).status == 200


@pytest.mark.parametrize(("many", "status"), [(0, 204), (1, 204), (2, 412)])
def test_a_condition_deletes_the_one_it_means(scene: Scene, many: int, status: int) -> None:
    house = scene.house
    number = [{"system": "urn:x", "value": "1"}]
    for _ in range(many):
        house.trust.writes(score(scene.at_trust, identifier=number))
    house.drugs.writes(score(scene.at_drugs, identifier=number))
    assert house.trust.delete("Observation?identifier=urn:x|1").status == status
    left = house.trust.finds("Observation", patient=scene.at_trust, identifier="urn:x|1")
    assert len(left) == (0, 0, 2)[many]
    assert len(house.drugs.finds("Observation", patient=scene.at_drugs)) == 1 + len(left)


def _attested(scene: Scene) -> str:
    stored = scene.house.trust.writes(score(scene.at_trust))
    sender = scene.house.organizations["RX1"]
    return scene.house.trust.writes(attestation(sender, stored))


def _logged(scene: Scene) -> str:
    scene.house.trust.get(scene.at_trust)
    return f"AuditEvent/{scene.house.entries()[-1]['id']}"


def _face(caller: Caller, reference: str) -> tuple[int, bytes, dict[str, str]]:
    answer = caller.get(reference)
    return answer.status, answer.body, answer.headers


def _id(reference: str) -> str:
    return reference.partition("/")[2]
