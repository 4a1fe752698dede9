"""What concerns nobody is read by everyone as its author wrote it."""

from __future__ import annotations

from callers import House, body_of

TEXT = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Walk in</div>'}


def test_a_service_is_described_to_everyone_in_its_authors_words(house: House) -> None:
    service = {
        "resourceType": "HealthcareService",
        "active": True,
        "providedBy": {"reference": house.organizations["RX1"], "display": "Words"},
        "name": "Young people's service",
        "comment": "Come as you are",
        "text": TEXT,
    }
    stored = house.trust.writes(service)
    own = house.trust.get(stored)
    assert body_of(own)["comment"] == "Come as you are"
    assert body_of(own)["text"] == TEXT
    for other in (house.drugs, house.person()):
        assert other.get(stored).body == own.body
        assert other.get(stored).headers["ETag"] == own.headers["ETag"]
