"""Faults found in other systems, each asked of this one over HTTP. Ids are the catalogue's.

Those that only the decision itself can show (R05-R17, R34-R38, R45, R46) are tested beside the
engine. R51 waits: whoever received something under a consent is not told yet that it has ended.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from answers import assert_outcome, face, is_refused, made_up
from houses import Situation
from made_up import (
    LOINC,
    NHS,
    Person,
    alcohol_score,
    care_plan,
    consent,
    drink_response,
    mood_score,
    topic,
    treatment,
)
from smart_client import Json, SmartClient, next_link, register


def _ids(resources: list[Json]) -> set[str]:
    return {f"{r['resourceType']}/{r['id']}" for r in resources}


def _permit(situation: Situation, *topics: str) -> Json:
    """The person lets the drug and alcohol service see these topics (none: everything)."""
    criteria: dict[str, Any] = {"purpose": treatment()}
    if topics:
        criteria["securityLabel"] = topic(*topics)
    receiver = situation.drugs.who.organization
    return situation.says(consent(situation.me, "permit", receiver, **criteria))


def _deny(situation: Situation, *topics: str) -> Json:
    criteria = {"securityLabel": topic(*topics)} if topics else {}
    receiver = situation.drugs.who.organization
    return situation.says(consent(situation.me, "deny", receiver, **criteria))


def _joined(*references: str) -> str:
    return ",".join(reference.partition("/")[2] for reference in references)


def test_R01_bundle_index_shift(meet: Callable[..., Situation]) -> None:
    denies, permits = meet(), meet()
    _deny(denies)
    _permit(permits)
    hidden = denies.writes(alcohol_score(denies.at_trust))
    shown = permits.writes(alcohol_score(permits.at_trust))
    asked = permits.drugs.search("Observation", _id=_joined(hidden, shown))
    assert _ids(asked) == {shown}


def test_R02_patient_id_cache_misindex(meet: Callable[..., Situation]) -> None:
    denies, permits = meet(), meet()
    _deny(denies)
    _permit(permits)
    hidden = [denies.writes(alcohol_score(denies.at_trust, n)) for n in (1, 2)]
    shown = permits.writes(alcohol_score(permits.at_trust))
    asked = permits.drugs.search("Observation", _id=_joined(*hidden, shown))
    assert _ids(asked) == {shown}
    assert {r["subject"]["reference"] for r in asked} == {permits.at_drugs}


def test_R03_redaction_inversion(situation: Situation) -> None:
    _permit(situation)
    _deny(situation, "SUD")
    hidden = situation.writes(alcohol_score(situation.at_trust))
    shown = situation.writes(mood_score(situation.at_trust))
    asked = situation.drugs.search("Observation", patient=situation.at_drugs)
    assert _ids(asked) == {shown}
    assert is_refused(situation.drugs, hidden)


@pytest.mark.parametrize("say", ["nothing", "deny"])
def test_R04_content_on_deny(situation: Situation, say: str) -> None:
    if say == "deny":
        _deny(situation)
    hidden = situation.writes(alcohol_score(situation.at_trust, 11))
    for path in (hidden, f"Observation?patient={situation.at_drugs}", f"Observation?_id={hidden}"):
        answer = situation.drugs.get(path)
        assert "75626-2" not in answer.text
        assert "valueQuantity" not in answer.text


def test_R18_post_search(situation: Situation) -> None:
    """Exactly as GET: what is shown, what is not, the count, and the bytes but for the address."""
    shown = situation.writes(alcohol_score(situation.at_trust))
    situation.writes(mood_score(situation.at_trust))
    _permit(situation, "ETHUD")
    for asked in ({}, {"_summary": "count"}, {"code": f"{LOINC}|44261-6"}):
        query = {"patient": situation.at_drugs} | asked
        posted = situation.drugs.request("POST", "Observation/_search", data=query)
        got = situation.drugs.get("Observation", **query)
        assert posted.status_code == got.status_code == 200
        assert posted.json() == got.json()
    found = situation.drugs.request(
        "POST", "Observation/_search", data={"patient": situation.at_drugs}
    ).json()
    assert found["total"] == 1
    assert _ids([each["resource"] for each in found["entry"]]) == {shown}
    _deny(situation)
    answer = situation.drugs.request(
        "POST", "Observation/_search", data={"patient": situation.at_drugs}
    )
    assert answer.status_code == 200
    assert answer.json()["total"] == 0
    assert "entry" not in answer.json()


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_R19_batch_get(situation: Situation, kind: str) -> None:
    shown = situation.writes(alcohol_score(situation.at_trust))
    hidden = situation.writes(mood_score(situation.at_trust))
    _permit(situation, "ETHUD")

    def asked(*urls: str) -> Any:
        entries = [{"request": {"method": "GET", "url": url}} for url in urls]
        bundle = {"resourceType": "Bundle", "type": kind, "entry": entries}
        return situation.drugs.send("POST", "", bundle)

    searched = f"Observation?patient={situation.at_drugs}"
    answer = asked(shown, searched)
    assert answer.status_code == 200
    one, many = (each["resource"] for each in answer.json()["entry"])
    assert f"Observation/{one['id']}" == shown
    assert _ids([each["resource"] for each in many["entry"]]) == {shown}
    assert many["total"] == 1
    refused, never = asked(searched, hidden), asked(searched, made_up("Observation"))
    assert face(refused) == face(never)
    if kind == "batch":
        statuses = [each["response"]["status"][:3] for each in refused.json()["entry"]]
        assert statuses == ["200", "404"]
    else:
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("joined", "brings"),
    [
        ("_revinclude:iterate=Observation:patient", True),
        ("_revinclude=Observation:patient", True),
        ("_revinclude=Observation:subject", True),
        ("_revinclude=*", True),
        ("_has:Observation:patient:code=75626-2", False),
    ],
)
def test_R20_qualified_join_params(situation: Situation, joined: str, brings: bool) -> None:
    """What a permit opens is brought, or found by; what is denied is neither, in every form."""
    path = f"Patient?_id={_joined(situation.at_drugs)}&{joined}"
    shown = situation.writes(alcohol_score(situation.at_trust))
    hidden = situation.writes(mood_score(situation.at_trust))
    given = _permit(situation, "ETHUD")
    with_it = situation.drugs.get(path)
    assert with_it.status_code == 200
    told = _ids([each["resource"] for each in with_it.json()["entry"]])
    assert told == {situation.at_drugs} | ({shown} if brings else set())
    assert hidden.partition("/")[2] not in with_it.text
    by_mood = situation.drugs.get(path.replace("75626-2", "44261-6"))
    assert len(by_mood.json().get("entry", [])) == (2 if brings else 0)
    situation.takes_back(given)
    without = situation.drugs.get(path).json()
    assert _ids([each["resource"] for each in without.get("entry", [])]) == (
        {situation.at_drugs} if brings else set()
    )


def test_R20_include_iterate_stops_at_what_is_denied(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    hidden = situation.writes(mood_score(situation.at_trust))
    first = situation.writes(alcohol_score(situation.at_trust, derivedFrom=[{"reference": hidden}]))
    second = situation.writes(alcohol_score(situation.at_trust, derivedFrom=[{"reference": first}]))
    by = "Observation:derived-from"
    answer = situation.drugs.get(
        f"Observation?_id={_joined(second)}&_include={by}&_include:iterate={by}"
    )
    assert answer.status_code == 200
    assert _ids([each["resource"] for each in answer.json()["entry"]]) == {first, second}
    assert hidden.partition("/")[2] not in answer.text


def test_R22_meta_operation(situation: Situation) -> None:
    _deny(situation)
    hidden = situation.writes(alcohol_score(situation.at_trust))
    for method, name in (("GET", "$meta"), ("GET", "$everything"), ("POST", "$meta-add")):
        answer = situation.drugs.request(method, f"{hidden}/{name}")
        never = situation.drugs.request(method, f"{made_up('Observation')}/{name}")
        assert answer.status_code in (400, 404, 405)
        assert face(answer) == face(never)


@pytest.mark.parametrize("asked", ["_total=accurate", "_summary=count"])
def test_R23_total(situation: Situation, asked: str) -> None:
    _permit(situation, "ETHUD")
    situation.writes(alcohol_score(situation.at_trust))
    situation.writes(mood_score(situation.at_trust))
    answer = situation.drugs.get(f"Observation?patient={situation.at_drugs}&{asked}")
    if answer.status_code == 200:
        assert answer.json()["total"] == 1
    else:
        assert_outcome(answer, 400)


def test_R24_next_links(situation: Situation) -> None:
    drugs, at_drugs = situation.drugs, situation.at_drugs
    _permit(situation, "ETHUD")
    shown = {situation.writes(alcohol_score(situation.at_trust, 1))}
    hidden = {situation.writes(mood_score(situation.at_trust, n)) for n in range(6)}
    shown |= {situation.writes(alcohol_score(situation.at_trust, n)) for n in (2, 3)}
    hidden |= {situation.writes(mood_score(situation.at_trust, n)) for n in range(6, 9)}
    pages = list(drugs.pages("Observation", patient=at_drugs, _count="1"))
    assert [len(page["entry"]) for page in pages] == [1, 1, 1]
    assert _ids([e["resource"] for page in pages for e in page["entry"]]) == shown
    text = json.dumps(pages)
    assert not any(reference.partition("/")[2] in text for reference in hidden)
    none = drugs.get("Observation", patient=at_drugs, _count="1", code=f"{LOINC}|44261-6")
    if none.status_code == 200:
        assert next_link(none.json()) is None


def test_R25_page_2_bypass(situation: Situation) -> None:
    given = _permit(situation)
    for value in range(3):
        situation.writes(alcohol_score(situation.at_trust, value))
    first = situation.drugs.get("Observation", patient=situation.at_drugs, _count="1").json()
    stored = next_link(first)
    assert stored is not None
    assert situation.takes_back(given).status_code == 200
    second = situation.drugs.get(stored)
    assert "75626-2" not in second.text
    if second.status_code == 200:
        assert second.json().get("entry", []) == []


@pytest.mark.parametrize(
    "question",
    [
        "_has:Observation:patient:code=44261-6",
        "_has:Observation:subject:code=44261-6",
        "link:Patient._has:Observation:patient:code=44261-6",
    ],
)
def test_R26_search_predicate_oracle(meet: Callable[..., Situation], question: str) -> None:
    holds, bare = meet(), meet()
    holds.writes(mood_score(holds.at_trust))
    answers = [s.drugs.get(f"Patient?_id={_joined(s.at_drugs)}&{question}") for s in (holds, bare)]
    assert answers[0].status_code == answers[1].status_code < 500
    if answers[0].status_code == 200:
        assert answers[0].json().get("total") == answers[1].json().get("total")
        found = [answer.json().get("entry", []) for answer in answers]
        assert len(found[0]) == len(found[1])
    else:
        assert face(answers[0])[2] == face(answers[1])[2]


def test_R27_sort_oracle(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    for value in (2, 1, 3):
        situation.writes(alcohol_score(situation.at_trust, value))

    def asked(sort: str) -> tuple[int, list[str]]:
        path = f"Observation?patient={situation.at_drugs}&_sort={sort}"
        answer = situation.drugs.get(path)
        assert answer.status_code in (200, 400)
        entries = answer.json().get("entry", [])
        return answer.status_code, [e["resource"]["id"] for e in entries]

    sorts = ("value-quantity", "-value-quantity", "patient.name", "derived-from.value-quantity")
    before = [asked(sort) for sort in sorts]
    for value in (9, 0):
        situation.writes(mood_score(situation.at_trust, value))
    assert [asked(sort) for sort in sorts] == before


@pytest.mark.parametrize("joined", ["_include=Observation:derived-from", "_include=*"])
def test_R28_include_leak(situation: Situation, joined: str) -> None:
    """What is named comes along where it may be seen, and leaves no trace where not."""
    _permit(situation, "ETHUD")
    hidden = situation.writes(mood_score(situation.at_trust))
    open_to = situation.writes(alcohol_score(situation.at_trust, 1))
    named = [{"reference": hidden}, {"reference": open_to}]
    source = situation.writes(alcohol_score(situation.at_trust, 2, derivedFrom=named))
    answer = situation.drugs.get(f"Observation?_id={_joined(source)}&{joined}")
    assert answer.status_code == 200
    observations = [
        each["resource"]
        for each in answer.json()["entry"]
        if each["resource"]["resourceType"] == "Observation"
    ]
    assert _ids(observations) == {source, open_to}
    assert observations[0]["derivedFrom"] == [{"reference": open_to}]
    assert "44261-6" not in answer.text
    assert hidden.partition("/")[2] not in answer.text


@pytest.mark.parametrize("joined", ["_revinclude=Observation:derived-from", "_revinclude=*"])
def test_R28_revinclude_leak(situation: Situation, joined: str) -> None:
    _permit(situation, "ETHUD")
    source = situation.writes(alcohol_score(situation.at_trust, 1))
    named = {"derivedFrom": [{"reference": source}]}
    brought = situation.writes(alcohol_score(situation.at_trust, 2, **named))
    hidden = situation.writes(mood_score(situation.at_trust, **named))
    answer = situation.drugs.get(f"Observation?_id={_joined(source)}&{joined}")
    assert answer.status_code == 200
    assert _ids([each["resource"] for each in answer.json()["entry"]]) == {source, brought}
    assert hidden.partition("/")[2] not in answer.text


def test_R28_everything_includes_only_what_may_be_seen(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    shown = situation.writes(alcohol_score(situation.at_trust))
    hidden = situation.writes(mood_score(situation.at_trust))
    answer = situation.drugs.get(f"{situation.at_drugs}/$everything")
    assert answer.status_code == 200
    told = _ids([each["resource"] for each in answer.json()["entry"]])
    assert {situation.at_drugs, shown} <= told
    assert hidden not in told
    assert "44261-6" not in answer.text


def test_R29_history(situation: Situation) -> None:
    """What is hidden has no history, no version and no place in its type's history."""
    hidden = situation.writes(alcohol_score(situation.at_trust))
    never = made_up("Observation")
    version = situation.trust.read(hidden)["meta"]["versionId"]
    for tail in ("_history", "_history/1", f"_history/{version}", f"_history/{version}?_since=2"):
        answers = [face(situation.drugs.get(f"{r}/{tail}")) for r in (hidden, never)]
        assert answers[0] == answers[1]
        assert answers[0][0] in (400, 404)
    assert situation.drugs.get("_history").status_code == 404
    told = situation.drugs.get("Observation/_history")
    assert told.status_code == 200
    assert hidden.partition("/")[2] not in told.text


