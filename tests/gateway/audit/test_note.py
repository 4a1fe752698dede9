"""Signed notes and checkpoints, against the specifications' own example."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import Checkpoint, from_line, read, sign, to_line
from gateway.audit.merkle import leaf_hash
from gateway.audit.note import NoteError, SignatureError, Signer, is_key_name, verifier
from gateway.audit.receipt import receipt, receipted

# The example of golang.org/x/mod/sumdb/note, which C2SP's signed-note specifies.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"s" * 32))
OTHER = Signer("log.example/test", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
CHECKPOINT = Checkpoint(7, b"r" * 32)


def test_the_known_note_opens():
    text = verifier(PETER).opened(NOTE)
    assert text.endswith("what your problem is.\n")


def test_the_known_note_does_not_open_when_changed():
    with pytest.raises(SignatureError, match="does not fit"):
        verifier(PETER).opened(NOTE.replace("answer", "Answer"))


def test_a_verifier_key_survives_its_text():
    assert verifier(PETER).text() == PETER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name+id",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("+AR", "+AQ"),
        PETER.replace("+AR", "+BR"),
        PETER[:-4],
        PETER + "=",
        PETER + "ö",
    ],
)
def test_a_verifier_key_that_does_not_fit_is_refused(text):
    with pytest.raises(NoteError):
        verifier(text)


@pytest.mark.parametrize(
    ("name", "fits"), [("a.example/log", True), ("", False), ("a b", False), ("a+b", False)]
)
def test_a_key_name_has_no_space_and_no_plus(name, fits):
    assert is_key_name(name) is fits


def test_a_checkpoint_is_read_back():
    note = sign(SIGNER, CHECKPOINT)
    assert note.startswith("log.example/test\n7\ncnJy")
    assert read(note, SIGNER.verifier) == CHECKPOINT


def test_signatures_by_others_are_passed_over():
    note = sign(SIGNER, CHECKPOINT)
    other = OTHER.signed(note.partition("\n\n")[0] + "\n").partition("\n\n")[2]
    assert read(note.replace("\n\n", "\n\n" + other), SIGNER.verifier) == CHECKPOINT


def test_a_checkpoint_by_another_key_is_refused():
    with pytest.raises(SignatureError, match="is not signed by"):
        read(sign(OTHER, CHECKPOINT), SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "other.example/log\n7\n" + "cnJy" * 10 + "cnI=\n",
        "log.example/test\n7\n",
        "log.example/test\n07\n" + "cnJy" * 10 + "cnI=\n",
        "log.example/test\n-7\n" + "cnJy" * 10 + "cnI=\n",
        "log.example/test\n٧\n" + "cnJy" * 10 + "cnI=\n",
        "log.example/test\n7\ncnJy\n",
        "log.example/test\n7\n?\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        read(SIGNER.signed(text), SIGNER.verifier)


@pytest.mark.parametrize(
    "note",
    ["", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n— name c2ln", "text\n\n— name ?\n"],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteError):
        SIGNER.verifier.opened(note)


def test_a_text_without_a_last_newline_is_not_signed():
    with pytest.raises(NoteError, match="ends in a newline"):
        SIGNER.signed("text")


def test_a_line_of_the_file_is_read_back():
    note = sign(SIGNER, CHECKPOINT)
    assert to_line(note).count("\n") == 1
    assert from_line(to_line(note)) == note


@pytest.mark.parametrize("line", ["", '"torn', "7", ' "spaced"'])
def test_a_line_in_another_form_is_refused(line):
    with pytest.raises(NoteError):
        from_line(line)


def test_the_private_key_is_not_shown():
    assert repr(SIGNER) == "Signer(name='log.example/test')"


def test_a_receipt_names_the_leaf_and_nothing_else():
    leaf = leaf_hash(b"entry")
    note = receipt(SIGNER, leaf)
    assert receipted(note, SIGNER.verifier) == leaf
    assert len(note.split("\n")) == 5


def test_a_receipt_by_another_key_is_refused():
    with pytest.raises(SignatureError):
        receipted(receipt(OTHER, leaf_hash(b"entry")), SIGNER.verifier)


def test_receipts_and_checkpoints_are_not_taken_for_each_other():
    with pytest.raises(NoteError):
        receipted(sign(SIGNER, CHECKPOINT), SIGNER.verifier)
    with pytest.raises(NoteError):
        read(receipt(SIGNER, leaf_hash(b"entry")), SIGNER.verifier)
