"""Files and folders that take their place when they are whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ppo_desktop import whole_files
from ppo_desktop.whole_files import put_in_place, write_whole


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often Windows still refuses to rename, one number; and it forgets nothing of what is renamed."""
    left, replace = [0], Path.replace

    def refuse_at_first(path: Path, target: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "another program uses it")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse_at_first)
    monkeypatch.setattr(sys, "platform", "win32")
    return left


def test_what_is_written_takes_the_place_of_what_was_there_and_leaves_nothing_beside_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "deep" / "file.json"
    for text in ("ε", "γ"):
        write_whole(file, text)
        assert file.read_text(encoding="utf-8") == text
    assert [path.name for path in file.parent.iterdir()] == ["file.json"]


def test_where_another_program_looks_into_it_for_a_moment_it_is_tried_again(
    tmp_path: Path, refused: list[int]
) -> None:
    refused[0] = 3
    write_whole(tmp_path / "file", "text")
    assert (tmp_path / "file").read_text() == "text"
    (tmp_path / "folder").mkdir()
    refused[0] = 3
    put_in_place(tmp_path / "folder", tmp_path / "its place")
    assert (tmp_path / "its place").is_dir()


def test_where_another_program_keeps_it_open_the_old_file_stays_and_nothing_beside_it(
    tmp_path: Path, refused: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "file", "old")
    monkeypatch.setattr(whole_files, "_RENAME_SECONDS", 0.0)
    refused[0] = 1_000_000
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert len(list(tmp_path.glob("file*"))) == 1
