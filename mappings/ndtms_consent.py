"""The gate of NDTMS: nothing but the keys without the person's agreement, in and out.

Where the person agreed, an active Consent says so that carries the client's own identifier and
permits NDTMS without condition. Any denial that names NDTMS wins. Doubt is no agreement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import fhir_profiles
from mappings import parties
from mappings.cells import text_of
from mappings.digests import digest, identifier, once
from mappings.systems import BASE, LOINC
from mappings.verdict import Entry

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
CLIENT = f"{BASE}/Id/ndtms-client"
DATA_SET = f"{BASE}/Id/national-data-set"
NDTMS = {
    "type": "Organization",
    "identifier": {"system": DATA_SET, "value": "ndtms"},
    "display": "National Drug Treatment Monitoring System",
}
SCOPE = "patient-privacy"
UNCONDITIONAL = frozenset({"extension", "id", "type", "actor"})
NOT_UNDERSTOOD = frozenset({"modifierExtension", "implicitRules"})
RECIPIENTS = frozenset({"IRCP", "PRCP"})


def gated(record: Mapping[str, object]) -> Mapping[str, object]:
    """The record as it may be read: only its keys where CONSENT says N, and NA as empty."""
    held = fhir_profiles.load("national/ndtms.json")
    keys = held["gate_keys"]
    if text_of(record.get("CONSENT")) == "N":
        return {key: record[key] for key in keys if key in record}
    return {
        column: "" if value == held["null"] and column not in keys else value
        for column, value in record.items()
    }


def consent_entry(client: str, patient: str, *, agrees: bool) -> Entry:
    """The person's yes or no to NDTMS: one Consent a client and answer, sent once."""
    own = digest(("ndtms-consent", client, agrees))
    kind = "permit" if agrees else "deny"
    rule = "OPTIN" if agrees else "OPTOUT"
    resource = {
        "resourceType": "Consent",
        "identifier": [identifier(own), {"system": CLIENT, "value": client}],
        "status": "active",
        "scope": _concept(f"{TERMINOLOGY}/consentscope", SCOPE),
        "category": [_concept(LOINC, "59284-0")],
        "patient": {"reference": patient},
        "policyRule": _concept(f"{TERMINOLOGY}/v3-ActCode", rule),
        "provision": {"type": kind, "actor": [{"role": _recipient(), "reference": dict(NDTMS)}]},
    }
    return Entry(parties.urn("Consent", own), resource, once(own))


def said(consent: Mapping[str, Any]) -> tuple[set[str], bool] | None:
    """Who a Consent speaks for (client identifiers, Patient references) and whether it says yes.

    None where it says nothing of NDTMS. A yes under any condition is not one: nobody here can
    say whether the condition holds.
    """
    if consent.get("status") != "active" or not _is_privacy(consent):
        return None
    root = consent.get("provision") or {}
    kinds = [one.get("type", "deny") for one in _naming(root)]
    if not kinds:
        return None
    held = consent.get("identifier", ())
    clients = {str(one.get("value")) for one in held if one.get("system") == CLIENT}
    if kinds == ["permit"] and _is_plain(consent, root):
        return clients, True
    return clients | {str((consent.get("patient") or {}).get("reference", ""))}, False


def _is_plain(consent: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """True for a permit of the root to recipients alone, with no condition of any kind."""
    roles = [
        coding.get("code")
        for actor in root.get("actor", ())
        for coding in (actor.get("role") or {}).get("coding", ())
    ]
    conditions = set(root) - UNCONDITIONAL | set(consent) & NOT_UNDERSTOOD
    return _names(root) and set(roles) <= RECIPIENTS and not conditions


def _naming(provision: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The provision, and those nested in it, that name NDTMS."""
    if _names(provision):
        yield provision
    for nested in provision.get("provision", ()):
        yield from _naming(nested)


def _names(provision: Mapping[str, Any]) -> bool:
    return any(
        parties.identified(actor.get("reference"), DATA_SET) == "ndtms"
        for actor in provision.get("actor", ())
    )


def _is_privacy(consent: Mapping[str, Any]) -> bool:
    codings = (consent.get("scope") or {}).get("coding", ())
    return any(coding.get("code") == SCOPE for coding in codings)


def _recipient() -> dict[str, Any]:
    return _concept(f"{TERMINOLOGY}/v3-ParticipationType", "IRCP")


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
