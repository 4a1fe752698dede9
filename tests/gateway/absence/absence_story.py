"""Two stores that differ only in what one requester is denied.

A story is told once, at random. Then the gate is asked which of its resources this requester may
not see, and the story is told twice more: whole, and without those, without every link to them, and
without the acts that are marked as nobody's business of theirs.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from absence_server import BEGUN, Came, Json, Sent, Server, made_id
from every_type import least

from gateway.actions import served
from gateway.actions.addressing import Address
from gateway.actions.gate import Gate
from gateway.auth.requester import Requester

FHIR_JSON = (("Content-Type", "application/fhir+json"),)
NHS = "https://fhir.nhs.uk/Id/nhs-number"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
OUR_TOPICS = "https://onestory.example/fhir/CodeSystem/topic"
NUMBERS = ("9990000018", "9990000026", "9990000034")
ALCOHOL, MOOD = "75626-2", "44261-6"
WORDS = {ALCOHOL: "Total score [AUDIT-C]", MOOD: "PHQ-9 total score"}  # of a code: no free text
LABELS = (
    {"system": ACT_CODE, "code": "MH"},
    {"system": ACT_CODE, "code": "ETHUD"},
    {"system": ACT_CODE, "code": "PSYTHPN"},
    {"system": OUR_TOPICS, "code": "third-party"},
)
# What is written about people, and where its code stands ("" where it has none).
TOLD = {
    "AllergyIntolerance": "code",
    "Appointment": "reasonCode*",
    "CarePlan": "category*",
    "CareTeam": "category*",
    "Composition": "type",
    "Communication": "reasonCode*",
    "Condition": "code",
    "Encounter": "reasonCode*",
    "Flag": "code",
    "Goal": "description",
    "List": "code",
    "MedicationRequest": "reasonCode*",
    "MedicationStatement": "reasonCode*",
    "Observation": "code",
    "Procedure": "code",
    "QuestionnaireResponse": "",
    "RelatedPerson": "relationship*",
    "ServiceRequest": "code",
}
ONE_IDENTIFIER = ("QuestionnaireResponse", "Composition", "Bundle")
PART = re.compile(r"part-\d+")
# Optional elements that refer to others: [type][element] may name these types.
LINKS = {
    "Observation": {
        "derivedFrom": ("QuestionnaireResponse", "Observation"),
        "partOf": ("Procedure",),
        "hasMember": ("Observation",),
    },
    "Condition": {"stage": ()},
    "Procedure": {"reasonReference": ("Condition", "Observation"), "partOf": ("Procedure",)},
    "CarePlan": {"addresses": ("Condition",), "goal": ("Goal",), "partOf": ("CarePlan",)},
    "Goal": {"addresses": ("Condition", "Observation")},
    "Encounter": {"reasonReference": ("Condition", "Procedure")},
    "Communication": {"partOf": ("Procedure",), "reasonReference": ("Condition", "Observation")},
    "MedicationRequest": {"reasonReference": ("Condition", "Observation")},
    "MedicationStatement": {"reasonReference": ("Condition", "Observation")},
    "ServiceRequest": {"supportingInfo": ("Observation", "QuestionnaireResponse", "Condition")},
}


@dataclass(frozen=True)
class Act:
    """One request of the story. `always` acts stand in both stores, `secret` ones only in the
    whole; of the rest, those about what is withheld are left out of the other, and so are versions
    `between` others that the requester is not told of."""

    name: str
    number: int
    ods: str
    patient: str | None
    sent: Sent
    resource: Json | None
    made: str
    always: bool
    secret: bool
    between: bool = False

    @property
    def instant(self) -> str:
        return (BEGUN + timedelta(minutes=self.number)).strftime("%Y-%m-%dT%H:%M")


@dataclass
class Known:
    """What a client could have heard of, seen or not: what random requests are made of."""

    person: str = ""
    ours: str = ""
    mine: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    organizations: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)


class Story:
    """Tells acts to a server and keeps them. `asker` is whom they may be withheld from."""

    def __init__(self, server: Server, rng: random.Random, asker: str) -> None:
        self.server, self.rng, self.asker = server, rng, asker
        self.acts: list[Act] = []
        self.made: dict[str, str] = {}  # reference: the name of its act
        self.parts = 0
        self._number = 0

    def act(
        self,
        ods: str,
        method: str,
        path: str,
        resource: Json | None = None,
        *,
        patient: str | None = None,
        always: bool = False,
        secret: bool = False,
        between: bool = False,
        made: str = "",
    ) -> Came:
        """Ask the server; what worked belongs to the story."""
        self._number += 1
        body = b"" if resource is None else json.dumps(resource).encode()
        sent = Sent(method, f"/fhir/{path}", FHIR_JSON, body)
        name = f"act {self._number}"
        self.server.steps.begin(name, self._number)
        came = self.server.ask(sent, self.server.token(ods, patient))
        if came.status < 300:
            made = made or (f"{came.json['resourceType']}/{came.json['id']}" if came.body else "")
            whose = (name, self._number, ods, patient, sent, resource, made)
            self.acts.append(Act(*whose, always, secret, between))
            self.made.setdefault(made, name)
        return came

    def writes(self, ods: str, resource: Json, **how: Any) -> str:
        """The reference of what was stored."""
        came = self.act(ods, "POST", resource["resourceType"], resource, **how)
        assert came.status in (200, 201), (came.status, came.body)
        return f"{came.json['resourceType']}/{came.json['id']}"


def concept(code: str) -> Json:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def patient(number: int, **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": NUMBERS[number]}],
        "name": [{"family": "Example", "given": ["Robin"]}],
        "birthDate": "1987-04-12",
    } | more


def consent(subject: str, kind: str, recipient: str, topics: Iterable[str] = ()) -> Json:
    role = {"coding": [{"system": f"{TERMINOLOGY}v3-ParticipationType", "code": "IRCP"}]}
    provision: Json = {
        "type": kind,
        "actor": [{"role": role, "reference": {"reference": recipient}}],
    }
    if topics:
        provision["securityLabel"] = [
            {"system": ACT_CODE if each.isupper() else OUR_TOPICS, "code": each} for each in topics
        ]
    return least("Consent", subject, recipient) | {
        "patient": {"reference": subject},
        "performer": [{"reference": subject}],
        "dateTime": "2026-05-01",
        "provision": provision,
    }


def told(type_: str, subject: str, organization: str, code: str, **more: Any) -> Json:
    """A resource of a type about one thing, which the labeller can judge."""
    resource = least(type_, subject, organization) | more
    place = TOLD[type_]
    if place:
        value: Any = concept(code)
        resource[place.rstrip("*")] = [value] if place.endswith("*") else value
    if type_ == "Composition":
        resource["title"] = WORDS[code]
    if type_ == "QuestionnaireResponse":
        instrument, prefix, many = (
            ("audit-c", "auditc", 3) if code == ALCOHOL else ("phq-9", "phq9", 9)
        )
        resource["questionnaire"] = f"https://onestory.example/fhir/Questionnaire/{instrument}"
        resource["item"] = [
            {"linkId": f"{prefix}-{n}", "answer": [{"valueInteger": 1}]} for n in range(1, many + 1)
        ]
    if type_ in ("MedicationRequest", "MedicationStatement"):
        resource["medicationCodeableConcept"] = concept(code)
    return resource


def dated(rng: random.Random, type_: str) -> Json:
    """When it was, where the type says so simply."""
    day = f"2026-0{rng.randint(1, 5)}-{rng.randint(10, 28)}"
    place = {
        "Observation": "effectiveDateTime",
        "Condition": "onsetDateTime",
        "Procedure": "performedDateTime",
        "QuestionnaireResponse": "authored",
        "ServiceRequest": "authoredOn",
        "MedicationRequest": "authoredOn",
        "Communication": "sent",
    }.get(type_)
    return {place: day} if place else {}


def linked(rng: random.Random, type_: str, held: list[str]) -> Json:
    """References to some of what is there already."""
    found: Json = {}
    for element, types in LINKS.get(type_, {}).items():
        fitting = [one for one in held if one.partition("/")[0] in types]
        if fitting and rng.random() < 0.6:
            chosen = rng.sample(fitting, min(len(fitting), rng.randint(1, 2)))
            found[element] = [{"reference": each} for each in chosen]
    return found


def pruned(value: Any, withheld: frozenset[str]) -> Any:
    """A resource without its references to these and its parts of these ids, nor what is empty
    without them; None where nothing is left."""
    if isinstance(value, dict):
        if str(value.get("id")) in withheld and PART.fullmatch(str(value["id"])):
            return None
        if isinstance(named := value.get("reference"), str) and named in withheld:
            return None
        kept = {name: pruned(each, withheld) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each is not None} or None
    if isinstance(value, list):
        kept_items = [each for each in (pruned(one, withheld) for one in value) if each is not None]
        return kept_items or None
    return value


def in_parts(story: Story, type_: str, held: list[str]) -> Json:
    """Parts about one thing and another, each with an id of its own."""
    rng = story.rng

    def part(**more: Any) -> Json:
        story.parts += 1
        return {"id": f"part-{story.parts}"} | more

    many, code = range(rng.randint(0, 3)), lambda: concept(rng.choice((ALCOHOL, MOOD)))
    named = [{"reference": each} for each in rng.sample(held, min(len(held), len(many)))]
    match type_:
        case "CarePlan":
            details = [{"status": "scheduled", "code": code()} for _ in many]
            found = {"activity": [part(detail=each) for each in details]}
        case "CareTeam":
            found = {"reasonCode": [part(**code()) for _ in many]}
        case "List":
            found = {"entry": [part(item=each) for each in named]}
        case "Composition":
            ours = {"reference": story.server.organizations["RX1"]}  # a section holds something
            found = {"section": [part(code=code(), entry=[each, ours]) for each in named]}
        case _:
            found = {}
    return {name: each for name, each in found.items() if each}


def looked_up(server: Server, who: Requester, addresses: Iterable[Address]) -> list[bytes]:
    """What the requester gets at these, asked of the gate without leaving a row."""

    def look(connection: Any) -> list[bytes]:
        gate = Gate(server.gateway.installation, connection, who, server.steps.now)
        answers = [served.look(gate, each).answer for each in addresses]
        return [b"" if each.status == 404 else each.body for each in answers]

    return server.run(server.gateway.reading.look(look))


def may_see(server: Server, who: Requester, references: Iterable[str]) -> frozenset[str]:
    """Those that the requester gets anything of."""
    listed = list(references)
    seen = looked_up(server, who, (Address(*each.split("/")) for each in listed))
    return frozenset(each for each, body in zip(listed, seen, strict=True) if body)


def retold(acts: Iterable[Act], server: Server, withheld: frozenset[str] | None) -> None:
    """The story again on another server: whole, or without what is withheld. In place of a version
    that is not told stands one that changes nothing: that somebody wrote is no secret."""
    stands: dict[str, Json] = {}
    for act in acts:
        server.steps.begin(act.name, act.number)
        sent = act.sent
        if withheld is not None:
            if act.made in withheld and not act.always:
                continue
            if act.secret and not act.between:
                continue
            if act.resource is not None:
                said = stands[act.made] if act.secret else act.resource
                stands[act.made] = said | {"id": act.made.partition("/")[2]}
                kept = pruned(copy.deepcopy(said), withheld)
                sent = sent._replace(body=json.dumps(kept).encode())
        came = server.ask(sent, server.token(act.ods, act.patient))
        assert came.status < 300, (act, came.status, came.body)


def about_people(story: Story) -> Known:
    """Services write about people; one of these says what Drugs may see; Drugs writes too."""
    rng, server, asker = story.rng, story.server, story.asker
    drugs, housing = server.organizations["DA1"], server.organizations["HO1"]
    subjects = {ods: story.writes(ods, patient(0), always=True) for ods in ("RX1", "DA1", "HO1")}
    me = story.writes("PO1", patient(0), always=True)
    second = story.writes("RX1", patient(1), always=True)
    mine_too = story.writes("DA1", patient(1), always=True)
    stranger = story.writes("RX1", patient(2), secret=True)
    is_person = asker == "PO1"
    mine = [me] if is_person else [subjects["DA1"], mine_too]
    everyone = [*subjects.values(), me, second, mine_too, stranger]
    known = Known(me, server.organizations[asker], organizations=dict(server.organizations))
    known.patients, known.others = mine, [each for each in everyone if each not in mine]
    open_to = rng.choice(
        (("ETHUD",), ("ETHUD", "physical"), ("MH", "PSY", "self-harm", "physical"))
    )
    story.writes("PO1", consent(me, "permit", drugs, open_to), patient=me, always=True)
    if rng.random() < 0.4:
        denied = consent(me, "deny", drugs, (rng.choice(("ETHUD", "physical", "MH")),))
        story.writes("PO1", denied, patient=me, always=True)
    if rng.random() < 0.7:
        story.writes("PO1", consent(me, "permit", housing), patient=me, secret=not is_person)
    held: list[str] = []
    for _ in range(rng.randint(20, 34)):
        _one_more(story, held, subjects, stranger, second)
    for _ in range(rng.randint(4, 9)):
        _changed(story, held)
    _referred(story, held, subjects["RX1"], known)
    return known


def _one_more(
    story: Story, held: list[str], subjects: dict[str, str], stranger: str, second: str
) -> None:
    """Some resource more, mostly of the Trust's about the person."""
    rng = story.rng
    ods = rng.choice(("RX1", "RX1", "RX1", "RX1", "HO1", "DA1"))
    type_ = rng.choice([*TOLD, *["Observation", "CarePlan", "Composition"] * 2])
    subject = subjects[ods]
    if ods == "RX1" and rng.random() < 0.15:
        subject = rng.choice((stranger, second))
    resource = told(
        type_,
        subject,
        story.server.organizations[ods],
        rng.choice((ALCOHOL, ALCOHOL, MOOD)),
        identifier=[{"system": "urn:s", "value": str(rng.randint(1, 5))}],
        **dated(rng, type_),
    )
    if type_ == "Observation":
        resource["valueQuantity"] = {
            "value": rng.randint(0, 12),
            "system": "http://unitsofmeasure.org",
            "code": "{score}",
        }
    if type_ in ONE_IDENTIFIER:
        resource["identifier"] = resource["identifier"][0]
    if ods == "RX1":
        resource |= linked(rng, type_, held)
        resource |= in_parts(story, type_, held)
        if rng.random() < 0.15 and ods == "RX1":
            resource["performer"] = [{"reference": second}]
    if rng.random() < 0.3:
        resource["meta"] = {"security": [rng.choice(LABELS)]}
    came = story.act(ods, "POST", type_, resource)
    if came.status == 201 and ods == "RX1":
        held.append(f"{type_}/{came.json['id']}")


