"""The pages in Chromium: without script, on a narrow screen, by keyboard; and with script."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from gateway.storage.database import connect
from gateway.storage.directory import register_organization
from gateway.web.session import Door
from gateway.web.signing_in import link

sys.path.insert(0, str(Path(__file__).parent))  # the module beside this file

from breaking import breaks

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in BROWSERS if (found := shutil.which(name))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NUMBER = ("identifier", "https://fhir.nhs.uk/Id/nhs-number|9990000018")
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
AUDIT_C = {"recorded_at": "2026-05-02T09:00", "auditc-1": "3", "auditc-2": "2", "auditc-3": "1"}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("no Chromium on PATH: run make test, which installs it or says how")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def address(world) -> Iterator[str]:
    """The pages served on this machine, with something held and someone who looked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.send("DAS01", "audit-c", **AUDIT_C)
    world.know("HSG01")
    world.seen_by("HSG01", "Observation")
    server = uvicorn.Server(uvicorn.Config(world.app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def open_page(browser, address, world):
    """A page of a new visitor who has signed in at a door."""
    opened = []

    def arrive(door: Door = Door.ME, *, script: bool = False, screen=NARROW) -> Page:
        context = browser.new_context(
            java_script_enabled=script, viewport=screen, base_url=address, locale="en-GB"
        )
        opened.append(context)
        page = context.new_page()
        page.route("**/*", _only(address))
        subject = world.patient if door is Door.ME else "A. Officer"
        page.goto(link(world.keys.session, door, subject, world.now, address))
        page.click("main button")
        page.wait_for_url(f"{address}/{door}")
        return page

    yield arrive
    for context in opened:
        context.close()


def _only(address):
    """Lets through what is on this machine; another host is answered with its name alone."""

    def decide(route):
        if route.request.url.startswith(address):
            route.continue_()
        else:
            route.fulfill(body="elsewhere", content_type="text/plain")

    return decide


def choose(page: Page, topic: str, answer: str) -> None:
    page.goto("/me/choices/new")
    page.check("text=Riverside Housing")
    page.check(f"label:text-is('{topic}')")
    page.check(f"text={answer}, it may")
    page.click("text=See it in one sentence")


def test_a_choice_is_given_and_taken_back_without_script_on_a_narrow_screen(open_page, world):
    page = open_page()
    choose(page, "alcohol", "Yes")
    page.wait_for_selector("text=Riverside Housing may see what is held about alcohol.")
    page.click("text=Yes, save this choice")
    page.wait_for_selector("h1:text-is('Your choice is saved')")
    assert len(world.seen_by("HSG01", "Observation")) == 1
    page.goto("/me")
    page.click("text=Take back")
    page.click("text=Yes, take it back")
    page.wait_for_selector("h1:text-is('The choice is taken back')")
    assert world.seen_by("HSG01", "Observation") == []


def test_a_choice_is_made_with_the_keyboard_alone(open_page, world):
    page = open_page(script=True, screen=WIDE)
    page.goto("/me/choices/new")
    page.focus("#service")
    for key in ("Space", "Tab", "Space", "Tab", "Space"):  # the first service, two topics
        page.keyboard.press(key)
    page.focus("#may")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=may see what is held about alcohol and drugs.")


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(open_page):
    page = open_page(script=True)
    page.goto("/me/looks")
    page.keyboard.press("Tab")
    page.wait_for_selector("a:focus:text-is('Skip to main content')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#maincontent:focus")


PAGES = ["/", "/sign-in", "/me", "/me/story", "/me/looks", "/me/emergencies", "/me/choices/new"]
OFFICERS = ["/dpo", "/dpo/queue", "/dpo/disclosures"]


def test_nothing_is_wider_than_a_narrow_screen(open_page):
    page = open_page(script=True)
    widths = {}
    for path in PAGES:
        page.goto(path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(PAGES, NARROW["width"])


def test_the_officers_page_is_no_wider_than_a_narrow_screen_either(open_page):
    page = open_page(Door.DPO, script=True)
    page.wait_for_selector("text=The log is whole.")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_what_waits_and_disclosures_are_no_wider_either(open_page, world):
    """Even with a word that does not end."""
    [known] = world.search(world.service("HSG01"), "Patient", NUMBER)
    breaks(world, "HSG01", f"Patient/{known['id']}", "Unconscious" * 20)
    page = open_page(Door.DPO, script=True)
    for path in OFFICERS:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    page.goto("/dpo/queue")
    page.fill("textarea", "Spoke to the ward about it")
    page.click("text=Done with this")
    page.wait_for_selector("text=Nothing waits to be looked at.")
    me = open_page(script=True)
    for path in ("/me", "/me/emergencies"):
        me.goto(path)
        assert me.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


LONG = "Wolverhamptonandstaffordshireintegratedsubstanceuseservices"


def test_a_long_name_without_a_space_makes_no_page_wider(open_page, world):
    connection = connect(world.url)
    connection.begin(writing=True)
    register_organization(
        connection,
        world.gateway.installation.resources,
        ods="LONG1",
        name=LONG,
        now=world.now,
        new_id=lambda: str(uuid4()),
    )
    connection.execute("COMMIT")
    connection.close()
    page = open_page()
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"], path
    officer = open_page(Door.DPO)
    for path in OFFICERS:
        officer.goto(path)
        assert officer.evaluate("document.documentElement.scrollWidth") == NARROW["width"], path


@pytest.mark.parametrize("screen", [NARROW, WIDE], ids=["narrow", "wide"])
def test_the_way_out_stays_in_sight_and_hides_nothing_that_is_gone_to(open_page, screen):
    page = open_page(screen=screen)
    page.goto("/me#choices")
    page.wait_for_function("scrollY > 0")
    way_out = page.locator("#leave").bounding_box()
    assert 0 <= way_out["y"] < 24
    assert way_out["height"] >= 24
    heading = page.locator("#choices-title").bounding_box()
    assert heading["y"] >= way_out["y"] + way_out["height"]


def test_on_a_low_screen_as_when_letters_are_large_nothing_stays_in_the_way(open_page):
    page = open_page(screen={"width": 320, "height": 256})
    page.evaluate("scrollTo(0, 600)")
    assert page.locator("#leave").bounding_box()["y"] < 0


def test_a_person_says_no_to_emergencies_without_script(open_page):
    page = open_page()
    page.goto("/me/choices/new")
    page.click("text=say no to that too")
    page.click("text=Say no to looks in an emergency")
    page.wait_for_selector(
        "strong:has-text('You said that nobody may look, even in an emergency.')"
    )


@pytest.mark.parametrize("path", [*PAGES, *OFFICERS])
def test_a_page_has_one_first_heading_named_landmarks_and_a_name_for_each_field(open_page, path):
    page = open_page(Door.DPO if path in OFFICERS else Door.ME, script=True)
    page.goto(path)
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert page.locator("html[lang='en-GB']").count() == 1
    levels = [int(name[1]) for name in page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => one.tagName)"
    )]  # fmt: skip
    assert all(after <= before + 1 for before, after in pairwise(levels))
    fields = "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')]"
    assert page.evaluate(fields + ".filter((one) => !one.labels.length).length") == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_nothing_is_refused_by_the_policy_of_the_page_and_no_other_host_is_asked(
    open_page, address
):
    page = open_page(script=True)
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
    assert said == []
    assert all(url.startswith(address) for url in asked)


def test_with_script_the_list_of_errors_takes_the_focus(open_page):
    page = open_page(script=True)
    page.goto("/me/choices/new")
    page.click("text=See it in one sentence")
    page.wait_for_selector(".nhsuk-error-summary:focus")
    page.click("text=Choose a service >> nth=0")
    assert page.evaluate("document.activeElement.id") == "service"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_leaving_quickly_signs_out_and_going_back_shows_no_record(open_page, script):
    page = open_page(script=script)
    page.click("text=Leave this page quickly")
    page.wait_for_url(re.compile("bbc"))
    page.goto("/me")
    assert page.url.endswith("/sign-in")


def test_with_script_leaving_replaces_the_page_in_the_history(open_page):
    page = open_page(script=True)
    page.goto("/me/looks")
    before = page.evaluate("history.length")
    page.click("text=Leave this page quickly")
    page.wait_for_url(re.compile("bbc"))
    assert page.evaluate("history.length") == before
