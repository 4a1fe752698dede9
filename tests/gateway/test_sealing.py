"""What is sealed opens with its own key in its own place, and nowhere else."""

from __future__ import annotations

import threading

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from gateway.storage.sealing import (
    NONCE,
    DataKey,
    DataKeys,
    SealError,
    hmac_bytes,
    hmac_hex,
    new_data_key,
    open_sealed,
    seal,
    unwrap,
    version_id,
    wrap,
)

WRAPPING = bytes(range(32))
KEY = AESGCMSIV(b"k" * 32)
DATA_KEY = DataKey(b"k" * 32)


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens(plaintext, context):
    assert open_sealed(KEY, seal(KEY, plaintext, context), context) == plaintext
    assert DATA_KEY.open(DATA_KEY.seal(plaintext, context), context) == plaintext


@given(st.binary(min_size=1, max_size=50), st.integers(0, 10**6))
def test_any_flipped_bit_keeps_it_shut(plaintext, bit):
    sealed = bytearray(seal(KEY, plaintext, b"here"))
    sealed[bit // 8 % len(sealed)] ^= 1 << bit % 8
    with pytest.raises(SealError):
        open_sealed(KEY, bytes(sealed), b"here")
    sealed = bytearray(DATA_KEY.seal(plaintext, b"here"))
    sealed[bit // 8 % len(sealed)] ^= 1 << bit % 8
    with pytest.raises(SealError):
        DATA_KEY.open(bytes(sealed), b"here")


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_piece_stays_shut(length):
    with pytest.raises(SealError):
        open_sealed(KEY, seal(KEY, b"text", b"here")[:length], b"here")
    with pytest.raises(SealError):
        DATA_KEY.open(DATA_KEY.seal(b"text", b"here")[:length], b"here")


def test_what_was_moved_stays_shut():
    with pytest.raises(SealError):
        open_sealed(KEY, seal(KEY, b"text", b"here"), b"there")
    with pytest.raises(SealError):
        DATA_KEY.open(DATA_KEY.seal(b"text", b"here"), b"there")


def test_equal_texts_are_sealed_differently():
    assert seal(KEY, b"text", b"here") != seal(KEY, b"text", b"here")
    assert DATA_KEY.seal(b"text", b"here") != DATA_KEY.seal(b"text", b"here")


def test_no_nonce_repeats_for_other_content_where_randomness_fails(monkeypatch):
    monkeypatch.setattr("os.urandom", bytes)
    sealed = [DATA_KEY.seal(content, where) for content in (b"a", b"b") for where in (b"x", b"y")]
    assert len({each[:NONCE] for each in sealed}) == len(sealed)


def test_content_sealed_in_the_former_way_opens():
    assert DATA_KEY.open(seal(KEY, b"text", b"here"), b"here") == b"text"


def test_a_wrapped_key_is_unwrapped_where_it_belongs():
    data_key = new_data_key()
    wrapped = wrap(WRAPPING, data_key, b"identity/1")
    assert unwrap(WRAPPING, wrapped, b"identity/1") == data_key
    with pytest.raises(SealError):
        unwrap(WRAPPING, wrapped, b"identity/2")
    with pytest.raises(SealError):
        unwrap(b"o" * 32, wrapped, b"identity/1")


def test_a_wrapped_key_is_not_opened_as_content():
    wrapped = wrap(WRAPPING, new_data_key(), b"identity/1")
    with pytest.raises(SealError):
        open_sealed(AESGCMSIV(WRAPPING), wrapped, b"identity/1")


def test_a_data_key_is_unwrapped_once():
    keys = DataKeys(WRAPPING)
    wrapped = keys.new(1)
    assert keys.of(1, wrapped) is keys.of(1, wrapped)


def test_a_data_key_opens_for_its_identity_only():
    keys = DataKeys(WRAPPING)
    wrapped = keys.new(1)
    keys.of(1, wrapped)
    with pytest.raises(SealError):
        keys.of(2, wrapped)


def test_a_key_of_a_row_that_was_rolled_back_is_not_used_for_the_next():
    keys = DataKeys(WRAPPING)
    abandoned, stands = keys.new(1), keys.new(1)
    keys.of(1, abandoned)
    sealed = keys.of(1, stands).seal(b"text", b"here")
    assert DataKeys(WRAPPING).of(1, stands).open(sealed, b"here") == b"text"


def test_only_the_keys_used_last_are_kept_ready():
    keys = DataKeys(WRAPPING, most=2)
    wrapped = {identity: keys.new(identity) for identity in (1, 2, 3)}
    first, second = keys.of(1, wrapped[1]), keys.of(2, wrapped[2])
    assert keys.of(1, wrapped[1]) is first
    keys.of(3, wrapped[3])
    assert keys.of(1, wrapped[1]) is first
    assert keys.of(2, wrapped[2]) is not second


def test_two_threads_use_the_same_keys():
    keys = DataKeys(WRAPPING, most=4)
    wrapped = [keys.new(identity) for identity in range(8)]
    failures = []

    def use():
        try:
            for turn in range(400):
                key = keys.of(turn % 8, wrapped[turn % 8])
                assert key.open(key.seal(b"text", b""), b"") == b"text"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_domains_and_keys_are_apart():
    text = "9990000018"
    made = {
        hmac_hex(b"a" * 32, "nhs-number", text),
        hmac_hex(b"b" * 32, "nhs-number", text),
        hmac_hex(b"a" * 32, "person", text),
    }
    assert len(made) == 3
    assert hmac_bytes(b"a" * 32, "person", text).hex() in made
    assert hmac_hex(b"a" * 32, "x", "y\0z") != hmac_hex(b"a" * 32, "x\1", "z")
    with pytest.raises(ValueError, match="NUL"):
        hmac_hex(b"a" * 32, "x\0y", "z")


def test_a_version_id_is_16_hex_digits_and_moves_with_what_it_is_made_of():
    whole = ("Observation/1", 1, (4, 3, 0, 0), b"")
    changes = [
        ("Observation/2", 1, (4, 3, 0, 0), b""),
        ("Observation/1", 2, (4, 3, 0, 0), b""),
        ("Observation/1", 1, (4, 4, 0, 0), b""),
        ("Observation/1", 1, (4, 3, 0), b""),
        ("Observation/1", 1, (4, 3, 0, 0), b"view"),
    ]
    made = {version_id(b"v" * 32, *parts) for parts in [whole, *changes]}
    assert len(made) == 6
    assert version_id(b"v" * 32, *whole) == version_id(b"v" * 32, *whole)
    assert version_id(b"w" * 32, *whole) not in made
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in made)
