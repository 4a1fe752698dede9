"""Keys are made once, whole, and for the owner alone."""

from __future__ import annotations

import json
import stat
from dataclasses import fields

import pytest

from gateway.audit.note import verifier
from gateway.keys import KeysExist, KeysMissing, create, load, public


@pytest.fixture
def directory(tmp_path):
    made = tmp_path / "deep" / "keys"
    create(made)
    return made


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_all_keys_are_there_and_no_two_are_alike(directory):
    keys = load(directory)
    raw = [keys.wrapping, keys.index, keys.version, keys.token, keys.session]
    raw.append(keys.audit.private_bytes_raw())
    assert {len(key) for key in raw} == {32}
    assert len(set(raw)) == len(raw)
    assert load(directory).wrapping == keys.wrapping


def test_only_the_owner_reads_them(directory):
    assert mode(directory) == 0o700
    assert mode(directory / "keys.json") == 0o600
    assert sorted(path.name for path in directory.iterdir()) == ["audit.pub", "keys.json"]


def test_audit_pub_is_the_verifier_of_the_log(directory):
    read = verifier((directory / "audit.pub").read_text())
    keys = load(directory)
    assert read.name == keys.audit_name == "onestory.example/log"
    assert read.opened(keys.signer.signed("text\n")) == "text\n"


def test_keys_are_never_replaced(directory):
    before = (directory / "keys.json").read_bytes()
    with pytest.raises(KeysExist):
        create(directory)
    assert (directory / "keys.json").read_bytes() == before
    assert len(list(directory.iterdir())) == 2


def test_of_two_who_make_keys_at_once_one_is_refused(directory, monkeypatch):
    monkeypatch.setattr("pathlib.Path.exists", lambda path: False)
    with pytest.raises(KeysExist):
        create(directory)
    assert len(list(directory.iterdir())) == 2


def test_a_directory_with_other_files_takes_keys(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    create(tmp_path)
    assert load(tmp_path)


def test_no_keys_is_said_in_one_line(tmp_path):
    with pytest.raises(KeysMissing, match="run onestory keys init") as told:
        load(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["wrapping", "index", "audit", "audit_name"])
@pytest.mark.parametrize("change", ["absent", "", "?", 7, "a b"])
def test_keys_that_are_not_whole_are_refused(directory, name, change):
    path = directory / "keys.json"
    held = json.loads(path.read_text())
    if change == "absent":
        del held[name]
    else:
        held[name] = change
    path.write_text(json.dumps(held))
    if name == "audit_name" and change in ("?", 7):
        assert load(directory)
        return
    with pytest.raises(KeysMissing, match="not whole"):
        load(directory)


@pytest.mark.parametrize("content", ["", "[]", "{", "7"])
def test_a_file_that_holds_no_keys_is_refused(directory, content):
    (directory / "keys.json").write_text(content)
    with pytest.raises(KeysMissing, match="not whole"):
        load(directory)


def test_the_public_key_can_be_had_again(directory):
    before = (directory / "audit.pub").read_text()
    (directory / "audit.pub").unlink()
    assert public(directory) + "\n" == before
    assert (directory / "audit.pub").read_text() == before


def test_the_log_may_have_another_name(tmp_path):
    create(tmp_path / "keys", "gateway.nhs.example/log")
    assert load(tmp_path / "keys").signer.name == "gateway.nhs.example/log"


def test_a_name_that_cannot_stand_in_a_signature_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no spaces"):
        create(tmp_path / "keys", "my log")
    assert not (tmp_path / "keys").exists()


def test_keys_are_not_shown(directory):
    keys = load(directory)
    assert repr(keys) == "Keys(audit_name='onestory.example/log')"
    assert len(fields(keys)) == 7
