"""What the pages carry from NHS.UK frontend, and what they leave out."""

from __future__ import annotations

import pytest

from gateway.web import build

FONT = '@font-face{font-family:F;src:url(https://fonts.test/f.woff2) format("woff2")}'
RULE = ".a{color:red;background:url(/assets/images/cross.svg)}"


@pytest.fixture
def package(tmp_path):
    """A package as npm lays it down."""
    source = tmp_path / "package" / "dist" / "nhsuk"
    source.mkdir(parents=True)
    (source / build.STYLE).write_text(f"{FONT}{RULE}\n/*# sourceMappingURL=x.map */\n")
    (source / build.SCRIPT).write_text("export const a = 1;//# sourceMappingURL=x.map\n")
    (tmp_path / "package" / "README.md").write_text("MIT")
    return tmp_path / "package"


def test_fonts_of_another_host_pictures_and_maps_are_left_out(package, tmp_path):
    build._lay(package, tmp_path / "built")
    assert (tmp_path / "built" / build.STYLE).read_text().strip() == ".a{color:red;background:none}"
    assert (tmp_path / "built" / build.SCRIPT).read_text().strip() == "export const a = 1;"
    assert (tmp_path / "built" / "README.md").exists()


def test_a_style_sheet_that_names_another_host_in_a_new_way_is_refused(package, tmp_path):
    style = package / "dist" / "nhsuk" / build.STYLE
    style.write_text("@import 'https://fonts.test/f.css';")
    with pytest.raises(SystemExit, match="names another host"):
        build._lay(package, tmp_path / "built")


def test_the_lock_names_no_registry_and_pins_what_it_fetches():
    lock = (build.HERE / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "://" not in lock
    assert "sha512-" in lock


def test_what_is_there_already_is_not_fetched_again(tmp_path):
    (tmp_path / build.VERSION).write_text(build._locked())
    assert build.is_built(tmp_path)
    assert build.build(tmp_path) == build._locked()


def test_another_version_counts_as_not_there(tmp_path):
    (tmp_path / build.VERSION).write_text("9.0.0")
    assert not build.is_built(tmp_path)
    assert not build.is_built(tmp_path / "nowhere")
