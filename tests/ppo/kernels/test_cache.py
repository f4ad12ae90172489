"""The kernels' folder is whole or not used."""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import llvmlite.binding
import pytest

from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.target import Target
from tests.command_line import variables
from tests.kernels import take_kernels_away

KERNELS = Path(cache.__file__).parent
ROOT = Path(__file__).resolve().parents[3]
FINGERPRINT = "from ppo_desktop.ppo.kernels import cache; print(cache.fingerprint())"
FROM_WHERE = "from ppo_desktop.ppo.kernels import cache; print(cache.__file__)"
TARGET = "from ppo_desktop.ppo.kernels import cache; print(cache.target().name)"


@functools.cache
def said_by(code: str, *flags: str, cwd: Path = ROOT, **environment: str) -> str:
    """Return what a Python of its own prints."""
    command = [sys.executable, *flags, "-c", code]
    return subprocess.check_output(command, text=True, cwd=cwd, env=variables(**environment)).strip()


@pytest.fixture
def kernels(own_home: Path) -> Path:
    """The parent of all the user's folders of kernels, without any."""
    return take_kernels_away(own_home)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parent of all the installation's folders of kernels, without any."""
    monkeypatch.setattr(cache, "_INSTALLED", tmp_path / "program" / "kernels")
    return tmp_path / "program" / "kernels"


def fill(folder: Path | None = None) -> None:
    """Let two files be what was compiled."""
    with cache.being_filled(folder or cache.users_folder()):
        unfinished = cache.folder_in_use()
        assert unfinished is not None
        (unfinished / "play.nbi").write_bytes(b"index")
        (unfinished / "play.1.nbc").write_bytes(b"code")


def test_a_folder_is_whole_once_it_has_been_filled(kernels: Path) -> None:
    assert cache.whole_folder() is None
    fill()
    assert cache.is_whole(cache.users_folder())
    assert [path.name for path in kernels.iterdir()] == [cache.fingerprint()]
    assert cache.whole_folder() == cache.folder_in_use() == cache.users_folder()


def test_kernels_of_the_installation_serve_and_nothing_is_written(kernels: Path, installation: Path) -> None:
    fill(cache.installed_folder())
    assert [path.name for path in installation.iterdir()] == [cache.fingerprint()]
    contents = cache.installed_folder() / "contents.json"
    os.utime(contents, (0, 0))
    assert cache.whole_folder() == cache.folder_in_use() == cache.installed_folder()
    assert not cache.is_filled()
    assert contents.stat().st_mtime == 0
    assert not kernels.exists()


@pytest.mark.parametrize("damaged", [False, True], ids=["of another version", "damaged"])
def test_kernels_of_the_installation_that_cannot_serve_leave_the_place_to_the_users(
    kernels: Path, installation: Path, damaged: bool
) -> None:
    if damaged:
        fill(cache.installed_folder())
        (cache.installed_folder() / "play.nbi").unlink()
    else:
        fill(installation / "0123456789abcdef")
    assert cache.whole_folder() is None
    fill()
    assert cache.whole_folder() == cache.users_folder()


