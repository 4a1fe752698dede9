"""A receipt holds, or names its first fault: whatever was changed in it, and by whom."""

from __future__ import annotations

import base64
import os
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from receipts_made import (
    CONSENT,
    NAME,
    NAMED,
    SALT,
    SIGNER,
    VERSION,
    MadeLog,
    entry,
    place,
    receipt,
    signer,
)

from gateway.audit.checking_receipt import Faulty, ReceiptFault, Sound, check
from gateway.audit.checkpoint import Checkpoint, sign
from gateway.audit.consent_receipt import LONGEST, Place, encoded, jwk, signed
from gateway.audit.merkle import leaf_hash
from gateway.audit.note import Signer
from gateway.audit.pinning import pin, pinned

FULL = os.environ.get("ONESTORY_FULL") == "1"
GOOD = signed(receipt(), SIGNER)
BASE64URL = string.ascii_letters + string.digits + "-_"


def kind(text: str, *notes: str, by: Signer = SIGNER) -> ReceiptFault | None:
    found = check(text, by.verifier, notes or None)
    return found.kind if isinstance(found, Faulty) else None


def resigned(**changes: Any) -> str:
    """A receipt that the log's key signed all the same: only the key's owner could."""
    return signed(receipt(**changes), SIGNER)


def test_a_receipt_holds() -> None:
    found = check(GOOD, SIGNER.verifier)
    assert isinstance(found, Sound)
    assert (found.size, found.pinned, found.confirmed) == (11, True, False)


@pytest.mark.parametrize("size", range(1, 18))
def test_wherever_the_entry_stands(size: int) -> None:
    for index in range(size):
        log = MadeLog(size, index)
        assert kind(signed(receipt(log), SIGNER)) is None


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(BASE64URL + ".=+/ \n\x00é"))
@settings(max_examples=5_000 if FULL else 300)
def test_any_changed_character_is_found(place_: int, character: str) -> None:
    changed = GOOD[:place_] + character + GOOD[place_ + 1 :]
    assert (kind(changed) is None) == (changed == GOOD)


def test_each_flipped_bit_of_the_last_character_is_found() -> None:
    """Base64url leaves bits of a last character unused: they may say nothing else."""
    for character in BASE64URL:
        changed = GOOD[:-1] + character
        assert (kind(changed) is None) == (changed == GOOD)
    header, payload, signature = GOOD.split(".")
    for character in BASE64URL:
        changed = f"{header}.{payload[:-1]}{character}.{signature}"
        assert (kind(changed) is None) == (changed == GOOD)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 40))
@settings(max_examples=500 if FULL else 60)
def test_any_part_that_is_missing_is_found(start: int, length: int) -> None:
    assert kind(GOOD[:start] + GOOD[start + length :]) is not None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "not a receipt", GOOD + ".", "." + GOOD])
def test_what_is_no_receipt_cannot_be_read(text: str) -> None:
    assert kind(text) is ReceiptFault.UNREADABLE


def test_what_is_far_too_long_is_not_read() -> None:
    assert kind("A" * (LONGEST + 1)) is ReceiptFault.UNREADABLE


def test_another_algorithm_or_no_signature_is_refused() -> None:
    _, payload, signature = GOOD.split(".")
    for header in (
        b'{"alg":"none"}',
        b'{"alg":"HS256","kid":"k","typ":"onestory-receipt+json"}',
        b'{"alg":"Ed25519","kid":"k","typ":"onestory-receipt+json","crit":"b64"}',
        b'["alg"]',
    ):
        assert kind(f"{encoded(header)}.{payload}.{signature}") is ReceiptFault.UNREADABLE
        assert kind(f"{encoded(header)}.{payload}.") is ReceiptFault.UNREADABLE


def test_a_receipt_of_another_log_is_refused() -> None:
    for other in (signer(b"t"), signer(name="log.example/other"), signer(b"t", "other")):
        assert kind(signed(receipt(), other)) is ReceiptFault.ANOTHER_LOG
    assert kind(resigned(place=place(MadeLog(), log="log.example/other"))) is (
        ReceiptFault.ANOTHER_LOG
    )


