"""Who gets in, for how long, and what a page gives away on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.web.session import Door
from gateway.web.signing_in import Links, Refused, SignedIn, link

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SUBJECT = "Patient/0d4c3a5e-7a6f-4a43-8a55-6a2a0b9c1d11"
PRIVATE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def proof_of(world, door=Door.ME, **life):
    return link(KEY, door, SUBJECT, world.now, "http://x", **life).rpartition("/")[2]


def test_a_link_names_its_door_and_subject(world):
    proof = proof_of(world)
    assert Links(KEY).proved(proof, world.now) == SignedIn(Door.ME, SUBJECT)


def test_a_link_of_the_officer_opens_no_other_door(world):
    proof = proof_of(world, Door.DPO)
    assert Links(KEY).proved(proof, world.now) == SignedIn(Door.DPO, SUBJECT)


def test_a_link_shows_nothing_of_whom_it_names(world):
    address = link(KEY, Door.ME, SUBJECT, world.now, "http://x")
    assert "Patient" not in address
    assert SUBJECT.partition("/")[2] not in address


def test_a_link_sealed_with_another_key_is_refused(world):
    assert Links(OTHER_KEY).proved(proof_of(world), world.now) == Refused()


@pytest.mark.parametrize("place", [0, 5, 20, 40, -1])
def test_a_link_with_one_letter_changed_is_refused(world, place):
    letters = list(proof_of(world))
    letters[place] = "A" if letters[place] != "A" else "Q"
    assert Links(KEY).proved("".join(letters), world.now) == Refused()


def test_a_link_is_good_until_its_time_is_over_and_not_after(world):
    proof = proof_of(world, life=timedelta(minutes=10))
    assert Links(KEY).proved(proof, world.now + timedelta(minutes=9)) != Refused()
    assert Links(KEY).proved(proof, world.now + timedelta(minutes=10)) == Refused()


@pytest.mark.parametrize("proof", ["", "x", "é", "====", "A" * 4000])
def test_what_is_no_link_is_refused(world, proof):
    assert Links(KEY).proved(proof, world.now) == Refused()


def test_opening_a_link_signs_nobody_in(world, visitor):
    address = link(world.keys.session, Door.ME, world.patient, world.now, "")
    shown = visitor().get(address)
    assert shown.status_code == 200
    assert "set-cookie" not in shown.headers
    assert shown.text.count("<button") == 1


def test_pressing_the_button_signs_in_and_shows_the_record(world, person):
    assert person.get("/me").status_code == 200


def test_the_cookie_is_out_of_reach_of_script_and_of_other_sites(world, visitor):
    cookie = visitor().sign_in(Door.ME, world.patient).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/me"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie
    assert world.patient.partition("/")[2] not in cookie


def test_behind_https_the_cookie_travels_only_there(world, visitor):
    object.__setattr__(world.gateway.installation, "base_url", "https://pages.test")
    cookie = visitor().sign_in(Door.ME, world.patient).headers["set-cookie"]
    assert cookie.startswith("__Secure-")
    assert "Secure" in cookie.split("; ")


@pytest.mark.parametrize("path", ["/me", "/me/looks", "/me/choices/new", "/dpo"])
def test_without_signing_in_no_page_behind_a_door_is_shown(visitor, path):
    shown = visitor().get(path)
    assert (shown.status_code, shown.headers["location"]) == (303, "/sign-in")


def test_the_person_does_not_get_to_the_officers_page(person):
    assert person.get("/dpo").status_code == 303


def test_the_officer_does_not_get_to_a_persons_page(officer):
    assert officer.get("/me").status_code == 303


def test_a_session_of_one_door_is_no_session_of_the_other(world, person):
    (cookie,) = person.client.cookies.jar
    person.client.cookies.set("onestory-dpo", cookie.value, domain="pages.test", path="/dpo")
    assert person.get("/dpo").status_code == 303


def test_a_visit_left_alone_for_half_an_hour_is_over(world, person):
    world.wait(minutes=29)
    assert person.get("/me").status_code == 200
    world.wait(minutes=29)
    assert person.get("/me").status_code == 200  # each page seen starts the wait anew
    world.wait(minutes=30)
    shown = person.get("/me")
    assert (shown.status_code, shown.headers["location"]) == (303, "/sign-in?ended=1")


def test_no_visit_is_longer_than_eight_hours(world, person):
    for _ in range(19):
        world.wait(minutes=25)
        assert person.get("/me").status_code == 200
    world.wait(minutes=25)
    assert person.get("/me").status_code == 303


def test_signing_out_ends_the_visit(person):
    person.get("/me")
    assert person.post("/me/sign-out").headers["location"] == "/signed-out"
    assert person.get("/me").status_code == 303


def test_leaving_quickly_signs_out_and_shows_the_weather(person):
    person.get("/me")
    gone = person.get("/leave")
    assert gone.headers["location"].startswith("https://www.bbc.co.uk/weather")
    assert person.get("/me").status_code == 303


def test_a_form_that_is_not_from_our_page_changes_nothing(person):
    person.get("/me")
    refused = person.send("POST", "/me/sign-out", {"form_token": "guessed"})
    assert refused.status_code == 403
    assert person.get("/me").status_code == 200


def test_a_form_sent_from_another_site_changes_nothing(person):
    token = person.get("/me").text.partition('name="form_token" value="')[2].partition('"')[0]
    form = {"form_token": token}
    refused = person.send("POST", "/me/sign-out", form, **{"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403
    allowed = person.send("POST", "/me/sign-out", form, **{"sec-fetch-site": "same-origin"})
    assert allowed.status_code == 303


def test_another_site_signs_nobody_in(world, visitor):
    proof = link(world.keys.session, Door.ME, world.patient, world.now, "").rpartition("/")[2]
    form, foreign = {"proof": proof}, {"sec-fetch-site": "cross-site"}
    refused = visitor().send("POST", "/sign-in", form, **foreign)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-in/x", "/signed-out", "/me", "/me/looks"])
def test_every_page_is_private_and_loads_nothing_from_elsewhere(person, path):
    shown = person.get(path)
    assert PRIVATE.items() <= dict(shown.headers).items()
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-in/x", "/signed-out", "/me", "/me/looks"])
def test_every_page_says_where_to_get_help_and_how_to_leave(person, path):
    text = " ".join(person.get(path).text.split())
    for words in ("999", "111", "option 2", "116 123"):
        assert words in text
    assert "Nobody reads what you write here straight away." in text
    assert "Leave this page quickly" in text
    for banned in ("<style", "style=", "onclick", "NHS England", "<script>"):
        assert banned not in text


def test_what_the_pages_load_is_there_and_names_no_other_host(visitor):
    for path in ("nhsuk/nhsuk-frontend.min.css", "pages.css", "pages.js", "icon.svg"):
        loaded = visitor().get(f"/static/{path}")
        assert loaded.status_code == 200
        assert "://" not in loaded.text.replace("http://www.w3.org/2000/svg", "")