def test_R29_history_of_a_label_change(situation: Situation) -> None:
    """Each version is judged with its own labels and today's: both must allow it."""
    _permit(situation, "ETHUD")
    stored = situation.trust.created(alcohol_score(situation.at_trust, 5))
    reference = f"Observation/{stored['id']}"
    seen = situation.drugs.read(reference)
    body = {name: value for name, value in stored.items() if name != "meta"}
    also_mood = {"coding": [*body["code"]["coding"], *mood_score("x")["code"]["coding"]]}
    hidden = situation.trust.put(body | {"code": also_mood}).json()
    tails = ["_history", *(f"_history/{r['meta']['versionId']}" for r in (seen, stored, hidden))]
    never = [face(situation.drugs.get(f"{made_up('Observation')}/{tail}")) for tail in tails]
    assert [face(situation.drugs.get(f"{reference}/{tail}")) for tail in tails] == never
    assert situation.trust.put(body).status_code == 200
    assert situation.drugs.read(reference) == seen
    told = [situation.drugs.get(f"{path}/_history").json() for path in (reference, "Observation")]
    for history in told:
        resources = [e["resource"] for e in history["entry"] if "resource" in e]
        versions = [each for each in resources if each["id"] == stored["id"]]
        assert versions == [seen]
    assert told[0]["total"] == 1
    assert situation.drugs.get(f"{reference}/{tails[3]}").status_code == 404
    assert len(situation.trust.get(f"{reference}/_history").json()["entry"]) == 3


