"""The directory in which a demo lives: keys, database, the clients' own keys, who is who."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.cli.demo.account import Account

PEOPLE = "people.json"


@dataclass(frozen=True, slots=True)
class Home:
    """`people.json` is written last: where it is, everything is there."""

    path: Path

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def audit_key(self) -> Path:
        return self.keys / "audit.pub"

    @property
    def file(self) -> Path:
        return self.path / "gateway.db"

    @property
    def database(self) -> str:
        return f"sqlite:///{self.file}"

    @property
    def clients(self) -> Path:
        return self.path / "clients"

    @property
    def is_loaded(self) -> bool:
        return (self.path / PEOPLE).is_file()

    @property
    def is_free(self) -> bool:
        """Whether a demo may be put here: nothing is, or an empty directory."""
        return not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir()))

    def keep(self, account: Account) -> None:
        """Write what a client keeps for itself, its private key too."""
        self.clients.mkdir(mode=0o700, exist_ok=True)
        file = self.clients / f"{account.name}.json"
        file.touch(mode=0o600)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(account), indent=1))

    def account(self, name: str) -> Account:
        """What a client kept."""
        return msgspec.json.decode((self.clients / f"{name}.json").read_bytes(), type=Account)

    def keep_people(self, patients: dict[str, str]) -> None:
        """Write who has which Patient of the portal's, by the story's keys."""
        (self.path / PEOPLE).write_bytes(msgspec.json.encode(patients))

    def people(self) -> dict[str, str]:
        return msgspec.json.decode((self.path / PEOPLE).read_bytes(), type=dict[str, str])
