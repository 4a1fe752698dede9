"""A site's file of licensed wording: what is read, and what is refused with its place named."""

import copy
from typing import Any

import pytest

from mappings.instruments import instrument
from mappings.wording import Unreadable, Wording, read

ITEMS = {"gad7-1": "Did the made-up bell ring?", "gad7-2": "Was the made-up door open?"}
FILE: dict[str, Any] = {
    "instruments": {
        "gad-7": {"licence": "© A. Owner; licence 7", "language": "en-GB", "items": ITEMS}
    }
}


def test_a_wording_is_read_with_its_licence_and_language():
    found = read(FILE)
    assert found == {"gad-7": Wording("© A. Owner; licence 7", "en-GB", ITEMS)}


def test_what_a_wording_leaves_out_is_named():
    found = read(FILE)
    assert not isinstance(found, Unreadable)
    held = instrument("gad-7")
    assert held is not None
    assert found["gad-7"].unworded(held)[0] == "gad7-3"


WRONG = {
    "no object": (lambda _: [], "instruments must be an object"),
    "no instrument": (lambda f: f | {"instruments": {}}, "instruments must be an object"),
    "another member": (lambda f: f | {"comment": "x"}, "comment is unknown"),
    "an unknown instrument": (
        lambda f: {"instruments": {"gad-8": f["instruments"]["gad-7"]}},
        "instruments.gad-8 must be one of assist-lite-uk, audit, audit-c",
    ),
    "an instrument that only lends a table": (
        lambda f: {"instruments": {"assist-lite": f["instruments"]["gad-7"]}},
        "instruments.assist-lite must be one of",
    ),
    "an instrument that is no object": (
        lambda _: {"instruments": {"gad-7": "x"}},
        "instruments.gad-7 must be an object with licence, language, items",
    ),
    "a member that is unknown": (
        lambda f: changed(f, licens="x"),
        "instruments.gad-7.licens is unknown",
    ),
    "no licence": (lambda f: changed(f, licence=None), "instruments.gad-7.licence must say whose"),
    "an empty licence": (lambda f: changed(f, licence=" "), "instruments.gad-7.licence must say"),
    "no language": (lambda f: changed(f, language=None), "instruments.gad-7.language must be"),
    "a language in words": (
        lambda f: changed(f, language="English"),
        "instruments.gad-7.language must be a language code such as en-GB",
    ),
    "no items": (lambda f: changed(f, items={}), "instruments.gad-7.items must be an object"),
    "an unknown item": (
        lambda f: changed(f, items={"gad7-99": "x"}),
        "instruments.gad-7.items.gad7-99 must be the linkId of an item of gad-7: gad7-1, gad7-2",
    ),
    "a total": (lambda f: changed(f, items={"total": "x"}), "items.total must be the linkId"),
    "an empty text": (
        lambda f: changed(f, items={"gad7-1": ""}),
        "instruments.gad-7.items.gad7-1 must be 1 to 2,000 printable characters",
    ),
    "a text of spaces": (lambda f: changed(f, items={"gad7-1": "  "}), "gad7-1 must be 1 to 2,000"),
    "a text in lines": (lambda f: changed(f, items={"gad7-1": "a\nb"}), "gad7-1 must be 1 to"),
    "a long text": (lambda f: changed(f, items={"gad7-1": "a" * 2001}), "gad7-1 must be 1 to"),
    "a number": (lambda f: changed(f, items={"gad7-1": 1}), "gad7-1 must be 1 to"),
    "a name in lines": (
        lambda f: changed(f, items={"gad7\n1": "x"}),
        "instruments.gad-7.items.'gad7\\n1' must be the linkId",
    ),
}


def changed(file: dict[str, Any], **members: Any) -> dict[str, Any]:
    made = copy.deepcopy(file)
    made["instruments"]["gad-7"] |= members
    return made


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_the_place_named(name):
    change, said = WRONG[name]
    found = read(change(FILE))
    assert isinstance(found, Unreadable)
    lines = [f"{one.where} {one.reason}" for one in found.faults]
    assert any(said in line for line in lines), lines
    assert not any("\n" in line for line in lines)


def test_everything_that_is_wrong_is_said_at_once():
    found = read(changed(FILE, licence="", language="", items={"gad7-1": "", "x": "y"}))
    assert isinstance(found, Unreadable)
    assert len(found.faults) == 4


@pytest.mark.parametrize("text", ["a", "a" * 2000, "Cwestiwn â llythrennau?", "<b>?"])
def test_any_text_in_one_line_is_a_text(text):
    assert not isinstance(read(changed(FILE, items={"gad7-1": text})), Unreadable)