def test_the_fastest_kernels_that_come_with_the_installation_decide_what_is_compiled_for(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = tuple(map(Target, ("fast", "slow", "slower")))
    monkeypatch.setattr(cache, "possible_targets", lambda: kinds)
    monkeypatch.setattr(cache, "target", cache.target.__wrapped__)
    told = [cache.target()]
    for kind in (Target("unknown"), *reversed(kinds)):
        fill(installation / cache.fingerprint_for(kind))
        told.append(cache.target())
    fast, slow, slower = kinds
    assert told == [fast, fast, slower, slow, fast]


def test_everybody_may_read_the_kernels_of_an_installation(installation: Path) -> None:
    before = os.umask(0o022)
    try:
        fill(cache.installed_folder())
    finally:
        os.umask(before)
    assert cache.installed_folder().stat().st_mode & 0o555 == 0o555


def test_nothing_is_seen_of_it_before_it_is_whole(kernels: Path) -> None:
    with cache.being_filled(cache.users_folder()):
        unfinished = cache.folder_in_use()
        assert unfinished is not None
        (unfinished / "play.nbi").write_bytes(b"index")
        assert not cache.users_folder().exists()
        assert cache.whole_folder() is None


def test_what_was_being_compiled_when_it_failed_is_thrown_away(kernels: Path) -> None:
    with pytest.raises(KeyboardInterrupt), cache.being_filled(cache.users_folder()):
        raise KeyboardInterrupt
    assert not list(kernels.iterdir())
    assert not cache.is_whole(cache.users_folder())


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
    damage(cache.users_folder())
    assert not cache.is_whole(cache.users_folder())
    fill()
    assert cache.is_whole(cache.users_folder())
    assert not (cache.users_folder() / "other.nbi").exists()


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
    contents = cache.users_folder() / "contents.json"
    os.utime(contents, (0, 0))
    assert cache.whole_folder() == cache.users_folder()
    assert time.time() - contents.stat().st_mtime < 100


@pytest.mark.parametrize(("variable", "decides"), [("NUMBA_OPT", True), ("NUMBA_NUM_THREADS", False)])
def test_settings_of_numba_decide_as_far_as_they_change_what_is_compiled(
    variable: str, decides: bool
) -> None:
    assert (said_by(FINGERPRINT, **{variable: "1"}) != said_by(FINGERPRINT)) is decides


def test_a_processor_set_for_numba_has_kernels_of_its_own() -> None:
    assert said_by(TARGET, NUMBA_CPU_NAME="nehalem", NUMBA_CPU_FEATURES="") == "nehalem"
    with_and_without = {said_by(FINGERPRINT), said_by(FINGERPRINT, NUMBA_CPU_NAME="nehalem")}
    assert len(with_and_without) == 2


@pytest.mark.skipif(llvmlite.binding.get_process_triple().partition("-")[0] != "x86_64", reason="has no AVX")
def test_a_processor_without_avx_has_kernels_of_its_own() -> None:
    assert said_by(TARGET, NUMBA_ENABLE_AVX="0") == llvmlite.binding.get_host_cpu_name()
    assert said_by(FINGERPRINT, NUMBA_ENABLE_AVX="0") != said_by(FINGERPRINT)


def test_neither_the_current_folder_nor_the_place_and_the_times_of_sources_decide(tmp_path: Path) -> None:
    moved = tmp_path / "Süd West"
    shutil.copytree(ROOT / "ppo_desktop", moved / "ppo_desktop", ignore=shutil.ignore_patterns("__pycache__"))
    for source in moved.rglob("*.py"):
        os.utime(source, (0, 0))
    assert said_by(FINGERPRINT, cwd=tmp_path, PYTHONPATH=str(moved)) == said_by(FINGERPRINT)
    assert said_by(FROM_WHERE, cwd=tmp_path, PYTHONPATH=str(moved)).startswith(str(moved))


def test_two_versions_have_folders_side_by_side(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    before = cache.users_folder()
    monkeypatch.setattr(cache, "__version__", "0.0.0")
    monkeypatch.setattr(cache, "fingerprint_for", cache.fingerprint_for.__wrapped__)
    assert cache.whole_folder() is None
    fill()
    assert cache.whole_folder() == cache.users_folder() != before
    assert cache.is_whole(before)


def test_two_that_fill_it_at_the_same_time_do_not_disturb_each_other(kernels: Path) -> None:
    with cache.being_filled(cache.users_folder()):
        fill()
        assert cache.is_whole(cache.users_folder())
    assert cache.is_whole(cache.users_folder())
    assert (cache.users_folder() / "play.1.nbc").exists(), "the first that was whole stays"


def test_a_place_that_cannot_be_written_is_an_error_that_says_so(kernels: Path) -> None:
    kernels.write_text("a file", encoding="utf-8")
    with pytest.raises(OSError, match="kernels"):
        fill()
    assert not cache.is_whole(cache.users_folder())


def test_every_change_of_what_is_compiled_changes_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "kernel.py"
    source.write_text("ADAM_EPSILON = 1e-5")
    monkeypatch.setattr(cache, "_sources", lambda: [source])
    before = cache.fingerprint_for.__wrapped__(cache.target())
    assert cache.fingerprint_for.__wrapped__(cache.target()) == before
    source.write_text("ADAM_EPSILON = 1e-8")
    assert cache.fingerprint_for.__wrapped__(cache.target()) != before


def test_python_without_assertions_has_kernels_of_its_own() -> None:
    assert len({said_by(FINGERPRINT, *flags) for flags in ([], ["-O"], ["-OO"])}) == 3


def test_every_module_that_kernels_import_is_part_of_the_fingerprint() -> None:
    imported = set()
    for source in KERNELS.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ppo_desktop.ppo"):
                place = Path(*(node.module or "").split(".")[2:])
                is_package = (KERNELS.parent / place).is_dir()
                modules = [place / alias.name for alias in node.names] if is_package else [place]
                imported |= {f"{module.as_posix()}.py" for module in modules}
    others = {name for name in imported if not name.startswith("kernels")}
    assert others == set(cache.COMPILED_FROM)
    assert all((KERNELS.parent / name).exists() for name in others)
