"""fhir-kit-client and fhirclient from npm: each session runs in Node and says what it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from houses import House
from sessions import NEVER, PAGE, scores, screening, somebody

Told = Callable[..., dict[str, Any]]
SIZES = [2, 2, 1]
HERE = Path(__file__).parent


def _work() -> dict[str, Any]:
    """Bundles about `Patient/me`, whom the session registers first."""
    me = "Patient/me"
    bundles = {"screening": screening(me), "scores": scores(me)}
    return {"somebody": somebody(), **bundles, "never": NEVER, "page": PAGE}


def test_a_session_of_fhir_kit_client(
    house: House, told: Told, run_node: Callable[..., Any]
) -> None:
    assert run_node("kit.mjs", told(house.trust) | _work()) == {
        "sizes": SIZES,
        "posted": sum(SIZES),
        "statuses": ["final", "amended", "corrected"],
        "stale": [412, "conflict"],
        "history": 3,
        "gone": [410, "OperationOutcome"],
        "never": [404, "not-found"],
    }


def test_a_session_of_fhirclient(house: House, told: Told, run_node: Callable[..., Any]) -> None:
    work = _work()
    seen = run_node("smart.mjs", told(house.drugs) | work)
    assert "There is no such resource here" in seen.pop("never")[1]
    assert seen == {
        "sizes": SIZES,
        "kinds": ["Observation", "Patient"],
        "born": work["somebody"]["birthDate"],
        "statuses": ["final", "amended", "corrected"],
        "stale": 412,
        "gone": 410,
    }


def test_the_lock_names_no_registry() -> None:
    """npm fetches from wherever it is set up to: no address of one machine is kept."""
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert all("integrity" in each for name, each in packages.items() if name)
    assert not any("resolved" in each for each in packages.values())