def _changed(story: Story, held: list[str]) -> None:
    """A later version, perhaps after one that says something else; or it is deleted."""
    rng = story.rng
    reference = rng.choice(held)
    type_ = reference.partition("/")[0]
    stands = story.act("RX1", "GET", reference, always=True, made="")
    if stands.status != 200:
        return
    story.acts.pop()
    resource = {k: v for k, v in stands.json.items() if k not in ("meta", "text")}
    how = rng.choice(("moved", "between", "between", "deleted", "relabelled", "linked"))
    place = TOLD[type_].rstrip("*")
    if how == "deleted":
        story.act("RX1", "DELETE", reference, made=reference)
        return
    if how in ("between", "relabelled") and place:
        value = concept(rng.choice((ALCOHOL, MOOD)))
        other = resource | {place: [value] if TOLD[type_].endswith("*") else value}
        story.act("RX1", "PUT", reference, other, between=how == "between", made=reference)
        if how == "relabelled":
            return
    if how == "linked":
        resource |= linked(rng, type_, [each for each in held if each != reference])
        story.act("RX1", "PUT", reference, resource, made=reference)
        return
    identified = {"system": "urn:s", "value": str(rng.randint(1, 5))}
    new = identified if isinstance(resource.get("identifier"), dict) else [identified]
    story.act("RX1", "PUT", reference, resource | {"identifier": new}, made=reference)


