"""How what people download is tried: nothing that is wrong passes, and the program is removed in the end."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from installing import smoke
from launching.processes import Problem

JSON = ["train", "--json", "-"]


class Place:
    """A place in which a script of ours presses the widgets."""

    longest_start = 10.0

    def __init__(self, folder: Path, script: str = "") -> None:
        self.folder = folder
        self.script = script
        self.is_installed = False

    def install(self, _installer: Path) -> None:
        self.is_installed = True

    def uninstall(self) -> None:
        self.is_installed = False

    def user_files(self) -> set[str]:
        return set()

    def left_behind(self) -> list[str]:
        return []

    def shared(self, name: str) -> tuple[Path, str]:
        return self.folder / name, name

    def python(self, _script: Path, *_arguments: str) -> list[str]:
        return [sys.executable, "-I", "-c", self.script]

    def menu(self) -> list[str]:
        return [sys.executable, "-I", "-c", "pass"]


@pytest.mark.parametrize("said", ["", "no JSON", "{}\nTraceback", '{"reason": "failed"}'])
def test_a_command_that_says_no_json_at_its_end_has_failed(said):
    with pytest.raises(Problem):
        smoke.check_output(JSON, said, [])


def test_a_command_that_was_asked_for_none_may_say_what_it_likes():
    smoke.check_output(["--help"], "usage: …", [])


def test_what_a_command_has_done_is_told():
    details: list[str] = []
    smoke.check_output(JSON, 'a line\n{"reason": "completed", "engine": "compiled"}\n', details)
    assert details == ["compiled engine"]


@pytest.mark.parametrize(
    "error", [ValueError("odd"), IndexError("odd"), StopIteration("odd"), AssertionError("odd")]
)
def test_a_check_fails_by_whatever_error_and_names_it(capsys, error):
    checks = smoke.Checks()
    with checks.check("something"):
        raise error
    assert checks.failed == 1
    assert f"{type(error).__name__}: odd" in capsys.readouterr().out


def test_the_program_is_removed_whatever_happens(monkeypatch, tmp_path):
    def use(*_: object) -> None:
        raise RuntimeError

    place = Place(tmp_path)
    monkeypatch.setattr(smoke, "use", use)
    with pytest.raises(RuntimeError):
        smoke.smoke(place, tmp_path)  # type: ignore[arg-type]
    assert not place.is_installed


@pytest.mark.parametrize(("longest", "failed"), [(smoke.PATIENCE, 0), (0.0, 1)])
def test_a_start_that_takes_too_long_has_failed(tmp_path, longest, failed):
    checks = smoke.Checks()
    shown = SimpleNamespace(
        variables=None,
        wait_for_window=lambda is_alive: None,
        take_picture=lambda picture: None,
        close_window=lambda: None,
    )
    smoke.open_and_close(Place(tmp_path), checks, shown, "opened", longest)  # type: ignore[arg-type]
    assert checks.failed == failed


@pytest.mark.parametrize(
    ("script", "failed"),
    [
        ("""print('{"what": "it", "ok": true, "detail": ""}')""", 0),
        ("""print('{"what": "it", "ok": false, "detail": ""}')""", 1),
        ("import sys; sys.stderr.write('x' * 200_000)", 1),
        ("print('no JSON')", 1),
        ("raise SystemExit(3)", 1),
    ],
)
def test_what_is_pressed_is_checked_however_much_is_said(tmp_path, script, failed):
    checks = smoke.Checks()
    smoke.drive(Place(tmp_path, script), checks, SimpleNamespace(variables=None))  # type: ignore[arg-type]
    assert checks.failed == failed


def test_what_never_ends_is_ended(monkeypatch, tmp_path):
    monkeypatch.setattr(smoke, "LONGEST_DRIVE", 0.1)
    checks = smoke.Checks()
    place = Place(tmp_path, "import threading; threading.Event().wait()")
    smoke.drive(place, checks, SimpleNamespace(variables=None))  # type: ignore[arg-type]
    assert checks.failed == 1
