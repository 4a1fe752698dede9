"""What cannot be released as it should be is not released at all."""

# ruff: noqa: N802 - a test carries its case's id as the catalogue writes it

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from answers import assert_outcome
from houses import House, Situation
from made_up import alcohol_score


def test_R21_postprocess_exception_releases_no_body(
    new_house: Callable[..., House], meet: Callable[..., Situation]
) -> None:
    situation = meet(new_house("spoilt"))
    whole = situation.writes(alcohol_score(situation.at_trust, 3))
    spoilt = situation.writes(alcohol_score(situation.at_trust, 9))
    with sqlite3.connect(situation.house.server.file) as store:
        store.execute(
            "UPDATE content SET sealed = zeroblob(64) WHERE rid IN"
            " (SELECT rid FROM resource WHERE type || '/' || id = ?)",
            (spoilt,),
        )
    store.close()
    answer = situation.trust.get(spoilt)
    assert_outcome(answer, 500)
    assert "valueQuantity" not in answer.text
    page = situation.trust.get("Observation", patient=situation.at_trust)
    assert_outcome(page, 500)
    assert "valueQuantity" not in page.text
    assert situation.trust.get(whole).status_code == 200
