"""What happens in a story: services write about people, one of whom says what may be seen."""

from __future__ import annotations

from typing import Any

from absence_resources import (
    ALCOHOL,
    LABELS,
    MOOD,
    TOLD,
    concept,
    consent,
    dated,
    linked,
    patient,
    referral,
    told,
)
from absence_server import Json
from absence_story import Known, Story

from consent.recipients import NAMED_RECIPIENT

ONE_IDENTIFIER = ("QuestionnaireResponse", "Composition", "Bundle")


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
        resource |= _for_some(story)
    if rng.random() < 0.3:
        resource["meta"] = {"security": [rng.choice(LABELS)]}
    came = story.act(ods, "POST", type_, resource)
    if came.status == 201 and ods == "RX1":
        held.append(f"{type_}/{came.json['id']}")


def _for_some(story: Story) -> Json:
    """Whom the author names as recipients: Housing as a part of its own, so that it is not named in
    the store without what is withheld."""
    rng, organizations = story.rng, story.server.organizations
    named = [each for each in ("DA1", "HO1") if rng.random() < 0.25]
    found: list[Json] = []
    for ods in named:
        story.parts += 1
        own = {"id": f"part-{story.parts}"} if ods == "HO1" else {}
        value = {"valueReference": {"reference": organizations[ods]}}
        found.append(own | {"url": NAMED_RECIPIENT} | value)
    return {"extension": found} if found else {}


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
