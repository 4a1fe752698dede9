"""When a criterion matches: each row read for a permit (narrow) and for a denial (broad)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent.directory import Directory, StaffRole

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS = "https://fhir.nhs.uk/Id/sds-user-id"
ROLES = "urn:example:staff-role"
A, B = "Organization/a", "Organization/b"
NURSE = "Practitioner/nurse"


def day(number: int, month: int = 6) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


DIRECTORY = Directory(
    known=frozenset({A, B, NURSE, "PractitionerRole/r", "PractitionerRole/empty"}),
    aliases={A: frozenset({f"{ODS}|RA1"}), f"{ODS}|RA1": frozenset({A})},
    workplaces={NURSE: frozenset({A})},
    staff_roles={
        "PractitionerRole/r": StaffRole(frozenset({f"{ROLES}|nurse"}), A),
        "PractitionerRole/empty": StaffRole(),
        "PractitionerRole/p": StaffRole(frozenset({f"{ROLES}|nurse"}), A, NURSE),
        "PractitionerRole/who": StaffRole(organization=A, practitioner=NURSE),
    },
    outgoing={"Task/t": frozenset({"Observation/1"})},
    joined={"Task/t": frozenset({"Task/t", "Observation/2"})},
    belonging={"EpisodeOfCare/e": frozenset({"Encounter/e"})},
)
NO_DIRECTORY = Directory()

# id: criteria, request, facts, directory, whether a permit matches, whether a denial matches
TABLE = {
    # actor
    "the very organisation": ({"recipient": [A]}, {}, {}, None, True, True),
    "another organisation": ({"recipient": [B]}, {}, {}, None, False, False),
    "one of two organisations": ({"recipient": [A, B]}, {}, {}, None, True, True),
    "case differs": ({"recipient": ["Organization/A"]}, {}, {}, None, False, False),
    "named by identifier": ({"recipient": [f"{ODS}|RA1"]}, {}, {}, DIRECTORY, True, True),
    "identifier that the request states": (
        {"recipient": [f"{ODS}|RX9"]},
        {"recipient_aliases": {f"{ODS}|RX9"}},
        {},
        None,
        True,
        True,
    ),
    "identifier of another": ({"recipient": [f"{ODS}|RB2"]}, {}, {}, DIRECTORY, False, False),
    "practitioner stated": (
        {"recipient": [NURSE]},
        {"practitioner": {NURSE}},
        {},
        DIRECTORY,
        True,
        True,
    ),
    "another practitioner stated": (
        {"recipient": [NURSE]},
        {"practitioner": {"Practitioner/other"}},
        {},
        DIRECTORY,
        False,
        False,
    ),
    "practitioner unstated where they work": (
        {"recipient": [NURSE]},
        {},
        {},
        DIRECTORY,
        False,
        True,
    ),
    "practitioner unstated elsewhere": (
        {"recipient": [NURSE]},
        {"recipient": B},
        {},
        DIRECTORY,
        False,
        False,
    ),
    "practitioner unstated, no directory": ({"recipient": [NURSE]}, {}, {}, None, False, False),
    "practitioner by identifier, stated": (
        {"recipient": [f"{SDS}|1"]},
        {"practitioner": {f"{SDS}|1"}},
        {},
        None,
        True,
        True,
    ),
    "the very patient": (
        {"recipient": ["Patient/p1"]},
        {"recipient": "Patient/p1"},
        {},
        None,
        True,
        True,
    ),
    "a related person, unstated": ({"recipient": ["RelatedPerson/r"]}, {}, {}, None, False, False),
    # staff role
    "role stated": (
        {"recipient": ["PractitionerRole/r"]},
        {"roles": {f"{ROLES}|nurse"}},
        {},
        DIRECTORY,
        True,
        True,
    ),
    "role stated as a bare code": (
        {"recipient": ["PractitionerRole/r"]},
        {"roles": {"nurse"}},
        {},
        DIRECTORY,
        True,
        True,
    ),
    "role stated as the very reference": (
        {"recipient": ["PractitionerRole/r"]},
        {"roles": {"PractitionerRole/r"}},
        {},
        DIRECTORY,
        True,
        True,
    ),
    "another role": (
        {"recipient": ["PractitionerRole/r"]},
        {"roles": {f"{ROLES}|clerk"}},
        {},
        DIRECTORY,
        False,
        False,
    ),
    "role unstated": ({"recipient": ["PractitionerRole/r"]}, {}, {}, DIRECTORY, False, True),
    "role stated at another organisation": (
        {"recipient": ["PractitionerRole/r"]},
        {"recipient": B, "roles": {"nurse"}},
        {},
        DIRECTORY,
        False,
        False,
    ),
    "role without a directory": (
        {"recipient": ["PractitionerRole/r"]},
        {"roles": {"nurse"}},
        {},
        None,
        False,
        True,
    ),
    "role without a code": (
        {"recipient": ["PractitionerRole/empty"]},
        {"roles": {"nurse"}},
        {},
        DIRECTORY,
        False,
        True,
    ),
    "role of a person, that person": (
        {"recipient": ["PractitionerRole/p"]},
        {"roles": {"nurse"}, "practitioner": {NURSE}},
        {},
        Directory(staff_roles=DIRECTORY.staff_roles),
        True,
        True,
    ),
    "role of a person, another person": (
        {"recipient": ["PractitionerRole/p"]},
        {"roles": {"nurse"}, "practitioner": {"Practitioner/other"}},
        {},
        Directory(staff_roles=DIRECTORY.staff_roles),
        False,
        False,
    ),
    "role of a person, unstated": (
        {"recipient": ["PractitionerRole/p"]},
        {"roles": {"nurse"}},
        {},
        Directory(staff_roles=DIRECTORY.staff_roles),
        False,
        True,
    ),
    "a person's place of work, that person": (
        {"recipient": ["PractitionerRole/who"]},
        {"practitioner": {NURSE}},
        {},
        Directory(staff_roles=DIRECTORY.staff_roles),
        True,
        True,
    ),
    # unresolvable
    "actor without reference": ({"recipient": [""]}, {}, {}, None, False, True),
    "actor that is a fragment": ({"recipient": ["#inside"]}, {}, {}, None, False, True),
    "actor at another host": (
        {"recipient": ["https://elsewhere.example/fhir/Organization/a"]},
        {},
        {},
        None,
        False,
        True,
    ),
    "actor is a Group": ({"recipient": ["Group/g"]}, {}, {}, None, False, True),
    "actor is a CareTeam": ({"recipient": ["CareTeam/t"]}, {}, {}, None, False, True),
    "actor of no kind of party": ({"recipient": ["Location/l"]}, {}, {}, None, False, True),
    "actor not in the directory": (
        {"recipient": ["Organization/ghost"]},
        {},
        {},
        DIRECTORY,
        False,
        True,
    ),
    "no directory at hand": ({"recipient": ["Organization/ghost"]}, {}, {}, None, False, False),
    # source
    "written by the source": ({"source": ["Organization/z"]}, {}, {}, None, True, True),
    "written by another": ({"source": [B]}, {}, {}, None, False, False),
    "no author named": ({"source": [B]}, {}, {"sources": ()}, None, False, True),
    "source cannot be resolved": ({"source": ["#x"]}, {}, {}, None, False, True),
    "source by identifier": (
        {"source": [f"{ODS}|RA1"]},
        {},
        {"sources": {A}},
        DIRECTORY,
        True,
        True,
    ),
    "recipient and source": (
        {"recipient": [A], "source": ["Organization/z"]},
        {},
        {},
        None,
        True,
        True,
    ),
    "recipient, another source": ({"recipient": [A], "source": [B]}, {}, {}, None, False, False),
    # purpose
    "purpose equal": ({"purpose": ["TREAT"]}, {}, {}, None, True, True),
    "purpose in the closed list": (
        {"purpose": ["TREAT"]},
        {"purpose": "COC"},
        {},
        None,
        True,
        True,
    ),
    "triage is treatment": ({"purpose": ["TREAT"]}, {"purpose": "TRIAGE"}, {}, None, True, True),
    "a trial is research": (
        {"purpose": ["HRESCH"]},
        {"purpose": "CLINTRCHPC"},
        {},
        None,
        True,
        True,
    ),
    "below, but not in the closed list": (
        {"purpose": ["TREAT"]},
        {"purpose": "POPHLTH"},
        {},
        None,
        False,
        True,
    ),
    "purpose above the one named": ({"purpose": ["COC"]}, {}, {}, None, False, True),
    "another purpose": ({"purpose": ["HRESCH"]}, {}, {}, None, False, False),
    "purpose unstated": ({"purpose": ["TREAT"]}, {"purpose": None}, {}, None, False, True),
    "no purpose named, direct care": ({}, {"purpose": "COC"}, {}, None, True, True),
    "no purpose named, another": ({}, {"purpose": "HRESCH"}, {}, None, False, True),
    "no purpose named, none stated": ({}, {"purpose": None}, {}, None, False, True),
    "one of two purposes": ({"purpose": ["HRESCH", "TREAT"]}, {}, {}, None, True, True),
    # emergency
    "emergency not named": ({}, {"purpose": "BTG"}, {}, None, False, False),
    "emergency not named, treatment is": (
        {"purpose": ["TREAT"]},
        {"purpose": "ETREAT"},
        {},
        None,
        False,
        False,
    ),
    "emergency named": ({"purpose": ["BTG"]}, {"purpose": "BTG"}, {}, None, True, True),
    "the wider emergency named": (
        {"purpose": ["ETREAT"]},
        {"purpose": "BTG"},
        {},
        None,
        False,
        True,
    ),
    "emergency flagged, not named": (
        {"purpose": ["TREAT"]},
        {"emergency": True},
        {},
        None,
        False,
        False,
    ),
    "emergency flagged and named": (
        {"purpose": ["TREAT", "ETREAT"]},
        {"emergency": True},
        {},
        None,
        True,
        True,
    ),
    "emergency, a person named": (
        {"recipient": [NURSE]},
        {"purpose": "BTG", "practitioner": {NURSE}},
        {},
        None,
        False,
        True,
    ),
    # action
    "action equal": ({"action": ["access"]}, {}, {}, None, True, True),
    "push where pull is named": (
        {"action": ["access"]},
        {"action": "disclose"},
        {},
        None,
        False,
        True,
    ),
    "pull where push is named": ({"action": ["disclose"]}, {}, {}, None, False, True),
    "no action named": ({}, {"action": "disclose"}, {}, None, True, True),
    "write where pull is named": (
        {"action": ["access"]},
        {"action": "correct"},
        {},
        None,
        False,
        False,
    ),
    "write named": ({"action": ["correct"]}, {"action": "correct"}, {}, None, True, True),
    # sensitivity
    "topic named": ({"topic": ["ETHUD"]}, {}, {"topics": ["ETHUD"]}, None, True, True),
    "no topic on it": ({"topic": ["ETHUD"]}, {}, {}, None, False, False),
    "another topic": ({"topic": ["ETHUD"]}, {}, {"topics": ["MH"]}, None, False, False),
    "one topic of two named": (
        {"topic": ["ETHUD"]},
        {},
        {"topics": ["ETHUD", "MH"]},
        None,
        False,
        True,
    ),
    "both topics named": (
        {"topic": ["ETHUD", "MH"]},
        {},
        {"topics": ["ETHUD", "MH"]},
        None,
        True,
        True,
    ),
    "below the topic named": ({"topic": ["BH"]}, {}, {"topics": ["ETHUD"]}, None, True, True),
    "umbrella above the topic named": (
        {"topic": ["ETHUD"]},
        {},
        {"topics": ["SUD"]},
        None,
        False,
        True,
    ),
    "parent that is no umbrella": (
        {"topic": ["self-harm"]},
        {},
        {"topics": ["MH"]},
        None,
        False,
        False,
    ),
    "older code for substance use": (
        {"topic": ["ETH"]},
        {},
        {"topics": ["drugs"]},
        None,
        True,
        True,
    ),
    "our own topic": ({"topic": ["drugs"]}, {}, {"topics": ["drugs"]}, None, True, True),
    # confidentiality
    "at the level": ({"level": ["R"]}, {}, {"level": "R"}, None, True, True),
    "below the level": ({"level": ["R"]}, {}, {"level": "N"}, None, True, False),
    "above the level": ({"level": ["R"]}, {}, {"level": "V"}, None, False, True),
    "topic and level": (
        {"topic": ["ETHUD"], "level": ["R"]},
        {},
        {"topics": ["ETHUD"], "level": "R"},
        None,
        True,
        True,
    ),
    "topic without level": (
        {"topic": ["ETHUD"], "level": ["N"]},
        {},
        {"topics": ["ETHUD"], "level": "R"},
        None,
        False,
        True,
    ),
    "level without topic": (
        {"topic": ["ETHUD"], "level": ["R"]},
        {},
        {"level": "R"},
        None,
        False,
        True,
    ),
    "topic suffices for a denial": (
        {"topic": ["ETHUD"], "level": ["V"]},
        {},
        {"topics": ["ETHUD"], "level": "N"},
        None,
        True,
        True,
    ),
    # not yet labelled
    "not yet labelled, topic named": ({"topic": ["HIV"]}, {}, {"pending": True}, None, False, True),
    "not yet labelled, level named": ({"level": ["V"]}, {}, {"pending": True}, None, False, True),
    "not yet labelled, neither named": ({}, {}, {"pending": True}, None, False, True),
    "not yet labelled, another class": (
        {"class": ["Task"]},
        {},
        {"pending": True},
        None,
        False,
        False,
    ),
    # not judged: it may be about any topic
    "not judged, topic named": (
        {"topic": ["HIV"]},
        {},
        {"unjudged": True, "topics": ["HIV"]},
        None,
        False,
        True,
    ),
    "not judged, another topic": ({"topic": ["HIV"]}, {}, {"unjudged": True}, None, False, True),
    "not judged, level named": ({"level": ["R"]}, {}, {"unjudged": True}, None, True, True),
    "not judged, above the level": (
        {"level": ["R"]},
        {},
        {"unjudged": True, "level": "V"},
        None,
        False,
        True,
    ),
    "not judged, neither named": ({}, {}, {"unjudged": True}, None, True, True),
    "not judged, another class": (
        {"class": ["Task"]},
        {},
        {"unjudged": True},
        None,
        False,
        False,
    ),
    # class, code
    "class named": ({"class": ["Task", "Observation"]}, {}, {}, None, True, True),
    "another class": ({"class": ["Task"]}, {}, {}, None, False, False),
    "code named": ({"code": ["urn:x|1"]}, {}, {"codes": {"urn:x|1"}}, None, True, True),
    "code of another system": (
        {"code": ["urn:x|1"]},
        {},
        {"codes": {"urn:y|1"}},
        None,
        False,
        False,
    ),
    "words alone": (
        {"code": ["Needle  Exchange"]},
        {},
        {"texts": {"needle exchange"}},
        None,
        False,
        True,
    ),
    "other words": ({"code": ["Needle exchange"]}, {}, {"texts": {"housing"}}, None, False, False),
    # dataPeriod
    "dates inside": ({"dataPeriod": ["2026-06-15", "2026-06-15"]}, {}, {}, None, True, True),
    "dates partly inside": (
        {"dataPeriod": ["2026-06", "2026-06"]},
        {},
        {"dates": (day(1, 5), day(2))},
        None,
        False,
        True,
    ),
    "dates outside": ({"dataPeriod": ["2027", ""]}, {}, {}, None, False, False),
    "undated": ({"dataPeriod": ["2026", ""]}, {}, {"dates": None}, None, False, True),
    # period
    "now inside the period": ({"period": ["2026-06-15", "2026-06-15"]}, {}, {}, None, True, True),
    "period over": ({"period": ["2025", "2026-06-14"]}, {}, {}, None, False, False),
    # data
    "instance itself": ({"data": [["instance", "Observation/1"]]}, {}, {}, None, True, True),
    "another instance": ({"data": [["instance", "Observation/2"]]}, {}, {}, None, False, False),
    "refers to the instance": (
        {"data": [["instance", "Task/t"]]},
        {},
        {"references": {"Task/t"}},
        None,
        False,
        False,
    ),
    "dependent of it": (
        {"data": [["dependents", "Task/t"]]},
        {},
        {"references": {"Task/t"}},
        None,
        True,
        True,
    ),
    "authored by them": (
        {"data": [["authoredby", "Organization/z"]]},
        {},
        {},
        None,
        True,
        True,
    ),
    "authored by another": ({"data": [["authoredby", B]]}, {}, {}, None, False, False),
    "what it refers to": (
        {"data": [["related", "Task/t"]]},
        {},
        {},
        DIRECTORY,
        True,
        False,
    ),
    "what is joined to it": (
        {"data": [["related", "Task/t"]]},
        {},
        {"reference": "Observation/2"},
        DIRECTORY,
        False,
        True,
    ),
    "what points at it": (
        {"data": [["related", "Task/t"]]},
        {},
        {"reference": "Observation/3", "references": {"Task/t"}},
        DIRECTORY,
        False,
        True,
    ),
    "never through a person": (
        {"data": [["related", "Patient/p1"]]},
        {},
        {"references": {"Patient/p1"}},
        None,
        False,
        False,
    ),
    "belongs to the Encounter": (
        {"data": [["related", "Encounter/e"]]},
        {},
        {"references": {"Encounter/e"}},
        DIRECTORY,
        True,
        True,
    ),
    "belongs to the EpisodeOfCare": (
        {"data": [["related", "EpisodeOfCare/e"]]},
        {},
        {"references": {"Encounter/e"}},
        DIRECTORY,
        True,
        True,
    ),
    "data that cannot be resolved": ({"data": [["instance", ""]]}, {}, {}, None, False, True),
    # joined by AND
    "both criteria": ({"recipient": [A], "class": ["Observation"]}, {}, {}, None, True, True),
    "one criterion of two": ({"recipient": [A], "class": ["Task"]}, {}, {}, None, False, False),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_a_permit_is_read_narrowly_and_a_denial_broadly(say, row) -> None:
    criteria, request, facts, directory, permits, denies = row
    directory = directory or NO_DIRECTORY
    permit = say.consent({"type": "permit"} | criteria)
    denial = say.consent({"type": "deny"} | criteria)
    verdict = say.verdict([permit], request, facts, directory)
    assert verdict.strength == ("permit" if permits else "none")
    verdict = say.verdict([denial], request, facts, directory)
    assert verdict.strength == ("denial" if denies else "none")
    # A denial beside the permit wins wherever it matches, in either order.
    for both in ([permit, denial], [denial, permit]):
        strength = say.verdict(both, request, facts, directory).strength
        assert strength == ("denial" if denies else "permit" if permits else "none")


def test_a_verdict_names_the_criteria_that_matched(say) -> None:
    consent = say.consent(
        {"type": "deny", "recipient": [A], "purpose": ["TREAT"], "topic": ["ETHUD"]}
    )
    (reason,) = say.verdict([consent], facts={"topics": ["ETHUD"]}).reasons
    assert reason.consent == "Consent/c1"
    assert reason.version == "1"
    assert reason.provision == "Consent.provision"
    assert reason.criteria == ("actor", "purpose", "securityLabel")
    (reason,) = say.verdict([consent], facts={"pending": True}).reasons
    assert "not-yet-labelled" in reason.criteria
    (reason,) = say.verdict([consent], facts={"unjudged": True}).reasons
    assert "not-judged" in reason.criteria


def test_a_reference_beside_an_identifier_decides_a_permit_and_either_a_denial(say) -> None:
    def consent(kind: str) -> dict:
        built = say.consent({"type": kind, "recipient": [B]})
        party = built["provision"]["actor"][0]["reference"]
        party["identifier"] = {"system": ODS, "value": "RA1"}
        return built

    request = {"recipient_aliases": {f"{ODS}|RA1"}}
    assert say.verdict([consent("permit")], request).strength == "none"
    assert say.verdict([consent("deny")], request).strength == "denial"
