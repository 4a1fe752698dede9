"""Consents, requests and facts from a few words; how many examples each property has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file

from saying import Say

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)  # a busy machine is no fault
settings.register_profile("quick", max_examples=60, deadline=None, suppress_health_check=SLOW)
settings.register_profile("full", max_examples=5000, deadline=None, suppress_health_check=SLOW)
settings.load_profile("full" if os.environ.get("ONESTORY_FULL") == "1" else "quick")


@pytest.fixture(scope="session")
def say() -> Say:
    return Say()
