"""The history of a view: what moved for this requester, newest first, and nothing besides."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from callers import MOOD, House, body_of, consent, entry, patient, places, referral, score
from plans import CODES, activity, concept, plan

from gateway.actions.freshness import Known
from gateway.actions.gate import Gate
from gateway.storage.connection import Connection

Json = dict[str, Any]
ALCOHOL = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]
SELF_HARM = {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "self-harm"}


class Scene:
    """A person at the trust, at drugs and at the portal, who lets drugs see about alcohol."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.me = house.person()
        self.at_trust = house.trust.writes(patient())
        self.at_drugs = house.drugs.writes(patient())
        recipient = house.organizations["DA1"]
        self.said = self.me.created(consent(self.me.me, "permit", recipient, securityLabel=ALCOHOL))

    def score(self, **more: Any) -> str:
        return self.house.trust.writes(score(self.at_trust, **more))

    def changed(self, reference: str, **members: Any) -> Json:
        stored = self.house.trust.read(reference) | members
        answer = self.house.trust.put(stored)
        assert answer.status == 200, answer.body
        return body_of(answer)


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


def _values(entries: list[Json]) -> list[Any]:
    return [entry["resource"]["valueQuantity"]["value"] for entry in entries]


def _value(number: int) -> Json:
    return {"value": number, "system": "http://unitsofmeasure.org", "code": "{score}"}


def test_each_version_is_told_newest_first_with_what_made_it(scene: Scene) -> None:
    stored = scene.score()
    for number in (8, 9):
        scene.changed(stored, valueQuantity=_value(number))
    entries = scene.house.trust.history(f"{stored}/_history")
    assert _values(entries) == [9, 8, 7]
    assert [each["request"]["method"] for each in entries] == ["PUT", "PUT", "POST"]
    assert [each["request"]["url"] for each in entries] == [stored, stored, "Observation"]
    statuses = [each["response"]["status"] for each in entries]
    assert statuses == ["200 OK", "200 OK", "201 Created"]
    for each in entries:
        version = each["resource"]["meta"]["versionId"]
        assert each["response"]["etag"] == f'W/"{version}"'
        read = scene.house.trust.look(f"{stored}/_history/{version}")
        assert read.status == 200
        assert body_of(read) == each["resource"]
    assert scene.house.trust.look(f"{stored}/_history/0000000000000000").status == 404


def test_a_history_is_paged_and_bounded_in_time(scene: Scene) -> None:
    stored = scene.score()
    instants = [scene.house.trust.read(stored)["meta"]["lastUpdated"]]
    for number in range(8, 14):
        made = scene.changed(stored, valueQuantity=_value(number))
        instants.append(made["meta"]["lastUpdated"])
    trust = scene.house.trust
    for path in (f"{stored}/_history", "Observation/_history"):
        assert _values(trust.history(f"{path}?_count=2")) == [13, 12, 11, 10, 9, 8, 7]
        assert _values(trust.history(f"{path}?_since={instants[4]}")) == [13, 12, 11]
        assert _values(trust.history(f"{path}?_at={instants[2]}")) == [9]
        assert _values(trust.history(f"{path}?_at=2026-05-03")) == [13, 12, 11, 10, 9, 8, 7]
        assert trust.history(f"{path}?_at=2026-05-02") == []
        assert trust.history(f"{path}?_count=0") == []
    total = body_of(trust.look(f"{stored}/_history?_count=2"))["total"]
    assert total == 7


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("_count=-1", "_count"),
        ("_count=x", "_count"),
        ("_since=yesterday", "_since"),
        ("_at=2026-13-01", "_at"),
        ("_cursor=%FF", "_cursor"),
        ("_cursor=YQ", "_cursor"),
        ("_count=1&_count=2", "_count"),
        ("code=x", "code"),
    ],
)
def test_what_a_history_is_not_asked_is_named(scene: Scene, query: str, place: str) -> None:
    answer = scene.house.trust.look(f"{scene.score()}/_history?{query}")
    assert answer.status == 400
    assert places(answer) == [place]


def test_an_unknown_parameter_is_passed_over_on_request(scene: Scene) -> None:
    answer = scene.house.trust.look(f"{scene.score()}/_history?code=x&_count=1", lenient=True)
    assert body_of(answer)["link"][0]["url"].endswith("_history?_count=1")


