"""Who has to be told is found by indexes, however long the log of the person is."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from watched import Watched

from gateway.storage import receivers, tellings
from gateway.storage.predicate_sql import Sql

READS_ALL = re.compile(r"^SCAN (?!json_each|CONSTANT)")
LOOKS = 100_000 if os.environ.get("ONESTORY_FULL") == "1" else 20_000
PASSES = Sql("r.topics = 0")


@pytest.fixture
def watched(empty: Path, tmp_path: Path) -> Iterator[Watched]:
    copied = shutil.copy(empty, tmp_path / "gateway.db")
    with closing(Watched(str(copied))) as opened:
        yield opened


def ask_all(connection: Watched, identities: tuple[int, ...] = (1, 2)) -> None:
    receivers.recipients(connection, identities)
    receivers.types_received(connection, "a", identities)
    receivers.loses(connection, "a", identities, [PASSES], [PASSES])
    receivers.lacks(connection, "a", identities, [PASSES])


def test_what_has_to_be_known_when_a_consent_ends_is_found_by_indexes(watched: Watched) -> None:
    ask_all(watched)
    tellings.told_since(watched, (1, 2), 0)
    tellings.open_about(watched, (1, 2))
    assert [step for step in watched.steps if READS_ALL.search(step)] == []
    assert any("received" in step or "g USING" in step for step in watched.steps)
    assert not any("audit" in step for step in watched.steps)


def test_what_is_done_again_and_again_is_found_by_indexes(watched: Watched) -> None:
    tellings.overdue(watched, 1, 10)
    tellings.unsettled(watched, 1, 10)
    tellings.unconfirmed(watched, 10)
    tellings.of(watched, "x")
    whole = [step for step in watched.steps if READS_ALL.search(step)]
    assert whole == ["SCAN telling USING INDEX telling_open"]  # which holds the unconfirmed alone


def test_a_long_log_is_not_read(watched: Watched) -> None:
    """What the person's record holds counts, and not how often it was looked at."""
    watched.begin(writing=True)
    watched.executemany(
        "INSERT INTO audit(number, id, at, organization, entry, leaf) VALUES (?,?,0,'a',x'',x'')",
        ((number, f"log-{number}") for number in range(LOOKS)),
    )
    watched.executemany(
        "INSERT INTO audit_person(person, number) VALUES (x'01', ?)",
        ((number,) for number in range(LOOKS)),
    )
    watched.commit()
    watched.steps.clear()
    begun = time.process_time()
    ask_all(watched)
    assert time.process_time() - begun < 0.05
    assert not any("audit" in step for step in watched.steps)
