"""What was deleted: it can be brought back where it was deleted, and goes in the end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ppo_desktop import trash


@pytest.fixture(params=["file", "folder"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "Lauf-3.jsonl"
    if request.param == "folder":
        path.mkdir()
        (path / "in it").touch()
    else:
        path.touch()
    return path


def test_what_was_deleted_comes_back_under_its_name(path: Path) -> None:
    deleted = trash.delete(path)
    assert trash.is_deleted(deleted)
    assert not path.exists()
    assert trash.bring_back(deleted) == path
    assert path.exists()


def test_what_has_the_name_by_now_is_not_replaced(path: Path) -> None:
    deleted = trash.delete(path)
    path.write_text("another", encoding="utf-8")
    with pytest.raises(FileExistsError):
        trash.bring_back(deleted)
    assert path.read_text(encoding="utf-8") == "another"


def test_only_what_was_deleted_here_or_long_ago_is_removed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted = trash.delete(path)
    trash.purge(path.parent, own=[])
    assert deleted.exists(), "another window may still bring it back"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    trash.purge(path.parent, own=[])
    assert not deleted.exists()


def test_what_was_deleted_here_is_removed_at_once(path: Path) -> None:
    deleted = trash.delete(path)
    trash.purge(path.parent, own=[deleted])
    assert not deleted.exists()