def test_another_organisation_sees_the_versions_that_moved_for_it(scene: Scene) -> None:
    named = score(scene.at_trust) | {"code": _in_words("first words")}
    stored = scene.house.trust.writes(named)
    first = scene.house.drugs.read(stored)
    scene.changed(stored, code=_in_words("words that stay with their author"))
    assert scene.house.drugs.read(stored) == first
    scene.changed(stored, valueQuantity=_value(8), code=_in_words("other words"))
    assert _values(scene.house.drugs.history(f"{stored}/_history")) == [8, 7]
    assert _values(scene.house.drugs.history("Observation/_history")) == [8, 7]
    assert len(scene.house.trust.history(f"{stored}/_history")) == 3
    moved = scene.house.drugs.read(stored)
    assert moved["meta"]["versionId"] != first["meta"]["versionId"]
    former = scene.house.drugs.look(f"{stored}/_history/{first['meta']['versionId']}")
    assert body_of(former) == first


def test_what_the_author_added_out_of_sight_moves_nothing(scene: Scene) -> None:
    """Also a reference to what the other may not see, and back again."""
    hidden = scene.score(code=MOOD)
    stored = scene.score()
    first = scene.house.drugs.read(stored)
    scene.changed(stored, hasMember=[{"reference": hidden}])
    assert scene.house.drugs.read(stored) == first
    assert len(scene.house.drugs.history(f"{stored}/_history")) == 1


def test_a_version_under_a_label_that_is_not_permitted_never_was(scene: Scene) -> None:
    stored = scene.score()
    before = scene.house.drugs.read(stored)
    raised = scene.house.trust.read(stored)
    raised["meta"]["security"] = [*raised["meta"]["security"], SELF_HARM]
    answer = scene.house.trust.put(raised)
    assert answer.status == 200
    assert SELF_HARM in body_of(answer)["meta"]["security"]
    never = scene.house.drugs.get("Observation/00000000-0000-4000-8000-000000000001")
    for address in (stored, f"{stored}/_history", f"{stored}/_history/{_version(before)}"):
        hidden = scene.house.drugs.look(address)
        assert (hidden.status, hidden.body) == (404, never.body)
    assert scene.house.drugs.history("Observation/_history") == []


def test_an_earlier_label_hides_its_version_only(scene: Scene) -> None:
    """A version that was about self-harm too stays hidden when its content no longer is."""
    labelled = score(scene.at_trust) | {"code": _both(), "valueQuantity": _value(1)}
    stored = scene.house.trust.writes(labelled)
    assert scene.house.drugs.get(stored).status == 404
    plain = score(scene.at_trust)["code"]
    scene.changed(stored, code=plain, valueQuantity=_value(2))
    entries = scene.house.drugs.history(f"{stored}/_history")
    assert _values(entries) == [2]
    assert entries[0]["request"]["method"] == "POST"
    assert _values(scene.house.trust.history(f"{stored}/_history")) == [2, 1]
    hidden = scene.house.trust.history(f"{stored}/_history")[1]["resource"]
    assert scene.house.drugs.look(f"{stored}/_history/{_version(hidden)}").status == 404


def test_former_versions_go_with_a_consent_that_is_taken_back(scene: Scene) -> None:
    stored = scene.score()
    first = scene.house.drugs.read(stored)
    scene.changed(stored, valueQuantity=_value(8))
    assert len(scene.house.drugs.history(f"{stored}/_history")) == 2
    assert scene.me.put(scene.said | {"status": "inactive"}).status == 200
    assert scene.house.drugs.look(f"{stored}/_history").status == 404
    assert scene.house.drugs.look(f"{stored}/_history/{_version(first)}").status == 404
    assert scene.house.drugs.history("Observation/_history") == []


def test_who_was_sent_a_referral_keeps_its_former_versions_and_nobody_else_gets_them(
    scene: Scene,
) -> None:
    house = scene.house
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    said = scene.me.created(consent(scene.me.me, "permit", receiver))
    request, *_ = house.trust.sent(*referral(scene.at_trust, sender, receiver, attested=False))
    scene.changed(request, priority="urgent")
    assert scene.me.put(said | {"status": "inactive"}).status == 200
    house.housing.writes(patient())
    sent = house.drugs.history(f"{request}/_history")
    assert [each["resource"].get("priority") for each in sent] == ["urgent", None]
    assert house.housing.look(f"{request}/_history").status == 404
    assert house.housing.history("ServiceRequest/_history") == []


