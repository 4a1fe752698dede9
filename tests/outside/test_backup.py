"""A backup taken beside a running server serves elsewhere, and its log is whole."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
from houses import House, Template, situation_at
from live_server import LiveServer
from made_up import alcohol_score, consent
from postgres_server import tools


def _checkpoints(server: LiveServer) -> Path:
    if server.databases is None:
        return server.file.with_name(f"{server.file.name}.checkpoints")
    return server.keys / f"{server.name}.checkpoints"


def _backed_up(server: LiveServer, to: Path) -> None:
    """As docs/how-to/backup-and-restore.md says: the database first, its checkpoints after it."""
    to.mkdir()
    if server.databases is None:
        with closing(sqlite3.connect(server.file)) as held:
            held.execute("VACUUM INTO ?", (str(to / "database"),))
    else:
        dump = [tools() / "pg_dump", "--format=custom", f"--file={to / 'database'}"]
        subprocess.run([*dump, server.database], check=True)
    shutil.copy(_checkpoints(server), to / "checkpoints")
    shutil.copytree(server.keys, to / "keys", ignore=shutil.ignore_patterns("*.checkpoints"))


def _restored(backup: Path, to: Path, before: LiveServer) -> LiveServer:
    to.mkdir()
    server = LiveServer(to, before.databases)
    shutil.copytree(backup / "keys", server.keys)
    if server.databases is None:
        shutil.copy(backup / "database", server.file)
    else:
        restore = [tools() / "pg_restore", "--no-owner", "--exit-on-error"]
        words = [f"--dbname={server.database}", str(backup / "database")]
        subprocess.run([*restore, *words], check=True)
    shutil.copy(backup / "checkpoints", _checkpoints(server))
    return server


def _sealed(server: LiveServer) -> None:
    """On PostgreSQL rows wait a moment for their place."""
    while server.databases is not None:
        with psycopg.connect(server.database) as held:
            found = held.execute("SELECT count(*) FROM audit WHERE position IS NULL").fetchone()
        if found == (0,):
            return


def test_a_backup_serves_elsewhere_and_verifies(template: Template, tmp_path: Path) -> None:
    house = template.house(tmp_path / "server")
    held = situation_at(house)
    score = held.writes(alcohol_score(held.at_trust, 5))
    hidden = held.writes(alcohol_score(held.at_trust, 6))
    data = [{"meaning": "instance", "reference": {"reference": score}}]
    held.says(consent(held.me, "permit", held.drugs.who.organization, data=data))
    assert held.drugs.get(score).status_code == 200
    _sealed(house.server)
    _backed_up(house.server, tmp_path / "backup")
    lost = held.writes(alcohol_score(held.at_trust, 7))
    house.close()

    server = _restored(tmp_path / "backup", tmp_path / "elsewhere", house.server)
    verified = server.verify()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    server.command("migrate", "--database", server.database)
    again = House(server.start(), dict(template.registrations))
    assert again.drugs.read(score)["valueQuantity"]["value"] == 5
    assert again.drugs.get(hidden).status_code == 404
    assert again.trust.get(lost).status_code == 404
    again.trust.created(alcohol_score(held.at_trust, 8))
    verified = server.verify()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    again.close()
