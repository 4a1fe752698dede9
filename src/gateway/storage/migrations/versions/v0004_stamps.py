"""A stamp for each identity."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
