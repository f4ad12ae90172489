"""How something appears in the cache of building only when it is whole."""

from __future__ import annotations

import pytest

from installing.building_cache import appearing, building_cache


def test_the_cache_is_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.setenv("PPO_DESKTOP_BUILDING", str(tmp_path))
    assert building_cache() == tmp_path


def test_a_folder_takes_the_place_of_the_one_before(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    with appearing(folder) as unfinished:
        (unfinished / "new").touch()
        assert (folder / "old").exists()
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert not unfinished.exists()


def test_what_was_there_stays_when_building_fails(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    with pytest.raises(RuntimeError), appearing(folder):
        raise RuntimeError
    assert (folder / "old").exists()


def test_what_a_failure_left_is_not_built_upon(tmp_path):
    (tmp_path / "folder.unfinished").mkdir()
    (tmp_path / "folder.unfinished" / "half").touch()
    with appearing(tmp_path / "folder"):
        pass
    assert list((tmp_path / "folder").iterdir()) == []
