"""What a BaRS message says, and what of it is not taken."""

import copy

import pytest

from mappings import bars, bars_out
from mappings.bars import Entered, Message, Wish
from mappings.bars_in import read, unserved
from mappings.bars_sending import Known, left_out, moved, named, transaction
from mappings.systems import MESSAGE_ENTRY, ODS
from mappings.verdict import Unmappable

BARS = "https://fhir.nhs.uk/CodeSystem"
URN = "urn:uuid:00000000-0000-4000-8000-00000000000"
AT = {name: f"{URN}{place}" for place, name in enumerate(["header", "request", "patient"])}
DRUGS = {"type": "Organization", "identifier": {"system": ODS, "value": "DA1"}}


def message(*more, event="servicerequest-request", reason="new", **of_request):
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": f"{BARS}/message-events-bars", "code": event},
        "destination": [{"endpoint": "urn:x", "receiver": DRUGS}],
        "source": {"endpoint": "urn:y"},
        "reason": {"coding": [{"system": f"{BARS}/message-reason-bars", "code": reason}]},
        "focus": [{"reference": AT["request"]}],
    }
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": AT["patient"]},
    }
    entries = [header, request | of_request, {"resourceType": "Patient", "id": "p"}, *more]
    return {
        "resourceType": "Bundle",
        "id": "m",
        "type": "message",
        "entry": [
            {"fullUrl": f"{URN}{place}", "resource": each} for place, each in enumerate(entries)
        ],
    }


def taken(*more, **said):
    found = read(message(*more, **said))
    assert isinstance(found, Message), found
    return found


def faults(bundle):
    found = read(bundle)
    assert isinstance(found, Unmappable)
    return [each.where for each in found.faults]


UNSERVED = {
    "nothing at all": ({}, "Bundle.type"),
    "another kind": ({"resourceType": "Bundle", "type": "document"}, "Bundle.type"),
    "no entries": ({"resourceType": "Bundle", "type": "message"}, bars.HEADER),
    "entries that are none": (
        {"resourceType": "Bundle", "type": "message", "entry": ["x", {"resource": 1}]},
        bars.HEADER,
    ),
    "an event that is none": (
        {
            "resourceType": "Bundle",
            "type": "message",
            "entry": [{"resource": {"resourceType": "MessageHeader", "eventCoding": "x"}}],
        },
        f"{bars.HEADER}.eventCoding",
    ),
    "a slot": (message({"resourceType": "Slot"}), "Bundle.entry[3].resource"),
    "what is taken": (message(), None),
}


@pytest.mark.parametrize("case", UNSERVED)
def test_what_is_not_served_is_said_whatever_else_is_wrong(case):
    bundle, place = UNSERVED[case]
    found = unserved(bundle)
    assert (found.where if found else None) == place


WISHES = [
    ({}, Wish.NEW),
    ({"reason": "update"}, Wish.UPDATE),
    ({"reason": "delete"}, Wish.CANCEL),
    ({"reason": "update", "status": "revoked"}, Wish.CANCEL),
    ({"status": "entered-in-error"}, Wish.CANCEL),
]


@pytest.mark.parametrize(("said", "wish"), WISHES)
def test_what_it_wishes_is_its_event_its_reason_and_the_status_of_the_request(said, wish):
    assert taken(**said).wish is wish


def task(**more):
    return {
        "resourceType": "Task",
        "status": "accepted",
        "intent": "order",
        "focus": {"reference": AT["request"]},
    } | more


def test_a_response_moves_the_task_that_is_in_it():
    found = taken(task(), event="servicerequest-response", reason="other")
    assert found.wish is Wish.ANSWER
    assert [one.place for one in found.tasks] == [3]
    assert faults(message(event="servicerequest-response")) == ["Bundle.entry"]


def test_what_a_response_says_of_its_task_is_what_may_move():
    found = taken(task(statusReason={"text": "x"}), event="servicerequest-response")
    assert moved(found, found.tasks[0], frozenset({"status", "statusReason"})) == {
        "status": "accepted",
        "statusReason": {"text": "x"},
    }