def _referred(story: Story, held: list[str], theirs: str, known: Known) -> None:
    """A referral to Drugs that lists some of what there is, and another that goes elsewhere."""
    rng = story.rng
    fitting = [each for each in held if each.partition("/")[0] in ("Observation", "Condition")]
    for to, secret in (("DA1", False), ("HO1", story.asker != "PO1")):
        if rng.random() < 0.7:
            listed = rng.sample(fitting, min(len(fitting), rng.randint(0, 3)))
            entries = referral(
                theirs,
                story.server.organizations["RX1"],
                story.server.organizations[to],
                listed,
                story.server.organizations["RX1"] + str(rng.random()),
            )
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            came = story.act("RX1", "POST", "", bundle, secret=secret, made=" ")
            if came.status == 200:
                for entry in came.json["entry"]:
                    where = entry["response"]["location"].split("/_history")[0]
                    known.values.setdefault("referred", []).append(where)


def referral(subject: str, sender: str, receiver: str, listed: list[str], salt: str) -> list[Json]:
    asked, move = f"urn:uuid:{made_id(salt, 1)}", f"urn:uuid:{made_id(salt, 2)}"
    request = least("ServiceRequest", subject, receiver) | {
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "417096006"}]},
        "requester": {"reference": sender},
        "performer": [{"reference": receiver}],
    }
    if listed:
        request["supportingInfo"] = [{"reference": each} for each in listed]
    task = least("Task", subject, receiver) | {
        "focus": {"reference": asked},
        "requester": {"reference": sender},
    }
    attested = {
        "resourceType": "Provenance",
        "target": [{"reference": asked}, {"reference": move}],
        "recorded": "2026-05-03T10:00:00Z",
        "activity": {
            "coding": [
                {
                    "system": "https://onestory.example/fhir/CodeSystem/attestation",
                    "code": "person-agreed",
                }
            ]
        },
        "agent": [{"who": {"reference": sender}}],
    }
    return [
        {
            "fullUrl": url,
            "resource": each,
            "request": {"method": "POST", "url": each["resourceType"]},
        }
        for url, each in (
            (asked, request),
            (move, task),
            (f"urn:uuid:{made_id(salt, 3)}", attested),
        )
    ]


