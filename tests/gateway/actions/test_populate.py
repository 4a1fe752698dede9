"""A form is filled in with what its requester may see of what the person has told, and no more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from callers import Caller, House, body_of, consent, patient, places
from deputies import ADA, Office, acting
from glass import breaks

from gateway.actions.answer import Answer
from gateway.actions.audit_looks import is_look
from gateway.fhir import validation
from gateway.storage.delegates import Basis
from mappings.instruments import instrument
from mappings.populating import PRE_FILLED, PRE_FILLED_FROM
from mappings.screening_resources import answered
from mappings.systems import QUESTIONNAIRE

Json = dict[str, Any]
ETHUD = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETHUD"}]
TOPIC = "https://onestory.example/fhir/CodeSystem/topic"
RECIPIENT = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
NEVER = "Patient/00000000-0000-4000-8000-000000000009"


def told(subject: str, kind: str = "audit-c", **more: Any) -> Json:
    """A response that answers each item with 1."""
    asked = instrument(kind)
    assert asked is not None
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": asked.canonical,
        "status": "completed",
        "subject": {"reference": subject},
        "authored": "2026-05-01T09:00:00Z",
        "item": answered(asked, {one.link_id: 1 for one in asked.items if 1 in one.words}),
    } | more


def asking(subject: str, kind: str | None = "audit-c", *more: Json) -> Json:
    given: list[Json] = [{"name": "subject", "valueReference": {"reference": subject}}, *more]
    if kind is not None:
        given.append({"name": "canonical", "valueCanonical": f"{QUESTIONNAIRE}/{kind}"})
    return {"resourceType": "Parameters", "parameter": given}


def populate(caller: Caller, question: Json) -> Answer:
    return asyncio.run(caller.gateway.populate(caller.who, msgspec.json.encode(question)))


def populate_from(caller: Caller, id_: str, question: Json) -> Answer:
    body = msgspec.json.encode(question)
    return asyncio.run(caller.gateway.populate_from(caller.who, id_, body))


def given(answer: Answer, name: str = "response") -> Json:
    assert answer.status == 200, answer.body
    parameters = body_of(answer)["parameter"]
    found: Json = next((one["resource"] for one in parameters if one["name"] == name), {})
    return found


def filled(answer: Answer) -> list[str]:
    return [one["linkId"] for one in given(answer).get("item", [])]


DRANK = ["auditc-1", "auditc-2", "auditc-3"]


class Known:
    """Someone whom three services know, and who lets the drug service know about alcohol."""

    def __init__(self, house: House) -> None:
        everyone = (house.trust, house.drugs, house.housing)
        self.trust, self.drugs, self.housing = (one.writes(patient()) for one in everyone)
        self.me = house.person()
        to = house.organizations["DA1"]
        self.me.writes(consent(self.me.me, "permit", to, securityLabel=ETHUD))
        self.alcohol = house.trust.writes(told(self.trust))


@pytest.fixture
def known(house: House) -> Known:
    return Known(house)


def test_who_may_read_what_was_told_asks_it_once(house: House, known: Known) -> None:
    before = house.rows("resource")
    for caller, mine in (
        (house.trust, known.trust),
        (house.drugs, known.drugs),
        (known.me, known.me.me),
    ):
        made = given(populate(caller, asking(mine)))
        assert made["status"] == "in-progress"
        assert made["subject"] == {"reference": mine}
        assert [one["linkId"] for one in made["item"]] == DRANK
        assert made["item"][0]["answer"][0]["extension"] == [
            {"url": PRE_FILLED, "valueDateTime": "2026-05-01T09:00:00Z"},
            {"url": PRE_FILLED_FROM, "valueReference": {"reference": known.alcohol}},
        ]
        labels = [one["code"] for one in made["meta"]["security"]]
        assert "ETHUD" in labels
        assert not validation.has_errors(validation.problems(made))
    assert house.rows("resource") == before


def test_who_may_not_read_it_is_answered_as_if_nothing_had_been_told(
    house: House, known: Known
) -> None:
    nobody = house.housing.writes(patient(1))
    withheld, never = (
        populate(house.housing, asking(each)).body.replace(each.encode(), b"")
        for each in (known.housing, nobody)
    )
    assert withheld == never
    assert filled(populate(house.housing, asking(known.housing))) == []
    assert filled(populate(house.drugs, asking(known.drugs, "phq-9"))) == []


def test_what_is_withheld_does_not_hide_what_is_older(house: House, known: Known) -> None:
    own = house.drugs.writes(told(known.drugs, authored="2026-03-01"))
    newer = house.housing.writes(told(known.housing))
    known.me.writes(consent(known.me.me, "deny", house.organizations["DA1"]))
    made = populate(house.drugs, asking(known.drugs))
    assert filled(made) == DRANK
    assert own in str(made.body)
    assert newer not in str(made.body)
    assert known.alcohol not in str(made.body)


def test_the_address_the_url_the_id_or_the_questionnaire_say_what_is_asked(
    house: House, known: Known
) -> None:
    reference = {"name": "questionnaireRef", "valueReference": {"reference": "Questionnaire/audit"}}
    whole = {"resourceType": "Questionnaire", "url": f"{QUESTIONNAIRE}/audit", "version": "1.0.0"}
    resource = {"name": "questionnaire", "resource": whole | {"status": "active"}}
    local = {"name": "local", "valueBoolean": True}
    answers = [
        populate(house.trust, asking(known.trust, "audit")),
        populate(house.trust, asking(known.trust, None, reference)),
        populate(house.trust, asking(known.trust, None, resource, local)),
        populate_from(house.trust, "audit", asking(known.trust, None)),
    ]
    assert {one.body for one in answers} == {answers[0].body}
    assert filled(answers[0]) == ["audit-1", "audit-2", "audit-3"]


def test_what_an_alert_rests_on_is_left_to_be_asked_and_said_so(house: House, known: Known) -> None:
    house.trust.writes(told(known.trust, "phq-9"))
    answer = populate(house.trust, asking(known.trust, "phq-9"))
    assert filled(answer) == [f"phq9-{n}" for n in (*range(1, 9), 10)]
    [issue] = given(answer, "issues")["issue"]
    assert issue["severity"] == "information"
    assert issue["expression"] == ["Questionnaire.item.where(linkId='phq9-9')"]
    [today] = given(populate(house.trust, asking(known.trust, "dialog")), "issues")["issue"]
    assert "today" in today["diagnostics"]
    assert given(populate(house.trust, asking(known.trust)), "issues") == {}


def test_what_the_person_does_not_read_is_in_no_form(house: House, known: Known) -> None:
    kept = house.trust.writes(
        told(known.trust, "gad-7", meta={"security": [{"system": TOPIC, "code": "third-party"}]})
    )
    assert house.trust.get(kept).status == 200
    assert filled(populate(house.trust, asking(known.trust, "gad-7"))) == []
    house.trust.writes(told(known.trust, "gad-7"))
    assert len(filled(populate(house.trust, asking(known.trust, "gad-7")))) == 7


def test_it_is_labelled_by_its_answers_and_by_what_authors_said_of_where_they_come_from(
    house: House, known: Known
) -> None:
    def labelled(**more: Any) -> tuple[set[str], set[str]]:
        source = house.trust.writes(told(known.trust, "assist-lite-uk", **more))
        made = given(populate(house.trust, asking(known.trust)))
        assert source in str(made)
        return tuple(  # type: ignore[return-value]
            {one["code"] for one in each["meta"]["security"]}
            for each in (house.trust.read(source), made)
        )

    whole, form = labelled(authored="2026-05-02T09:00:00Z")
    assert {"ETHUD", "drugs", "smoking"} < whole
    assert form == {"ETHUD", "R"}
    said = [{"system": TOPIC, "code": "social"}, {"system": "urn:s", "code": "ours"}]
    said.append({"system": CONFIDENTIALITY, "code": "V"})
    whole, form = labelled(authored="2026-05-03T09:00:00Z", meta={"security": said})
    assert {"social", "V", "ours"} < whole
    assert form == {"ETHUD", "social", "V", "ours"}


def test_one_row_names_what_was_used_and_is_a_look(house: House, known: Known) -> None:
    unused = house.trust.writes(told(known.trust, authored="2026-04-01T09:00:00Z"))
    before = house.rows("audit")
    assert populate(house.drugs, asking(known.drugs)).status == 200
    assert house.rows("audit") == before + 1
    row = house.entries()[-1]
    assert row["query"] == "Questionnaire/$populate"
    assert row["entities"] == [known.alcohol]
    assert unused not in row["entities"]
    assert is_look(row["interaction"], row["query"])
    populate_from(house.drugs, "audit-c", asking(known.drugs, None))
    assert house.entries()[-1]["query"] == "Questionnaire/audit-c/$populate"


def test_the_person_sees_who_used_what_they_told(house: House, known: Known) -> None:
    before = len(known.me.finds("AuditEvent", entity=known.alcohol))
    populate(house.drugs, asking(known.drugs))
    assert len(known.me.finds("AuditEvent", entity=known.alcohol)) == before + 1
    populate(house.housing, asking(known.housing))
    assert len(known.me.finds("AuditEvent", entity=known.alcohol)) == before + 1
    assert "entities" not in house.entries()[-2]


def test_types_that_the_token_may_not_read_are_refused(house: House, known: Known) -> None:
    both = ("system/Patient.r", "system/QuestionnaireResponse.r")
    for scopes, status in ((both, 200), (both[:1], 403), (both[1:], 403)):
        narrow = Caller(house, replace(house.trust.who, scopes=frozenset(scopes)))
        assert populate(narrow, asking(known.trust)).status == status
        assert populate_from(narrow, "audit-c", asking(known.trust, None)).status == status


def test_a_patient_of_others_is_answered_as_one_that_never_was(house: House, known: Known) -> None:
    for caller in (house.drugs, house.officer, house.person(1)):
        answers = [populate(caller, asking(each)) for each in (known.trust, NEVER)]
        assert [each.status for each in answers] == [404, 404]
        assert answers[0].body == answers[1].body


def test_a_delegate_is_given_nothing_that_is_kept_from_them(
    house: House, office: Office, known: Known
) -> None:
    office.names(known.me.me, ADA, Basis.DEPUTY)
    ada = acting(known.me)
    assert filled(populate(ada, asking(known.me.me))) == DRANK
    system, _, value = ADA.partition("|")
    who = {"type": "RelatedPerson", "identifier": {"system": system, "value": value}}
    role = {"coding": [{"system": RECIPIENT, "code": "IRCP"}]}
    actor = [{"role": role, "reference": who}]
    known.me.created(consent(known.me.me, "deny", actor=actor, securityLabel=ETHUD))
    assert filled(populate(ada, asking(known.me.me))) == []
    assert filled(populate(known.me, asking(known.me.me))) == DRANK


def test_an_emergency_fills_in_what_it_may_read(house: House, known: Known) -> None:
    assert filled(populate(house.housing, asking(known.housing))) == []
    doctor = breaks(house, "HO1", known.housing)
    read = doctor.get(known.alcohol).status == 200
    assert bool(filled(populate(doctor, asking(known.housing)))) == read


def test_a_questionnaire_that_is_not_ours_is_named(house: House, known: Known) -> None:
    other = {"name": "canonical", "valueCanonical": "http://example.org/q"}
    answer = populate(house.trust, asking(known.trust, None, other))
    assert (answer.status, places(answer)) == (422, ["Parameters.parameter[1].value"])
    for version, status in (("1.0.0", 200), ("9", 422)):
        answer = populate(house.trust, asking(known.trust, f"audit-c|{version}"))
        assert answer.status == status
    resource = {"name": "questionnaire", "resource": {"resourceType": "Questionnaire"}}
    answer = populate(house.trust, asking(known.trust, None, resource))
    assert (answer.status, places(answer)) == (422, ["Parameters.parameter[1].resource.url"])
    lent = populate(house.trust, asking(known.trust, "assist-lite-original"))
    assert lent.status == 422


def test_a_questionnaire_of_an_officers_is_no_instrument_and_one_that_never_was_is_not_found(
    house: House, known: Known
) -> None:
    own = house.officer.writes({"resourceType": "Questionnaire", "status": "active"})
    answer = populate_from(house.trust, own.partition("/")[2], asking(known.trust, None))
    assert (answer.status, places(answer)) == (422, ["Questionnaire.url"])
    assert populate_from(house.trust, "never", asking(known.trust, None)).status == 404


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ({"resourceType": "Patient"}, "resourceType"),
        (asking("Group/1"), "Parameters.parameter[0].value"),
        (asking("Patient/1", None), "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": []}, "Parameters.parameter"),
        (asking("Patient/1", "audit-c", {"name": "other"}), "Parameters.parameter[1].name"),
        (
            asking("Patient/1", "audit-c", {"name": "local", "valueBoolean": False}),
            "Parameters.parameter[1].value",
        ),
        (asking("Patient/1", "audit-c", {"name": "subject"}), "Parameters.parameter[1]"),
        (
            asking("Patient/1", "audit-c", {"name": "canonical", "valueCanonical": "x"}),
            "Parameters.parameter",
        ),
    ],
)
def test_what_is_no_question_is_named(house: House, question: Json, where: str) -> None:
    answer = populate(house.trust, question)
    assert answer.status == 400
    assert where in places(answer)


def test_a_question_that_names_the_form_twice_is_refused(house: House, known: Known) -> None:
    answer = populate_from(house.trust, "audit-c", asking(known.trust))
    assert (answer.status, places(answer)) == (400, ["Parameters.parameter[1]"])


def test_what_was_filled_in_is_sent_when_it_is_confirmed_and_names_nothing_to_others(
    house: House, known: Known
) -> None:
    made = given(populate(house.drugs, asking(known.drugs)))
    stored = house.drugs.writes(made | {"status": "completed", "authored": "2026-05-03T10:00:00Z"})
    assert PRE_FILLED in str(house.drugs.read(stored))
    to = house.organizations["HO1"]
    known.me.writes(consent(known.me.me, "permit", to, securityLabel=ETHUD))
    assert known.alcohol in str(house.housing.read(stored))
    known.me.writes(from_whom(known.me.me, to, house.organizations["RX1"]))
    assert house.housing.get(known.alcohol).status == 404
    left = str(house.housing.read(stored))
    assert known.alcohol not in left
    assert PRE_FILLED_FROM not in left
    assert PRE_FILLED in left


def from_whom(me: str, recipient: str, custodian: str) -> Json:
    """That one does not see what another wrote."""
    denied = consent(me, "deny", recipient)
    roles = ({"system": RECIPIENT, "code": "IRCP"}, {"system": RECIPIENT, "code": "CST"})
    denied["provision"]["actor"] = [
        {"role": {"coding": [role]}, "reference": {"reference": each}}
        for role, each in zip(roles, (recipient, custodian), strict=True)
    ]
    return denied