def test_what_a_response_brings_besides_is_left_out():
    score = {"resourceType": "Observation"}
    found = taken(task(), score, event="servicerequest-response")
    assert [one.where for one in left_out(found)] == ["Bundle.entry[4].resource"]


def organization(code="DA1"):
    held = {"system": ODS.replace("Id", "id"), "value": code}
    return {"resourceType": "Organization", "identifier": [held]}


RECEIVERS = {
    "by identifier": ((), DRUGS),
    "in the message": ((organization(),), {"reference": f"{URN}3"}),
    "of a service": (
        (
            {"resourceType": "HealthcareService", "providedBy": {"reference": f"{URN}4"}},
            organization(),
        ),
        {"reference": f"{URN}3"},
    ),
    "of a service, by identifier": (
        ({"resourceType": "HealthcareService", "providedBy": DRUGS},),
        {"reference": f"{URN}3"},
    ),
}


@pytest.mark.parametrize("case", RECEIVERS)
def test_the_receiver_is_an_organisation_by_its_code(case):
    more, receiver = RECEIVERS[case]
    bundle = message(*more)
    bundle["entry"][0]["resource"]["destination"][0]["receiver"] = receiver
    found = read(bundle)
    assert isinstance(found, Message), found
    assert found.receiver["identifier"]["value"] == "DA1"


def test_an_organisation_of_the_server_is_named_by_its_id():
    bundle = message()
    here = {"reference": "Organization/1"}
    bundle["entry"][0]["resource"]["destination"][0]["receiver"] = here
    assert read(bundle).receiver == here


def test_where_the_header_names_no_receiver_the_task_or_the_performer_does():
    for more, said in (
        ((task(status="requested", owner=DRUGS),), {}),
        ((), {"performer": [DRUGS]}),
    ):
        bundle = message(*more, **said)
        del bundle["entry"][0]["resource"]["destination"]
        assert read(bundle).receiver == DRUGS


NO_RECEIVER = {
    "none": None,
    "an entry that is not there": {"reference": f"{URN}9"},
    "a service that leads nowhere": {"reference": f"{URN}3"},
    "a name": {"display": "Drugs"},
}


@pytest.mark.parametrize("case", NO_RECEIVER)
def test_a_message_to_nobody_is_not_taken(case):
    bundle = message({"resourceType": "HealthcareService", "providedBy": {"reference": f"{URN}8"}})
    first = bundle["entry"][0]["resource"]["destination"][0]
    first.pop("receiver")
    if NO_RECEIVER[case] is not None:
        first["receiver"] = NO_RECEIVER[case]
    assert faults(bundle) == [f"{bars.HEADER}.destination[0].receiver"]


def test_two_receivers_are_one_too_many():
    other = DRUGS | {"identifier": {"system": ODS, "value": "HO1"}}
    assert faults(message(performer=[other])) == ["Bundle.entry[1].resource.performer[0]"]
    assert faults(message(task(owner=other))) == ["Bundle.entry[3].resource.owner"]


def test_who_it_is_about_is_the_one_patient_in_it_or_one_of_the_server():
    alone = message(subject={"reference": "Patient/1"})
    del alone["entry"][2]
    assert read(alone).patient is None
    assert faults(message(subject={"reference": f"{URN}9"})) == [
        "Bundle.entry[1].resource.subject",
        "Bundle.entry[2].resource",
    ]
    score = {"resourceType": "Observation"}
    found = faults(message(score, subject={"reference": f"{URN}3"}))
    assert found[0] == "Bundle.entry[1].resource.subject"


def test_two_resources_with_one_id_are_not_told_apart():
    score = {"resourceType": "Observation", "id": "s"}
    assert faults(message(score, score)) == ["Bundle.entry[4].resource"]


def test_a_message_without_an_identifier_cannot_be_taken_once():
    bundle = message()
    del bundle["id"]
    assert faults(bundle) == ["Bundle.identifier"]
    bundle["entry"][0]["resource"]["id"] = "h"
    assert read(bundle).id == "h"
    assert read(bundle | {"id": "b"}).id == "b"
    assert read(bundle | {"id": "b", "identifier": {"value": "i"}}).id == "i"


