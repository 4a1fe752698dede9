"""What a clinician has cleared for the person's own reading."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
