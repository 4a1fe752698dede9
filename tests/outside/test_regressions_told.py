"""Who received something is told that its consent has ended, and chased until it confirms it.

A fault found in another system, asked of this one over HTTP. Its id is the catalogue's; what the
person's own page says of it is tried beside the pages.
"""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from answers import is_refused
from emergency import Officer
from houses import House, Situation, Template
from made_up import alcohol_score
from smart_client import Json

ENDED = "https://onestory.example/fhir/CodeSystem/notice|consent-ended"


OFFICER = "A. Officer"


@pytest.fixture(scope="module")
def apart(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server of this module's own: the time of its notices is moved."""
    with closing(template.house(tmp_path_factory.mktemp("told") / "server")) as house:
        yield house


@pytest.fixture(scope="module")
def officer(apart: House) -> Officer:
    return Officer(apart, OFFICER)


def ended(apart: House, meet: Callable[..., Situation], *, looks: bool = True) -> Situation:
    """The service was permitted, and looked; then the person took it back."""
    situation = meet(apart)
    given = situation.permits("ETHUD")
    score = situation.writes(alcohol_score(situation.at_trust))
    if looks:
        situation.drugs.read(score)
    assert situation.takes_back(given).status_code == 200
    assert is_refused(situation.drugs, score)
    return situation


def notices(situation: Situation) -> list[Json]:
    """Those about this person."""
    asked = {"owner": situation.drugs.who.organization, "patient": situation.at_drugs}
    return situation.drugs.search("Task", code=ENDED, **asked)


def unconfirmed(house: House) -> dict[str, tuple[str, int]]:
    """What an officer is told by the command: status, and how often it was asked again."""
    server = house.server
    listed = server.command("queue", "list", "--database", server.database, "--by", OFFICER)
    waiting = [one for one in json.loads(listed.stdout) if one["kind"] == "unconfirmed-ending"]
    return {one["about"]: (one["status"], one["times"]) for one in waiting}


def let_time_pass(house: House) -> None:
    """Each answer was due yesterday."""
    with closing(sqlite3.connect(house.server.file)) as connection, connection:
        connection.execute("UPDATE telling SET due = due - 8 * 86400000000")


def chased(house: House) -> dict[str, int]:
    done = house.server.command("chase", "--database", house.server.database)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["task"]: line["times"] for line in lines}


def test_R51_recipient_ack_lost(
    apart: House, meet: Callable[..., Situation], officer: Officer
) -> None:
    situation = ended(apart, meet)
    [notice] = notices(situation)
    task = f"Task/{notice['id']}"
    assert (notice["status"], notice["for"]["reference"]) == ("requested", situation.at_drugs)
    assert unconfirmed(apart)[task] == ("requested", 0)
    let_time_pass(apart)
    assert chased(apart)[task] == 1
    assert chased(apart) == {}
    [again] = notices(situation)
    assert (again["priority"], again["status"]) == ("urgent", "requested")
    assert again["meta"]["versionId"] != notice["meta"]["versionId"]
    assert unconfirmed(apart)[task] == ("requested", 1)
    page = officer.page("/dpo/queue")
    assert "Told that a choice ended, and not confirmed yet" in page
    assert task in page


def test_R51_recipient_that_confirms(
    apart: House, meet: Callable[..., Situation], officer: Officer
) -> None:
    situation = ended(apart, meet)
    [notice] = notices(situation)
    assert situation.drugs.put(notice | {"status": "completed"}).status_code == 200
    let_time_pass(apart)
    task = f"Task/{notice['id']}"
    assert task not in chased(apart)
    assert task not in officer.page("/dpo/queue")


def test_R51_who_received_nothing_is_not_told(apart: House, meet: Callable[..., Situation]) -> None:
    assert notices(ended(apart, meet, looks=False)) == []
