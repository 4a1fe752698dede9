"""The demo: loaded whole or not at all, kept between runs, and the story as a check."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from consent.topics import codings, mask_of
from gateway import keys
from gateway.actions.opening import open_gateway
from gateway.actions.written_for import written_for
from gateway.cli import application
from gateway.cli.demo import checking, loading, sharing
from gateway.cli.demo.calling import Caller, UnexpectedAnswerError
from gateway.cli.demo.home import Home
from gateway.cli.demo.running import listening, running
from gateway.cli.demo.story import story
from gateway.cli.demo.walk import Walk
from gateway.web.me.topics import keys as page_topics
from mappings.nhs_number import parse

ROOT = Path(__file__).parents[2]
ONESTORY = Path(sys.executable).parent / "onestory"
STEPS = (
    "map",
    "score",
    "label",
    "store",
    "refer",
    "consent",
    "read",
    "revoke",
    "refuse",
    "audit",
    "verify",
)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(directory: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`onestory demo` as a person starts it, in this directory."""
    process = subprocess.Popen(
        [str(ONESTORY), "demo", "--port", str(port)],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        until = time.monotonic() + 60
        while not is_ready(port):
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def stopped(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    return printed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("demo") / "home")
    loading.load(made, story())
    return made


def test_the_check_passes_every_step_in_the_order_of_the_story() -> None:
    done = subprocess.run([str(ONESTORY), "demo", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [[s, "ok"] for s in STEPS]
    assert all(re.match(r"\S+ +ok +\d+\.\d\d s  \S", line) for line in done.stdout.splitlines())
    assert done.stderr == ""


def test_the_check_prints_json_where_asked() -> None:
    done = CliRunner().invoke(application("demo"), ["demo", "--check", "--json"])
    assert done.exit_code == 0
    steps = json.loads(done.stdout)
    assert [(step["step"], step["passed"]) for step in steps] == [(one, True) for one in STEPS]


def test_the_check_fails_where_a_choice_is_not_taken_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def forgotten(walk: Walk) -> str:
        return "nothing was done"

    steps = tuple((n, forgotten if n == "revoke" else step) for n, step in checking.STEPS)
    assert not checking.check_story(story(), False, steps)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["ok"] * 8 + ["FAILED"]
    assert lines[-1].startswith("refuse")


def test_the_check_fails_where_more_is_released_than_was_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def too_wide(walk: Walk) -> str:
        said = sharing.consent(walk)
        assert walk.portal is not None
        wider = walk.given["provision"] | {"securityLabel": codings(mask_of("smoking"))}
        fields = {k: v for k, v in walk.given.items() if k not in ("id", "meta")}
        walk.portal.create(fields | {"provision": wider})
        return said

    steps = tuple((n, too_wide if n == "consent" else step) for n, step in checking.STEPS)
    assert not checking.check_story(story(), False, steps)
    assert capsys.readouterr().out.splitlines()[-1].startswith("read     FAILED")


def test_everyone_in_the_story_has_a_number_of_the_999_range_that_holds() -> None:
    numbers = [person.nhs_number for person in story().people]
    assert len(set(numbers)) == 5
    assert all(number.startswith("999") and parse(number) == number for number in numbers)


def test_the_story_names_only_what_is_in_it() -> None:
    told = story()
    services = {service.key for service in told.services}
    assert len(services) == 3
    for person in told.people:
        named = {*person.known_to, *(each.service for each in person.choices)}
        named |= {look.by for look in person.looks} | ({person.plan.by} if person.plan else set())
        assert named <= services
        chosen = (*person.choices, *((person.told,) if person.told else ()))
        assert all(page_topics().issuperset(each.topics) for each in chosen)
        assert person.told is None or person.told.service in person.known_to


def test_what_is_loaded_is_what_each_person_said(home: Home) -> None:
    with running(home) as base:
        drugs, housing = (Caller(base, home.account(key)) for key in ("drugs", "housing"))
        with drugs, housing:
            assert found(drugs, "amara") == {"ETHUD"}
            assert found(drugs, "margaret") == set()
            assert found(drugs, "yusuf") == set()
            assert found(housing, "jo") == {"smoking"}
            assert found(housing, "amara") == set()
            tasks = drugs.search("Task", owner=drugs.account.organization)
            stands = {task["code"]["coding"][0]["code"]: task["status"] for task in tasks}
            assert stands == {"fulfill": "accepted", "consent-ended": "requested"}


def test_one_has_an_attorney_and_one_is_asked_about_what_a_service_wrote(home: Home) -> None:
    people = home.people()
    held = keys.load(home.keys)
    with closing(open_gateway(home.database, held, "http://gateway.test")) as gateway:
        officer = gateway.officer_requester(story().officer)
        recorded = {
            key: len(json.loads(asyncio.run(gateway.delegates_of(officer, patient)).body))
            for key, patient in people.items()
        }
        waiting = {
            key: len(asyncio.run(written_for(gateway.installation, gateway.page_requester(who))))
            for key, who in people.items()
        }
    assert recorded == dict.fromkeys(people, 0) | {"margaret": 1}
    assert waiting == dict.fromkeys(people, 0) | {"callum": 1}


def found(caller: Caller, key: str) -> set[str]:
    """The topics of all scores about the person that the service finds."""
    number = f"https://fhir.nhs.uk/Id/nhs-number|{story().person(key).nhs_number}"
    scores = caller.search("Observation", patient__identifier=number)
    codes = {label["code"] for score in scores for label in score["meta"]["security"]}
    return codes - {"N", "R"}


def test_a_second_run_starts_with_what_was_kept(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, port) as process:
        first = stopped(process)
    assert process.returncode == 0
    assert "Traceback" not in first
    assert "loading the story" in first
    kept = (tmp_path / ".onestory" / "people.json").read_bytes()
    began = time.monotonic()
    with served(tmp_path, port) as process:
        assert time.monotonic() - began < 20
        links = re.findall(r"/sign-in/(\S+)", first)
        pages = [signed_in(port, link) for link in links]
        again = stopped(process)
    assert [page.url.path for page in pages] == ["/me"] * 5 + ["/dpo"]
    assert {page.status_code for page in pages} == {200}
    assert "loading the story" not in again
    assert (tmp_path / ".onestory" / "people.json").read_bytes() == kept
    assert [each.name for each in tmp_path.iterdir()] == [".onestory"]


def signed_in(port: int, proof: str) -> httpx.Response:
    """The page behind a printed link, after the button on it."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
        return browser.post("/sign-in", data={"proof": proof})


def test_a_load_that_fails_leaves_nothing(tmp_path: Path) -> None:
    people = story().people
    wrong = replace(people[4], nhs_number="9998462038")
    told = replace(story(), people=(*people[:4], wrong))
    home = Home(tmp_path / "home")
    with pytest.raises(UnexpectedAnswerError, match="422") as refused:
        loading.load(home, told)
    assert wrong.nhs_number not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_said_in_one_line_and_nothing_is_made(tmp_path: Path) -> None:
    with listening(0) as taken:
        port = taken.getsockname()[1]
        words = ["demo", "--port", str(port), "--data", str(tmp_path / "home")]
        done = CliRunner().invoke(application("demo"), words)
    assert done.exit_code == 2
    assert done.stderr == f"port {port} is in use: stop what uses it, or give another with --port\n"
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    done = CliRunner().invoke(
        application("demo"), ["demo", "--data", str(tmp_path), "--port", str(free_port())]
    )
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_private_keys_are_for_their_owner_alone(home: Home) -> None:
    files = [*home.clients.iterdir(), home.keys / "keys.json"]
    assert len(files) == 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_documented_example_gets_a_token_that_reads(home: Home) -> None:
    example = ROOT / "docs" / "examples" / "get_token.py"
    number = story().person("amara").nhs_number
    with running(home) as base:
        command = [sys.executable, str(example), str(home.clients / "drugs.json"), base]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        scores = httpx.get(
            f"{base}/fhir/Observation",
            params={"patient.identifier": f"https://fhir.nhs.uk/Id/nhs-number|{number}"},
            headers={"Authorization": f"Bearer {done.stdout.strip()}"},
        )
    assert scores.json()["total"] == 2
    printed = subprocess.run(
        [sys.executable, "-c", printing()], input=scores.text, capture_output=True, text=True
    )
    assert printed.stderr == ""
    assert len(printed.stdout.splitlines()) == 2
    assert printed.stdout in (ROOT / "README.md").read_text(encoding="utf-8")


def printing() -> str:
    """The lines of Python by which the README prints scores."""
    [found] = re.findall(
        r"/python -c '\n(import json, sys\n.*?)'",
        (ROOT / "README.md").read_text("utf-8"),
        re.DOTALL,
    )
    return str(found)


def test_the_documented_example_without_a_client_says_what_to_name() -> None:
    example = ROOT / "docs" / "examples" / "get_token.py"
    done = subprocess.run([sys.executable, str(example)], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Name the file of a client, such as .onestory/clients/drugs.json\n"


def test_the_documented_consent_permits_one_score_and_not_the_other() -> None:
    words = ["decide", "--consents", "consent.json", "--request", "request.json"]
    words += ["--resource", "score.json", "--resource", "mood.json"]
    files = [str(ROOT / "docs" / "examples" / w) if w.endswith(".json") else w for w in words]
    done = CliRunner().invoke(application(), files)
    assert done.exit_code == 0
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["decision"] for each in verdicts] == ["permit", "deny"]
    assert verdicts[0]["sentence"] in (ROOT / "README.md").read_text(encoding="utf-8")
