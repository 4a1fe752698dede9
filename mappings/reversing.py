"""FHIR resources on their way back to flat records: which belong together, and what each says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings import care_plan, instruments, ndtms_consent, referral, screening
from mappings.care_plan_held import NOT_HERE, belongs_to_a_plan, is_crisis
from mappings.instrument import Instrument
from mappings.linked import Linked
from mappings.systems import QUESTIONNAIRE
from mappings.verdict import Fault, Flattened, Unmappable

Resource = Mapping[str, Any]
KEPT = ("identifier", "birthDate")
TRANSACTIONS = ("transaction", "batch")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flat record needs beside its main resource: Patients, attestations, a plan's parts."""

    patients: dict[str, Resource] = field(default_factory=dict)
    attested: set[str] = field(default_factory=set)
    linked: Linked = field(default_factory=Linked)
    ndtms_agreed: set[str] = field(default_factory=set)
    ndtms_refused: set[str] = field(default_factory=set)

    def learn(self, addresses: Iterable[str], resource: Resource) -> None:
        """Remembers a Patient by each of its addresses, a Provenance by what it is about."""
        if belongs_to_a_plan(resource):
            self.linked.learn(tuple(addresses), resource)
        match resource.get("resourceType"):
            case "Patient":
                kept = {name: resource[name] for name in KEPT if name in resource}
                self.patients.update(dict.fromkeys(addresses, kept))
            case "Provenance":
                self.attested.update(referral.attested_by(resource))
            case "Consent":
                self.hear(resource)

    def hear(self, consent: Resource) -> None:
        """Remembers what a Consent says of NDTMS, whichever document it stands in."""
        if (said := ndtms_consent.said(consent)) is not None:
            whose, agrees = said
            (self.ndtms_agreed if agrees else self.ndtms_refused).update(whose)

    def agreed_to_ndtms(self, client: str, addresses: tuple[str, ...]) -> bool:
        """True where a Consent of that client says yes and none about that person says no."""
        return client in self.ndtms_agreed and not {client, *addresses} & self.ndtms_refused

    def patient(self, reference: Resource | None) -> Resource | None:
        address = str((reference or {}).get("reference", ""))
        found = self.patients.get(address)
        return found if found is not None else self.patients.get(_relative(address))

    def agreed(self, addresses: Iterable[str]) -> bool:
        return any(address in self.attested for address in addresses)


def resources(document: Resource) -> Iterator[tuple[tuple[str, ...], Resource]]:
    """The resources of a Bundle, or the one resource, each with the addresses it goes by."""
    if document.get("resourceType") != "Bundle":
        yield _named_by(document, ""), document
        return
    for entry in document.get("entry", ()):
        if isinstance(held := entry.get("resource"), Mapping):
            yield _named_by(held, str(entry.get("fullUrl", ""))), held


def own(document: Resource, around: Surroundings | None = None) -> Surroundings:
    """What a self-contained Bundle says of its own entries, and what `around` heard of NDTMS."""
    found = Surroundings()
    if around is not None:
        found.ndtms_agreed.update(around.ndtms_agreed)
        found.ndtms_refused.update(around.ndtms_refused)
    for addresses, resource in resources(document):
        found.learn(addresses, resource)
    return found


def link_ids(resource: Resource) -> set[str]:
    """The linkIds that a QuestionnaireResponse holds; none for all else."""
    if resource.get("resourceType") != "QuestionnaireResponse":
        return set()
    return {str(item.get("linkId", "")) for item in resource.get("item", ())}


def is_self_contained(document: Resource) -> bool:
    """True for a Bundle of requests: what its entries refer to is in it, and nobody else's."""
    return document.get("resourceType") == "Bundle" and document.get("type") in TRANSACTIONS


def screening_of(
    resource: Resource,
    _addresses: tuple[str, ...],
    surroundings: Surroundings,
    instrument: Instrument,
) -> Flattened | Unmappable | None:
    """The flat record of a response to that instrument's Questionnaire; None for all else."""
    canonical = str(resource.get("questionnaire", ""))
    if canonical.partition("|")[0] != f"{QUESTIONNAIRE}/{instrument.id}":
        return None
    if instruments.of_questionnaire(canonical) is not instrument:
        right = f"must be {instrument.canonical}"
        return Unmappable((Fault("QuestionnaireResponse.questionnaire", right),))
    patient = surroundings.patient(resource.get("subject"))
    if patient is None:
        return _no_patient("QuestionnaireResponse")
    return screening.from_fhir(resource, patient, instrument)


def referral_of(
    resource: Resource, addresses: tuple[str, ...], surroundings: Surroundings
) -> Flattened | Unmappable | None:
    """The flat record of a ServiceRequest; None for all else."""
    if resource.get("resourceType") != "ServiceRequest":
        return None
    patient = surroundings.patient(resource.get("subject"))
    if patient is None:
        return _no_patient("ServiceRequest")
    return referral.from_fhir(resource, patient, attested=surroundings.agreed(addresses))


def care_plan_of(
    resource: Resource, addresses: tuple[str, ...], surroundings: Surroundings
) -> Flattened | Unmappable | None:
    """The flat record of a CarePlan with all that belongs to it; None for all else.

    A crisis part goes with the plan that it is part of.
    """
    if resource.get("resourceType") != "CarePlan":
        return None
    if is_crisis(resource) and "partOf" in resource:
        if all(surroundings.linked.at(one) for one in resource["partOf"]):
            return None
        return Unmappable((Fault("CarePlan.partOf", NOT_HERE),))
    patient = surroundings.patient(resource.get("subject"))
    if patient is None:
        return _no_patient("CarePlan")
    return care_plan.from_fhir(resource, addresses, patient, surroundings.linked)


def _no_patient(kind: str) -> Unmappable:
    return Unmappable((Fault(f"{kind}.subject", "must refer to a Patient of the same input"),))


def _named_by(resource: Resource, full_url: str) -> tuple[str, ...]:
    local = f"{resource.get('resourceType')}/{resource['id']}" if "id" in resource else ""
    return tuple(address for address in (full_url, local) if address)


def _relative(address: str) -> str:
    """The last two steps of an absolute address, without a version: "Patient/1"."""
    return "/".join(address.partition("/_history/")[0].split("/")[-2:])
