"""By which identifiers a practitioner is known: those when the consent was given and still now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consent.directory import Directory, Said

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
NURSE = "Practitioner/nurse"
SDS = "https://fhir.nhs.uk/Id/sds-user-id"
OLD, NEW, BOTH, OTHER = f"{SDS}|1", f"{SDS}|2", f"{SDS}|3", f"{SDS}|4"

VERSIONS = (
    Said(frozenset({OLD, BOTH}), NOW - timedelta(days=30)),
    Said(frozenset({NEW, BOTH}), NOW - timedelta(days=5)),
)
DIRECTORY = Directory(
    known=frozenset({NURSE}),
    aliases={NURSE: frozenset({NEW, BOTH})},
    identified={NURSE: VERSIONS},
)


@pytest.mark.parametrize(
    ("stated", "permitted", "denied"),
    [
        (NURSE, True, True),
        (BOTH, True, True),
        (NEW, False, True),
        (OLD, False, True),
        (OTHER, False, False),
    ],
)
def test_a_permit_reaches_who_was_and_is_so_known_and_a_denial_whoever_was_since(
    say, stated, permitted, denied
) -> None:
    for kind, strength, expected in (("permit", "permit", permitted), ("deny", "denial", denied)):
        words = say.consent({"type": kind, "recipient": [NURSE]})
        source = say.source(words, said=NOW - timedelta(days=10))
        verdict = say.verdict([source], {"practitioner": [stated]}, directory=DIRECTORY)
        assert (verdict.strength == strength) is expected, kind


def test_a_permit_that_names_the_very_practitioner_needs_no_identifier_to_stay(say) -> None:
    versions = [
        Said(frozenset({OLD}), VERSIONS[0].since),
        Said(frozenset({NEW}), VERSIONS[1].since),
    ]
    directory = Directory(aliases={NURSE: frozenset({NEW})}, identified={NURSE: versions})
    words = say.consent({"type": "permit", "recipient": [NURSE]})
    source = say.source(words, said=NOW - timedelta(days=10))
    for stated, strength in ((NURSE, "permit"), (NEW, "none"), (OLD, "none")):
        verdict = say.verdict([source], {"practitioner": [stated]}, directory=directory)
        assert verdict.strength == strength
