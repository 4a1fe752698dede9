"""Emergency access, disclosure without consent, and the officers who oversee both."""

from __future__ import annotations

from pathlib import Path

from gateway.storage.migrations.statements import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
