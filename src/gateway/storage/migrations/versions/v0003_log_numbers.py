"""Numbers in the log; on PostgreSQL, content partitioned by person."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from gateway.storage.migrations.statements import on_postgres, run

revision = "0003"
down_revision = "0002"

PARTITIONS = 16


def upgrade() -> None:
    here = Path(__file__)
    run(here.with_suffix(".sql"))
    if on_postgres():
        run(here.with_name("v0003_partitions.sql"))
        for number in range(PARTITIONS):
            _partition(number)
        op.execute("INSERT INTO content SELECT * FROM content_whole")
        op.execute("DROP TABLE content_whole")


def _partition(number: int) -> None:
    """What is sealed cannot be compressed: PostgreSQL need not try."""
    name = f"content_{number}"
    op.execute(
        f"CREATE TABLE {name} PARTITION OF content"
        f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
    )
    op.execute(f"ALTER TABLE {name} ALTER COLUMN sealed SET STORAGE EXTERNAL")
