"""A site's file of licensed wording, from outside: checked, served, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from houses import House, Template

QUESTION = "Did the made-up bell ring?"
CANONICAL = "https://onestory.example/fhir/Questionnaire/phq-9"


def file_in(folder: Path, items: dict[str, str]) -> str:
    wording = {"licence": "By A. Owner; made-up licence", "language": "en-GB", "items": items}
    file = folder / "wording.json"
    file.write_text(json.dumps({"instruments": {"phq-9": wording}}))
    return str(file)


def test_a_wording_is_served_while_the_server_has_it(
    new_house: Callable[..., House], tmp_path: Path
) -> None:
    file = file_in(tmp_path, {"phq9-1": QUESTION})
    house = new_house("worded", ONESTORY_WORDING=file)
    [form] = house.trust.search("Questionnaire", url=CANONICAL)
    assert (form["item"][0]["text"], form["version"]) == (QUESTION, "1.0.0")
    assert form["copyright"] == "By A. Owner; made-up licence"
    house.server.stop()
    house.server.environment.pop("ONESTORY_WORDING")
    house.server.start()
    for client in list(house.clients):
        house.forget(client)
    [form] = house.trust.search("Questionnaire", url=CANONICAL)
    assert form["item"][0]["text"] == "feelings: interest"
    assert QUESTION not in house.trust.get(f"Questionnaire/{form['id']}/_history").text


def test_a_wrong_wording_stops_the_start_in_one_line(template: Template, tmp_path: Path) -> None:
    server = template.server
    file = file_in(tmp_path, {"phq9-1": QUESTION, "phq9-99": "x", "phq9-2": ""})
    serve = ("serve", "--port", str(server.port), "--database", server.database)
    demo = ("demo", "--data", str(tmp_path / "demo"))
    for words in (serve, demo):
        done = server.command(*words, "--wording", file, check=False)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1)
        assert done.stderr.startswith("--wording: instruments.phq-9.items.phq9-99 must be")
        assert "1 more" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_a_file_is_checked(template: Template, tmp_path: Path) -> None:
    right = template.server.command("wording", "check", file_in(tmp_path, {"phq9-1": QUESTION}))
    told = json.loads(right.stdout)["phq-9"]
    assert (told["worded"], told["unworded"][0]) == (1, "phq9-2")
    file = Path(file_in(tmp_path, {"phq9-99": "x", "phq9-2": ""}))
    wrong = template.server.command("wording", "check", str(file), check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert [line.split()[0] for line in wrong.stderr.splitlines()] == [
        "instruments.phq-9.items.phq9-99",
        "instruments.phq-9.items.phq9-2",
    ]


def test_what_is_no_file_of_json_is_refused(template: Template, tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    for content, said in (
        ('{"instruments": {}, "instruments": {}}', "instruments must occur once"),
        ("{", "'twice.json'"),
        ("[]", "'twice.json' must be"),
    ):
        file.write_text(content)
        done = template.server.command("wording", "check", str(file), check=False)
        assert done.returncode == 1
        assert said in done.stderr
    gone = template.server.command("wording", "check", str(tmp_path / "gone"), check=False)
    assert (gone.returncode, len(gone.stderr.splitlines())) == (1, 1)


def test_a_file_may_be_started_from_a_template(template: Template) -> None:
    done = template.server.command("wording", "template", "phq-9", "assist-lite")
    made = json.loads(done.stdout)["instruments"]
    assert set(made) == {"phq-9", "assist-lite-uk"}
    assert made["phq-9"]["items"]["phq9-9"] == ""
    unknown = template.server.command("wording", "template", "phq-99", check=False)
    assert unknown.returncode == 2
