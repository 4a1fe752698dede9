"""Newer labelling rules from outside: what waits, and relabelling beside a running server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from houses import House, Template
from made_up import Person, alcohol_score, consent, mood_score

SITE = {
    "version": "site-1",
    "codes": [
        {
            "rule": "totals",
            "topics": ["ETHUD", "drugs"],
            "level": "R",
            "system": "http://loinc.org",
            "codes": ["75626-2"],
        }
    ],
}


def test_relabelling_beside_a_server_brings_back_what_waits(
    new_house: Callable[..., House], tmp_path: Path
) -> None:
    rules = tmp_path / "site.json"
    rules.write_text(json.dumps(SITE))
    house = new_house("older")
    person = Person()
    portal = house.person_at_portal(person)
    mine = house.known_at(house.trust, person)
    house.known_at(house.drugs, person)
    portal.created(consent(portal.patient, "permit", house.drugs.who.organization))
    kept = f"Observation/{house.trust.created(mood_score(mine))['id']}"
    moved = f"Observation/{house.trust.created(alcohol_score(mine))['id']}"
    assert [house.drugs.get(each).status_code for each in (kept, moved)] == [200, 200]
    house.server.stop()
    house.server.start("--label-rules", str(rules))
    for client in list(house.clients):
        house.forget(client)
    assert "run onestory relabel" in house.server.log()
    assert [house.drugs.get(each).status_code for each in (kept, moved)] == [404, 404]
    assert house.trust.read(kept)["meta"]["tag"][0]["code"] == "pending"
    words = ("relabel", "--database", house.server.database, "--label-rules", str(rules))
    dry = json.loads(house.server.command(*words, "--dry-run").stdout)
    done = json.loads(house.server.command(*words).stdout)
    assert dry == done | {"dry_run": True}
    assert done["changed"] == 1
    assert done["rules"].endswith("+site-1")
    assert [house.drugs.get(each).status_code for each in (kept, moved)] == [200, 200]
    found = {each["code"] for each in house.trust.read(moved)["meta"]["security"]}
    assert found == {"ETHUD", "drugs", "R"}
    again = json.loads(house.server.command(*words).stdout)
    assert (again["waited"], again["labelled"]) == (0, 0)
    assert house.server.verify().returncode == 0


def test_rules_that_cannot_be_read_stop_the_start(template: Template, tmp_path: Path) -> None:
    server = template.server
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"version": "1", "codes": [{}]}')
    for words in (["serve", "--port", str(server.port)], ["relabel"]):
        done = server.command(
            *words, "--database", server.database, "--label-rules", str(wrong), check=False
        )
        assert done.returncode == 2
        assert done.stderr.strip().startswith("--label-rules: codes[0] must be")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_kind_of_service_that_nobody_knows_is_refused(template: Template) -> None:
    server = template.server
    words = ["client", "add", "--database", server.database, "--name", "X", "--organization", "X9"]
    words += ["--role", "service", "--scope", "system/*.rs", "--purpose", "TREAT"]
    words += ["--jwks-url", "https://x.example/jwks", "--kind", "nonsense"]
    done = server.command(*words, check=False)
    assert done.returncode == 2
    assert "--kind: must be one of" in done.stderr
