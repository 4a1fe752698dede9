"""Runs all missing steps in one transaction, one upgrader at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

engine = create_engine(
    context.config.attributes["url"],
    poolclass=NullPool,
    connect_args={"isolation_level": None, "timeout": 30},
)


@event.listens_for(engine, "begin")
def _take_the_write_lock(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.begin() as connection:
    context.configure(connection=connection, transactional_ddl=True)
    context.run_migrations()
