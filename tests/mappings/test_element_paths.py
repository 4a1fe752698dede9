import pytest

from mappings.element_paths import every, path_of, put

TOKEN = "component[code=https://a.example/b|c].valueInteger"


def written(*pairs):
    resource = {}
    for path, value in pairs:
        put(resource, path_of(path), value)
    return resource


def test_objects_on_the_way_are_made():
    assert written(("occurrencePeriod.end", "2026")) == {"occurrencePeriod": {"end": "2026"}}


def test_an_item_is_found_by_what_it_says():
    made = written(
        ("extension[url=a].valueBoolean", True),
        ("extension[url=b].valueString", "x"),
        ("extension[url=a].id", "1"),
    )
    assert made["extension"] == [
        {"url": "a", "valueBoolean": True, "id": "1"},
        {"url": "b", "valueString": "x"},
    ]


def test_an_item_is_found_by_its_coding():
    made = written((TOKEN, 3))
    coding = {"system": "https://a.example/b", "code": "c"}
    assert made == {"component": [{"code": {"coding": [coding]}, "valueInteger": 3}]}
    assert list(every(made, path_of(TOKEN))) == [3]


def test_a_coding_may_stand_in_a_list_and_deeper_down():
    deep = "activity[detail.code=s|c].detail.status"
    assert list(every(written((deep, "unknown")), path_of(deep))) == ["unknown"]
    team = {"participant": [{"role": [{"coding": [{"system": "s", "code": "c"}]}], "id": "1"}]}
    assert list(every(team, path_of("participant[role=s|c].id"))) == ["1"]
    assert list(every(team, path_of("participant[role=s|d].id"))) == []


def test_a_whole_item_is_written_into_its_place():
    made = written(("performer[type=Practitioner]", {"type": "Practitioner", "id": "1"}))
    assert made == {"performer": [{"type": "Practitioner", "id": "1"}]}


def test_every_item_of_a_list_is_read_and_missing_steps_read_as_nothing():
    resource = {"category": [{"text": "a"}, {}, {"text": "b"}]}
    assert list(every(resource, path_of("category[].text"))) == ["a", "b"]
    assert list(every(resource, path_of("code.text"))) == []


def test_what_is_no_path_is_a_fault_in_our_data():
    with pytest.raises(ValueError, match="coding"):
        path_of("code.[coding")
