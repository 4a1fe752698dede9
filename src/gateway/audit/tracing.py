"""Which fault it is, once something is known to be wrong. May read the whole log again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.entry import read
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.audit.rows import Row, Stored
from gateway.audit.verdict import Broken, Fault

MOST_TRIALS = 20_000


def out_of_place(stored: Stored, expected: int, found: int) -> Broken:
    """Position `found` stands where `expected` should."""
    if found < expected:
        return Broken(found, Fault.REPLAYED, f"Entry {found} stands in the log twice.")
    if _first(stored, lambda row: row.position == expected) is not None:
        return Broken(
            expected, Fault.SWAPPED, f"Entry {expected} does not stand in its place: {found} does."
        )
    return Broken(expected, Fault.LOST, f"Entry {expected} is missing.")


def not_its_leaf(stored: Stored, row: Row) -> Broken:
    """An entry's bytes do not hash to the leaf beside them."""
    computed = leaf_hash(row.entry)
    other = _first(stored, lambda each: each.leaf == computed)
    if other is None:
        return _altered(row, "its bytes do not have the hash kept beside it")
    at_other = leaf_hash(other.entry)
    if at_other == row.leaf:
        return _swapped(row.position, other.position)
    if at_other == other.leaf:
        return _copied(row.position, other.position)
    return _altered(row, "its bytes do not have the hash kept beside it")


def not_its_columns(stored: Stored, row: Row, entry_id: str) -> Broken:
    """An entry names itself otherwise than the columns that it is found by."""
    assert row.columns is not None  # noqa: S101 - only such a row is asked about
    own = row.columns.id
    other = _first(stored, lambda each: each.columns is not None and each.columns.id == entry_id)
    if other is None or own == entry_id:
        return _altered(row, "the columns beside it do not repeat what it says")
    there = read(other.entry)
    if there is not None and there.id == own:
        return _swapped(row.position, other.position)
    return _copied(row.position, other.position)


def not_signed(
    stored: Stored, before: Frontier, checkpoint: Checkpoint, *, entries: int, signed: int
) -> Broken:
    """A signed root is not that of the entries, which are sound one by one.

    `before` is the frontier at the last checkpoint that fits: the fault lies after it.
    """
    start = before.size
    if entries < signed:
        sentence = f"Of {signed} signed entries {entries} are left; from {start} on they differ."
        return Broken(start, Fault.LOST, sentence)
    if (pair := _exchanged(stored, before, checkpoint)) is not None:
        return _swapped(*pair)
    sentence = f"From entry {start} on, the log is not what was signed at size {checkpoint.size}."
    return Broken(start, Fault.REWRITTEN, sentence)


def no_entry(position: int) -> Broken:
    return Broken(position, Fault.ALTERED, f"Entry {position} was altered: it cannot be read.")


def replayed(position: int, first: int) -> Broken:
    sentence = f"Entry {position} has the id of entry {first}: it was replayed."
    return Broken(position, Fault.REPLAYED, sentence)


def no_consents(position: int) -> Broken:
    sentence = f"The set of consents that entry {position} was held against is missing."
    return Broken(position, Fault.CONSENTS, sentence)


def not_its_consents(position: int) -> Broken:
    sentence = f"The set of consents that entry {position} was held against was altered."
    return Broken(position, Fault.CONSENTS, sentence)


def hidden(position: int) -> Broken:
    sentence = f"Entry {position} is not found by all that it names: the index was altered."
    return Broken(position, Fault.HIDDEN, sentence)


def truncated(entries: int, signed: int) -> Broken:
    sentence = f"The log ends after {entries} entries, and {signed} were signed."
    return Broken(entries, Fault.TRUNCATED, sentence)


def unsigned(entries: int, signed: int) -> Broken:
    sentence = f"The log holds {entries} entries, and only {signed} were signed."
    return Broken(signed, Fault.UNSIGNED, sentence)


def forked(size: int) -> Broken:
    return Broken(size, Fault.FORKED, f"The log's key signed two histories of size {size}.")


def out_of_order(size: int) -> Broken:
    sentence = f"The checkpoint of size {size} stands far out of order in the checkpoint file."
    return Broken(size, Fault.UNREADABLE, sentence)


def cannot_grow(size: int) -> Broken:
    sentence = f"The database's own checkpoint does not fit its {size} entries: it cannot grow."
    return Broken(size, Fault.UNREADABLE, sentence)


def _exchanged(stored: Stored, before: Frontier, checkpoint: Checkpoint) -> tuple[int, int] | None:
    """Two positions whose exchange gives the signed root, as far as it is cheap to look."""
    start, within = before.size, checkpoint.size - before.size
    reach = max(within, MOST_TRIALS // within**2)
    if within**2 > MOST_TRIALS:
        return None
    leaves = [row.leaf for row in islice(_from(stored, start), reach)]
    for there in range(1, len(leaves)):
        for here in range(min(there, within)):
            tried = leaves[:within]
            if there < within:
                tried[there] = leaves[here]
            tried[here] = leaves[there]
            if before.extended(tried).root() == checkpoint.root:
                return start + here, start + there
    return None


def _from(stored: Stored, start: int) -> Iterator[Row]:
    return (row for row in stored.rows() if row.position >= start)


def _first(stored: Stored, fits: Callable[[Row], bool]) -> Row | None:
    return next((row for row in stored.rows() if fits(row)), None)


def _altered(row: Row, why: str) -> Broken:
    return Broken(row.position, Fault.ALTERED, f"Entry {row.position} was altered: {why}.")


def _swapped(one: int, other: int) -> Broken:
    low, high = sorted((one, other))
    return Broken(low, Fault.SWAPPED, f"Entries {low} and {high} stand in each other's place.")


def _copied(copy: int, original: int) -> Broken:
    return Broken(copy, Fault.REPLAYED, f"Entry {copy} is a copy of entry {original}.")
