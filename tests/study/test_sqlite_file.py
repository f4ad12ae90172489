"""What SQLite says of a file, in a line that says what to do."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import NamedTuple

import pytest

from ppo_desktop.study import sqlite_file


class _Usage(NamedTuple):
    free: int


@pytest.mark.parametrize("name", ["SQLITE_IOERR_SHMSIZE", "SQLITE_CANTOPEN", "SQLITE_FULL"])
def test_a_full_disk_is_called_a_full_disk(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(free=0))
    assert "disk is full" in str(sqlite_file.problem(tmp_path / "study.db", error))


def test_an_error_of_the_disk_with_room_left_is_none_of_a_full_one(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_READ"
    assert "full" not in str(sqlite_file.problem(tmp_path / "study.db", error))


def test_a_file_that_takes_the_name_of_another_is_not_the_same(tmp_path: Path) -> None:
    path, other = tmp_path / "study.db", tmp_path / "other.db"
    path.touch()
    other.touch()
    before = sqlite_file.identity(path)
    assert sqlite_file.identity(path) == before
    other.replace(path)
    assert sqlite_file.identity(path) != before
    path.unlink()
    assert sqlite_file.identity(path) is None


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/home/é x.db"), "file:///home/%C3%A9%20x.db"),
        (PureWindowsPath(r"C:\a ?\x.db"), "file:///C:/a%20%3F/x.db"),
        (PureWindowsPath(r"\\server\share\x y.db"), "file:////server/share/x%20y.db"),
    ],
)
def test_a_file_on_another_computer_is_called_as_sqlite_takes_it(path: PurePath, uri: str) -> None:
    assert sqlite_file._uri(path) == uri


def test_sqlite_takes_a_path_that_begins_with_two_strokes(tmp_path: Path) -> None:
    sqlite3.connect(f"file:///{tmp_path.as_posix()}/x.db", uri=True).close()
    assert (tmp_path / "x.db").exists()