def resources(found, known=None):
    made = transaction(found, known or {})
    return {each["resource"]["resourceType"]: each for each in made.bundle["entry"]}, made


def test_a_patient_is_found_by_number_and_birth_date_or_by_its_senders_id():
    whole = {
        "identifier": [{"system": bars_nhs(), "value": "9990000018"}],
        "birthDate": "1980-02-03",
    }
    for more, condition in (
        (whole, "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018&birthdate=1980-02-03"),
        (whole | {"birthDate": "1980"}, f"identifier={MESSAGE_ENTRY}|p"),
        ({}, f"identifier={MESSAGE_ENTRY}|p"),
    ):
        bundle = message()
        bundle["entry"][2]["resource"] |= copy.deepcopy(more)
        made, _ = resources(read(bundle))
        assert made["Patient"]["request"]["ifNoneExist"] == condition


def bars_nhs():
    return "https://fhir.nhs.uk/Id/nhs-number"


def test_a_patient_of_the_server_is_named_and_not_sent():
    made, _ = resources(taken(), {2: Known("Patient/1", own=True)})
    assert "Patient" not in made
    assert made["ServiceRequest"]["resource"]["subject"] == {"reference": "Patient/1"}


def test_what_is_held_is_changed_where_it_is_own_and_named_where_it_is_not():
    score = {"resourceType": "Observation", "status": "final", "id": "s"}
    made, _ = resources(taken(score), {3: Known("Observation/1", own=True)})
    assert made["Observation"]["request"] == {"method": "PUT", "url": "Observation/1"}
    assert made["Observation"]["resource"]["id"] == "1"
    made, whole = resources(taken(score), {3: Known("Observation/1", own=False)})
    assert "Observation" not in made
    assert [each.where for each in whole.notes] == ["Bundle.entry[3].resource"]
    assert made["ServiceRequest"]["resource"]["supportingInfo"] == [{"reference": "Observation/1"}]


def test_what_travels_and_is_named_already_is_not_listed_twice():
    score = {"resourceType": "Observation", "id": "s"}
    named_already = [{"reference": f"{URN}3"}]
    made, _ = resources(taken(score, reasonReference=named_already))
    assert "supportingInfo" not in made["ServiceRequest"]["resource"]


def test_a_response_keeps_its_own_identifier_and_is_found_by_it():
    own = {"system": "urn:s", "value": "1"}
    answered = {"resourceType": "QuestionnaireResponse", "id": "q", "identifier": own}
    made, _ = resources(taken(answered))
    assert made["QuestionnaireResponse"]["resource"]["identifier"] == own
    entered = Entered(3, "", "q", answered)
    assert bars.identity(entered) == ("urn:s", "1")
    assert bars.identity(Entered(3, "", "q", {"resourceType": "Provenance"})) is None


def test_an_identifier_from_a_message_before_is_kept():
    held = [{"system": "urn:s", "value": "1"}, {"system": MESSAGE_ENTRY, "value": "first"}]
    score = {"resourceType": "Observation", "id": "s", "identifier": held}
    assert bars.identity(Entered(3, "", "s", score)) == (MESSAGE_ENTRY, "first")
    made, _ = resources(taken(score))
    assert made["Observation"]["resource"]["identifier"] == held


NAMED = {
    "by the code that is known best": (
        [{"system": "urn:x", "value": "1"}, {"system": ODS.replace("Id", "id"), "value": "RX1"}],
        (ODS, "RX1"),
    ),
    "by another": ([{"value": "0"}, {"system": "urn:x", "value": "1"}], ("urn:x", "1")),
    "by its sender's id": ([], (MESSAGE_ENTRY, "key")),
}


@pytest.mark.parametrize("case", NAMED)
def test_what_is_of_the_directory_is_named(case):
    identifiers, (system, value) = NAMED[case]
    resource = {"resourceType": "Organization", "identifier": identifiers}
    assert named(Entered(1, "", "key", resource)) == {
        "type": "Organization",
        "identifier": {"system": system, "value": value},
    }