def test_R30_bulk_export_identity(situation: Situation) -> None:
    """Whatever gives much at once gives it as the requester, for the requester's purpose.

    A bulk export is not served: not listed, and not half there. What is served instead is.
    """
    server, ours = situation.house.server, situation.drugs.who
    _permit(situation, "ETHUD")
    shown = situation.writes(alcohol_score(situation.at_trust))
    searched = {"request": {"method": "GET", "url": f"Observation?patient={situation.at_drugs}"}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [searched]}
    research = SmartClient(server, register(server, "Study", ours.ods, purpose="HRESCH"))
    for client, sees in ((situation.drugs, True), (research, False)):
        much = [
            client.get(f"{situation.at_drugs}/$everything"),
            client.get("Observation/_history"),
            client.send("POST", "", bundle),
        ]
        assert [answer.status_code for answer in much] == [200, 200, 200]
        assert [shown.partition("/")[2] in answer.text for answer in much] == [sees] * 3
        for path in ("$export", "Patient/$export", f"Group/{made_up('Group')[6:]}/$export"):
            assert client.get(path).status_code == 404
    assert "$export" not in _statement(situation)
    research.close()


def _statement(situation: Situation) -> str:
    """What the server says that it does."""
    return json.dumps(situation.drugs.get("metadata").json())


