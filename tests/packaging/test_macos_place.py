"""Where the app for macOS is tried, with stand-ins for what only a Mac has."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from installing.macos_place import MacPlace
from launching.processes import Problem
from tests.command_line import posix_only

pytestmark = posix_only
TOOLS = {
    "hdiutil": 'case $1 in attach) shift 4; mkdir -p "$1/PPO Desktop.app/Contents/MacOS" ;; esac',
    "ditto": 'cp -R "$1" "$2"',
    "codesign": '[ ! -e "$4/changed" ]',
    "sandbox-exec": 'echo "$2" > "$TOOLS/rules"; shift 2; exec "$@"',
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MacPlace:
    """A place in which the app has been installed."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("TOOLS", str(tools))
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PPO_DESKTOP_BUILDING", str(tmp_path / "building"))
    monkeypatch.setenv("PPO_DESKTOP_HOME", str(tmp_path / "of whoever tries it"))
    monkeypatch.setenv("HOME", str(tmp_path / "logged in"))
    place = MacPlace("Resources/python/bin/python3.13", "org.example.app")
    place.install(tmp_path / "PPO-Desktop.dmg")
    return place


def test_the_app_is_copied_to_a_place_that_is_hard_to_write(place: MacPlace) -> None:
    assert place.app.is_dir()
    assert " " in place.app.parent.name
    assert not place.app.parent.name.isascii()


def test_the_program_has_a_home_of_its_own_no_variable_of_ours_and_no_network(place: MacPlace) -> None:
    program = place.app / "Contents" / "MacOS" / "PPO Desktop"
    program.write_text('#!/bin/sh\necho "$@"; env\n', encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(place.program("train", "ε"), capture_output=True, encoding="utf-8", check=True)
    arguments, *variables = done.stdout.splitlines()
    assert arguments == "train ε"
    known = dict(line.split("=", 1) for line in variables)
    assert known["HOME"] == str(place.home)
    assert not known.keys() & {"PPO_DESKTOP_HOME", "PPO_DESKTOP_BUILDING", "PYTHONPATH", "VIRTUAL_ENV"}
    rules = Path(os.environ["TOOLS"], "rules").read_text(encoding="utf-8")
    assert "deny network" in rules


def test_what_the_user_made_and_what_was_logged_is_found_where_macos_keeps_it(
    place: MacPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platformdirs.macos

    monkeypatch.setenv("HOME", str(place.home))
    folders = platformdirs.macos.MacOS("ppo-desktop", appauthor=False)
    for folder, name in ((folders.user_data_path, "study.db"), (folders.user_log_path, "ppo-desktop.log")):
        folder.mkdir(parents=True)
        (folder / name).write_text("ε", encoding="utf-8")
    assert place.user_files() == {"Library/Application Support/ppo-desktop/study.db"}
    assert place.log() == "ε"


def test_an_app_that_was_changed_by_being_used_is_found_out(place: MacPlace) -> None:
    ((_, tried),) = place.further_checks()
    tried()
    (place.app / "changed").touch()
    with pytest.raises(Problem):
        tried()


def test_removed_nothing_is_left_but_what_was_there_before(place: MacPlace) -> None:
    place.uninstall()
    assert place.left_behind() == []
    kept = Path.home() / "Library" / "Preferences" / "org.example.app.plist"
    kept.parent.mkdir(parents=True)
    kept.touch()
    assert place.left_behind() == [str(kept)]


def test_the_window_is_opened_as_finder_opens_it_and_waited_for(place: MacPlace) -> None:
    command = place.menu()
    assert command[0] == "open"
    assert "-W" in command
    assert command[-1] == str(place.app)
    assert place.python(Path("driver.py"))[-4:-1] == [
        str(place.app / "Contents" / "Resources" / "python" / "bin" / "python3.13"), "-X", "utf8",
    ]  # fmt: skip
