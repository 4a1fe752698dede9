from mappings.concept_maps import backward, onward

SCT = "http://snomed.info/sct"


def codes(name, source):
    return [coding["code"] for coding in onward(name).get(source, ())]


def test_what_says_the_same_is_written_and_read_back():
    assert codes("mhsds-care-plan-type", "12") == ["736253002"]
    assert backward("mhsds-care-plan-type")[(SCT, "736253002")] == "12"


def test_a_narrower_target_is_read_back_but_never_written():
    assert codes("mhsds-source-of-referral", "M4") == []
    assert backward("mhsds-source-of-referral")[(SCT, "200771000000103")] == "M4"


def test_a_wider_target_is_written_but_never_read_back():
    assert "M4" in codes("ndtms-referral-source", "2")
    assert "M4" not in {code for _, code in backward("ndtms-referral-source")}


def test_what_is_merely_related_is_neither():
    assert codes("ndtms-referral-source", "14") == []


def test_a_source_without_a_target_stands_alone():
    assert codes("mhsds-care-plan-type", "13") == []
