"""Newer labelling rules: what older ones labelled waits, and is labelled anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from callers import Caller, House, consent, patient, referral, score

from consent import topics
from consent.label_rules import Rules, rules
from consent.site_rules import with_site
from gateway import keys as key_files
from gateway.actions.opening import labelled_resources, new_uuid, open_gateway, utc_now
from gateway.actions.relabelling import Done, Relabelling
from gateway.audit.log import Log, PendingLog
from gateway.audit.verdict import Broken
from gateway.storage import searching
from gateway.storage.connection import transaction
from gateway.storage.database import connect, database_path, is_postgres
from gateway.storage.service_kinds import give_kind

Json = dict[str, Any]
LOINC = "http://loinc.org"
VERSION = rules().version
AUDIT_C, SMOKING = "75626-2", "72166-2"
PENDING = {"system": "https://onestory.example/fhir/CodeSystem/labelling", "code": "pending"}


def site(**more: Any) -> Rules:
    """The rules of a site where an AUDIT-C total is about drugs too."""
    row = {"rule": "totals", "topics": ["ETHUD", "drugs"], "level": "R", "system": LOINC}
    return with_site({"version": "site-1", "codes": [row | {"codes": [AUDIT_C]}]} | more)


@contextmanager
def under(house: House, installed: Path, rules: Rules) -> Iterator[House]:
    """The same database, served under these rules."""
    gateway = open_gateway(
        house.url,
        key_files.load(installed),
        "http://gateway.test",
        clock=house.clock,
        rules=rules,
    )
    yield House(gateway, house.organizations, house.url, house.now)
    gateway.close()


def relabelled(
    house: House,
    installed: Path,
    rules: Rules,
    *,
    dry: bool = False,
    at_once: int = 100,
    told: Callable[[Done], None] = lambda _: None,
) -> Done:
    keys = key_files.load(installed)
    append = PendingLog(lambda: None).append
    if not is_postgres(house.url):
        path = database_path(house.url)
        append = Log(keys.signer, path.with_name(path.name + ".checkpoints")).append
    with closing(connect(house.url)) as connection:
        resources, operator = labelled_resources(connection, keys, rules)
        run = Relabelling(connection, resources, append, utc_now, new_uuid, operator, at_once)
        return run.run(dry=dry, told=told)


def labels(resource: Json) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]}


def is_pending(resource: Json) -> bool:
    return PENDING in resource["meta"].get("tag", [])


def set_by(resource: Json) -> dict[str, set[str]]:
    """The rules that a resource names, each with the labels that it set."""
    return {
        stated["extension"][0]["valueString"]: {
            each["valueCoding"]["code"] for each in stated["extension"][1:]
        }
        for stated in resource["meta"].get("extension", [])
    }


def known(house: House, me: Caller | None = None) -> str:
    """A person who lets drugs see everything; their Patient at the trust."""
    me = me or house.person()
    me.writes(consent(me.me, "permit", house.organizations["DA1"]))
    house.drugs.writes(patient())
    return house.trust.writes(patient())


def seen_by(caller: Caller, *references: str) -> set[str]:
    """Those of the Observations that a search finds."""
    return set(caller.finds("Observation", _id=",".join(one.split("/")[1] for one in references)))


def test_what_older_rules_labelled_is_seen_by_nobody_else_until_relabelled(
    house: House, installed: Path
) -> None:
    mine = known(house)
    kept = house.trust.writes(score(mine, SMOKING))
    moved = house.trust.writes(score(mine))
    assert seen_by(house.drugs, kept, moved) == {kept, moved}
    with under(house, installed, site()) as newer:
        assert seen_by(newer.drugs, kept, moved) == set()
        assert newer.drugs.get(kept).status == 404
        assert is_pending(newer.trust.read(kept))
        new = newer.trust.writes(score(mine))
        assert seen_by(newer.drugs, kept, moved, new) == {new}
        done = relabelled(newer, installed, site())
        assert (done.changed, done.pending) == (1, 0)
        assert seen_by(newer.drugs, kept, moved, new) == {kept, moved, new}
        assert not is_pending(newer.trust.read(kept))
        assert labels(newer.trust.read(moved)) == {"ETHUD", "drugs", "R"}
    assert not seen_by(house.drugs, kept, moved, new), "the older server does not believe the newer"


def test_a_denial_of_the_new_topic_holds_once_relabelled(house: House, installed: Path) -> None:
    me = house.person()
    mine = known(house, me)
    coding = {"system": topics.TOPIC_SYSTEM, "code": "drugs"}
    me.writes(consent(me.me, "deny", house.organizations["DA1"], securityLabel=[coding]))
    moved = house.trust.writes(score(mine))
    kept = house.trust.writes(score(mine, SMOKING))
    assert seen_by(house.drugs, kept, moved) == {kept, moved}
    with under(house, installed, site()) as newer:
        relabelled(newer, installed, site())
        assert seen_by(newer.drugs, kept, moved) == {kept}


def test_only_what_is_labelled_otherwise_gets_another_version_id(
    house: House, installed: Path
) -> None:
    mine = known(house)
    kept, moved = house.trust.created(score(mine, SMOKING)), house.trust.created(score(mine))
    with under(house, installed, site()) as newer:
        relabelled(newer, installed, site())
        now = [newer.trust.read(f"Observation/{each['id']}") for each in (kept, moved)]
    assert now[0]["meta"]["versionId"] == kept["meta"]["versionId"]
    assert now[1]["meta"]["versionId"] != moved["meta"]["versionId"]
    assert now[1]["meta"]["lastUpdated"] == moved["meta"]["lastUpdated"]


def test_each_label_names_its_rule_to_the_author_and_the_person_alone(
    house: House, installed: Path
) -> None:
    me = house.person()
    mine = known(house, me)
    alcohol = house.trust.writes(score(mine))
    expected = {f"{VERSION}#alcohol-scores": {"ETHUD", "R"}}
    assert set_by(house.trust.read(alcohol)) == expected
    assert set_by(me.read(alcohol)) == expected
    assert "extension" not in house.drugs.read(alcohol)["meta"]
    with under(house, installed, site()) as newer:
        relabelled(newer, installed, site())
        assert set_by(newer.trust.read(alcohol)) == {"site-1#totals": {"ETHUD", "drugs", "R"}}


def test_labels_that_the_author_raised_stay(house: House, installed: Path) -> None:
    mine = known(house)
    raised = {"security": [{"system": topics.ACT_CODE, "code": "SDV"}]}
    stored = house.trust.writes(score(mine, SMOKING, meta=raised))
    rules = site(without=["smoking-status"])
    with under(house, installed, rules) as newer:
        done = relabelled(newer, installed, rules)
        assert done.pending == 1
        assert "SDV" in labels(newer.trust.read(stored))
        assert is_pending(newer.trust.read(stored))
        assert newer.drugs.get(stored).status == 404


def test_a_referral_follows_what_it_names_whatever_comes_first(
    house: House, installed: Path
) -> None:
    mine = known(house)
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    request, task, _ = house.trust.sent(*referral(mine, trust, drugs))
    alcohol = house.trust.writes(score(mine))
    named = house.trust.read(request) | {"supportingInfo": [{"reference": alcohol}]}
    assert house.trust.put(named).status == 200
    with under(house, installed, site(without=["alcohol-and-drugs"])) as newer:
        relabelled(newer, installed, site(without=["alcohol-and-drugs"]), at_once=1)
        assert "drugs" in labels(newer.trust.read(request))
        assert "drugs" in labels(newer.trust.read(task))


@pytest.mark.parametrize("code", [AUDIT_C, SMOKING])
def test_what_is_written_about_something_that_waits_waits_with_it(
    house: House, installed: Path, code: str
) -> None:
    """Whether that comes to carry other labels or not."""
    mine = known(house)
    named = house.trust.writes(score(mine, code))
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"coding": [{"system": "http://snomed.info/sct", "code": "712542001"}]},
        "subject": {"reference": mine},
    }
    with under(house, installed, site()) as newer:
        plan = newer.trust.writes(goal | {"addresses": [{"reference": named}]})
        assert newer.drugs.get(plan).status == 404
        relabelled(newer, installed, site())
        assert newer.drugs.get(plan).status == 200


def test_what_did_not_wait_follows_what_did(house: House, installed: Path) -> None:
    me = house.person()
    mine = known(house, me)
    coding = {"system": topics.ACT_CODE, "code": "SUD"}
    me.writes(consent(me.me, "deny", house.organizations["DA1"], securityLabel=[coding]))
    trust, housing = house.organizations["RX1"], house.organizations["HO1"]
    request = referral(mine, trust, housing)[0]["resource"]
    kind = "https://onestory.example/fhir/CodeSystem/care-team"
    plan = "https://onestory.example/fhir/CodeSystem/care-plan"
    request |= {"code": {"coding": [{"system": kind, "code": "other"}]}}
    named = house.trust.writes(request)
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"coding": [{"system": plan, "code": "housing"}]},
        "subject": {"reference": mine},
        "addresses": [{"reference": named}],
    }
    names = house.trust.writes(goal)
    told = house.trust.read(names)
    rules = house.gateway.installation.resources.labelling.rules
    assert house.drugs.get(names).status == 200
    for known_as, seen in (("housing", 200), ("drug-alcohol", 404)):
        with closing(connect(house.url)) as connection, transaction(connection):
            id_ = housing.removeprefix("Organization/")
            resources = house.gateway.installation.resources
            assert give_kind(connection, resources, id_, known_as, house.clock()) == 1
        relabelled(house, installed, rules)
        assert house.drugs.get(names).status == seen
    assert house.trust.read(names) == told
    entries = [each for each in house.entries() if each["interaction"] == "relabel"]
    assert [each["entities"] for each in entries] == [[named], [named, names]]


def test_versions_that_stand_no_more_are_labelled_too(house: House, installed: Path) -> None:
    mine = known(house)
    stored = house.trust.created(score(mine))
    assert house.trust.put(stored | {"status": "amended"}).status == 200
    address = f"Observation/{stored['id']}"
    gone = house.trust.writes(score(mine))
    assert house.trust.delete(gone).status == 204
    with under(house, installed, site()) as newer:
        assert newer.drugs.look(f"{address}/_history").status == 404
        assert newer.drugs.get(gone).status == 404
        relabelled(newer, installed, site())
        seen = newer.drugs.history(f"{address}/_history")
        assert [labels(each["resource"]) for each in seen] == [{"ETHUD", "drugs", "R"}] * 2
        assert newer.drugs.get(gone).status == 410


def test_a_dry_run_says_the_same_and_changes_nothing(house: House, installed: Path) -> None:
    mine = known(house)
    house.trust.writes(score(mine))
    before = house.held("SELECT rid, topics, labelled, said FROM resource ORDER BY rid")
    rows = house.rows("audit")
    dry = relabelled(house, installed, site(), dry=True)
    assert house.held("SELECT rid, topics, labelled, said FROM resource ORDER BY rid") == before
    assert house.rows("audit") == rows
    done = relabelled(house, installed, site())
    assert (dry.waiting, dry.seen, dry.changed) == (done.waiting, done.seen, done.changed)


def test_it_may_be_interrupted_and_run_again(house: House, installed: Path) -> None:
    mine = known(house)
    for _ in range(5):
        house.trust.writes(score(mine))

    def interrupt(done: Done) -> None:
        if done.seen >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relabelled(house, installed, site(), at_once=1, told=interrupt)
    first = relabelled(house, installed, site(), at_once=1)
    assert first.seen == first.waiting > 0
    again = relabelled(house, installed, site())
    assert (again.waiting, again.seen) == (0, 0)


async def _whole(house: House) -> object:
    return await house.gateway.verify_log()


def test_the_log_names_what_was_labelled_otherwise(house: House, installed: Path) -> None:
    mine = known(house)
    kept, moved = house.trust.writes(score(mine, SMOKING)), house.trust.writes(score(mine))
    relabelled(house, installed, site())
    [entry] = [each for each in house.entries() if each["interaction"] == "relabel"]
    assert entry["entities"] == [moved]
    assert kept not in entry["entities"]
    assert (entry["client"], entry["purpose"]) == ("onestory-relabel", "HOPERAT")
    assert entry["query"] == f"rules={VERSION}+site-1"
    assert not isinstance(asyncio.run(_whole(house)), Broken)


def test_what_others_receive_is_laid_out_anew(house: House, installed: Path) -> None:
    """As if it had been written before words were taken out of some place."""
    mine = known(house)
    unit = {"value": 7, "unit": "quince", "system": "http://unitsofmeasure.org", "code": "{score}"}
    stored = house.trust.writes(score(mine, SMOKING, valueQuantity=unit))
    resources = house.gateway.installation.resources
    with closing(connect(house.url)) as connection, transaction(connection):
        row = searching.current(connection, "Observation", stored.partition("/")[2])
        assert row is not None
        content = resources.opened(row)
        assert b"quince" not in content.shared
        resources.lay_out(connection, row, content._replace(shared=content.rest))
    with under(house, installed, site()) as newer:
        relabelled(newer, installed, site())
        assert newer.drugs.read(stored)["valueQuantity"]["unit"] == "{score}"
        assert newer.trust.read(stored)["valueQuantity"]["unit"] == "quince"


def test_relabelling_comes_to_what_writing_comes_to(house: House, installed: Path) -> None:
    mine = known(house)
    alcohol = house.trust.writes(score(mine))
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "712542001"}]}
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": coded,
        "subject": {"reference": mine},
        "addresses": [{"reference": alcohol}],
    }
    sent = [
        score(mine),
        score(mine, SMOKING),
        score(mine, "99999-9"),
        score(mine, note=[{"text": "in words"}]),
        score(mine, meta={"security": [{"system": topics.ACT_CODE, "code": "SDV"}]}),
        goal,
        goal | {"addresses": [{"reference": "Observation/none"}]},
    ]
    before = [house.trust.writes(each) for each in sent]
    with under(house, installed, site()) as newer:
        relabelled(newer, installed, site(), at_once=2)
        for reference, resource in zip(before, sent, strict=True):
            old, new = newer.trust.read(reference), newer.trust.created(resource)
            assert labels(old) == labels(new)
            assert is_pending(old) == is_pending(new)
            assert set_by(old) == set_by(new)


def test_what_a_client_says_of_our_rules_is_not_kept(house: House) -> None:
    mine = known(house)
    stated = {"url": "rule", "valueString": f"{VERSION}#nothing"}
    said = {"url": "https://onestory.example/fhir/StructureDefinition/label-rule"}
    stored = house.trust.created(score(mine, meta={"extension": [said | {"extension": [stated]}]}))
    assert set_by(stored) == {f"{VERSION}#alcohol-scores": {"ETHUD", "R"}}
    assert not is_pending(stored)


def test_what_was_stored_before_there_were_numbers_is_labelled(
    house: House, installed: Path
) -> None:
    """As a database comes out of an older release."""
    mine = known(house)
    trust, drugs = house.organizations["RX1"], house.organizations["DA1"]
    alcohol = house.trust.writes(score(mine))
    request, task, _ = house.trust.sent(*referral(mine, trust, drugs, alcohol))
    before = [labels(house.trust.read(each)) for each in (alcohol, request, task)]
    for table in ("resource", "former"):
        house.change(f"UPDATE {table} SET labelled = 0, said = ''")
    assert seen_by(house.drugs, alcohol) == set()
    assert all(is_pending(house.trust.read(each)) for each in (alcohol, request, task))
    done = relabelled(house, installed, house.gateway.installation.resources.labelling.rules)
    assert done.changed == 0
    assert seen_by(house.drugs, alcohol) == {alcohol}
    assert [labels(house.trust.read(each)) for each in (alcohol, request, task)] == before
    assert not any(is_pending(house.trust.read(each)) for each in (alcohol, request, task))
    assert set_by(house.trust.read(alcohol)) == {f"{VERSION}#alcohol-scores": {"ETHUD", "R"}}


def test_what_was_stored_before_rules_were_named_is_read_by_whom_it_is_about(house: House) -> None:
    me, theirs = house.person(), house.trust.writes(patient())
    named = house.trust.writes(score(theirs))
    writer = house.organizations["RX1"]
    inside = referral(theirs, writer, writer, named)[0]["resource"] | {"id": "inside"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inside}]}
    stored = house.trust.writes(bundle)
    assert not is_pending(me.read(stored))
    house.change("UPDATE resource SET said = '', labelled = 0 WHERE type = 'Bundle'")
    assert is_pending(me.read(stored))
    assert is_pending(house.trust.read(stored))
    assert len(me.read(stored)["entry"]) == 1


def test_what_was_stored_before_rules_were_named_goes_on_carrying_what_others_wrote(
    house: House, installed: Path
) -> None:
    """As a database comes out of an older release."""
    me, drugs = house.person(), house.organizations["DA1"]
    for each in (drugs, house.organizations["HO1"]):
        me.writes(consent(me.me, "permit", each))
    house.housing.writes(patient())
    at_drugs = house.drugs.writes(patient())
    alcohol = house.trust.writes(score(house.trust.writes(patient())))
    asked = referral(at_drugs, drugs, drugs, alcohol)[0]["resource"]
    named, unknown = house.drugs.writes(asked), house.drugs.writes(_naming_nothing(asked))
    for table in ("resource", "former"):
        house.change(f"UPDATE {table} SET labelled = 0, said = ''")
    assert [house.housing.get(each).status for each in (named, unknown)] == [404, 404]
    relabelled(house, installed, house.gateway.installation.resources.labelling.rules)
    assert [house.housing.get(each).status for each in (named, unknown)] == [200, 404]


def _naming_nothing(request: Json) -> Json:
    return request | {"supportingInfo": [{"reference": f"Observation/{new_uuid()}"}]}


def test_what_waits_goes_on_waiting_for_all_that_it_names(house: House, installed: Path) -> None:
    mine = known(house)
    trust = house.organizations["RX1"]
    moved, kept = house.trust.writes(score(mine)), house.trust.writes(score(mine, SMOKING))
    request = house.trust.writes(referral(mine, trust, trust, moved, kept)[0]["resource"])
    assert house.drugs.get(request).status == 200
    with under(house, installed, site()) as newer:
        changed = newer.trust.read(moved)
        changed["code"] = {"coding": [{"system": LOINC, "code": SMOKING}]}
        assert newer.trust.put(changed).status == 200
        assert newer.drugs.get(request).status == 404
        relabelled(newer, installed, site())
        assert newer.drugs.get(request).status == 200


def test_a_former_version_that_older_rules_labelled_waits_too(
    house: House, installed: Path
) -> None:
    mine = known(house)
    stored = house.trust.created(score(mine, SMOKING))
    address = f"Observation/{stored['id']}/_history"
    with under(house, installed, site()) as later:
        assert later.trust.put(stored | {"status": "amended"}).status == 200
        assert len(later.trust.history(address)) == 2
        told = later.drugs.history(address)
        assert [each["resource"]["status"] for each in told] == ["amended"]
        relabelled(later, installed, site())
        told = later.drugs.history(address)
        assert [each["resource"]["status"] for each in told] == ["amended", "final"]


def test_the_person_is_shown_that_a_request_waits_though_what_it_names_does_not(
    house: House, installed: Path
) -> None:
    me = house.person()
    mine, sender = known(house, me), house.organizations["RX1"]
    named = house.trust.writes(score(mine, SMOKING))
    asked = house.trust.writes(referral(mine, sender, sender, named)[0]["resource"])
    assert not is_pending(me.read(asked))
    with under(house, installed, site()) as later:
        amended = later.trust.read(named) | {"status": "amended"}
        assert later.trust.put(amended).status == 200
        assert is_pending(Caller(later, me.who).read(asked))
        assert is_pending(later.trust.read(asked))
        assert later.drugs.get(asked).status == 404
        relabelled(later, installed, site())
        assert not is_pending(Caller(later, me.who).read(asked))


def test_the_directory_waits_for_nobody(house: House, installed: Path) -> None:
    organization = house.organizations["DA1"]
    before = house.trust.read(organization)
    with under(house, installed, site()) as later:
        assert later.trust.read(organization) == before
        assert not is_pending(before)
