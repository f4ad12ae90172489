"""What stands in the application folder for Linux, and how it is packed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

if sys.platform == "linux":
    from installing.elf import needs_below
    from installing.linux import Linux, check_builder, pack_archive, packed
    from installing.linux_place import DebianPlace, command_of
    from launching.processes import Problem

NAMES = ["plain", "Übungen im Seminar", """it's "5 %" $HOME `a` & \\b"""]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home of a user"
    folder.mkdir()
    return folder


def application_in(folder: Path) -> Path:
    """Make an application folder whose interpreter tells what it was called with."""
    interpreter = folder / Linux.interpreter
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n', encoding="utf-8")
    interpreter.chmod(0o755)
    Linux().put_scripts(folder, glibc=(2, 31))
    return folder


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_it_starts_its_own_interpreter_wherever_it_is_and_by_whatever_link(tmp_path, name):
    application = application_in(tmp_path / name)
    (tmp_path / "link").symlink_to(application / "ppo-desktop")
    (tmp_path / "second link").symlink_to("link")
    interpreter, *arguments = run(tmp_path / "second link", "train", "two words").stdout.splitlines()
    assert Path(interpreter) == application / Linux.interpreter
    assert arguments[-4:] == ["-m", "ppo_desktop", "train", "two words"]
    assert "-I" in arguments


@pytest.mark.parametrize("name", NAMES)
def test_the_menu_starts_what_was_put_into_it(tmp_path, home, name):
    application = application_in(tmp_path / name)
    assert run(application / "install", HOME=str(home)).returncode == 0
    entry = home / ".local" / "share" / "applications" / "ppo-desktop.desktop"
    assert command_of(entry) == [str(application / "ppo-desktop")]
    started = run(home / ".local" / "bin" / "ppo-desktop").stdout.splitlines()
    assert Path(started[0]) == application / Linux.interpreter


def test_uninstalling_leaves_the_user_s_files_and_says_where_they_are(tmp_path, home):
    application = application_in(tmp_path / "application")
    run(application / "install", HOME=str(home))
    own = home / ".local" / "share" / "ppo-desktop" / "studies"
    own.mkdir(parents=True)
    said = run(application / "uninstall", HOME=str(home)).stdout
    assert str(own.parent) in said
    assert str(application) in said
    assert list(home.rglob("*ppo-desktop*")) == [own.parent]


def test_uninstalling_an_older_version_leaves_a_newer_one_in_the_menu(tmp_path, home):
    older, newer = (application_in(tmp_path / name) for name in ("older", "newer"))
    for application in (older, newer):
        run(application / "install", HOME=str(home))
    run(older / "uninstall", HOME=str(home))
    assert command_of(home / ".local/share/applications/ppo-desktop.desktop") == [str(newer / "ppo-desktop")]


@pytest.mark.skipif(not shutil.which("zstd"), reason="needs zstd")
def test_what_is_started_is_the_last_to_be_unpacked(tmp_path):
    application = application_in(tmp_path / "application")
    archive = packed(pack_archive, application, tmp_path / "archive.tar.zst")
    listed = subprocess.check_output(["tar", "-tf", archive], text=True).splitlines()
    names = [Path(line).name for line in listed if not line.endswith("/")]
    assert names[0] == Path(Linux.interpreter).name
    assert set(names[1:]) == {"install", "ppo-desktop", "ppo-desktop.desktop", "ppo-desktop.svg", "uninstall"}


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs readelf")
def test_what_a_folder_needs_of_the_system_is_read_from_its_libraries(tmp_path):
    import _ctypes

    shutil.copy(_ctypes.__file__, tmp_path)
    (tmp_path / "text.so").write_text("not a library")
    needs = needs_below(tmp_path)
    assert any(name.startswith("libffi.so") for name in needs.libraries)
    assert needs.glibc >= (2, 2, 5)


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("echo 'failed to write (No space left on device)' >&2; exit 100", False),
        ("echo 'dpkg: error: cannot open archive' >&2; exit 100", True),
        ("exit 0", True),
    ],
)
def test_only_want_of_room_passes_for_want_of_room(monkeypatch, script, refused):
    place = DebianPlace.__new__(DebianPlace)
    monkeypatch.setattr(place, "by_administrator", lambda *_: ["sh", "-c", script])
    monkeypatch.setattr(place, "left_behind", list)
    with pytest.raises(Problem) if refused else nullcontext():
        place.install_without_room()


@pytest.mark.parametrize(("python", "processor"), [("3.12.4", "x86_64"), ("3.11.7", "aarch64")])
def test_what_wheels_are_not_locked_for_does_not_build(python, processor):
    check_builder("3.11.7", "x86_64")
    with pytest.raises(Problem, match=rf"Python {python} on {processor} cannot .* python3\.11 .* on x86_64"):
        check_builder(python, processor)