def test_a_signature_that_was_moved_from_another_receipt_does_not_fit() -> None:
    other = resigned(words=("You said that everyone may see everything.",))
    head, payload, _ = GOOD.split(".")
    assert kind(f"{head}.{payload}.{other.split('.')[2]}") is ReceiptFault.SIGNATURE


def test_a_signed_checkpoint_is_no_receipt() -> None:
    assert kind(MadeLog().note()) is ReceiptFault.UNREADABLE


def test_what_was_signed_as_something_else_is_no_receipt() -> None:
    other = signed(receipt(schema="https://onestory.example/fhir/receipt/2"), SIGNER)
    assert kind(other) is ReceiptFault.UNREADABLE


class TestWhereTheEntryIsNotShown:
    """Its leaf stands in its place."""

    @staticmethod
    def unshown(**changes: str) -> Place:
        leaf = base64.b64encode(leaf_hash(MadeLog().bodies[MadeLog().index])).decode()
        return place(MadeLog(), **({"entry": "", "leaf": leaf} | changes))

    def test_it_holds_and_says_that_the_log_key_alone_vouches(self) -> None:
        found = check(resigned(place=self.unshown()), SIGNER.verifier)
        assert isinstance(found, Sound)
        assert (found.shown, found.pinned) == (False, False)

    @pytest.mark.parametrize(
        "leaf", ["", "AAAA", "no base64", base64.b64encode(b"x" * 32).decode()]
    )
    def test_another_leaf_or_none_leads_nowhere(self, leaf: str) -> None:
        assert kind(resigned(place=self.unshown(leaf=leaf))) is ReceiptFault.PROOF

    def test_both_lead_nowhere(self) -> None:
        both = self.unshown(entry=MadeLog().bodies[6].decode())
        assert kind(resigned(place=both)) is ReceiptFault.PROOF

    def test_it_is_about_the_consent_that_it_holds(self) -> None:
        other = resigned(place=self.unshown(), version="Consent/another/_history/1")
        assert kind(other) is ReceiptFault.ENTRY


class TestTheProof:
    def test_a_truncated_path_leads_nowhere(self) -> None:
        path = MadeLog().path()
        for count in range(len(path)):
            cut = place(MadeLog(), path=path[:count])
            assert kind(resigned(place=cut)) is ReceiptFault.PROOF

    def test_nor_one_that_goes_on(self) -> None:
        path = MadeLog().path()
        long = place(MadeLog(), path=(*path, path[-1]))
        assert kind(resigned(place=long)) is ReceiptFault.PROOF

    def test_nor_one_in_another_order(self) -> None:
        turned = place(MadeLog(), path=MadeLog().path()[::-1])
        assert kind(resigned(place=turned)) is ReceiptFault.PROOF

    def test_nor_one_that_is_not_base64(self) -> None:
        assert kind(resigned(place=place(MadeLog(), path=("%",)))) is ReceiptFault.PROOF

    @pytest.mark.parametrize("index", [-1, 0, 5, 7, 10, 11, 2**70])
    def test_nor_one_of_another_index(self, index: int) -> None:
        moved = place(MadeLog(), index=index)
        assert kind(resigned(place=moved)) in (ReceiptFault.PROOF, ReceiptFault.UNREADABLE)

    def test_the_checkpoint_of_another_tree_does_not_fit(self) -> None:
        other = place(MadeLog(), checkpoint=MadeLog(12, 6).note())
        assert kind(resigned(place=other)) is ReceiptFault.PROOF

    def test_a_checkpoint_that_another_key_signed_is_not_trusted(self) -> None:
        forged = place(MadeLog(), checkpoint=MadeLog().note(signer(b"t")))
        assert kind(resigned(place=forged)) is ReceiptFault.CHECKPOINT
        none = place(MadeLog(), checkpoint="")
        assert kind(resigned(place=none)) is ReceiptFault.CHECKPOINT


