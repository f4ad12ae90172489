"""The kernels' folder is whole or not used."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ppo_desktop.ppo.kernels import cache
from tests.command_line import variables
from tests.kernels import take_kernels_away

KERNELS = Path(cache.__file__).parent


@pytest.fixture
def kernels(own_home: Path) -> Path:
    """The parent of all kernels' folders, without any."""
    return take_kernels_away(own_home)


def fill() -> None:
    """Let two files be what was compiled."""
    with cache.being_filled():
        folder = Path(cache.folder_in_use())
        (folder / "play.nbi").write_bytes(b"index")
        (folder / "play.1.nbc").write_bytes(b"code")


def test_a_folder_is_whole_once_it_has_been_filled(kernels: Path) -> None:
    assert not cache.is_whole()
    fill()
    assert cache.is_whole()
    assert [path.name for path in kernels.iterdir()] == [cache.fingerprint()]
    assert cache.folder_in_use() == str(cache.folder())


def test_nothing_is_seen_of_it_before_it_is_whole(kernels: Path) -> None:
    with cache.being_filled():
        (Path(cache.folder_in_use()) / "play.nbi").write_bytes(b"index")
        assert not cache.folder().exists()
        assert not cache.is_whole()


def test_what_was_being_compiled_when_it_failed_is_thrown_away(kernels: Path) -> None:
    with pytest.raises(KeyboardInterrupt), cache.being_filled():
        raise KeyboardInterrupt
    assert not list(kernels.iterdir())
    assert not cache.is_whole()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "play.1.nbc").write_bytes(b"cod"),
        lambda folder: (folder / "play.1.nbc").write_bytes(b"cofe"),
        lambda folder: (folder / "play.nbi").unlink(),
        lambda folder: (folder / "other.nbi").write_bytes(b"from elsewhere"),
        lambda folder: (folder / "contents.json").unlink(),
        lambda folder: (folder / "contents.json").write_bytes(b"\xff{"),
        lambda folder: (folder / "contents.json").write_text("[]"),
        lambda folder: (folder / "contents.json").write_text("{}"),
    ],
    ids=["shorter", "changed", "missing", "foreign", "no list", "no text", "no dictionary", "empty list"],
)
def test_a_damaged_folder_is_not_used_and_is_filled_anew(kernels: Path, damage) -> None:  # type: ignore[no-untyped-def]
    fill()
    damage(cache.folder())
    assert not cache.is_whole()
    fill()
    assert cache.is_whole()
    assert not (cache.folder() / "other.nbi").exists()


def test_what_was_given_up_or_not_used_for_long_is_removed(kernels: Path) -> None:
    for name, days in (("0123456789abcdef", 31), ("fedcba9876543210", 29)):
        (kernels / name).mkdir(parents=True)
        contents = kernels / name / "contents.json"
        contents.touch()
        os.utime(contents, (time.time() - days * 86400,) * 2)
    for name, hours in (("given-up.unfinished", 2), ("at-work.unfinished", 0)):
        (kernels / name).mkdir()
        os.utime(kernels / name, (time.time() - hours * 3600,) * 2)
    fill()
    kept = {path.name for path in kernels.iterdir()}
    assert kept == {cache.fingerprint(), "fedcba9876543210", "at-work.unfinished"}


def test_a_folder_that_is_found_whole_counts_as_used(kernels: Path) -> None:
    fill()
    contents = cache.folder() / "contents.json"
    os.utime(contents, (0, 0))
    assert cache.is_whole()
    assert time.time() - contents.stat().st_mtime < 100


def test_settings_of_numba_itself_decide_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.fingerprint.__wrapped__()
    monkeypatch.setenv("NUMBA_OPT", "1")
    assert cache.fingerprint.__wrapped__() != before


def test_two_that_fill_it_at_the_same_time_do_not_disturb_each_other(kernels: Path) -> None:
    with cache.being_filled():
        (Path(cache.folder_in_use()) / "play.nbi").write_bytes(b"index")
        fill()
        assert cache.is_whole()
    assert cache.is_whole()
    assert (cache.folder() / "play.1.nbc").exists(), "the first that was whole stays"


def test_a_place_that_cannot_be_written_is_an_error_that_says_so(kernels: Path) -> None:
    kernels.write_text("a file")
    with pytest.raises(OSError, match="kernels"):
        fill()
    assert not cache.is_whole()


def test_every_change_of_what_is_compiled_changes_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "kernel.py"
    source.write_text("ADAM_EPSILON = 1e-5")
    monkeypatch.setattr(cache, "_sources", lambda: [source])
    before = cache.fingerprint.__wrapped__()
    assert cache.fingerprint.__wrapped__() == before
    source.write_text("ADAM_EPSILON = 1e-8")
    assert cache.fingerprint.__wrapped__() != before


def test_python_without_assertions_has_kernels_of_its_own() -> None:
    fingerprint = "from ppo_desktop.ppo.kernels import cache; print(cache.fingerprint())"
    found = {
        subprocess.run(
            [sys.executable, *flags, "-c", fingerprint],
            capture_output=True,
            text=True,
            check=True,
            env=variables(),
        ).stdout
        for flags in ([], ["-O"], ["-OO"])
    }
    assert len(found) == 3


def test_every_module_whose_constants_are_compiled_in_is_part_of_the_fingerprint() -> None:
    imported = set()
    for source in KERNELS.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ppo_desktop.ppo"):
                module = (node.module or "").removeprefix("ppo_desktop.ppo").removeprefix(".")
                imported |= {f"{module}.py"} if module else {f"{alias.name}.py" for alias in node.names}
    others = {name for name in imported if not name.startswith("kernels")}
    assert others == set(cache.CONSTANTS_FROM)
    assert all((KERNELS.parent / name).exists() for name in others)
