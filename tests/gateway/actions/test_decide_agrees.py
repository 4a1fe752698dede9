"""What a service reads and finds is what `decide` says, for consents made up at random over teams,
parents, staff, episodes, what is related, and nested provisions of any kind; of records that may be
under the ceiling, and may name recipients.

The engine has the documents alone: the consents as the person reads them, the resources as who
wrote them does, and the directory, the teams and both Patients as a context. The gateway has its
store.
"""

from __future__ import annotations

import os
import random
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from callers import MOOD, Caller, House, concept, consent, patient, score
from confirmed import Register, nameless

from consent.calculating import Question, answers
from consent.deciding import Permit
from consent.policy import Policy
from consent.recipients import NAMED_RECIPIENT
from consent.request import Request
from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import ODS, place_below

Json = dict[str, Any]
FULL = os.environ.get("ONESTORY_FULL") == "1"
SEEDS = range(500 if FULL else 6)
pytestmark = pytest.mark.timeout(3_000)  # thousands of examples on a busy machine
ROLES = "urn:example:staff-role"
SDS = "https://fhir.nhs.uk/Id/sds-user-id"
TERMS = "http://terminology.hl7.org/CodeSystem/"
TYPES = "http://hl7.org/fhir/resource-types"
EPISODE = "EpisodeOfCare/one"
PCF = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentBasic"
NURSE = {"system": SDS, "value": "555000111222"}


@dataclass
class Story:
    """A person's record, who belongs where, and everyone who might be named."""

    house: House
    me: Caller
    theirs: str
    at_drugs: str
    records: list[str] = field(default_factory=list)
    context: list[Json] = field(default_factory=list)
    parties: list[str] = field(default_factory=list)

    def keeps(self, resource: Json, by: Caller | None = None) -> str:
        stored = (by or self.house.trust).created(resource)
        self.context.append(stored)
        return f"{stored['resourceType']}/{stored['id']}"


def told(house: House, chance: random.Random, at_trust: Json | None = None) -> Story:
    me = house.person()
    theirs = house.trust.writes(at_trust or patient())
    story = Story(house, me, theirs, house.drugs.writes(patient()))
    for child, above in (("DA1", "HO1"), ("HO1", "PO1")):
        if chance.random() < 0.5:
            _below(house, child, above)
    nurse = story.keeps({"resourceType": "Practitioner", "identifier": [NURSE]}, house.drugs)
    coding = {"coding": [{"system": ROLES, "code": "nurse"}]}
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": {"reference": nurse},
        "organization": {"reference": house.organizations["DA1"]},
        "code": [coding],
    }
    role_at = story.keeps(role, house.drugs) if chance.random() < 0.7 else None
    organizations = [house.organizations[ods] for ods in ("DA1", "HO1", "PO1", "RX1")]
    trait = {"code": {"text": "role"}, "valueCodeableConcept": coding, "exclude": False}
    teams = [
        story.keeps(_team(story, chance.sample([*organizations, nurse], 2))),
        story.keeps(_team(story, [])),
        story.keeps(
            {
                "resourceType": "Group",
                "type": "practitioner",
                "actual": False,
                "characteristic": [trait],
            }
        ),
    ]
    teams.append(story.keeps(_team(story, [teams[0]])))
    story.parties += [*organizations, *organizations, nurse, *teams, *filter(None, [role_at])]
    story.context += [house.trust.read(each) for each in house.organizations.values()]
    _recorded(story, chance)
    return story


def _below(house: House, child: str, above: str) -> None:
    ids = [house.organizations[ods].removeprefix("Organization/") for ods in (child, above)]
    resources = house.gateway.installation.resources
    with closing(connect(house.url)) as connection, transaction(connection):
        assert place_below(connection, resources, *ids, house.clock())


