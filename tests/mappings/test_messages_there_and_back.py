"""A referral becomes a BaRS message and comes back as it was, whatever it says."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

sys.path.insert(0, str(Path(__file__).parent))

import test_there_and_back as flat
from fhir.resources.R4B.bundle import Bundle

from mappings import bars_out, referral
from mappings.bars import Message, Wish
from mappings.bars_in import read, unserved
from mappings.bars_sending import transaction
from mappings.bundles import standalone
from mappings.systems import MESSAGE_ENTRY
from mappings.verdict import Entry

BASE = "https://elsewhere.example/fhir"
ROUTING = bars_out.Routing(BASE, "2026-05-03T10:00:00Z")
EXAMPLES = 3000 if os.environ.get("ONESTORY_FULL") else 40
LABELS = st.sampled_from([{}, {"meta": {"security": [{"system": "urn:s", "code": "R"}]}}])
CATEGORIES = st.lists(
    st.sampled_from([{"text": "joint care"}, {"coding": [{"system": "urn:s", "code": "c"}]}]),
    max_size=2,
)


@st.composite
def referrals(draw):
    """A referral with what it lists, as a server holds it: each resource with an id of its own."""
    entries = referral.to_fhir(draw(flat.REFERRALS)).entries
    patient, request, *others = entries
    listed = [_listed(draw, place, patient.full_url) for place in range(draw(st.integers(0, 3)))]
    whole = dict(request.resource) | draw(LABELS)
    if listed:
        whole["supportingInfo"] = [{"reference": each.full_url} for each in listed]
    if categories := draw(CATEGORIES):
        whole["category"] = categories
    held = (patient, *listed, Entry(request.full_url, whole), *others)
    return list(standalone(held))


def _listed(draw, place, patient):
    kind = draw(st.sampled_from(["Observation", "QuestionnaireResponse"]))
    resource = {"resourceType": kind, "subject": {"reference": patient}}
    if kind == "Observation":
        resource |= {"status": "final", "code": {"text": draw(flat.TEXT)}}
    else:
        resource |= {"status": "completed", "item": [{"linkId": "a", "text": draw(flat.TEXT)}]}
    url = f"urn:uuid:00000000-0000-4000-8000-00000000000{place}"
    return Entry(url, resource | draw(LABELS))


def told(resources):
    """The message about them."""
    first = [one for one in resources if one["resourceType"] == "ServiceRequest"]
    rest = [one for one in resources if one["resourceType"] != "ServiceRequest"]
    placed = [(f"{BASE}/{one['resourceType']}/{one['id']}", one) for one in first + rest]
    return bars_out.message(ROUTING, placed, json.encode(placed))


def back(message):
    """What the message asks to store, with the ids and references that it had."""
    taken = read(message)
    assert isinstance(taken, Message), taken
    assert taken.wish is Wish.NEW
    made = transaction(taken, {})
    assert made.notes == ()
    names = {
        entry["fullUrl"]: _named(message, at)
        for entry, (at, _) in zip(made.bundle["entry"], made.places, strict=True)
    }
    return [_renamed(entry, names) for entry in made.bundle["entry"]]


def _named(message, at):
    place = int(at.removeprefix("Bundle.entry[").partition("]")[0])
    resource = message["entry"][place]["resource"]
    return f"{resource['resourceType']}/{resource['id']}"


def _renamed(entry, names):
    found = _with(entry["resource"], names)
    held = found.get("identifier")
    if isinstance(held, list):
        found["identifier"] = [one for one in held if one["system"] != MESSAGE_ENTRY]
    elif held and held["system"] == MESSAGE_ENTRY:
        del found["identifier"]
    if not found.get("identifier", True):
        del found["identifier"]
    return found | {"id": names[entry["fullUrl"]].partition("/")[2]}


def _with(node, names):
    if isinstance(node, dict):
        return {
            key: names.get(value, value) if key == "reference" else _with(value, names)
            for key, value in node.items()
        }
    return [_with(one, names) for one in node] if isinstance(node, list) else node


def sorted_(resources):
    return sorted(resources, key=lambda one: (one["resourceType"], one["id"]))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(referrals())
def test_a_referral_comes_back_from_a_message_as_it_was(resources):
    message = told(resources)
    assert unserved(message) is None
    assert sorted_(back(message)) == sorted_(resources)


@settings(max_examples=10, deadline=None)
@given(referrals())
def test_what_is_told_is_valid_r4_and_the_same_twice(resources):
    message = told(resources)
    Bundle.model_validate(message)
    assert told(resources) == message
    assert message["entry"][0]["resource"]["focus"] == [
        {"reference": message["entry"][1]["fullUrl"]}
    ]