def _bundled(*resources: Json, **more: Any) -> Json:
    entries = [
        {"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource | {"id": str(uuid4())}}
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | more


def test_R31_contained_resource_is_judged_too(situation: Situation) -> None:
    """What contains something denied is released without it, or not at all."""
    _permit(situation, "ETHUD")
    inner = mood_score(situation.at_trust, 21) | {"id": "inner"}
    named = {"hasMember": [{"reference": "#inner"}]}
    hidden = situation.writes(alcohol_score(situation.at_trust, contained=[inner], **named))
    open_inner = alcohol_score(situation.at_trust, 4) | {"id": "inner"}
    shown = situation.writes(alcohol_score(situation.at_trust, contained=[open_inner], **named))
    found = situation.drugs.get("Observation", patient=situation.at_drugs)
    assert "44261-6" not in found.text
    assert is_refused(situation.drugs, hidden)
    assert situation.drugs.read(shown)["contained"][0]["valueQuantity"]["value"] == 4


def test_R31_each_entry_of_a_bundle_is_judged(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    about = alcohol_score(situation.at_trust, 4), mood_score(situation.at_trust, 21)
    seen = situation.drugs.read(situation.writes(_bundled(*about)))
    assert [each["resource"]["valueQuantity"]["value"] for each in seen["entry"]] == [4]
    assert is_refused(situation.drugs, situation.writes(_bundled(about[1])))


def test_R31_each_entry_of_a_bundle_in_a_bundle_is_judged(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    alcohol, mood = alcohol_score(situation.at_trust, 4), mood_score(situation.at_trust, 21)
    whole = situation.drugs.read(situation.writes(_bundled(alcohol, _bundled(alcohol))))
    assert len(whole["entry"][1]["resource"]["entry"]) == 1
    answer = situation.drugs.get(situation.writes(_bundled(alcohol, _bundled(alcohol, mood))))
    assert answer.status_code == 200
    assert "44261-6" not in answer.text
    assert answer.json()["entry"][0]["resource"]["valueQuantity"]["value"] == 4


def test_R31_each_entry_of_a_document_is_judged(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    mood = mood_score(situation.at_trust, 21)
    head = {
        "resourceType": "Composition",
        "status": "final",
        "type": alcohol_score(situation.at_trust)["code"],
        "subject": {"reference": situation.at_trust},
        "date": "2026-05-01",
        "author": [situation.trust.who.owner],
        "title": "Total score [AUDIT-C]",
    }
    stored = _bundled(
        head,
        mood,
        type="document",
        identifier={"system": "urn:s", "value": str(uuid4())},
        timestamp="2026-05-03T10:00:00Z",
    )
    answer = situation.drugs.get(situation.writes(stored))
    assert "44261-6" not in answer.text


def test_R32_404_vs_403(situation: Situation) -> None:
    kinds = [
        situation.writes(alcohol_score(situation.at_trust)),
        situation.writes(drink_response(situation.at_trust)),
        situation.writes(care_plan(situation.at_trust)),
        situation.at_trust,
        situation.me,
        f"Consent/{_deny(situation)['id']}",
    ]
    assert all(is_refused(situation.drugs, reference) for reference in kinds)


def test_R33_multi_patient(meet: Callable[..., Situation]) -> None:
    agrees, silent = meet(), meet()
    _permit(agrees)
    both = drink_response(agrees.at_trust, source={"reference": silent.at_trust})
    reference = agrees.writes(both)
    assert is_refused(agrees.drugs, reference)
    assert agrees.drugs.search("QuestionnaireResponse", patient=agrees.at_drugs) == []
    _permit(silent)
    released = agrees.drugs.read(reference)
    assert released["subject"]["reference"] == agrees.at_drugs
    assert released["source"]["reference"] == silent.at_drugs
    _deny(silent)
    assert is_refused(agrees.drugs, reference)


def test_R39_client_controlled_enforcement(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    _deny(situation)
    never = situation.drugs.get(hidden)
    claims = {
        "X-Consent": "disabled",
        "X-Bypass-Consent": "true",
        "X-Redaction": "off",
        "X-Audit": "off",
        "X-Organization": situation.trust.who.organization,
        "X-Organization-Id": situation.trust.who.ods,
        "X-Forwarded-User": situation.trust.who.client_id,
        "Purpose-Of-Use": "BTG",
    }
    officer = situation.house.officer

    def count() -> int:
        asked = officer.get("AuditEvent", entity=hidden, _summary="count")
        return int(asked.json()["total"])

    before = count()
    for name, value in claims.items():
        assert face(situation.drugs.get(hidden, headers={name: value})) == face(never)
    assert count() == before + len(claims)
    own = consent(situation.at_drugs, "permit", situation.drugs.who.organization)
    answer = situation.drugs.post(own)
    assert answer.status_code in (201, 403, 422)
    assert is_refused(situation.drugs, hidden)


def test_R40_audit_phi(situation: Situation) -> None:
    _permit(situation, "ETHUD")
    shown = situation.writes(alcohol_score(situation.at_trust, 4))
    words = "drank at the harbour with Jo"
    hidden = situation.writes(mood_score(situation.at_trust, note=[{"text": words}]))
    situation.drugs.read(shown)
    assert is_refused(situation.drugs, hidden)
    situation.drugs.get("Patient", identifier=f"{NHS}|{situation.person.number}")
    logged = ""
    for reference in (shown, hidden, situation.at_drugs):
        logged += json.dumps(situation.house.officer.search("AuditEvent", entity=reference))
    assert "AuditEvent" in logged
    for content in (words, "75626-2", "44261-6", "valueQuantity", situation.person.number):
        assert content not in logged


def test_R41_audit_no_consent(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    never = made_up("Observation", 41)
    officer, drugs = situation.house.officer, situation.drugs

    def count(reference: str) -> int:
        asked = officer.get("AuditEvent", entity=reference, _summary="count")
        return int(asked.json()["total"])

    for reference in (hidden, never):
        before = count(reference)
        assert is_refused(drugs, reference)  # asks once for it, once for another made-up id
        assert count(reference) == before + 1


def test_R42_consent_paging(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    _deny(situation)
    for _ in range(30):
        _permit(situation)
    assert is_refused(situation.drugs, hidden)
    given = situation.portal.search("Consent", patient=situation.me)
    assert len(given) == 31


def test_R42_consent_paging_the_other_way(situation: Situation) -> None:
    shown = situation.writes(alcohol_score(situation.at_trust))
    for _ in range(30):
        _deny(situation, "HIV")
    _permit(situation)
    assert situation.drugs.read(shown)["subject"]["reference"] == situation.at_drugs


def test_R43_patient_merge(situation: Situation) -> None:
    """Consents given at the portal's identity count for what the trust holds under its own."""
    shown = situation.writes(alcohol_score(situation.at_trust))
    _permit(situation)
    situation.drugs.read(shown)
    again = situation.house.person_at_portal(Person())
    denial = consent(situation.me, "deny", situation.drugs.who.organization)
    assert again.post(denial).status_code in (403, 422)
    situation.drugs.read(shown)
    _deny(situation)
    assert is_refused(situation.drugs, shown)


def test_R43_a_link_that_a_client_writes_carries_no_permit(meet: Callable[..., Situation]) -> None:
    agrees, other = meet(), meet()
    _permit(agrees)
    hidden = other.writes(alcohol_score(other.at_trust))
    for client, mine, theirs in (
        (other.trust, other.person, agrees.at_trust),
        (other.drugs, other.person, agrees.at_drugs),
    ):
        link = [{"other": {"reference": theirs}, "type": "seealso"}]
        client.post(Person().patient() | {"link": link})
        client.post(mine.patient() | {"link": link})
    assert is_refused(other.drugs, hidden)
    assert agrees.drugs.search("Observation", patient=agrees.at_drugs) == []


def test_R44_revoke_latency(situation: Situation) -> None:
    shown = situation.writes(alcohol_score(situation.at_trust))
    for _ in range(5):
        given = _permit(situation)
        token = situation.drugs.token
        situation.drugs.read(shown)
        assert situation.takes_back(given).status_code == 200
        assert is_refused(situation.drugs, shown)
        assert situation.drugs.token == token
        assert situation.drugs.search("Observation", patient=situation.at_drugs) == []


def test_R44_no_read_that_starts_after_a_revocation_uses_it(situation: Situation) -> None:
    """Readers never stop; whatever they start after the person was answered is refused."""
    shown = situation.writes(alcohol_score(situation.at_trust))
    reads: list[tuple[float, int]] = []
    stop = threading.Event()

    def keep_reading(client: SmartClient) -> None:
        while not stop.is_set():
            started = time.monotonic()
            reads.append((started, client.get(shown).status_code))

    readers = [situation.house.client("drugs") for _ in range(3)]
    given = _permit(situation)
    threads = [threading.Thread(target=keep_reading, args=(client,)) for client in readers]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    assert situation.takes_back(given).status_code == 200
    answered = time.monotonic()
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert {status for started, status in reads if started > answered} == {404}
    assert {status for started, status in reads if started < answered - 0.2} == {200}


def test_R47_no_patient_consent(situation: Situation) -> None:
    words = consent(situation.me, "deny", situation.drugs.who.organization)
    del words["patient"]
    outcome = assert_outcome(situation.portal.post(words), 400, 403, 422)
    assert "patient" in json.dumps(outcome)


@pytest.mark.parametrize(
    "unknown",
    [
        {"modifierExtension": [{"url": "https://example.org/unknown", "valueBoolean": True}]},
        {"implicitRules": "https://example.org/rules"},
    ],
    ids=["modifierExtension", "implicitRules"],
)
def test_R48_unknown_modifier(situation: Situation, unknown: Json) -> None:
    shown = situation.writes(alcohol_score(situation.at_trust))
    receiver = situation.drugs.who.organization
    answer = situation.portal.post(consent(situation.me, "permit", receiver) | unknown)
    assert answer.status_code in (201, 400, 422)
    assert is_refused(situation.drugs, shown)
    _permit(situation)
    situation.drugs.read(shown)
    denial = situation.portal.post(consent(situation.me, "deny", receiver) | unknown)
    if denial.status_code == 201:
        assert is_refused(situation.drugs, shown)


@pytest.mark.parametrize("place", ["narrative", "note", "display"])
def test_R49_free_text_narrative(situation: Situation, place: str) -> None:
    _permit(situation, "ETHUD")
    words = "uses ketamine at weekends"
    score = alcohol_score(situation.at_trust)
    if place == "narrative":
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'
        score["text"] = {"status": "generated", "div": div}
    elif place == "note":
        score["note"] = [{"text": words}]
    else:
        score["code"]["coding"][0]["display"] = words
    reference = situation.writes(score)
    assert words in situation.trust.get(reference).text
    for path in (reference, f"Observation?patient={situation.at_drugs}"):
        assert "ketamine" not in situation.drugs.get(path).text


def test_R50_unlabelled_resource(situation: Situation) -> None:
    _permit(situation)
    plan = situation.writes(care_plan(situation.at_trust))
    unknown = alcohol_score(situation.at_trust)
    unknown["code"] = {"text": "something that nobody has a code for"}
    free = situation.writes(unknown)
    for reference in (plan, free):
        assert is_refused(situation.drugs, reference)
        assert situation.trust.read(reference)["id"] in reference
        assert situation.portal.read(reference)["subject"]["reference"] == situation.me


def test_R50_labels_sent_by_a_client_are_not_believed(situation: Situation) -> None:
    _permit(situation, "smoking")
    score = alcohol_score(situation.at_trust)
    score["meta"] = {"security": topic("smoking")}
    assert is_refused(situation.drugs, situation.writes(score))
