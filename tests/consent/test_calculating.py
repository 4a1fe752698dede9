"""Verdicts from documents alone: directories, joins and persons as they are given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent.calculating import Question, answers
from consent.context import directory_of, names_of
from consent.people import identities_of, patients_by_identifier
from consent.policy import Policy

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
A = {
    "resourceType": "Organization",
    "id": "a",
    "name": "Riverside Housing",
    "identifier": [{"system": ODS, "value": "RA1"}],
}
NURSE = {
    "resourceType": "Practitioner",
    "id": "n",
    "name": [{"family": "Okoro", "given": ["Ada"]}],
}


def role(**more) -> dict:
    return {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"reference": "Practitioner/n"},
        "organization": {"reference": "Organization/a"},
        "code": [{"coding": [{"system": "urn:r", "code": "nurse"}]}],
    } | more


def observation(id_: str = "1", patient: str | None = "p1", **more) -> dict:
    built = {"resourceType": "Observation", "id": id_} | more
    return built | ({"subject": {"reference": f"Patient/{patient}"}} if patient else {})


def patient(id_: str, number: str | None = None, born: str | None = None, **more) -> dict:
    built: dict = {"resourceType": "Patient", "id": id_} | more
    if number:
        built["identifier"] = [{"system": NHS, "value": number}]
    return built | ({"birthDate": born} if born else {})


@pytest.fixture
def strengths(say):
    def ask(consents, resources, context=None, **request) -> list[str]:
        question = Question(say.request(**request), consents, resources, context, Policy(), say.now)
        return [answer.verdict.strength.value for answer in answers(question)]

    return ask


def test_each_resource_has_one_answer_in_order(say) -> None:
    consents = [say.consent({"type": "permit", "class": ["Observation"]})]
    resources = [observation("1"), {"resourceType": "Task", "id": "t"}, observation("2")]
    question = Question(say.request(), consents, resources, [A], Policy(), say.now)
    found = list(answers(question))
    assert [one.resource for one in found] == ["Observation/1", "Task/t", "Observation/2"]
    assert [one.verdict.strength.value for one in found] == ["permit", "none", "permit"]
    assert found[1].sentence == "You have not said that Riverside Housing may see this."


def test_without_resources_there_is_one_answer_about_none_in_particular(say) -> None:
    question = Question(
        say.request(), [say.consent({"type": "permit"})], [], None, Policy(), say.now
    )
    (answer,) = answers(question)
    assert (answer.resource, answer.verdict.strength.value) == (None, "permit")
    question = Question(say.request(), [say.consent({"type": "deny"})], [], None, Policy(), NOW)
    (answer,) = answers(question)
    assert answer.verdict.strength.value == "denial"


def test_r02_r33_each_person_decides_about_what_concerns_them(say, strengths) -> None:
    of_a = say.consent({"type": "deny"}, patient={"reference": "Patient/a"})
    of_b = say.consent({"type": "permit"}, patient={"reference": "Patient/b"})
    resources = [observation("1", "a"), observation("2", "a"), observation("3", "b")]
    assert strengths([of_a, of_b], resources) == ["denial", "denial", "permit"]
    both = observation("4", "a", performer=[{"reference": "Patient/b"}])
    only_b = observation("5", "b", performer=[{"reference": "Patient/c"}])
    assert strengths([of_a, of_b], [both, only_b]) == ["denial", "none"]
    of_c = say.consent({"type": "permit"}, patient={"reference": "Patient/c"})
    assert strengths([of_b, of_c], [only_b]) == ["permit"]


def test_a_resource_that_names_nobody_is_judged_by_all(say, strengths) -> None:
    nobody = observation(patient=None)
    assert strengths([say.consent({"type": "permit"})], [nobody]) == ["permit"]
    both = [say.consent({"type": "permit"}), say.consent({"type": "deny"})]
    assert strengths(both, [nobody]) == ["denial"]


def test_identities_with_one_number_and_birth_date_are_one_person(say, strengths) -> None:
    consents = [say.consent({"type": "permit"}, patient={"reference": "Patient/theirs"})]
    number, other = "9990000018", "9990000026"
    joined = [patient("p1", number, "1990-05-03"), patient("theirs", number, "1990-05-03")]
    assert strengths(consents, [observation()], joined) == ["permit"]
    for second in (
        patient("theirs", other, "1990-05-03"),
        patient("theirs", number, "1990-05-04"),
        patient("theirs", number, "1990"),
        patient("theirs", number),
    ):
        assert strengths(consents, [observation()], [joined[0], second]) == ["none"]


def test_r43_a_link_brings_denials_and_no_permit(say, strengths) -> None:
    link = [{"other": {"reference": "Patient/p1"}, "type": "seealso"}]
    context = [patient("p1"), patient("theirs", link=link)]
    theirs = {"reference": "Patient/theirs"}
    permit, deny = (say.consent({"type": one}, patient=theirs) for one in ("permit", "deny"))
    own = say.consent({"type": "permit"})
    assert strengths([permit], [observation()], context) == ["none"]
    assert strengths([own, permit], [observation()], context) == ["permit"]
    assert strengths([own, deny], [observation()], context) == ["denial"]
    elsewhere = [{"other": {"reference": "https://elsewhere.example/Patient/p1"}}]
    context = [patient("p1"), patient("theirs", link=elsewhere)]
    assert strengths([own, deny], [observation()], context) == ["permit"]
    logical = [{"other": {"identifier": {"system": NHS, "value": "1"}}, "type": "seealso"}]
    context = [patient("p1"), patient("theirs", link=logical)]
    assert strengths([own, deny], [observation()], context) == ["permit"]


def test_a_consent_names_its_patient_by_identifier_too(say, strengths) -> None:
    by_number = {"identifier": {"system": NHS, "value": "9990000018"}}
    permit = say.consent({"type": "permit"}, patient=by_number)
    deny = say.consent({"type": "deny"}, patient=by_number)
    context = [patient("p1", "9990000018")]
    assert strengths([permit], [observation()], context) == ["permit"]
    assert strengths([deny], [observation()], context) == ["denial"]
    # Whose it is cannot be told: it denies all the same, and permits nobody.
    assert strengths([permit], [observation()]) == ["none"]
    assert strengths([deny], [observation()]) == ["denial"]


def test_a_consent_without_a_patient_denies_all_the_same(say, strengths) -> None:
    consent = say.consent({"type": "deny"})
    del consent["patient"]
    assert strengths([consent], [observation()]) == ["denial"]
    assert strengths([consent | {"provision": {"type": "permit"}}], [observation()]) == ["none"]


def test_a_context_with_directory_entries_is_a_directory_at_hand(say, strengths) -> None:
    denial = [say.consent({"type": "deny", "recipient": ["Organization/ghost"]})]
    assert strengths(denial, [observation()], [A]) == ["denial"]
    assert strengths(denial, [observation()], []) == ["denial"]
    assert strengths(denial, [observation()], [patient("p1")]) == ["none"]
    assert strengths(denial, [observation()]) == ["none"]


def test_parties_are_known_by_their_identifiers(say, strengths) -> None:
    by_ods = [say.consent({"type": "permit", "recipient": [f"{ODS}|RA1"]})]
    assert strengths(by_ods, [observation()], [A]) == ["permit"]
    assert strengths(by_ods, [observation()]) == ["none"]
    by_reference = [say.consent({"type": "permit", "recipient": ["Organization/a"]})]
    assert strengths(by_reference, [observation()], [A], recipient=f"{ODS}|RA1") == ["permit"]
    assert strengths(by_reference, [observation()], recipient=f"{ODS}|RA1") == ["none"]


def test_a_role_named_by_reference_brings_its_codes(say, strengths) -> None:
    consents = [say.consent({"type": "permit", "recipient": ["PractitionerRole/other"]})]
    context = [A, role(), role(id="other", practitioner=None)]
    named = {"roles": {"PractitionerRole/r"}}
    assert strengths(consents, [observation()], context, **named) == ["permit"]
    assert strengths(consents, [observation()], context) == ["none"]


@pytest.mark.parametrize(
    ("period", "recent"),
    [
        (None, True),
        ({"start": "2020"}, True),
        ({"end": "2026-01-01"}, True),
        ({"end": "2025-07-01"}, True),
        ({"end": "2025-05-01"}, False),
        ({"start": "2026-12-01"}, False),
    ],
)
def test_a_practitioner_works_where_they_have_a_role_or_had_one_within_a_year(
    say, strengths, period, recent
) -> None:
    context = [A, NURSE, role(period=period)]
    denial = [say.consent({"type": "deny", "recipient": ["Practitioner/n"]})]
    assert strengths(denial, [observation()], context) == ["denial" if recent else "none"]
    named = directory_of([role(practitioner=None)], NOW)
    assert named.workplaces == {}


def test_what_is_joined_is_followed_both_ways_and_never_through_a_person(say, strengths) -> None:
    task = {"resourceType": "Task", "id": "t", "focus": {"reference": "ServiceRequest/s"}}
    through = {"resourceType": "Task", "id": "u", "focus": {"reference": "Patient/p1"}}
    found = observation("2", basedOn=[{"reference": "ServiceRequest/s"}])
    other = observation("3", focus=[{"reference": "Patient/p1"}])
    consents = [
        say.consent({"type": "permit"}),
        say.consent({"type": "deny", "data": [["related", "Task/t"]]}),
        say.consent({"type": "deny", "data": [["related", "Task/u"]]}),
    ]
    assert strengths(consents, [found, other], [task, through]) == ["denial", "permit"]
    narrow = [say.consent({"type": "permit", "data": [["related", "Task/t"]]})]
    request = {"resourceType": "ServiceRequest", "id": "s"}
    assert strengths(narrow, [request, found], [task]) == ["permit", "none"]


def test_an_episode_of_care_covers_its_encounters_and_theirs(say, strengths) -> None:
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "episodeOfCare": [{"reference": "EpisodeOfCare/c"}],
    }
    inside = observation("1", encounter={"reference": "Encounter/e"})
    outside = observation("2", encounter={"reference": "Encounter/f"})
    for kind, expected in (("permit", ["permit", "none"]), ("deny", ["denial", "none"])):
        consents = [say.consent({"type": kind, "data": [["related", "EpisodeOfCare/c"]]})]
        assert strengths(consents, [inside, outside], [encounter]) == expected


def test_names_come_from_the_directory() -> None:
    nameless = {"resourceType": "Organization", "id": "x"}
    stranger = {"resourceType": "Practitioner", "id": "y", "name": [{"text": "Dr Lee"}]}
    family = {"resourceType": "Practitioner", "id": "z", "name": [{"family": "Shah"}]}
    assert names_of([A, NURSE, nameless, stranger, family, patient("p1", name=[])]) == {
        "Organization/a": "Riverside Housing",
        f"{ODS}|RA1": "Riverside Housing",
        "Practitioner/n": "Ada Okoro",
        "Practitioner/y": "Dr Lee",
        "Practitioner/z": "Shah",
    }


def test_identifiers_without_a_system_name_nobody() -> None:
    odd = patient("p1") | {"identifier": [{"value": "1"}], "birthDate": "1990-05-03"}
    assert patients_by_identifier([odd]) == {}
    assert identities_of([odd]).joined == {}


def test_codes_and_references_that_are_odd_are_passed_over() -> None:
    odd = role(code=[{"coding": ["x", {"system": "urn:r"}]}], organization="Organization/a")
    directory = directory_of([odd, {"resourceType": "Task"}], NOW)
    assert directory.staff_roles["PractitionerRole/r"].codes == frozenset()
    assert directory.staff_roles["PractitionerRole/r"].organization is None


def named(number: str, **more) -> dict:
    return {"identifier": {"system": NHS, "value": number}} | more


def test_a_person_named_by_identifier_is_concerned(say, strengths) -> None:
    permit = [say.consent({"type": "permit"})]
    context = [patient("p1", "9990000018"), patient("other", "9990000026")]
    own = observation(patient=None, subject=named("9990000018"))
    others = observation(patient=None, subject=named("9990000026"))
    nobodys = observation(patient=None, subject=named("9990000034"))
    assert strengths(permit, [own, others, nobodys], context) == ["permit", "none", "none"]
    beside = observation(performer=[named("9990000026")])
    both = observation(performer=[named("9990000026", reference="Patient/p1")])
    staff = observation(performer=[{"identifier": {"system": "urn:sds", "value": "1"}}])
    typed = observation(performer=[{"type": "Patient"} | staff["performer"][0]])
    found = strengths(permit, [beside, both, staff, typed], context)
    assert found == ["none", "permit", "permit", "none"]


def test_one_who_is_in_a_hurry_may_give_up(say) -> None:
    def stop() -> None:
        raise TimeoutError

    question = Question(say.request(), [], [observation()], None, Policy(), say.now)
    with pytest.raises(TimeoutError):
        list(answers(question, stop))
