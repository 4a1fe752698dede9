"""`onestory receipt verify`: what was agreed in words, the first fault by its kind, an exit."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "audit"))  # receipts made without a server

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from receipts_made import SIGNER, MadeLog, receipt, signer

from gateway.audit.checkpoint import Checkpoint, sign, to_line
from gateway.audit.consent_receipt import signed
from gateway.cli.receipt import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A receipt, and what is needed to check it."""
    (tmp_path / "receipt.jws").write_text(signed(receipt(), SIGNER))
    (tmp_path / "audit.pub").write_text(SIGNER.verifier.text() + "\n")
    (tmp_path / "checkpoint").write_text(MadeLog().note(), "utf-8")
    return tmp_path


def run(folder: Path, *words: str, file: str = "receipt.jws", key: str = "audit.pub") -> Result:
    asked = ["verify", str(folder / file), "--key", str(folder / key), *words]
    return CliRunner().invoke(app, asked)


def test_a_receipt_that_holds_is_read_out_and_exits_0(folder: Path) -> None:
    ran = run(folder)
    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith("You said that nobody may see anything about you.\n")
    assert "is entry 6 of 11 in log.example/test" in ran.stdout


def test_a_line_end_after_it_does_no_harm_and_anything_else_does(folder: Path) -> None:
    whole = (folder / "receipt.jws").read_text()
    for ending, code in (("\n", 0), ("\r\n", 0), ("\n\n", 1), (" ", 1), ("A", 1)):
        (folder / "receipt.jws").write_bytes((whole + ending).encode())
        assert run(folder).exit_code == code, repr(ending)


def test_the_same_as_json(folder: Path) -> None:
    told = json.loads(run(folder, "--json").stdout)
    assert told["sound"] is True
    assert (told["index"], told["size"], told["pinned"]) == (6, 11, True)
    assert told["words"][-1] == "This choice counts."


def test_the_first_fault_is_named_and_exits_1(folder: Path) -> None:
    whole = (folder / "receipt.jws").read_text()
    middle = len(whole) // 2
    other = "A" if whole[middle] != "A" else "B"
    (folder / "receipt.jws").write_text(whole[:middle] + other + whole[middle + 1 :])
    ran = run(folder)
    assert ran.exit_code == 1
    assert ran.stdout.startswith("signature: ")
    told = json.loads(run(folder, "--json").stdout)
    assert (told["sound"], told["kind"]) == (False, "signature")


def test_another_key_is_said_to_be_another(folder: Path) -> None:
    (folder / "other.pub").write_text(signer(b"t").verifier.text())
    ran = run(folder, key="other.pub")
    assert ran.exit_code == 1
    assert ran.stdout.startswith("another-log: ")


def test_a_checkpoint_from_elsewhere_confirms_it(folder: Path) -> None:
    ran = run(folder, "--checkpoint", str(folder / "checkpoint"))
    assert ran.exit_code == 0
    assert "a checkpoint from elsewhere agrees" in ran.stdout


def test_a_file_of_checkpoints_does_too(folder: Path) -> None:
    lines = [to_line(MadeLog(size, 0).note()) for size in (2, 5)] + [to_line(MadeLog().note())]
    torn = to_line(MadeLog(12, 0).note())[:-9]
    (folder / "checkpoint").write_text("".join(lines) + torn, "utf-8")
    assert run(folder, "--checkpoint", str(folder / "checkpoint")).exit_code == 0


def test_one_of_another_tree_shows_a_fork(folder: Path) -> None:
    (folder / "checkpoint").write_text(sign(SIGNER, Checkpoint(11, b"x" * 32)), "utf-8")
    ran = run(folder, "--checkpoint", str(folder / "checkpoint"))
    assert ran.exit_code == 1
    assert ran.stdout.startswith("forked: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--checkpoint", "missing"), "--checkpoint: "),
        (("--checkpoint", "audit.json"), "--key or --checkpoint: "),
    ],
)
def test_a_file_that_cannot_be_used_exits_2(
    folder: Path, words: tuple[str, str], said: str
) -> None:
    (folder / "audit.json").write_text('"no checkpoint\n')
    option, name = words
    ran = run(folder, option, str(folder / name))
    assert ran.exit_code == 2
    assert ran.stderr.startswith(said)
    assert len(ran.stderr.splitlines()) == 1


def test_so_does_a_key_that_is_none_and_a_receipt_that_is_missing(folder: Path) -> None:
    (folder / "none.pub").write_text("no key")
    assert run(folder, key="none.pub").exit_code == 2
    assert run(folder, key="missing.pub").exit_code == 2
    assert run(folder, file="missing.jws").exit_code == 2


def test_the_key_for_other_tools_checks_the_signature(folder: Path) -> None:
    ran = CliRunner().invoke(app, ["key", str(folder / "audit.pub")])
    assert ran.exit_code == 0
    known = json.loads(ran.stdout)
    head, payload, signature = (folder / "receipt.jws").read_text().split(".")
    public = Ed25519PublicKey.from_public_bytes(_raw(known["x"]))
    public.verify(_raw(signature), f"{head}.{payload}".encode())
    assert json.loads(_raw(head))["kid"] == known["kid"]
    (folder / "none.pub").write_text("no key")
    assert CliRunner().invoke(app, ["key", str(folder / "none.pub")]).exit_code == 2


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_bytes_that_are_no_text_cannot_be_read(folder: Path) -> None:
    (folder / "receipt.jws").write_bytes(b"\xff\xfe")
    ran = run(folder)
    assert ran.exit_code == 1
    assert ran.stdout.startswith("unreadable: ")
