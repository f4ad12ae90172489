from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

import pytest

from ppo_desktop.preferences import Preferences, load_preferences, save_preferences

CHOSEN = Preferences(
    geometry="AdnQ", columns="ÄÖ", appearance="dark", entropy_unit="nats", algorithm="a2c", preset="ε → 0"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "settings.ini"


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def test_what_is_saved_is_loaded(file: Path) -> None:
    save_preferences(file, CHOSEN)
    assert load_preferences(file) == (CHOSEN, "")


def test_without_a_file_the_defaults_are_used_without_a_word(file: Path) -> None:
    assert load_preferences(file) == (Preferences(), "")
    assert not file.exists()


def test_what_is_missing_takes_its_default_and_what_only_a_newer_version_knows_stays_and_is_named(
    file: Path,
) -> None:
    write(file, b'{"appearance": "dark", "of_a_later_version": [1, 2]}')
    preferences, remark = load_preferences(file)
    assert preferences == Preferences(appearance="dark")
    assert "setting of_a_later_version." in remark
    assert file.name in remark
    save_preferences(file, CHOSEN)
    assert json.loads(file.read_text(encoding="utf-8"))["of_a_later_version"] == [1, 2]
    assert load_preferences(file) == (CHOSEN, remark)


@pytest.mark.parametrize("name", ["Stepwise", "Stepwise, as on the slides"])
def test_a_preset_that_an_earlier_version_wrote_by_its_name_is_known_by_its_id(file: Path, name: str) -> None:
    write(file, json.dumps({"environment_id": "CartPole-v1", "preset": name}).encode())
    assert load_preferences(file)[0].preset == "stepwise"
    write(file, json.dumps({"version": 2, "environment_id": "CartPole-v1", "preset": name}).encode())
    assert load_preferences(file)[0].preset == name, "as it was written"


def test_a_file_of_a_newer_version_is_set_aside_and_said_to_be_one(file: Path) -> None:
    content = b'{"version": 99, "appearance": {"colour": "dark"}}'
    write(file, content)
    preferences, complaint = load_preferences(file)
    assert preferences == Preferences()
    assert complaint == (
        "The settings file comes from a newer version of PPO Desktop and is set aside as settings.newer.ini; "
        "defaults are used."
    )
    save_preferences(file, CHOSEN)
    assert file.with_name("settings.newer.ini").read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe\x80 binary garbage \x00",
        b"[General]\ngeometry=1\n",
        b'{"appearance": "dark"',
        b"null",
        b"[]",
        b'"text"',
        b"42",
        b'{"appearance": 1}',
        b'{"appearance": null}',
        b'{"geometry": ["a"]}',
        b'{"preset": {"name": "x"}}',
        b'{"algorithm": true}',
        b"[" * 100_000,
        b"1" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda content: repr(content[:24]),
)
def test_a_damaged_file_is_set_aside_and_the_defaults_are_used(file: Path, content: bytes) -> None:
    write(file, content)
    preferences, complaint = load_preferences(file)
    assert preferences == Preferences()
    assert complaint == (
        "The settings file was damaged and is set aside as settings.damaged.ini; defaults are used."
    )
    assert not file.exists()
    assert file.with_name("settings.damaged.ini").read_bytes() == content
    assert load_preferences(file) == (Preferences(), ""), "the next start is quiet"


def test_a_folder_in_the_files_place_is_set_aside(file: Path) -> None:
    file.mkdir(parents=True)
    (file / "kept.txt").write_text("kept")
    preferences, complaint = load_preferences(file)
    assert preferences == Preferences()
    assert "set aside" in complaint
    assert (file.with_name("settings.damaged.ini") / "kept.txt").read_text() == "kept"


def test_what_cannot_be_set_aside_is_left_and_the_defaults_are_used(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, b"damaged")

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    assert load_preferences(file) == (
        Preferences(),
        "The settings could not be read; defaults are used.",
    )
    assert file.read_bytes() == b"damaged"


def test_a_file_that_may_not_be_read_does_not_stop_the_start(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_preferences(file, CHOSEN)

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    preferences, complaint = load_preferences(file)
    assert preferences == Preferences()
    assert "defaults are used" in complaint


@pytest.mark.parametrize(
    ("why", "contents"),
    [
        ("damaged", [b"first", b"second", b"third"]),
        ("newer", [b'{"version": 97}', b'{"version": 98}', b'{"version": 99}']),
    ],
)
def test_a_file_that_is_set_aside_leaves_those_before(file: Path, why: str, contents: list[bytes]) -> None:
    for content in contents:
        write(file, content)
        load_preferences(file)
    names = (why, f"{why} (2)", f"{why} (3)")
    assert [file.with_name(f"settings.{name}.ini").read_bytes() for name in names] == contents


def test_a_crash_in_the_middle_of_saving_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    save_preferences(file, CHOSEN)

    def crash(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", crash)
    with caplog.at_level(logging.ERROR):
        save_preferences(file, Preferences())
    monkeypatch.undo()
    assert "could not be saved" in caplog.text
    assert load_preferences(file) == (CHOSEN, "")


def test_saving_where_nothing_can_be_written_is_only_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    save_preferences(tmp_path / "file" / "settings.ini", CHOSEN)
    assert "could not be saved" in caplog.text


def test_the_file_is_plain_json_of_texts(file: Path) -> None:
    save_preferences(file, CHOSEN)
    assert json.loads(file.read_text(encoding="utf-8")) == {"version": 2, **asdict(CHOSEN)}
    assert {type(value) for value in asdict(Preferences()).values()} == {str}
