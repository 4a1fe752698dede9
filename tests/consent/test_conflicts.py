"""What is said beside a consent: what another denies, what changes nothing, who is nobody known."""

from __future__ import annotations

import pytest

from consent.conflicts import conflicts
from consent.directory import Directory
from consent.reading import read
from consent.teams import Team
from consent.unresolved import unresolved_actors

A = {"recipient": ["Organization/a"]}
BOTH = {"recipient": ["Organization/a", "Organization/b"]}
PCF = {"versionId": "1", "profile": ["https://profiles.ihe.net/ITI/PCF/StructureDefinition/x"]}


def permit(*inside, **criteria):
    return {"type": "permit", "inside": list(inside)} | criteria


def deny(*inside, **criteria):
    return {"type": "deny", "inside": list(inside)} | criteria


# id: what is written, what stands already, and the severity of what is said
TABLE = {
    "a permit that a denial covers": (permit(**A), deny(**BOTH), "warning"),
    "a permit inside what a denial covers": (permit(topic=["ETHUD"], **A), deny(), "warning"),
    "a denial that covers a permit": (deny(**BOTH), permit(**A), "information"),
    "a permit of direct care, denied for treatment": (
        permit(**A),
        deny(purpose=["TREAT"]),
        "warning",
    ),
    "a permit of one direction, denied for the other": (
        permit(action=["access"], **A),
        deny(action=["disclose"]),
        "warning",
    ),
    "a denial that takes a part away": (permit(**A), deny(topic=["ETHUD"]), None),
    "a denial for another purpose": (
        permit(purpose=["HRESCH"], **A),
        deny(purpose=["TREAT"]),
        None,
    ),
    "a denial of others": (permit(**BOTH), deny(**A), None),
    "a denial with an exception": (permit(**A), deny(permit(**A)), None),
    "a denial that says nothing of emergencies": (permit(purpose=["ETREAT"], **A), deny(), None),
    "two permits": (permit(**A), permit(**A), None),
    "two denials": (deny(**A), deny(**A), None),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_what_contradicts_another_consent_is_said(say, row) -> None:
    written, standing, severity = row
    other = say.source(say.consent(standing, id="other"))
    found = conflicts(read(say.consent(written))[0], [other])
    assert [fault.severity for fault in found] == ([] if severity is None else [severity])
    assert all("Consent/other" in fault.diagnostics for fault in found)


def test_a_conflict_names_the_nested_permit(say) -> None:
    written = read(say.consent(deny(permit(**A))))[0]
    (fault,) = conflicts(written, [say.source(say.consent(deny(**BOTH)))])
    assert fault.expression == "Consent.provision.provision[0]"


def test_what_is_said_of_a_covered_permit_is_so(say) -> None:
    for written, standing, severity in TABLE.values():
        both = [say.consent(written, id="c1"), say.consent(standing, id="c2")]
        if severity is not None:
            assert say.verdict(both, {"recipient": "Organization/a"}).strength != "permit"


def test_in_a_pcf_consent_a_nested_permit_is_no_dead_provision(say) -> None:
    root = permit(permit(recipient=["Organization/b"]), **A)
    assert [fault.severity for fault in read(say.consent(root))[1]] == ["warning"]
    assert read(say.consent(root, meta=PCF))[1] == ()
    doubled = deny(deny(**A))
    assert [fault.severity for fault in read(say.consent(doubled, meta=PCF))[1]] == ["warning"]


@pytest.mark.parametrize(
    ("party", "is_told"),
    [
        ("Organization/a", False),
        ("Organization/ghost", True),
        ("#inside", True),
        ("https://elsewhere.test/Organization/a", True),
        ("", True),
        ("CareTeam/empty", True),
        ("CareTeam/unknown", True),
    ],
)
def test_who_cannot_be_told_apart_is_said(say, party, is_told) -> None:
    directory = Directory(known=frozenset({"Organization/a"}), teams={"CareTeam/empty": (Team(),)})
    for root in (permit(recipient=[party]), permit(deny(source=[party]))):
        found = unresolved_actors(read(say.consent(root))[0], directory)
        assert [fault.severity for fault in found] == (["warning"] if is_told else [])
