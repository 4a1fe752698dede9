"""Many mapped records as transaction Bundles, or as resources that stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from mappings.verdict import Entry, Mapped

URN = "urn:uuid:"
Encoded = tuple[str, bytes]  # an entry's address, and the entry as JSON
OPENING, CLOSING = b'{"resourceType":"Bundle","type":"transaction","entry":[', b"]}\n"


def batches(mapped: Iterable[Mapped], size: int) -> Iterator[tuple[Entry, ...]]:
    """The entries of `size` records at a time; one of the same address is kept once, the fullest.

    So a person has one Patient in a batch, and a record that is repeated is sent once. No more
    than one batch is held.
    """
    records = iter(mapped)
    while batch := tuple(islice(records, size)):
        entries: dict[str, Entry] = {}
        for entry in (entry for record in batch for entry in record.entries):
            held = entries.setdefault(entry.full_url, entry)
            if len(entry.resource) > len(held.resource):
                entries[entry.full_url] = entry
        yield tuple(entries.values())


def transaction(entries: Iterable[Entry]) -> dict[str, Any]:
    """A transaction Bundle that creates each resource only where it is not there yet."""
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_entry(entry) for entry in entries],
    }


def encoded(entry: Entry) -> bytes:
    """An entry of a transaction as JSON."""
    return msgspec.json.encode(_entry(entry))


def encoded_batches(records: Iterable[Iterable[Encoded]], size: int) -> Iterator[bytes]:
    """`transaction` over `batches` as NDJSON, where a record comes as its `encoded` entries.

    A line comes in parts, so that it is not copied once more.
    """
    left = iter(records)
    while batch := tuple(islice(left, size)):
        entries = {address: text for record in batch for address, text in record}
        yield OPENING
        yield b",".join(entries.values())
        yield CLOSING


def standalone(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The resources with ids of their own, referring to each other as "Type/id"."""
    held = tuple(entries)
    addresses = {
        entry.full_url: f"{entry.resource['resourceType']}/{entry.full_url.removeprefix(URN)}"
        for entry in held
    }
    for entry in held:
        resource = _readdressed(entry.resource, addresses)
        yield {
            "resourceType": entry.resource["resourceType"],
            "id": entry.full_url.removeprefix(URN),
        } | resource


def _entry(entry: Entry) -> dict[str, Any]:
    request = {"method": "POST", "url": entry.resource["resourceType"]}
    if entry.if_none_exist:
        request["ifNoneExist"] = entry.if_none_exist
    return {"fullUrl": entry.full_url, "resource": entry.resource, "request": request}


def _readdressed(node: Any, addresses: Mapping[str, str]) -> Any:
    match node:
        case {"reference": str(address)} if address in addresses:
            return {**node, "reference": addresses[address]}
        case Mapping():
            return {name: _readdressed(value, addresses) for name, value in node.items()}
        case list():
            return [_readdressed(value, addresses) for value in node]
        case _:
            return node
