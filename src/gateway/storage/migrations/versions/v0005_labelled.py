"""By which set of rules the labels of each version were set."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