def test_who_was_sent_another_referral_gets_no_former_versions_of_this_one(scene: Scene) -> None:
    house = scene.house
    sender = house.organizations["RX1"]
    requests = []
    for receiver in (house.organizations["DA1"], house.organizations["HO1"]):
        said = scene.me.created(consent(scene.me.me, "permit", receiver))
        sent = referral(scene.at_trust, sender, receiver, attested=False)
        request, *_ = house.trust.sent(*sent)
        scene.changed(request, priority="urgent")
        assert scene.me.put(said | {"status": "inactive"}).status == 200
        requests.append(request)
    first, other = requests
    assert len(house.drugs.history(f"{first}/_history")) == 2
    assert len(house.housing.history(f"{other}/_history")) == 2
    assert house.drugs.look(f"{other}/_history").status == 404
    assert house.housing.look(f"{first}/_history").status == 404
    told = house.housing.history("ServiceRequest/_history")
    assert {f"ServiceRequest/{each['resource']['id']}" for each in told} == {other}


def test_the_person_reads_the_history_of_their_own_record(scene: Scene) -> None:
    stored = scene.score()
    scene.changed(stored, valueQuantity=_value(8))
    other = scene.house.trust.writes(score(scene.house.trust.writes(patient(1))))
    assert _values(scene.me.history(f"{stored}/_history")) == [8, 7]
    assert _values(scene.me.history("Observation/_history")) == [8, 7]
    assert scene.me.look(f"{other}/_history").status == 404
    said = scene.me.history("Consent/_history")
    assert [each["resource"]["id"] for each in said] == [scene.said["id"]]
    assert scene.house.trust.history("Consent/_history") == []


def test_an_officer_and_a_stranger_read_no_history(scene: Scene) -> None:
    stored = scene.score()
    for caller in (scene.house.officer, scene.house.housing):
        assert caller.look(f"{stored}/_history").status == 404
        assert caller.history("Observation/_history") == []


def test_the_log_has_no_history_and_says_who_asked_for_one(scene: Scene) -> None:
    stored = scene.score()
    rows = scene.house.rows("audit")
    scene.house.drugs.look(f"{stored}/_history")
    scene.house.drugs.look(f"{stored}/_history/0000000000000000")
    scene.house.drugs.look("Observation/_history?_count=7")
    scene.house.drugs.look("AuditEvent/_history")
    entries = scene.house.entries()[rows:]
    assert [each["interaction"] for each in entries] == [
        "history-instance",
        "vread",
        "history-type",
        "history-type",
    ]
    assert [each["status"] for each in entries] == [200, 404, 200, 404]
    assert entries[0]["entities"] == entries[1]["entities"] == entries[2]["entities"] == [stored]
    assert entries[2]["consents"]


def test_a_type_of_many_is_told_whole_page_by_page(scene: Scene) -> None:
    """More than is looked at in one step, of several people, some of it unseen."""
    others = scene.house.trust.writes(patient(1))
    entries = [
        entry(score(subject, valueQuantity=_value(number)))
        for number in range(120)
        for subject in (scene.at_trust, others)
    ]
    scene.house.trust.sent(*entries)
    told = scene.house.drugs.history("Observation/_history?_count=50")
    assert sorted(_values(told)) == list(range(120))
    assert len(scene.house.trust.history("Observation/_history?_count=100")) == 240


def test_who_has_a_version_already_is_told_so(scene: Scene) -> None:
    stored = scene.score()
    answer = scene.house.drugs.get(stored)
    etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert scene.house.drugs.look(stored, known=Known(etag)).status == 304
    assert scene.house.drugs.look(stored, known=Known(f'W/"x", {etag}')).body == b""
    assert scene.house.drugs.look(stored, known=Known(since=modified)).status == 304
    assert scene.house.drugs.look(stored, known=Known('W/"x"', modified)).status == 200
    assert scene.house.drugs.look(stored, known=Known(since="yesterday")).status == 200
    early = "Sat, 01 Jan 2000 00:00:00 GMT"
    assert scene.house.drugs.look(stored, known=Known(since=early)).status == 200
    assert scene.house.housing.look(stored, known=Known("*")).status == 404


