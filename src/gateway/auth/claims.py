"""What a client says about its request: purpose, user, person (extensions of the assertion).

The shapes are those of `hl7-b2b` (HL7 UDAP Security, B2B authorization extension object) and our
own `onestory`. A claim that is not understood inside `onestory` is refused; in `hl7-b2b`, whose
guide names more than is used here, it is passed over. A user (`subject_id`, and `subject_role` and
`subject_name` beside it) counts only from a client registered to assert users; from any other it is
refused and not dropped in silence, for the client would believe that the log names its user.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent import codes
from gateway.auth.client import Client
from gateway.auth.delegated import is_delegates_identifier
from gateway.auth.purposes import DELEGATED, EMERGENCY, OID, code_of
from gateway.auth.refusal import Refusal, bad_request
from gateway.auth.requester import Role
from gateway.auth.strict import is_text

SHORTEST_REASON, LONGEST_REASON = 10, 500  # characters
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id|"

_SDS_USER_ID = re.compile(re.escape(SDS_USER) + "[A-Za-z0-9]{1,64}")
_B2B = "extensions.hl7-b2b"
_ONESTORY = "extensions.onestory"
_NOTHING_STATED: Mapping[str, Any] = {"version": "1"}


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a token is asked for. `patient` is "Patient/<id>", not yet held against the register;
    `reason` is there in an emergency alone."""

    purpose: str
    practitioner: str | None = None
    practitioner_role: str | None = None
    practitioner_name: str | None = None
    patient: str | None = None
    reason: str | None = None


def read_claims(claims: Mapping[str, Any], client: Client) -> Claimed | Refusal:
    """The purpose, user and person that these claims of an authenticated client stand for."""
    extensions = claims.get("extensions", {})
    if not isinstance(extensions, dict):
        return bad_request("extensions must be a JSON object.")
    stated, onestory = extensions.get("hl7-b2b", _NOTHING_STATED), extensions.get("onestory", {})
    if not isinstance(stated, dict) or not isinstance(onestory, dict):
        return bad_request("Each of the extensions must be a JSON object.")
    if stated.get("version") != "1":
        return bad_request(f"{_B2B}.version must be the text 1.")
    if stated.get("organization_id", client.ods) != client.ods:
        return bad_request(f"{_B2B}.organization_id must be the ODS code the client belongs to.")
    purpose = _purpose(stated, client)
    if isinstance(purpose, Refusal):
        return purpose
    fault = _not_served(purpose) or _stated_fault(purpose, stated, onestory, client)
    if fault is not None:
        return bad_request(fault)
    return Claimed(
        purpose=purpose,
        practitioner=stated.get("subject_id"),
        practitioner_role=stated.get("subject_role"),
        practitioner_name=stated.get("subject_name"),
        patient=_patient(onestory),
        reason=onestory["reason"].strip() if "reason" in onestory else None,
    )


def _purpose(stated: Mapping[str, Any], client: Client) -> str | Refusal:
    """Exactly one registered purpose; the only one registered where none is stated."""
    if "purpose_of_use" not in stated:
        if len(client.purposes) == 1:
            return client.purposes[0]
        return bad_request(f"{_B2B}.purpose_of_use must name one of the registered purposes.")
    named = stated["purpose_of_use"]
    if not isinstance(named, list) or len(named) != 1:
        return bad_request(f"{_B2B}.purpose_of_use must be a list of exactly one purpose.")
    code = code_of(named[0])
    if code is None:
        return bad_request(f"{_B2B}.purpose_of_use must be a v3 ActReason such as {OID}TREAT.")
    if code not in client.purposes:
        return bad_request(f"{_B2B}.purpose_of_use: the client is not registered with {code}.")
    return code


def _not_served(purpose: str) -> str | None:
    if purpose in EMERGENCY - codes.emergency():
        return f"{_B2B}.purpose_of_use: ask for emergency access as BTG or ETREAT."
    return None


def _stated_fault(
    purpose: str, stated: Mapping[str, Any], onestory: Mapping[str, Any], client: Client
) -> str | None:
    if purpose in DELEGATED:
        return _delegate_fault(stated, client) or _represented_fault(onestory)
    wrong = _user_fault(stated, client)
    if wrong is not None:
        return wrong
    if purpose in codes.emergency():
        return _emergency_fault(stated, onestory)
    return _person_fault(onestory, client)


def _user_fault(stated: Mapping[str, Any], client: Client) -> str | None:
    given = [name for name in ("subject_id", "subject_role", "subject_name") if name in stated]
    if not given:
        return None
    if not client.asserts_users or client.role is Role.PORTAL:
        return f"{_B2B}.{given[0]}: this client is not registered to assert users."
    for name in given:
        if not is_text(stated[name], 256):
            return f"{_B2B}.{name} must be a text of 1 to 256 characters."
    if "subject_id" not in given:
        return f"{_B2B}.subject_id must say whose {given[0].removeprefix('subject_')} this is."
    if not _SDS_USER_ID.fullmatch(stated["subject_id"]):
        return f"{_B2B}.subject_id must be {SDS_USER}<SDS user id>."
    return None


def _delegate_fault(stated: Mapping[str, Any], client: Client) -> str | None:
    """Who decides with or for the person, under the identifier by which the portal knows them.

    Whether they may is recorded with the person, and asked of every request.
    """
    if client.role is not Role.PORTAL:
        return f"{_B2B}.purpose_of_use: only a portal asks for a delegate (PWATRNY, FAMRQT)."
    if "subject_role" in stated:
        return f"{_B2B}.subject_role is for practitioners; leave it out for a delegate."
    if not is_text(stated.get("subject_name", "-"), 256):
        return f"{_B2B}.subject_name must be a text of 1 to 256 characters."
    subject = stated.get("subject_id")
    if not is_text(subject, 256) or not is_delegates_identifier(subject):
        return (
            f"{_B2B}.subject_id must name the delegate as <system>|<value>, the system an address,"
            " and not by NHS number."
        )
    return None


def _represented_fault(onestory: Mapping[str, Any]) -> str | None:
    if onestory.keys() != {"patient"}:
        return f"{_ONESTORY} must hold patient, the person whom the delegate acts for, alone."
    return None


def _patient(onestory: Mapping[str, Any]) -> str | None:
    """The reference as given; one that is no text becomes the empty text, which is nobody's."""
    if "patient" not in onestory:
        return None
    patient = onestory["patient"]
    return patient if isinstance(patient, str) else ""


def _person_fault(onestory: Mapping[str, Any], client: Client) -> str | None:
    unknown = onestory.keys() - {"patient"}
    if unknown:
        return f"{_ONESTORY} may hold only patient; reason belongs to emergency access."
    if onestory and client.role is not Role.PORTAL:
        return f"{_ONESTORY}.patient belongs to a portal's or an emergency token."
    return None


def _emergency_fault(stated: Mapping[str, Any], onestory: Mapping[str, Any]) -> str | None:
    """Emergency access: by a named practitioner, about one person, for a reason in writing."""
    if "subject_id" not in stated:
        return f"{_B2B}.subject_id must name the practitioner who looks in an emergency."
    if not onestory.keys() <= {"patient", "reason"}:
        return f"{_ONESTORY} may hold only patient and reason."
    if "patient" not in onestory:
        return f"{_ONESTORY}.patient must be Patient/<id>: emergency access is to one person."
    reason = onestory.get("reason")
    if not is_text(reason, LONGEST_REASON) or len(reason.strip()) < SHORTEST_REASON:
        return (
            f"{_ONESTORY}.reason must say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        )
    return None
