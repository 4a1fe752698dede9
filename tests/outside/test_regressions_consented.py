"""What a consent says: all of them count, at once, for this person, until they end.

Faults found in other systems, each asked of this one over HTTP. Ids are the catalogue's.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest
from answers import assert_outcome, is_refused
from houses import Situation
from made_up import Person, alcohol_score, consent
from smart_client import Json, SmartClient


def test_R42_consent_paging(situation: Situation) -> None:
    hidden = situation.writes(alcohol_score(situation.at_trust))
    situation.denies()
    for _ in range(30):
        situation.permits()
    assert is_refused(situation.drugs, hidden)
    given = situation.portal.search("Consent", patient=situation.me)
    assert len(given) == 31


def test_R42_consent_paging_the_other_way(situation: Situation) -> None:
    shown = situation.writes(alcohol_score(situation.at_trust))
    for _ in range(30):
        situation.denies("HIV")
    situation.permits()
    assert situation.drugs.read(shown)["subject"]["reference"] == situation.at_drugs


def test_R43_patient_merge(situation: Situation) -> None:
    """Consents given at the portal's identity count for what the trust holds under its own."""
    shown = situation.writes(alcohol_score(situation.at_trust))
    situation.permits()
    situation.drugs.read(shown)
    again = situation.house.person_at_portal(Person())
    denial = consent(situation.me, "deny", situation.drugs.who.organization)
    assert again.post(denial).status_code in (403, 422)
    situation.drugs.read(shown)
    situation.denies()
    assert is_refused(situation.drugs, shown)


def test_R43_a_link_that_a_client_writes_carries_no_permit(meet: Callable[..., Situation]) -> None:
    agrees, other = meet(), meet()
    agrees.permits()
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
        given = situation.permits()
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
    given = situation.permits()
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
    situation.permits()
    situation.drugs.read(shown)
    denial = situation.portal.post(consent(situation.me, "deny", receiver) | unknown)
    if denial.status_code == 201:
        assert is_refused(situation.drugs, shown)