def test_the_directory_has_a_history_for_everyone(house: House) -> None:
    doctor = {"resourceType": "Practitioner", "name": [{"family": "Example"}]}
    stored = house.trust.created(doctor)
    assert house.trust.put(stored | {"active": True}).status == 200
    reference = f"Practitioner/{stored['id']}"
    assert len(house.drugs.history(f"{reference}/_history")) == 2
    assert len(house.drugs.history("Practitioner/_history")) == 2


def _in_words(display: str) -> Json:
    return {"coding": [{"system": "http://loinc.org", "code": "75626-2", "display": display}]}


def _both() -> Json:
    coding = [{"system": "http://loinc.org", "code": code} for code in ("75626-2", MOOD)]
    return {"coding": coding}


def _version(resource: Json) -> str:
    return str(resource["meta"]["versionId"])


def test_a_read_may_ask_for_a_part(scene: Scene) -> None:
    stored = scene.score()
    whole = scene.house.drugs.get(stored)
    version = body_of(whole)["meta"]["versionId"]
    for address in (stored, f"{stored}/_history/{version}"):
        part = scene.house.drugs.look(f"{address}?_elements=code")
        assert part.headers == whole.headers
        body = body_of(part)
        assert body.keys() == {"resourceType", "id", "meta", "status", "code"}
        assert [tag["code"] for tag in body["meta"]["tag"]] == ["SUBSETTED"]
        assert "text" not in body_of(scene.house.drugs.look(f"{address}?_summary=true"))
        assert scene.house.drugs.look(f"{address}?_summary=false").body == whole.body
    never = "Observation/00000000-0000-4000-8000-000000000001"
    for query in ("_summary=count", "_summary=x", "_elements=", "_summary=true&_elements=code"):
        for address in (stored, never):
            assert scene.house.drugs.look(f"{address}?{query}").status == 400


def test_what_is_about_nobody_has_a_history_for_its_author_alone(house: House) -> None:
    group = {"resourceType": "Group", "type": "person", "actual": False}
    stored = house.trust.created(group)
    assert house.trust.put(stored | {"active": True}).status == 200
    for address in (f"Group/{stored['id']}/_history", "Group/_history"):
        assert len(house.trust.history(address)) == 2
    assert house.drugs.history("Group/_history") == []
    assert house.trust.delete(f"Group/{stored['id']}").status == 204
    assert house.trust.get(f"Group/{stored['id']}").status == 410
    assert house.drugs.get(f"Group/{stored['id']}").status == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # whose plan is read here
def test_a_history_of_a_type_reads_no_row_about_strangers(scene: Scene) -> None:
    """Its plan begins with whom the reader knows, not with all that is stored of the type."""
    gateway, asker = scene.house.gateway, scene.house.drugs.who

    def plan(connection: Connection) -> list[str]:
        among = Gate(gateway.installation, connection, asker, scene.house.now).former.candidates(
            "Observation"
        )
        asked = f"EXPLAIN QUERY PLAN SELECT r.rid FROM resource r WHERE {among.text}"
        return [row[3] for row in connection.execute(asked, among.values)]

    steps = asyncio.run(gateway.reading.look(plan))
    assert steps[0] == "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"
    assert any("concern_identity" in step for step in steps)


def test_who_was_sent_a_referral_that_holds_somebody_reads_it_as_it_stands(scene: Scene) -> None:
    """Nobody knows who that is: so nothing of what it was is seen, and by others nothing at all."""
    house = scene.house
    sender, receiver = house.organizations["RX1"], house.organizations["DA1"]
    asked, *rest = referral(scene.at_trust, sender, receiver)
    inside = {"resourceType": "Patient", "id": "relative"}
    asked["resource"] |= {"contained": [inside], "reasonReference": [{"reference": "#relative"}]}
    request, *_ = house.trust.sent(asked, *rest)
    scene.changed(request, priority="urgent")
    told = house.drugs.history(f"{request}/_history")
    assert [each["resource"].get("priority") for each in told] == ["urgent"]
    assert len(house.trust.history(f"{request}/_history")) == 2
    scene.me.writes(consent(scene.me.me, "permit", house.organizations["HO1"]))
    house.housing.writes(patient())
    assert house.housing.look(f"{request}/_history").status == 404


