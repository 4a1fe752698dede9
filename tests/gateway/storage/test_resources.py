"""What is stored comes back as it was sent, and only with the key of its identity."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.facts import Facts
from consent.labelling import Labels
from gateway.actions.releasing import whole
from gateway.fhir import strict_json
from gateway.fhir.encoding import encode
from gateway.fhir.indexing import Indexed, index
from gateway.keys import Keys
from gateway.storage import identities, searching
from gateway.storage.content import Content, content_of, pack, unpack
from gateway.storage.resources import NewVersion, Resources
from gateway.storage.sealing import DataKeys, SealError

LIMITS = strict_json.Limits(1_000_000, 64, 10)


def received(body: str) -> dict[str, Any]:
    tree = strict_json.parse(body.encode(), LIMITS)
    assert isinstance(tree, dict)
    return tree


def version_of(
    resource: dict[str, Any], identity: int | None, version: int = 1, **more: Any
) -> NewVersion:
    type_, id_ = resource["resourceType"], resource["id"]
    fields: dict[str, Any] = {
        "author": "a",
        "author_role": "service",
        "several": False,
        "labels": Labels(),
        "facts": Facts(f"{type_}/{id_}", type_),
        "indexed": Indexed(),
        "delivered_to": frozenset(),
        "updated": version,
    }
    concerns = () if identity is None else ((identity, "patient"),)
    return NewVersion(
        resource=resource, type=type_, id=id_, version=version, concerns=concerns, **fields | more
    )


@pytest.fixture
def identity(connection: sqlite3.Connection, keys: Keys, data_keys: DataKeys) -> int:
    made = identities.register(connection, keys, data_keys, "p1", "a", "9990000018", "1990-01-01")
    return made.identity.id


def stored(connection: sqlite3.Connection, resources: Resources, new: NewVersion) -> dict[str, Any]:
    resources.add(connection, new)
    row = searching.current(connection, new.type, new.id)
    assert row is not None
    return whole(row, resources.opened(row))


@pytest.mark.parametrize(
    "number", ["1.00", "0", "-0.10", "1e3", "1E-2", "7", "12345678901234567.5"]
)
def test_numbers_come_back_digit_for_digit(
    connection: sqlite3.Connection, resources: Resources, identity: int, number: str
) -> None:
    sent = f'{{"resourceType":"Observation","id":"o","valueQuantity":{{"value":{number}}}}}'
    back = stored(connection, resources, version_of(received(sent), identity))
    assert f'"value":{number}}}' in encode(back).decode()


def test_everything_comes_back_but_what_the_server_sets(
    connection: sqlite3.Connection, resources: Resources, identity: int
) -> None:
    sent = {
        "resourceType": "Observation",
        "id": "o",
        "meta": {"versionId": "9", "lastUpdated": "2020-01-01T00:00:00Z", "profile": ["urn:p"]},
        "text": {"status": "generated", "div": "<div>é</div>"},
        "status": "final",
        "_status": {"extension": [{"url": "urn:x", "valueString": "\U0001f600"}]},
        "note": [{"text": "words"}],
    }
    back = stored(connection, resources, version_of(sent, identity))
    assert back == sent | {"meta": {"profile": ["urn:p"]}}


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
trees = st.recursive(
    st.one_of(texts, st.booleans(), st.integers(-(2**53), 2**53)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(texts, trees, max_size=4), st.dictionaries(texts, trees, max_size=2))
def test_any_layout_is_packed_and_unpacked(rest: dict[str, Any], meta: dict[str, Any]) -> None:
    taken = {"resourceType", "id", "meta", "text", "contained"}
    resource = {name: value for name, value in rest.items() if name not in taken}
    resource |= {"resourceType": "Observation", "id": "o", "meta": meta}
    content = content_of(resource)
    assert unpack(pack(content)) == content
    assert json.loads(b"{" + content.rest + b"}") == {
        name: value for name, value in resource.items() if name not in taken
    }


def test_what_others_receive_is_kept_once_where_it_is_the_same() -> None:
    same = Content(b"{}", b"", b'"a":1', b'"a":1')
    other = Content(b"{}", b"", b'"a":1', b'"a":2')
    assert unpack(pack(same)) == same
    assert unpack(pack(other)) == other
    assert len(pack(same)) < len(pack(other))


def test_nothing_readable_is_in_the_row(
    connection: sqlite3.Connection, resources: Resources, identity: int
) -> None:
    sent = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Unmistakable"}]}
    sent["identifier"] = [{"system": "urn:n", "value": "unmistakable-number"}]
    new = version_of(sent, identity, indexed=index(sent))
    resources.add(connection, new)
    for table in ("resource", "content", "token_index", "fact", "identity"):
        for row in connection.execute(f"SELECT * FROM {table}"):
            held = b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
            assert b"nmistakable" not in held
            assert b"9990000018" not in held


@pytest.mark.parametrize("column", ["content", "version", "id", "row"])
def test_content_moved_or_altered_does_not_open(
    connection: sqlite3.Connection, resources: Resources, identity: int, column: str
) -> None:
    resources.add(connection, version_of({"resourceType": "Task", "id": "t"}, identity))
    moved = {
        "content": ["UPDATE content SET sealed = (SELECT key FROM identity)"],
        "version": ["UPDATE resource SET version = 2", "UPDATE content SET version = 2"],
        "id": ["UPDATE resource SET id = 'u'"],
        "row": ["DELETE FROM content"],
    }
    for statement in moved[column]:
        connection.execute(statement)
    row = searching.current(connection, "Task", "u" if column == "id" else "t")
    assert row is not None
    with pytest.raises(SealError):
        resources.opened(row)


def test_an_identitys_key_opens_no_others_content(
    connection: sqlite3.Connection,
    resources: Resources,
    keys: Keys,
    data_keys: DataKeys,
    identity: int,
) -> None:
    other = identities.register(connection, keys, data_keys, "p2", "a", None, None).identity.id
    resources.add(connection, version_of({"resourceType": "Task", "id": "t"}, identity))
    for table in ("resource", "content"):
        connection.execute(f"UPDATE {table} SET identity = ?", (other,))
    row = searching.current(connection, "Task", "t")
    assert row is not None
    with pytest.raises(SealError):
        resources.opened(row)


def test_a_further_version_keeps_the_one_before_and_replaces_its_indexes(
    connection: sqlite3.Connection, resources: Resources, identity: int
) -> None:
    first = {"resourceType": "Task", "id": "t", "status": "requested"}
    rid = resources.add(connection, version_of(first, identity, indexed=index(first))).rid
    second = first | {"status": "accepted"}
    resources.replace(connection, rid, version_of(second, identity, 2, indexed=index(second)))
    row = searching.current(connection, "Task", "t")
    assert row is not None
    assert (row.rid, row.version) == (rid, 2)
    assert whole(row, resources.opened(row))["status"] == "accepted"
    former = connection.execute("SELECT version FROM former WHERE rid = ?", (rid,)).fetchall()
    assert former == [(1,)]
    known = {resources.digest("token-status", each) for each in ("requested", "accepted")}
    held = connection.execute("SELECT value FROM token_index WHERE name = 'status'").fetchall()
    assert len(known & {value for (value,) in held}) == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_a_fact_of_words_is_kept_as_a_digest(resources: Resources, text: str) -> None:
    for kind in ("code", "text", "token-identifier"):
        digest = resources.digest(kind, text)
        assert len(digest) == 64
        assert digest != resources.digest(f"{kind}2", text)
    assert resources.digest("reference", "Task/1") == "Task/1"
    assert resources.digest("source", "Organization/1") == "Organization/1"
    assert resources.digest("source", "urn:x|1") != "urn:x|1"
