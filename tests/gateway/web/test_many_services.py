"""Where many services stand, a person finds the one they mean, by a word or by looking through."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest

from gateway.storage.connection import transaction
from gateway.storage.database import connect
from gateway.storage.directory import register_organization
from gateway.storage.service_kinds import give_kind
from gateway.web.me.many_services import A_GROUP, FEW, fits, groups, offered
from gateway.web.services import Service

NEW = "/me/choices/new"
KINDS = {"RIV": "housing", "ALD": "drug-alcohol"}


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def service(name: str, kind: str = "") -> Service:
    return Service(f"Organization/{name}", name, name, kind=kind)


@pytest.fixture
def sixty(world):
    """Sixty more services; the operator recorded of two which kind they are."""
    names = {f"S{number:02}": f"{'BCDFGH'[number % 6]}rook {number}" for number in range(58)}
    names |= {"RIV": "Élan Lettings", "ALD": "Alder Lane"}
    connection = connect(world.url)
    resources = world.gateway.installation.resources
    with transaction(connection):
        for ods, name in names.items():
            made = register_organization(
                connection,
                resources,
                ods=ods,
                name=name,
                now=world.now,
                new_id=lambda: str(uuid4()),
            )
            world.organizations[ods] = f"Organization/{made}"
            if ods in KINDS:
                give_kind(connection, resources, made, KINDS[ods], world.now)
    connection.close()
    return world


def radios(page: str) -> list[str]:
    return re.findall(r'name="service" type="radio" value="([^"]+)"', page)


def test_few_services_stand_in_one_list_without_a_search(person):
    page = person.get(NEW).text
    assert len(radios(page)) == 3
    assert 'name="find"' not in page
    assert "<details" not in page.partition("<main")[2].partition("</main>")[0]


def test_many_services_stand_in_closed_groups_each_once_and_none_chosen(person, sixty):
    page = person.get(NEW).text
    assert len(radios(page)) == len(set(radios(page))) == 63
    assert "checked" not in page
    assert not re.search(r"<details[^>]* open", page)
    told = words(page)
    assert "Drug and alcohol service (1)" in told
    assert "Housing service (1)" in told
    assert "Other services, B (10)" in told


def test_a_word_finds_by_name_or_kind_without_script(person, sixty):
    page = person.get(f"{NEW}?find=elan").text
    assert radios(page) == [sixty.organizations["RIV"]]
    assert "1 service has “elan” in the name, or in the kind of service." in words(page)
    assert "Show all 63 services" in words(page)
    assert "Élan Lettings Housing service" in words(page)
    assert "checked" not in page, "found is not yet chosen"
    assert radios(person.get(f"{NEW}?find=ALCOHOL").text) == [
        sixty.organizations[ods] for ods in ("ALD", "DAS01")
    ]


def test_what_is_not_found_says_so_and_offers_the_whole_list(person, sixty):
    page = person.get(f"{NEW}?find=%3Cb%3Ezzz").text
    assert radios(page) == []
    assert "No service has “&lt;b&gt;zzz” in the name" in page
    assert "Show all 63 services" in words(page)


def test_a_search_tells_its_address_no_more_than_the_word(person, sixty):
    page = person.get(NEW).text
    form = page.partition('role="search"')[0].rpartition("<form")[2]
    assert 'method="get"' in form
    search = page.partition('role="search"')[2].partition("</form>")[0]
    assert re.findall(r'name="(\w+)"', search) == ["find"]
    assert 'value=""' in search


def test_a_choice_found_by_a_search_is_made_like_any_other(person, sixty):
    person.get(f"{NEW}?find=elan")
    chosen = {"service": sixty.organizations["RIV"], "may": "yes", "topics": ["alcohol"]}
    shown = person.post(NEW, step="check", **chosen)
    assert "Élan Lettings may see what is held about alcohol." in words(shown.text)


def test_what_was_entered_stays_where_a_service_is_still_to_be_chosen(person, sixty):
    shown = person.post(NEW, step="check", may="yes", topics=["alcohol"])
    assert shown.status_code == 422
    assert 'href="#service"' in shown.text
    assert shown.text.count('id="service"') == 1
    assert 'value="alcohol" checked' in shown.text
    assert len(radios(shown.text)) == 63
    assert 'name="find"' not in shown.text, "searching would lose what was entered"


def test_the_group_of_what_was_chosen_stands_open(person, sixty):
    chosen = sixty.organizations["RIV"]
    shown = person.post(NEW, step="check", service=chosen).text
    [opened] = re.findall(r"<details[^>]* open>.*?</details>", shown, flags=re.DOTALL)
    assert "Housing service (1)" in words(opened)
    assert f'value="{chosen}" checked' in opened


def test_changing_a_choice_keeps_its_service_beside_what_is_found(person, sixty):
    chosen = sixty.organizations["RIV"]
    person.get(NEW)
    saved = person.post(NEW, step="save", service=chosen, may="yes", topics=["alcohol"])
    path = saved.headers["location"].replace("/saved", "/change")
    page = person.get(f"{path}?find=alder").text
    assert set(radios(page)) == {chosen, sixty.organizations["ALD"]}
    assert "1 service has “alder”" in words(page)
    assert f'action="{path}"' in page


NAMES = ["Ash", "Birch", "Cedar", "Dale", "1st Call", "Étape", "ash two"]


def test_groups_hold_every_service_once_in_order():
    many = [service(name) for name in NAMES * 3]
    found = list(groups(many))
    assert sorted(one.name for group in found for one in group.services) == sorted(NAMES * 3)
    assert [group.name for group in found] == ["0–9", "A", "B to C", "D to E"]


def test_letters_share_a_group_up_to_a_size():
    many = [service(f"{letter}{n}") for letter in "ABCDEFG" for n in range(3)]
    for group in groups(many):
        assert len(group.services) <= A_GROUP


@pytest.mark.parametrize(
    ("name", "kind", "asked", "found"),
    [
        ("Clearwater Drug Service", "", "water drug", True),
        ("Clearwater Drug Service", "", "DRUG clear", True),
        ("Clearwater Drug Service", "", "drug house", False),
        ("Élan", "", "elan", True),
        ("Turning", "Drug and alcohol service", "alcohol", True),
        ("Turning", "", "alcohol", False),
    ],
)
def test_each_word_must_stand_somewhere(name, kind, asked, found):
    assert fits(service(name, kind), asked) is found


def test_a_search_among_few_changes_nothing():
    few = [service(f"S{n}") for n in range(FEW)]
    assert offered(few, "zzz", "").listed == tuple(few)
    many = [*few, service("one more")]
    assert offered(many, "zzz", "").listed == ()
    assert offered(many, "   ", "").groups