def _team(story: Story, members: list[str]) -> Json:
    """A CareTeam about the person; without members, one of nobody."""
    named = [{"member": {"reference": each}} for each in members]
    subject = {"subject": {"reference": story.theirs}}
    resource = {"resourceType": "CareTeam", "status": "active"} | subject
    return resource | ({"participant": named} if named else {})


def _kept(story: Story, chance: random.Random) -> Json:
    """Perhaps about somebody else; perhaps with recipients, by their ids or their ODS codes."""
    topic = {"system": "https://onestory.example/fhir/CodeSystem/topic", "code": "third-party"}
    named = []
    for ods in ("DA1", "HO1"):
        forms: tuple[Json, ...] = (
            {"reference": story.house.organizations[ods]},
            {"identifier": {"system": ODS, "value": ods}},
        )
        if chance.random() < 0.4:
            named.append({"url": NAMED_RECIPIENT, "valueReference": chance.choice(forms)})
    found: Json = {"meta": {"security": [topic]}} if chance.random() < 0.4 else {}
    return found | ({"extension": named} if named else {})


def _recorded(story: Story, chance: random.Random) -> None:
    """Scores, an encounter of an episode and what belongs to it, and a request that names some."""
    trust, subject = story.house.trust, {"reference": story.theirs}
    author = {"reference": story.house.organizations["RX1"]}
    encounter = trust.writes(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": f"{TERMS}v3-ActCode", "code": "AMB"},
            "subject": subject,
            "serviceProvider": author,
            "episodeOfCare": [{"reference": EPISODE}],
        }
    )
    wrote: Json = {"performer": [author]}
    mood = wrote | _kept(story, chance)
    scores = [
        trust.writes(score(story.theirs, **wrote, **_kept(story, chance))),
        trust.writes(score(story.theirs, MOOD, effectiveDateTime="2024-03-01", **mood)),
        trust.writes(score(story.theirs, encounter={"reference": encounter}, **wrote)),
    ]
    scores.append(
        trust.writes(score(story.theirs, derivedFrom=[{"reference": scores[0]}], **wrote))
    )
    asked = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "subject": subject,
        "requester": author,
        "supportingInfo": [{"reference": scores[1]}],
    }
    story.records += [encounter, *scores, trust.writes(asked | _kept(story, chance))]


def words(story: Story, chance: random.Random) -> Json:
    resource = consent(story.me.me, "permit")
    resource["provision"] = _provision(story, chance, 0)
    if chance.random() < 0.3:
        resource["meta"] = {"profile": [PCF]}
    if chance.random() < 0.2:
        resource["policyRule"] = concept("v3-ActCode", "OPTIN")
    return resource


def _provision(story: Story, chance: random.Random, depth: int) -> Json:
    found: Json = {"type": chance.choice(("permit", "permit", "deny"))}
    roles = [("IRCP", 0.7 if depth == 0 else 0.4), ("AUT", 0.15)]
    actors = [
        {"role": concept("v3-ParticipationType", role), "reference": {"reference": party}}
        for role, likely in roles
        if chance.random() < likely
        for party in chance.sample(story.parties, chance.choice((1, 1, 2)))
    ]
    found |= {"actor": actors} if actors else {}
    if chance.random() < 0.25:
        codes = chance.sample(("ETHUD", "MH", "SUD", "PSY", "self-harm"), 2)
        ours = "https://onestory.example/fhir/CodeSystem/topic"
        found["securityLabel"] = [
            {"system": ours if code == "self-harm" else f"{TERMS}v3-ActCode", "code": code}
            for code in codes
        ]
    if chance.random() < 0.25:
        purposes = chance.sample(("TREAT", "COC", "HRESCH", "ETREAT"), 2)
        found["purpose"] = [{"system": f"{TERMS}v3-ActReason", "code": code} for code in purposes]
    if chance.random() < 0.15:
        found["class"] = [{"system": TYPES, "code": chance.choice(("Observation", "Encounter"))}]
    if chance.random() < 0.15:
        found["dataPeriod"] = {"start": "2025-01-01"}
    if chance.random() < 0.3:
        meaning = chance.choice(("instance", "related", "related", "dependents", "authoredby"))
        named = chance.choice([*story.records, EPISODE, story.house.organizations["RX1"]])
        found["data"] = [{"meaning": meaning, "reference": {"reference": named}}]
    if depth < 3 and chance.random() < 0.5:
        count = chance.choice((1, 1, 2))
        found["provision"] = [_provision(story, chance, depth + 1) for _ in range(count)]
    return found


