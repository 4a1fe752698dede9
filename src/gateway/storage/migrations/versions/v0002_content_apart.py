"""Content apart from what is searched; a stamp for the directory."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
