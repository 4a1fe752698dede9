"""onestory cleared: what clinicians cleared for a person's own reading, and why."""

from __future__ import annotations

from gateway.cli.acts import By, Patient, acted
from gateway.cli.addresses import Database, KeysDir


def cleared(database: Database, patient: Patient, by: By, keys: KeysDir = None) -> None:
    """Print all that was ever cleared for a person as a JSON array, with who did it and why; the
    look is in the log. Services clear things themselves, with $clear.

    Example: onestory cleared --database sqlite:///.onestory/gateway.db
    --patient Patient/4f1c --by "P. Officer"
    """
    acted(database, keys, by, lambda gateway, officer: gateway.clearings_of(officer, patient))