def test_labels_travel_and_what_a_server_says_of_a_version_does_not():
    meta = {"versionId": "3", "security": [{"code": "R"}], "profile": ["urn:p"]}
    score = {"resourceType": "Observation", "id": "s", "meta": meta}
    made, _ = resources(taken(score))
    kept = {"security": [{"code": "R"}], "profile": ["urn:p"]}
    assert made["Observation"]["resource"]["meta"] == kept


def test_other_words_of_a_category_stay():
    both = {
        "coding": [
            {"system": f"{BARS}/message-category-servicerequest", "code": "referral"},
            {"system": "urn:s", "code": "c"},
        ],
        "text": "joint care",
    }
    made, _ = resources(taken(category=[both], intent="order"))
    assert made["ServiceRequest"]["resource"]["category"] == [
        {"coding": [{"system": "urn:s", "code": "c"}], "text": "joint care"}
    ]


def test_an_address_without_an_id_is_still_one_of_its_own():
    bundle = message({"resourceType": "Observation"})
    bundle["entry"][3]["fullUrl"] = "https://x.example/a,b|c"
    found = read(bundle)
    (score,) = found.others
    assert score.key.isalnum()


def test_an_error_is_named_where_the_standard_has_a_name_for_it():
    assert bars.error(422)["coding"][0]["code"] == "REC_UNPROCESSABLE_ENTITY"
    assert bars.error(418) is None


def test_a_request_alone_is_told_to_nobody_in_particular():
    request = {"resourceType": "ServiceRequest", "id": "1", "intent": "proposal"}
    routing = bars_out.Routing("https://x.example", "2026-05-03T10:00:00Z")
    told = bars_out.message(routing, [("https://x.example/ServiceRequest/1", request)], b"x")
    header = told["entry"][0]["resource"]
    assert "sender" not in header
    assert header["destination"] == []
    assert told["entry"][1]["resource"]["intent"] == "proposal"


def consent(system, code):
    return {
        "resourceType": "Consent",
        "id": code,
        "category": [{"coding": [{"system": system, "code": code}]}],
    }


DIRECT = consent(f"{BARS}/consent-categories-bars", "DRC")

WRONG = {
    "a reason that is none": (message(reason="other"), f"{bars.HEADER}.reason"),
    "a request for something else": (
        message(
            category=[
                {"text": "x"},
                {"coding": [{"system": f"{BARS}/message-category-servicerequest", "code": "v"}]},
            ]
        ),
        "Bundle.entry[1].resource.category[1]",
    ),
    "a consent that would decide": (
        message(consent("http://loinc.org", "59284-0")),
        "Bundle.entry[3].resource",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_taken_is_said_at_its_place(case):
    bundle, place = WRONG[case]
    assert faults(bundle) == [place]


def test_a_message_is_about_one_request():
    bundle = message()
    bundle["entry"][0]["resource"]["focus"] = [{"reference": AT["patient"]}]
    assert faults(bundle) == [f"{bars.HEADER}.focus"]


def test_what_is_named_and_what_is_implied_is_not_stored_and_that_is_said():
    made, whole = resources(taken(DIRECT, organization(), performer=[{"reference": f"{URN}4"}]))
    assert set(made) == {"Patient", "ServiceRequest", "Task"}
    assert [each.where for each in whole.notes] == [
        "Bundle.entry[3].resource",
        "Bundle.entry[4].resource",
    ]
    (performer,) = made["ServiceRequest"]["resource"]["performer"]
    assert performer["identifier"] == {"system": ODS, "value": "DA1"}


def test_a_change_brings_no_task():
    found = taken(task(), reason="update")
    made, _ = resources(found, {1: Known("ServiceRequest/1", own=True)})
    assert set(made) == {"Patient", "ServiceRequest"}
    assert made["ServiceRequest"]["request"]["method"] == "PUT"


def test_who_performs_or_owns_without_a_code_leads_nowhere():
    who = {"reference": "Practitioner/1"}
    found = taken(task(owner={"display": "x"}), performer=[who, {"display": "x"}])
    assert found.receiver == DRUGS


def test_a_code_is_one_of_an_organisation():
    assert bars.ods_of({"identifier": [{"system": "urn:x", "value": "1"}, {"system": ODS}]}) == ""
    assert list(bars.references({"reference": 1, "of": [{"reference": "a"}]})) == ["a"]