def heard_of(story: Story, known: Known, who: Requester) -> frozenset[str]:
    """Sort what the story made into what this requester may see and what not, parts too."""
    made = [one for one in story.made if "/" in one]
    made += known.values.get("referred", [])
    shown = may_see(story.server, who, made)
    last = {act.made: act for act in story.acts}
    for one in dict.fromkeys(made):
        if one.startswith("Patient/"):
            continue
        act = last.get(one)
        if act is not None and act.ods == who.ods:
            known.mine.append(one)
        elif one in shown:
            known.shown.append(one)
        else:
            known.withheld.append(one)
    story.acts = [
        replace(act, secret=act.secret or (act.between and not _is_told(story.server, who, act)))
        for act in story.acts
    ]
    return frozenset(known.withheld) | _parts_withheld(story, who, shown)


def _parts_withheld(story: Story, who: Requester, shown: frozenset[str]) -> frozenset[str]:
    """The ids of parts that are in no version of what is released."""
    sent = {part for act in story.acts for part in PART.findall(act.sent.body.decode())}
    told = (Address(*each.split("/"), is_history=True) for each in sorted(shown))
    seen = looked_up(story.server, who, told)
    return frozenset(sent) - {part for body in seen for part in PART.findall(body.decode())}


def _is_told(server: Server, who: Requester, act: Act) -> bool:
    """Whether a version is in the history that this requester reads."""
    address = Address(*act.made.split("/"), is_history=True)
    return act.instant.encode() in looked_up(server, who, [address])[0]


def escaped(value: str) -> str:
    return quote(value, safe=",|/:$-")