class TestTheEntry:
    @pytest.mark.parametrize(
        "changes",
        [
            {"outcome": "refused"},
            {"entities": ("Consent/0d0f6f1d-8f0b-4a53-9d8c-6f2c1f0e2a11",)},
        ],
    )
    def test_one_that_records_something_else_is_named(self, changes: dict[str, Any]) -> None:
        log = MadeLog(own=entry(6, **changes))
        assert kind(signed(receipt(log), SIGNER)) is ReceiptFault.ENTRY

    @pytest.mark.parametrize(
        "changes",
        [
            {"consent": "no json"},
            {"consent": pinned(CONSENT | {"id": "another"})},
            {"version": "Consent/another/_history/1"},
            {"record": {"consent": NAMED, "status": "inactive"}},
            {"record": {"consent": "Consent/another", "status": "active"}},
        ],
    )
    def test_a_receipt_about_something_else_is_named(self, changes: dict[str, Any]) -> None:
        assert kind(resigned(**changes)) is ReceiptFault.ENTRY

    @pytest.mark.parametrize(
        "changes",
        [
            {"consent": pinned(CONSENT | {"provision": {"type": "permit"}})},
            {"salt": encoded(b"other" * 6)},
            {"salt": "%"},
        ],
    )
    def test_other_words_than_those_that_were_pinned_are_found(
        self, changes: dict[str, Any]
    ) -> None:
        assert kind(resigned(**changes)) is ReceiptFault.ALTERED

    def test_an_older_entry_pins_nothing_and_the_receipt_says_so(self) -> None:
        found = check(signed(receipt(MadeLog(own=entry(6, agreed=()))), SIGNER), SIGNER.verifier)
        assert isinstance(found, Sound)
        assert not found.pinned


class TestACheckpointFromElsewhere:
    def test_one_that_agrees_confirms_it(self) -> None:
        found = check(GOOD, SIGNER.verifier, [MadeLog().note()])
        assert isinstance(found, Sound)
        assert found.confirmed

    def test_one_among_many_is_enough(self) -> None:
        assert kind(GOOD, *(MadeLog(size, 0).note() for size in (3, 5)), MadeLog().note()) is None

    def test_one_of_another_tree_shows_a_fork(self) -> None:
        other = sign(SIGNER, Checkpoint(11, b"x" * 32))
        assert kind(GOOD, other) is ReceiptFault.FORKED

    def test_one_of_another_size_says_nothing(self) -> None:
        assert kind(GOOD, MadeLog(12, 6).note()) is ReceiptFault.UNCONFIRMED
        assert check(GOOD, SIGNER.verifier, []) != check(GOOD, SIGNER.verifier)

    def test_one_that_another_key_signed_is_not_trusted(self) -> None:
        assert kind(GOOD, MadeLog().note(signer(b"t"))) is ReceiptFault.CHECKPOINT


class TestPinning:
    def test_the_salt_and_the_version_are_part_of_it(self) -> None:
        text = pinned(CONSENT)
        assert pin(SALT, VERSION, text) == pin(SALT, VERSION, text)
        assert pin(b"other", VERSION, text) != pin(SALT, VERSION, text)
        assert pin(SALT, VERSION + "0", text)[-43:] != pin(SALT, VERSION, text)[-43:]

    def test_the_order_of_names_is_not(self) -> None:
        turned = dict(reversed(CONSENT.items()))
        assert pinned(turned) == pinned(CONSENT)

    def test_the_order_of_values_is(self) -> None:
        purposes = [{"code": "TREAT"}, {"code": "COC"}]
        one, other = CONSENT | {"performer": purposes}, CONSENT | {"performer": purposes[::-1]}
        assert pinned(one) != pinned(other)

    def test_what_decides_nothing_is_left_out(self) -> None:
        assert pinned(CONSENT | {"text": {"div": "x"}, "contained": [{}]}) == pinned(CONSENT)

    def test_the_profile_decides(self) -> None:
        profiled = CONSENT | {"meta": {"profile": ["https://profiles.example/x"], "versionId": "2"}}
        assert "profiles.example" in pinned(profiled)
        assert "versionId" not in pinned(profiled)


def test_the_public_key_is_given_for_other_tools_without_its_secret() -> None:
    assert set(jwk(SIGNER.verifier)) == {"kty", "crv", "alg", "use", "kid", "x"}
    assert jwk(SIGNER.verifier)["kid"].startswith(NAME + "+")
