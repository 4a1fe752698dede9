"""Where one gateway reads and writes: everything that is open on its database, and ends with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.audit.log import Log, PendingLog, checkpoint_file
from gateway.audit.note import Signer
from gateway.audit.sequencer import Sequencer
from gateway.audit.verdict import Broken, Whole
from gateway.audit.verify import verify_at
from gateway.storage.database import connect, connect_sqlite, database_path, is_postgres
from gateway.storage.postgres import Postgres
from gateway.storage.reading import InTheLoop, InThreads, Reading
from gateway.storage.writer import Writer

ASIDE = 2  # threads that read what takes long, so that others need not wait for it
SMALL = 4_096  # KiB of pages that each of them keeps


@dataclass(frozen=True, slots=True)
class Store:
    """`recorder` takes what leaves a row in the log and changes nothing else."""

    url: str
    checkpoints: Path | None
    reading: Reading
    writer: Writer
    recorder: Writer
    sequencer: Sequencer | None = None

    def verify(self, key: str) -> Whole | Broken:
        """Whether the log is whole, by the public key."""
        return verify_at(self.url, key, self.checkpoints)

    def close(self) -> None:
        """Let what was accepted become durable, and end."""
        self.recorder.close()
        self.writer.close()
        if self.sequencer is not None:
            self.sequencer.close()
        self.reading.close()


def open_store(url: str, signer: Signer, checkpoints: Path | None) -> Store:
    """The store of a database whose schema is today's.

    `checkpoints` is the file for them; an SQLite database has its own beside it. On PostgreSQL the
    rows of reads need no order among writes: they have a lane, and a connection, of their own.
    """
    if not is_postgres(url):
        file = checkpoints or checkpoint_file(database_path(url))
        written = connect_sqlite(url)
        writer = Writer(written, Log(signer, file).append, written.begin_at_once)
        aside = InThreads(partial(connect_sqlite, url, SMALL), ASIDE)
        reading = InTheLoop(connect(url), aside)
        return Store(url, file, reading, writer, writer)
    lane = partial(Postgres, url, serial=False)
    reader = partial(Postgres, url)  # one that comes while the database is away says that it is
    sequencer = Sequencer(lane, signer, checkpoints)
    append = PendingLog(sequencer.wake).append
    return Store(
        url,
        checkpoints,
        InThreads(reader, aside=InThreads(reader, ASIDE)),
        Writer(connect(url), append),
        Writer(lane(), append),
        sequencer,
    )
