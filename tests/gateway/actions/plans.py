"""Care plans of several topics, and the consents that let several services see and write them."""

from __future__ import annotations

from typing import Any

from callers import Caller, House, consent, patient

Json = dict[str, Any]
SNOMED = "http://snomed.info/sct"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OURS = "https://onestory.example/fhir/CodeSystem/topic"
ALCOHOL, HOUSING = "763256006", "32911000"
CODES = {"alcohol": ALCOHOL, "housing": HOUSING, "mood": "445455005"}
TOPICS = {
    "alcohol": {"system": ACT, "code": "ETHUD"},
    "housing": {"system": OURS, "code": "social"},
    "mood": {"system": ACT, "code": "MH"},
}


def concept(code: str, **more: Any) -> Json:
    return {"coding": [{"system": SNOMED, "code": code}]} | more


def activity(topic: str, status: str = "scheduled", **more: Any) -> Json:
    return {"detail": {"code": concept(CODES[topic]), "status": status} | more}


def plan(subject: str, *activities: Json, **more: Any) -> Json:
    return (
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "subject": {"reference": subject},
        }
        | ({"activity": list(activities)} if activities else {})
        | more
    )


def permits(who: Caller, recipient: str, *topics: str, **criteria: Any) -> Json:
    labels = [TOPICS[topic] for topic in topics]
    named = {"securityLabel": labels} if labels else {}
    return who.created(consent(who.me, "permit", recipient, **named, **criteria))


def codes(body: Json) -> list[str]:
    """What is to be done, as somebody sees it."""
    return [each["detail"]["code"]["coding"][0]["code"] for each in body.get("activity", ())]


class Shared:
    """One person whom the trust, the drug service and the housing service know."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.person = house.person()
        self.at_trust = house.trust.writes(patient())
        self.at_drugs = house.drugs.writes(patient())
        self.at_housing = house.housing.writes(patient())

    @classmethod
    def of(cls, house: House, person: Caller) -> Shared:
        """The same for somebody whom the services know already."""
        shared = object.__new__(cls)
        shared.house, shared.person = house, person
        return shared

    def permit(self, caller: Caller, *topics: str, **criteria: Any) -> Json:
        return permits(self.person, caller.who.organization, *topics, **criteria)


def team_of(subject: str, *members: Caller) -> Json:
    team: Json = {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": subject},
    }
    named = [{"member": {"reference": each.who.organization}} for each in members]
    return team | ({"participant": named} if named else {})


def permitted_to_both(house: House) -> Shared:
    """The drug service may see what is about alcohol, the housing service what is about housing."""
    both = Shared(house)
    both.permit(house.drugs, "alcohol")
    both.permit(house.housing, "housing")
    return both


def written(shared: Shared, *activities: Json, **more: Any) -> str:
    """A plan of the trust's with both services in its team."""
    house = shared.house
    team = house.trust.writes(team_of(shared.at_trust, house.drugs, house.housing))
    acts = activities or (activity("housing"), activity("alcohol"))
    return house.trust.writes(plan(shared.at_trust, *acts, careTeam=[{"reference": team}], **more))
