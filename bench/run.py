"""What One Story does, beside what the same machine could do at most: all in one run.

Reads and searches against bare Starlette and FastAPI answering with the same bytes; transactions
of 50 entries; and, when asked for, how both hold from 1,000 to 1,000,000 resources. One worker
each. CPU is user and system time of the server with its threads and processes.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # its servers
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "outside"))  # and its clients

import consenting
import deciding
import growth
import reading
import writing
from processes import OWN_POSTGRES, is_postgres, served
from story import Story, house_of, tell

PARTS = ("read", "write")
PEERS = ("hapi-fhir-cli", "blaze", "medplum")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each; medians are shown")
    parser.add_argument(
        "--database",
        action="append",
        help=f"sqlite:, {OWN_POSTGRES} (a server of its own) or postgresql://…, each once; both",
    )
    parser.add_argument(
        "--part", action="append", choices=[*PARTS, "growth", "deciding"], help="only this"
    )
    parser.add_argument("--most", type=int, default=1_000_000, help="resources that growth ends at")
    return parser.parse_args()


def reads(databases: list[str], asked: argparse.Namespace, directory: Path) -> None:
    stories: dict[str, Story] = {}
    with ExitStack() as stack:
        for database in databases:
            server = stack.enter_context(served(database, directory))
            name = "PostgreSQL" if is_postgres(database) else "SQLite"
            stories[f"One Story, {name}"] = tell(house_of(server), directory)
        found = reading.targets(stories, stack, directory)
        for file in sorted((directory / "bodies").iterdir()):
            print(f"{file.name}: {file.stat().st_size:,} bytes")
        before = {name: story.house.server.rows("audit") for name, story in stories.items()}
        ran = reading.measured(found, asked.rounds, asked.seconds)
        reading.print_table(ran)
        for name, story in stories.items():
            story.house.server.stop()  # what is pending in a log is sealed by then
            logged = story.house.server.rows("audit") - before[name]
            answers = sum(r.requests for (by, *_), all_ in ran.items() if by == name for r in all_)
            print(f"{name}: {answers:,} answers, {logged:,} rows in the log,", end=" ")
            print(story.house.server.verify().stdout.strip())
            story.house.close()


def main() -> None:
    asked = arguments()
    databases = asked.database or ["sqlite:", OWN_POSTGRES]
    parts = asked.part or list(PARTS)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one worker each.")
    peers = [peer for peer in PEERS if shutil.which(peer)]
    print(f"Peers on this machine: {', '.join(peers) or 'none'}.\n")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        if "read" in parts:
            reads(databases, asked, directory)
        if "write" in parts:
            print(f"\nA transaction: {writing.ENTRIES} entries.")
            writing.print_table(writing.writes(databases, directory, asked.seconds * 3))
        if "deciding" in parts:
            deciding.print_decisions()
            print(f"\nA search that answers with {deciding.PAGE} entries.")
            consenting.print_searches(directory)
        if "growth" in parts:
            growth.grow(databases[0], directory, asked.most, asked.seconds)


if __name__ == "__main__":
    main()
