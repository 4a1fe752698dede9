"""kill -9 at random moments under load: nothing acknowledged is lost, nothing released unlogged.

Six rounds by default, fifty with ONESTORY_FULL=1. Every round: writers and readers run until the
process is killed; after the restart each write that was answered with success is read by its
author, each release that reached a client has its row in the log, and the log verifies.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest
from houses import House
from loads import LONGEST_LOAD, Seen, load_on, lost_writes, unlogged_releases
from made_up import Person

ROUNDS = 50 if os.environ.get("ONESTORY_FULL") == "1" else 6


@pytest.mark.timeout(60 * ROUNDS)
def test_a_kill_loses_no_write_and_leaves_no_release_unlogged(
    new_house: Callable[..., House],
) -> None:
    chance = random.Random()  # noqa: S311 - the moment of the kill
    house, everything = new_house(), Seen()
    load = load_on(house)
    for number in range(ROUNDS):
        seen = Seen()
        load.run(seen, chance.uniform(0.15, LONGEST_LOAD), number * 100, house.server.kill)
        house.server.start()
        verified = house.server.verify()
        assert verified.returncode == 0, f"round {number}: {verified.stdout}{verified.stderr}"
        everything.read.update(seen.read)
        everything.written.update(seen.written)
        assert seen.faults == [], f"round {number}"
        assert lost_writes(house, seen.written) == [], f"round {number}"
        latest = Counter({reference: everything.read[reference] for reference in seen.read})
        assert unlogged_releases(house, latest) == [], f"round {number}"
    assert lost_writes(house, everything.written) == []
    assert unlogged_releases(house, everything.read) == []
    assert len(everything.written) > ROUNDS
    assert sum(everything.read.values()) > ROUNDS


@pytest.mark.timeout(120)
def test_a_server_killed_while_starting_starts_again(new_house: Callable[..., House]) -> None:
    house = new_house()
    mine = house.known_at(house.trust, Person())
    for wait in (0.05, 0.3, 0.6):
        house.server.kill()
        with suppress(AssertionError):
            killer = threading.Timer(wait, house.server.kill)
            killer.start()
            house.server.start()
        killer.join()
    house.server.stop()
    house.server.start()
    assert house.trust.read(mine)["resourceType"] == "Patient"
    assert house.server.verify().returncode == 0
