"""Sets of consents that the log names by a digest."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
