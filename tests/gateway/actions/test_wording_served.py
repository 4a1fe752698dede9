"""Questions in the words that a site is licensed to use: as long as it is, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from callers import Caller, House, body_of

from gateway import keys as key_files
from gateway.actions.opening import migrate, open_gateway
from mappings.wording import Wording, Wordings

WORDS = {"gad7-1": "Did the made-up bell ring?"}
LICENCE = "© A. Owner, used under the made-up licence 7."
WORDED = {"gad-7": Wording(LICENCE, "en-GB", WORDS)}
URL = "https://onestory.example/fhir/Questionnaire/gad-7"


@contextmanager
def served(house: House, installed: Path, wordings: Wordings | None) -> Iterator[House]:
    """The same database, opened with this wording."""
    keys = key_files.load(installed)
    gateway = open_gateway(
        house.url, keys, "http://gateway.test", clock=house.clock, wordings=wordings
    )
    yield House(gateway, house.organizations, house.url, house.now)
    gateway.close()


def form(caller: Caller) -> tuple[str, str, str]:
    """The form's address, its version, and all that it says."""
    [reference] = caller.finds("Questionnaire", url=URL)
    answer = caller.get(reference)
    return reference, body_of(answer)["meta"]["versionId"], answer.body.decode()


def test_a_form_carries_the_wording_and_its_licence(house: House, installed: Path) -> None:
    _, plain, _ = form(house.trust)
    with served(house, installed, WORDED) as site:
        reference, version, _ = form(site.trust)
        found = site.trust.read(reference)
    texts = [one["text"] for one in found["item"][:2]]
    assert texts == ["Did the made-up bell ring?", "worry: cannot control worry"]
    assert (found["copyright"], found["language"]) == (LICENCE, "en-GB")
    assert (found["url"], found["version"]) == (URL, "1.0.0")
    assert version != plain


def test_other_forms_keep_their_labels(house: House, installed: Path) -> None:
    with served(house, installed, WORDED) as site:
        [other] = site.trust.finds("Questionnaire", url=URL.replace("gad-7", "phq-9"))
        found = site.trust.read(other)
    assert found["item"][0]["text"] == "feelings: interest"
    assert "language" not in found


@pytest.mark.parametrize("later", [{}, {"gad-7": Wording(LICENCE, "en-GB", {"gad7-2": "Else?"})}])
def test_what_is_not_licensed_any_more_is_nowhere(
    house: House, installed: Path, later: Wordings
) -> None:
    with served(house, installed, WORDED) as site:
        reference, version, text = form(site.trust)
        assert WORDS["gad7-1"] in text
    with served(house, installed, later) as site:
        _, newer, text = form(site.trust)
        assert newer != version
        assert WORDS["gad7-1"] not in text
        history = site.trust.history(f"{reference}/_history")
        assert [one["resource"]["meta"]["versionId"] for one in history] == [newer]
        assert site.trust.look(f"{reference}/_history/{version}").status == 404
    [(rid,)] = house.held(f"SELECT rid FROM resource WHERE id = '{reference.split('/')[1]}'")
    assert house.rows(f"content WHERE rid = {rid}") == 1
    assert house.rows(f"former WHERE rid = {rid}") == 0


def test_the_same_wording_moves_nothing(house: House, installed: Path) -> None:
    with served(house, installed, WORDED) as site:
        before = form(site.trust)
    with served(house, installed, WORDED) as site:
        assert form(site.trust) == before


def test_what_runs_beside_a_server_leaves_its_wording(house: House, installed: Path) -> None:
    with served(house, installed, WORDED) as site:
        before = form(site.trust)
        migrate(house.url, key_files.load(installed))
        with served(house, installed, None) as beside:
            assert form(beside.trust) == before
        assert form(site.trust) == before
