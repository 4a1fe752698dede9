"""POST /oauth/token: which form, scope, purpose, user and person get a token, and which do not."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.auth.requester import Requester, Role

OID = "urn:oid:2.16.840.1.113883.5.8#"
TREAT = f"{OID}TREAT"
SDS = "https://fhir.nhs.uk/Id/sds-user-id|"
MINE = "0e9a7d8e-6f0c-4a52-9d2e-1f5d0d6a7c11"
ANOTHERS = "5c1f2a34-9b7d-4c1e-8a3b-2d4e6f8a0b1c"


def b2b(**stated: Any) -> dict[str, Any]:
    return {"hl7-b2b": {"version": "1"} | stated}


def requester(world: Any, token: str) -> Requester:
    found = world.authenticated(f"Bearer {token}")
    assert isinstance(found, Requester)
    return found


def test_token_answer_is_that_of_smart(world: Any) -> None:
    client = world.add_client()
    answer = world.ask(world.assertion(client), scope="system/Patient.r system/Observation.rs")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.pop("access_token").count(".") == 2
    assert body == {
        "token_type": "bearer",
        "expires_in": 300,
        "scope": "system/Observation.rs system/Patient.r",
    }


def test_token_carries_the_registration_and_the_signed_claims(world: Any) -> None:
    client = world.add_client(purposes=("TREAT", "COC"), asserts_users=True)
    stated = b2b(
        organization_id="RX101",
        purpose_of_use=[TREAT],
        subject_id=f"{SDS}555254242102",
        subject_role="R8000",
        subject_name="Sam Okafor",
    )
    found = requester(world, world.token(client, extensions=stated))
    assert (found.client, found.ods, found.role) == (client, "RX101", Role.SERVICE)
    assert found.organization == f"Organization/{world.add_organization('RX101')}"
    assert found.purpose == "TREAT"
    assert found.scopes == {"system/Observation.rs"}
    assert found.practitioner == f"{SDS}555254242102"
    assert (found.practitioner_role, found.practitioner_name) == ("R8000", "Sam Okafor")
    assert found.patient is None


FORMS = {
    "no grant type": ({"grant_type": None}, 400, "invalid_request"),
    "another grant type": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    "no assertion type": ({"client_assertion_type": None}, 400, "invalid_request"),
    "another assertion type": ({"client_assertion_type": "saml"}, 400, "invalid_request"),
    "no assertion": ({"client_assertion": None}, 401, "invalid_client"),
    "no scope": ({"scope": None}, 400, "invalid_scope"),
    "a scope of spaces": ({"scope": "  "}, 400, "invalid_scope"),
    "a scope not registered": ({"scope": "system/Consent.r"}, 400, "invalid_scope"),
    "a letter not registered": ({"scope": "system/Observation.c"}, 400, "invalid_scope"),
    "every type": ({"scope": "system/*.r"}, 400, "invalid_scope"),
    "one scope beyond": ({"scope": "system/Patient.r system/Task.r"}, 400, "invalid_scope"),
    "a user scope": ({"scope": "user/Observation.rs"}, 400, "invalid_scope"),
    "a v1 scope": ({"scope": "system/Observation.read"}, 400, "invalid_scope"),
    "letters out of order": ({"scope": "system/Observation.sr"}, 400, "invalid_scope"),
    "no letters": ({"scope": "system/Observation."}, 400, "invalid_scope"),
    "a narrowed scope": ({"scope": "system/Observation.r?code=1"}, 400, "invalid_scope"),
}


@pytest.mark.parametrize(("fields", "status", "error"), FORMS.values(), ids=FORMS.keys())
def test_wrong_form_is_refused(world: Any, fields: Any, status: int, error: str) -> None:
    answer = world.ask(world.assertion(world.add_client()), **fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


def test_fewer_letters_and_one_type_of_all_are_given(world: Any) -> None:
    client = world.add_client(scopes="system/*.rs system/Task.u")
    assert requester(world, world.token(client, "system/Task.rus")).may("u", "Task")
    assert not requester(world, world.token(client, "system/Task.r")).may("s", "Task")


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials&grant_type=password", None),
        (b"grant_type=%ff", None),
        (b"grant_type", None),
        (b"\xff\xfe", None),
        (b"&".join(b"a%d=1" % i for i in range(50)), None),
        (b"a=" + b"x" * 40_000, None),
        (b"", None),
    ],
    ids=["json", "twice", "no utf-8", "no value", "no ascii", "too many", "too long", "empty"],
)
def test_body_that_is_no_such_form_is_refused(
    world: Any, content: bytes, media: str | None
) -> None:
    media = media or "application/x-www-form-urlencoded"
    answer = world.http.post("/oauth/token", content=content, headers={"Content-Type": media})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_refused_request_uses_its_assertion_up(world: Any) -> None:
    assertion = world.assertion(world.add_client())
    assert world.ask(assertion, scope="system/Consent.r").status_code == 400
    assert world.ask(assertion).status_code == 401


ORGANISATION = "organization_id must be the ODS code"
ONE = "a list of exactly one purpose"
REASON = "a v3 ActReason such as"
NO_USERS = "not registered to assert users"
CLAIMS = {
    "extensions that are a list": ([], "extensions must be a JSON object"),
    "b2b that is a text": ({"hl7-b2b": "1"}, "must be a JSON object"),
    "b2b that is nothing": ({"hl7-b2b": None}, "must be a JSON object"),
    "ours that is a text": ({"onestory": "all"}, "must be a JSON object"),
    "ours that is nothing": ({"onestory": None}, "must be a JSON object"),
    "no version": ({"hl7-b2b": {"purpose_of_use": [TREAT]}}, "version must be"),
    "another version": ({"hl7-b2b": {"version": "2"}}, "version must be"),
    "another organisation": (b2b(organization_id="RX202"), ORGANISATION),
    "an organisation that is nothing": (b2b(organization_id=None), ORGANISATION),
    "no purpose in the list": (b2b(purpose_of_use=[]), ONE),
    "two purposes": (b2b(purpose_of_use=[TREAT, f"{OID}COC"]), ONE),
    "the same purpose twice": (b2b(purpose_of_use=[TREAT, TREAT]), ONE),
    "a purpose outside a list": (b2b(purpose_of_use=TREAT), ONE),
    "a purpose that is nothing": (b2b(purpose_of_use=None), ONE),
    "a bare code": (b2b(purpose_of_use=["TREAT"]), REASON),
    "a code of another system": (
        b2b(purpose_of_use=["urn:oid:2.16.840.1.113883.5.4#TREAT"]),
        REASON,
    ),
    "a purpose that is no text": (b2b(purpose_of_use=[{"code": "TREAT"}]), REASON),
    "no ActReason": (b2b(purpose_of_use=[f"{OID}CURIOSITY"]), REASON),
    "a purpose not registered": (b2b(purpose_of_use=[f"{OID}HRESCH"]), "not registered with HRES"),
    "marketing": (b2b(purpose_of_use=[f"{OID}HMARKT"]), "not registered with HMARKT"),
    "a user from a client that asserts none": (b2b(subject_id=f"{SDS}555254242102"), NO_USERS),
    "a role from a client that asserts none": (b2b(subject_role="R8000"), NO_USERS),
    "a name from a client that asserts none": (b2b(subject_name="Sam Okafor"), NO_USERS),
    "a person from a service": (
        {"onestory": {"patient": f"Patient/{MINE}"}},
        "belongs to a portal",
    ),
    "a reason without an emergency": (
        {"onestory": {"reason": "because I would like to"}},
        "belongs to emergency access",
    ),
    "an unknown claim of ours": ({"onestory": {"role": "officer"}}, "may hold only patient"),
}


@pytest.mark.parametrize(("extensions", "words"), CLAIMS.values(), ids=CLAIMS.keys())
def test_wrong_claims_are_refused_and_the_reason_is_said(
    world: Any, extensions: Any, words: str
) -> None:
    answer = world.ask(world.assertion(world.add_client(), extensions=extensions))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert words in answer.json()["error_description"]


def test_purpose_may_be_left_out_only_where_one_is_registered(world: Any) -> None:
    one, two = world.add_client(), world.add_client(purposes=("TREAT", "COC"))
    assert requester(world, world.token(one)).purpose == "TREAT"
    assert requester(world, world.token(one, extensions=b2b())).purpose == "TREAT"
    assert world.ask(world.assertion(two)).status_code == 400
    assert world.ask(world.assertion(two, extensions=b2b())).status_code == 400


@pytest.mark.parametrize("system", [OID, "http://terminology.hl7.org/CodeSystem/v3-ActReason#"])
def test_purpose_is_named_in_two_forms(world: Any, system: str) -> None:
    client = world.add_client(purposes=("TREAT", "COC"))
    token = world.token(client, extensions=b2b(purpose_of_use=[f"{system}COC"]))
    assert requester(world, token).purpose == "COC"


FORM = "subject_id must be https://fhir.nhs.uk/Id/sds-user-id|<SDS user id>"
USERS = {
    "another system": ({"subject_id": "https://example.org/users|1"}, FORM),
    "no system": ({"subject_id": "555254242102"}, FORM),
    "no value": ({"subject_id": SDS}, FORM),
    "two values": ({"subject_id": f"{SDS}1|2"}, FORM),
    "no text": ({"subject_id": [f"{SDS}1"]}, "subject_id must be a text"),
    "nothing": ({"subject_id": None}, "subject_id must be a text"),
    "NUL": ({"subject_id": f"{SDS}1", "subject_name": "Sam\0"}, "subject_name must be a text"),
    "a name of nobody": ({"subject_name": "Sam Okafor"}, "must say whose name this is"),
    "a role of nobody": ({"subject_role": "R8000"}, "must say whose role this is"),
}


@pytest.mark.parametrize(("stated", "words"), USERS.values(), ids=USERS.keys())
def test_user_must_be_an_sds_user(world: Any, stated: dict[str, Any], words: str) -> None:
    client = world.add_client(asserts_users=True)
    answer = world.ask(world.assertion(client, extensions=b2b(**stated)))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert words in answer.json()["error_description"]


def _portal(world: Any, *purposes: str, asserts_users: bool = False) -> str:
    scopes = "system/Patient.cr system/Consent.crus"
    return str(
        world.add_client(
            ods="PORTAL",
            role="portal",
            scopes=scopes,
            purposes=purposes or ("PATRQT",),
            asserts_users=asserts_users,
        )
    )


def test_portal_token_serves_the_person_that_the_portal_registered(world: Any) -> None:
    client = _portal(world)
    world.add_patient(MINE, "PORTAL")
    served = {"onestory": {"patient": f"Patient/{MINE}"}}
    found = requester(world, world.token(client, "system/Patient.r", extensions=served))
    assert (found.role, found.patient) == (Role.PORTAL, f"Patient/{MINE}")
    assert requester(world, world.token(client, "system/Patient.c")).patient is None


def test_person_of_another_organisation_is_refused_like_one_who_does_not_exist(world: Any) -> None:
    client = _portal(world)
    world.add_patient(ANOTHERS, "RX202")

    def ask(patient: Any) -> tuple[int, bytes]:
        served = {"onestory": {"patient": patient}}
        answer = world.ask(world.assertion(client, extensions=served), scope="system/Patient.r")
        return answer.status_code, answer.content

    refused = ask("Patient/no-such-person")
    assert refused[0] == 400
    for patient in (f"Patient/{ANOTHERS}", ANOTHERS, f"Patient/{ANOTHERS}/_history/1", 7, None, ""):
        assert ask(patient) == refused


DELEGATE = "https://portal.example/user|71"


def _for_a_delegate(world: Any, client: str, patient: str | None = MINE, **stated: Any) -> Any:
    """What the token address answers a portal that asks for a delegate."""
    served = {} if patient is None else {"onestory": {"patient": f"Patient/{patient}"}}
    claimed = {"purpose_of_use": [f"{OID}PWATRNY"], "subject_id": DELEGATE} | stated
    claimed = {name: value for name, value in claimed.items() if value is not None}
    assertion = world.assertion(client, extensions=b2b(**claimed) | served)
    return world.ask(assertion, scope="system/Patient.r")


@pytest.mark.parametrize("purpose", ["PWATRNY", "FAMRQT"])
def test_a_portal_gets_a_token_for_a_delegate_of_the_person_it_serves(
    world: Any, purpose: str
) -> None:
    client = _portal(world, "PATRQT", purpose)
    world.add_patient(MINE, "PORTAL")
    answer = _for_a_delegate(world, client, purpose_of_use=[OID + purpose], subject_name="Ada")
    assert answer.status_code == 200, answer.text
    found = requester(world, answer.json()["access_token"])
    assert (found.purpose, found.practitioner, found.practitioner_name) == (
        purpose,
        DELEGATE,
        "Ada",
    )
    assert found.patient == f"Patient/{MINE}"


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ({"subject_id": None}, "subject_id must name the delegate"),
        ({"subject_id": "somebody"}, "subject_id must name the delegate"),
        ({"subject_id": "RelatedPerson/71"}, "subject_id must name the delegate"),
        ({"subject_id": "https://fhir.nhs.uk/Id/nhs-number|9990000018"}, "not by NHS number"),
        ({"subject_role": "carer"}, "subject_role"),
        ({"subject_name": ""}, "subject_name"),
        ({"purpose_of_use": [f"{OID}FAMRQT"]}, "not registered with FAMRQT"),
        ({"patient": None}, "must hold patient"),
    ],
)
def test_a_delegate_who_is_not_named_rightly_is_refused(
    world: Any, stated: dict[str, Any], named: str
) -> None:
    client = _portal(world, "PATRQT", "PWATRNY")
    world.add_patient(MINE, "PORTAL")
    answer = _for_a_delegate(world, client, **stated)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert named in answer.json()["error_description"]
    assert "9990000018" not in answer.text
    assert _for_a_delegate(world, client).status_code == 200


def test_a_service_acts_for_nobody_as_a_delegate(world: Any) -> None:
    client = world.add_client(purposes=("PWATRNY",), asserts_users=True)
    answer = _for_a_delegate(world, client, patient=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "only a portal" in answer.json()["error_description"]


def test_person_at_the_portal_is_no_user_of_a_service(world: Any) -> None:
    client = _portal(world, asserts_users=True)
    stated = b2b(subject_id=f"{SDS}1")
    answer = world.ask(world.assertion(client, extensions=stated), scope="system/Patient.r")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_officer_gets_a_token_to_read_the_log(world: Any) -> None:
    client = world.add_client(
        role="officer", scopes="system/AuditEvent.rs", purposes=("HCOMPL",), asserts_users=True
    )
    found = requester(world, world.token(client, "system/AuditEvent.rs"))
    assert (found.role, found.purpose) == (Role.OFFICER, "HCOMPL")


def test_smart_configuration_names_what_is_served(world: Any) -> None:
    answer = world.http.get("/fhir/.well-known/smart-configuration")
    found = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert found["token_endpoint"] == "http://127.0.0.1:8080/oauth/token"
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert {"RS384", "ES384"} <= set(found["token_endpoint_auth_signing_alg_values_supported"])
    assert found["capabilities"] == ["client-confidential-asymmetric", "permission-v2"]
    assert "authorization_endpoint" not in found
    assert not [name for name in found if "dpop" in name]
