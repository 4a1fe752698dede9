"""RFC 6962 trees: the vectors of the Certificate Transparency tests, and the laws they keep."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.merkle import (
    EMPTY,
    Frontier,
    Levels,
    consistency_proof,
    frontier_from,
    inclusion_proof,
    leaf_hash,
    node_hash,
    roots_over,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(size):
    hashes = [leaf_hash(b"%d" % number) for number in range(size)]
    return lambda start, end: hashes[start:end]


def root_of(size):
    return Frontier().extended(leaves_of(size)(0, size)).root()


def defined_root(hashes):
    """The definition in RFC 6962, section 2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node_hash(defined_root(hashes[:half]), defined_root(hashes[half:]))


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY == hashlib.sha256().digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots_come_out(size):
    frontier = Frontier().extended(leaf_hash(leaf) for leaf in LEAVES[:size])
    assert frontier.root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ],
)
def test_the_known_paths_come_out(index, size, path):
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    proof = inclusion_proof(roots_over(lambda start, end: hashes[start:end]), index, size)
    assert [node.hex() for node in proof] == path


def test_the_known_consistency_proof_comes_out():
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    proof = consistency_proof(roots_over(lambda start, end: hashes[start:end]), 6, 8)
    assert [node.hex() for node in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_the_root_is_the_defined_one(entries):
    hashes = [leaf_hash(entry) for entry in entries]
    assert Frontier().extended(hashes).root() == defined_root(hashes)


@given(st.lists(st.integers(0, 9), max_size=12))
def test_any_grouping_gives_the_same_frontier(groups):
    leaves = leaves_of(sum(groups))
    grown, start = Frontier(), 0
    for group in groups:
        stored = frontier_from(grown.size, grown.to_bytes())
        grown, start = stored.extended(leaves(start, start + group)), start + group
    assert grown == Frontier().extended(leaves(0, start))


@pytest.mark.parametrize(("size", "stored"), [(1, b""), (2, b"x" * 64), (-1, b"x" * 32)])
def test_a_frontier_of_another_size_is_refused(size, stored):
    with pytest.raises(ValueError, match="one hash for each bit"):
        frontier_from(size, stored)


@pytest.mark.parametrize("size", range(1, 20))
def test_every_leaf_is_proved_and_no_other(size):
    leaves, root = leaves_of(size), root_of(size)
    for index in range(size):
        proof = inclusion_proof(roots_over(leaves), index, size)
        leaf = leaves(index, index + 1)[0]
        assert verify_inclusion(leaf, index, size, proof, root)
        assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
        assert not verify_inclusion(leaf, index, size, (*proof, root), root)
        assert not verify_inclusion(leaf, index, size, proof, EMPTY)
        assert not verify_inclusion(leaf, size, size, proof, root)
        assert not verify_inclusion(leaf, -1, size, proof, root)
        if proof:
            assert not verify_inclusion(leaf, index, size, proof[:-1], root)
            assert not verify_inclusion(leaf, index, size, (b"x" * 32, *proof[1:]), root)
        other = (index + 1) % size
        assert other == index or not verify_inclusion(leaf, other, size, proof, root)


@pytest.mark.parametrize("new", range(1, 20))
def test_growth_is_proved_and_nothing_else(new):
    leaves, root = leaves_of(new), root_of(new)
    for old in range(1, new + 1):
        proof, before = consistency_proof(roots_over(leaves), old, new), root_of(old)
        assert verify_consistency(old, new, proof, before, root)
        assert not verify_consistency(old, new, proof, EMPTY, root)
        assert not verify_consistency(old, new, proof, before, EMPTY)
        assert not verify_consistency(old, new, (*proof, root), before, root)
        assert not verify_consistency(0, new, proof, before, root)
        assert not verify_consistency(new + 1, new, proof, before, root)
        for at in range(len(proof)):
            bent = (*proof[:at], b"x" * 32, *proof[at + 1 :])
            assert not verify_consistency(old, new, bent, before, root)
            assert not verify_consistency(old, new, proof[:at], before, root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_path_to_a_leaf_outside_the_tree(index, size):
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(roots_over(leaves_of(3)), index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_proof_of_shrinking(old, new):
    with pytest.raises(ValueError, match="as large or larger"):
        consistency_proof(roots_over(leaves_of(4)), old, new)


@pytest.mark.parametrize("size", range(1, 20))
def test_kept_levels_give_the_same_proofs(size):
    roots, levels = roots_over(leaves_of(size)), Levels(leaves_of(size)(0, size))
    for index in range(size):
        assert inclusion_proof(levels.root, index, size) == inclusion_proof(roots, index, size)
        old = index + 1
        assert consistency_proof(levels.root, old, size) == consistency_proof(roots, old, size)
