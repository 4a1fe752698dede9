"""Who received what, who was told that it ended, and what they answered."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from gateway.storage.migrations.statements import on_postgres, run

revision = "0008"
down_revision = "0007"

# What the log says already, by the rule of `gateway.audit.received`.
_RECEIVED = """
INSERT INTO received (entity, organization)
SELECT DISTINCT named.value, substr(a.organization, 14) FROM audit a, {each} named
WHERE {role} = 'service' AND {outcome} = 'permitted' AND {consents} IS NOT NULL
AND {purpose} NOT IN ('BTG', 'ETREAT')
"""
_SAYS = ("role", "outcome", "consents", "purpose")


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))
    if on_postgres():
        entry = "convert_from(a.entry, 'UTF8')::jsonb"
        each = f"jsonb_array_elements_text({entry} -> 'entities')"
        each, says = f"LATERAL {each} AS", {name: f"({entry} ->> '{name}')" for name in _SAYS}
        received = _RECEIVED.format(each=each, **says).replace(" named\n", " named(value)\n")
    else:
        entry = "CAST(a.entry AS TEXT)"
        each = f"json_each({entry}, '$.entities')"
        says = {name: f"json_extract({entry}, '$.{name}')" for name in _SAYS}
        received = _RECEIVED.format(each=each, **says)
    op.execute(received)