def test_a_version_of_which_no_part_was_seen_moves_nothing(scene: Scene) -> None:
    house = scene.house

    def about(topic: str) -> Json:
        return plan(scene.at_trust, activity(topic), category=[concept(CODES[topic])])

    stored = house.trust.created(about("mood"))
    reference = f"CarePlan/{stored['id']}"
    assert house.drugs.get(reference).status == 404
    for words in ("as agreed", "as agreed by all"):
        changed = about("alcohol") | {"id": stored["id"], "description": words}
        assert house.trust.put(changed).status == 200
    (_, second, _) = house.trust.history(f"{reference}/_history")
    (seen,) = house.drugs.history(f"{reference}/_history")
    assert house.drugs.read(reference) == seen["resource"]
    assert seen["resource"]["meta"]["lastUpdated"] == second["resource"]["meta"]["lastUpdated"]


def test_a_read_is_asked_anew_once_somebody_is_known_whom_a_former_version_was_about(
    scene: Scene,
) -> None:
    """What lies between two alike versions says since when the second has stood."""
    house = scene.house
    other = house.person(1)
    other.writes(consent(other.me, "permit", house.organizations["DA1"]))
    stored = scene.score()
    for subject in (house.trust.writes(patient(1)), scene.at_trust):
        scene.changed(stored, subject={"reference": subject})
    (last, _, first) = house.trust.history(f"{stored}/_history")
    seen = house.drugs.read(stored)
    assert seen["meta"]["lastUpdated"] == first["resource"]["meta"]["lastUpdated"]
    house.drugs.writes(patient(1))
    seen = house.drugs.read(stored)
    assert seen["meta"]["lastUpdated"] == last["resource"]["meta"]["lastUpdated"]


def test_a_read_is_asked_anew_once_a_former_version_may_be_seen_no_more(scene: Scene) -> None:
    house = scene.house
    other, until = house.person(1), (house.now + timedelta(days=2)).date().isoformat()
    house.drugs.writes(patient(1))
    about = consent(other.me, "permit", house.organizations["DA1"])
    about["provision"]["period"] = {"end": until}
    other.writes(about)
    stored = scene.score()
    for subject in (house.trust.writes(patient(1)), scene.at_trust):
        scene.changed(stored, subject={"reference": subject})
    seen = [house.drugs.read(stored)["meta"]["lastUpdated"]]
    house.wait(days=4)
    seen.append(house.drugs.read(stored)["meta"]["lastUpdated"])
    (last, _, first) = house.trust.history(f"{stored}/_history")
    assert seen == [each["resource"]["meta"]["lastUpdated"] for each in (last, first)]


def test_what_names_something_has_one_version_id_however_it_is_asked_for(scene: Scene) -> None:
    house, sender = scene.house, scene.house.organizations["RX1"]
    named = referral(scene.at_trust, sender, sender, scene.score())[0]["resource"]
    scene.me.writes(consent(scene.me.me, "permit", house.organizations["DA1"]))
    stored = house.trust.writes(named)
    (told,) = house.drugs.history(f"{stored}/_history")
    assert house.drugs.read(stored) == told["resource"]
    address = f"{stored}/_history/{told['resource']['meta']['versionId']}"
    assert house.drugs.look(address).status == 200
    assert house.trust.read(stored)["meta"]["versionId"] != told["resource"]["meta"]["versionId"]


def test_a_former_version_names_nothing_that_is_hidden_though_the_last_does_not(
    scene: Scene,
) -> None:
    house = scene.house
    hidden = house.trust.writes(score(scene.at_trust, MOOD))
    stored = scene.score(derivedFrom=[{"reference": hidden}])
    whole = house.trust.read(stored)
    del whole["derivedFrom"]
    assert house.trust.put(whole | {"status": "amended"}).status == 200
    told = house.drugs.history(f"{stored}/_history")
    assert [each["resource"]["status"] for each in told] == ["amended", "final"]
    assert hidden not in str(told)
    assert hidden in str(house.trust.history(f"{stored}/_history"))