def permitted(story: Story, given: list[Json], who: Caller) -> set[str]:
    """What the engine permits, by the documents alone."""
    asker = who.who
    request = Request(
        recipient=asker.organization,
        recipient_aliases=frozenset({f"{ODS}|{asker.ods}"}),
        practitioner=frozenset({asker.practitioner} if asker.practitioner else ()),
        roles=frozenset({asker.practitioner_role} if asker.practitioner_role else ()),
        purpose=asker.purpose,
    )
    policy = story.house.gateway.installation.policy
    question = Question(
        request=request,
        consents=[story.me.read(f"Consent/{each['id']}") for each in given],
        resources=[story.house.trust.read(each) for each in story.records],
        context=story.context,
        policy=Policy("test", policy.base_purposes, policy.base_level, agreements=None),
        now=story.house.now,
    )
    return {
        answer.resource or "" for answer in answers(question) if isinstance(answer.verdict, Permit)
    }


def released(story: Story, who: Caller) -> set[str]:
    """What the service reads by id, which must be what it finds."""
    read = {each for each in story.records if who.get(each).status == 200}
    types = {each.partition("/")[0] for each in story.records}
    found = {one for type_ in types for one in who.finds(type_, patient=story.at_drugs)}
    assert found & set(story.records) == read
    return read


@pytest.mark.parametrize("seed", SEEDS)
def test_gateway_and_engine_agree(house: House, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up consents
    story = told(house, chance)
    story.context += [story.me.read(story.me.me), house.trust.read(story.theirs)]
    given: list[Json] = []
    drugs = house.drugs
    stated = replace(drugs.who, practitioner=f"{SDS}|{NURSE['value']}", practitioner_role="nurse")
    for _ in range(chance.randint(1, 4)):
        answer = story.me.post(words(story, chance))
        assert answer.status in (201, 422), answer.body
        if answer.status == 201:
            given.append(story.me.read(answer.about.reference if answer.about else ""))
        for who in (drugs, Caller(house, stated), drugs.for_purpose("HRESCH")):
            assert released(story, who) == permitted(story, given, who), given


@pytest.mark.parametrize("seed", SEEDS)
def test_they_agree_on_who_was_confirmed_to_be_one_person(house: House, seed: int) -> None:
    """The trust knows somebody without a number; a Person says in documents what an officer said
    on the command line."""
    chance = random.Random(seed)  # noqa: S311 - made-up consents
    story, officer = told(house, chance, nameless()), Register(house)
    patients = [story.me.read(story.me.me), house.trust.read(story.theirs)]
    plain = [*story.context, *patients]
    both = [{"target": {"reference": each}} for each in (story.me.me, story.theirs)]
    sure = [each | {"assurance": "level3"} for each in both]
    confirmed = [*plain, {"resourceType": "Person", "id": "one", "link": sure}]
    given = [story.me.created(consent(story.me.me, "permit", house.organizations["DA1"]))]
    for _ in range(chance.randint(0, 2)):
        answer = story.me.post(words(story, chance))
        if answer.status == 201:
            given.append(story.me.read(answer.about.reference if answer.about else ""))
    record = ""
    for context in (plain, confirmed, plain):
        story.context = context
        if context is confirmed:
            record = officer.confirms(story.me.me, story.theirs)
        elif record:
            officer.parts(record)
        who = house.drugs
        assert released(story, who) == permitted(story, given, who), given
