"""Runs all missing steps in one transaction, one upgrader at a time."""

from __future__ import annotations

from typing import Any

import psycopg
from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from gateway.storage.postgres import MIGRATING

url: str = context.config.attributes["url"]
on_postgres = not url.startswith("sqlite:")


def _connect() -> psycopg.Connection[Any]:
    return psycopg.connect(url)


def _engine() -> Engine:
    if on_postgres:
        return create_engine("postgresql+psycopg://", creator=_connect, poolclass=NullPool)
    settings = {"isolation_level": None, "timeout": 30}
    return create_engine(url, poolclass=NullPool, connect_args=settings)


engine = _engine()


@event.listens_for(engine, "begin")
def _one_at_a_time(connection: Connection) -> None:
    """Take the write lock, or on PostgreSQL the lock of upgraders: servers there go on writing."""
    lock = f"SELECT pg_advisory_xact_lock({MIGRATING})" if on_postgres else "BEGIN IMMEDIATE"
    connection.exec_driver_sql(lock)


with engine.begin() as connection:
    context.configure(connection=connection, transactional_ddl=True)
    context.run_migrations()
