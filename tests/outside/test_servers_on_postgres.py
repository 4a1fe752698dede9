"""Several servers and workers on one PostgreSQL are one gateway to whoever asks them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import httpx
import psycopg
import pytest
from houses import House, Template, situation_at
from live_server import LiveServer
from made_up import alcohol_score, consent
from smart_client import JWT_BEARER, SmartClient

TURNS = 6


@dataclass
class Pair:
    """Two servers on one database, both reached under the first one's name."""

    house: House
    other: LiveServer

    def at_other(self, client: SmartClient, path: str) -> httpx.Response:
        """What the other server answers this client."""
        headers = {"Authorization": f"Bearer {client.token}"}
        return httpx.get(f"{self.other.base}/fhir/{path}", headers=headers, trust_env=False)

    def posted(self, path: str, form: dict[str, Any]) -> httpx.Response:
        return httpx.post(f"{self.other.base}{path}", data=form, trust_env=False)


@pytest.fixture(scope="module")
def pair(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    house = template.house(tmp_path_factory.mktemp("pair") / "server")
    other = house.server.beside().start("--base-url", house.server.base)
    yield Pair(house, other)
    other.stop()
    house.close()


def test_what_is_taken_back_at_one_is_refused_at_once_by_the_other(pair: Pair) -> None:
    """Each answer that begins after the other server acknowledged a change goes by the change."""
    held = situation_at(pair.house)
    score = held.writes(alcohol_score(held.at_trust))
    me = held.says(consent(held.me, "permit", held.drugs.who.organization))
    for turn in range(TURNS):
        assert pair.at_other(held.drugs, score).status_code == 200, f"turn {turn}"
        answer = held.takes_back(me)
        assert answer.status_code == 200, answer.text
        assert pair.at_other(held.drugs, score).status_code == 404, f"turn {turn}"
        active = held.portal.read(f"Consent/{me['id']}") | {"status": "active"}
        again = held.portal.put(active)
        assert again.status_code == 200, again.text
        me = dict(again.json())


def running(each: Future[None]) -> bool:
    return not each.done()


def test_no_answer_of_either_goes_back_behind_a_revocation(pair: Pair) -> None:
    """Readers ask both servers all the while; none that begins after the end sees anything."""
    held = situation_at(pair.house)
    score = held.writes(alcohol_score(held.at_trust))
    me = held.says(consent(held.me, "permit", held.drugs.who.organization))
    assert held.drugs.token
    done = Event()
    seen: list[tuple[float, int]] = []

    def ask(place: int) -> None:
        while not done.is_set():
            begun = time.monotonic()
            here = place % 2 == 0
            answer = held.drugs.get(score) if here else pair.at_other(held.drugs, score)
            seen.append((begun, answer.status_code))

    with ThreadPoolExecutor(4) as readers:
        asking = [readers.submit(ask, place) for place in range(4)]
        try:
            time.sleep(0.6)
            assert held.takes_back(me).status_code == 200
            acknowledged = time.monotonic()
            while sum(begun > acknowledged for begun, _ in seen) < 8 and all(map(running, asking)):
                time.sleep(0.05)
        finally:
            done.set()
        for each in asking:
            each.result()
    assert {status for begun, status in seen if begun > acknowledged} == {404}
    assert 200 in {status for _, status in seen}


def test_a_token_ended_at_one_has_ended_at_the_other(pair: Pair) -> None:
    client = pair.house.client("trust")
    assert pair.at_other(client, "Organization").status_code == 200
    form = {
        "client_assertion_type": JWT_BEARER,
        "client_assertion": client.assertion(),
        "token": client.token,
    }
    ended = httpx.post(f"{pair.house.server.base}/oauth/revoke", data=form, trust_env=False)
    assert ended.status_code == 200
    assert pair.at_other(client, "Organization").status_code == 401


def test_an_assertion_used_at_one_is_used_up_at_the_other(pair: Pair) -> None:
    client = pair.house.client("trust")
    assertion = client.assertion()
    form = {
        "grant_type": "client_credentials",
        "scope": client.who.scope,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    }
    assert client.ask_token(assertion=assertion).status_code == 200
    assert pair.posted("/oauth/token", form).status_code in (400, 401)
    fresh = pair.posted("/oauth/token", form | {"client_assertion": client.assertion()})
    assert fresh.status_code == 200


def test_migrating_beside_running_servers_disturbs_nobody(pair: Pair) -> None:
    held = situation_at(pair.house)
    before = pair.house.server.rows("resource")
    with ThreadPoolExecutor(2) as both:
        words = ("migrate", "--database", pair.house.server.database)
        running = [both.submit(pair.house.server.command, *words) for _ in range(2)]
        while not all(each.done() for each in running):
            assert held.trust.get(held.at_trust).status_code == 200
        assert [each.result().returncode for each in running] == [0, 0]
    assert pair.house.server.rows("resource") == before
    assert pair.at_other(held.trust, held.at_trust).status_code == 200


def test_the_log_of_both_is_one_and_whole(pair: Pair) -> None:
    held = situation_at(pair.house)
    assert pair.at_other(held.trust, held.at_trust).status_code == 200
    until = time.monotonic() + 10
    while True:
        verified = pair.house.server.verify()
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert "sealed" in verified.stdout
        if "pending 0" in verified.stdout:
            break
        assert time.monotonic() < until, verified.stdout
        time.sleep(0.2)
    assert f"whole: {pair.house.server.rows('audit')} entries" in verified.stdout


def test_several_workers_serve_one_address(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = template.server.copy_to(tmp_path_factory.mktemp("workers") / "server")
    server.start("--workers", "2")
    house = House(server, dict(template.registrations))
    held = situation_at(house)
    score = held.writes(alcohol_score(held.at_trust))
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: held.trust.get(score).status_code, range(24)))
    assert set(answers) == {200}
    house.close()


def test_an_older_schema_is_refused_with_what_to_run(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = template.server.copy_to(tmp_path_factory.mktemp("older") / "server")
    with psycopg.connect(server.database) as held:
        held.execute("UPDATE alembic_version SET version_num = '0001'")
    done = server.command("serve", "--database", server.database, check=False)
    assert done.returncode == 2
    assert "onestory migrate" in done.stderr
    assert done.stderr.count("\n") == 1
    server.drop()
