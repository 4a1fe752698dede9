"""The first schema."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
