"""Care plans and the days on which they are to be looked at again."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
