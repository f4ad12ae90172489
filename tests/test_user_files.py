"""What the program writes, and where."""

from __future__ import annotations

import errno
import io
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs
import pytest

from ppo_desktop import user_files
from ppo_desktop.user_files import (
    NoHome,
    check_home,
    comparisons_folder,
    log_file,
    settings_file,
    start_logging,
    studies_folder,
    what_will_not_be_kept,
)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home of the program that does not exist yet."""
    home = tmp_path / "another home"
    monkeypatch.setenv("PPO_DESKTOP_HOME", str(home))
    return home


@pytest.fixture
def _root_logger():
    """The root logger, restored afterwards."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()


def test_everything_is_written_under_ppo_desktop_home(home):
    for file in (settings_file(), log_file(), comparisons_folder(), studies_folder()):
        assert file.is_relative_to(home)


def test_pytorch_makes_its_folder_there_too(home, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    user_files.settle_home()
    assert home in Path(os.environ["TORCHINDUCTOR_CACHE_DIR"]).parents


def test_a_tilde_in_ppo_desktop_home_is_the_users_folder(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("PPO_DESKTOP_HOME", "~/ppo")
    assert settings_file().parent == home / "ppo"


def test_otherwise_the_systems_usual_folders_are_used(tmp_path, monkeypatch):
    monkeypatch.delenv("PPO_DESKTOP_HOME", raising=False)
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: tmp_path / name / "config")
    monkeypatch.setattr(platformdirs, "user_log_path", lambda name, appauthor: tmp_path / name / "log")
    monkeypatch.setattr(platformdirs, "user_data_path", lambda name, appauthor: tmp_path / name / "data")
    assert settings_file().parent == tmp_path / "ppo-desktop" / "config"
    assert studies_folder() == tmp_path / "ppo-desktop" / "data" / "studies"
    assert log_file().parent == tmp_path / "ppo-desktop" / "log"


def test_a_home_that_can_be_is_no_trouble(home):
    check_home()


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    def no_home(*_: object, **__: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("PPO_DESKTOP_HOME")
    monkeypatch.setattr(platformdirs, "user_config_path", no_home)
    with pytest.raises(NoHome, match="set PPO_DESKTOP_HOME"):
        check_home()


@pytest.mark.usefixtures("_root_logger")
def test_what_is_logged_is_in_the_log_file(home):
    start_logging()
    logging.getLogger("ppo_desktop.somewhere").warning("ε was changed")
    assert "WARNING ppo_desktop.somewhere: ε was changed" in log_file().read_text(encoding="utf-8")


def test_where_the_program_has_crashed_is_written_beside_the_log(home):
    crash = (
        "import os; from ppo_desktop.user_files import *; start_logging(); write_down_crashes(); os.abort()"
    )
    ended = subprocess.run([sys.executable, "-c", crash], stderr=subprocess.PIPE, check=False)
    assert ended.returncode != 0
    assert b"Aborted" in log_file().with_name("crash.log").read_bytes()


@pytest.mark.usefixtures("_root_logger")
def test_the_log_does_not_grow_without_bound(home, monkeypatch):
    monkeypatch.setattr(user_files, "LARGEST_LOG", 1000)
    start_logging()
    for number in range(200):
        logging.getLogger("ppo_desktop").warning("line %d", number)
    files = list(log_file().parent.iterdir())
    assert len(files) == 1 + user_files.KEPT_LOGS
    assert sum(file.stat().st_size for file in files) <= 1000 * len(files)


@pytest.mark.usefixtures("_root_logger")
def test_a_full_log_that_another_window_has_open_goes_on_and_older_ones_stay(home, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "another program uses it")  # what Windows says

    start_logging()
    older = log_file().with_name("ppo-desktop.log.1")
    older.write_text("older")
    monkeypatch.setattr(user_files, "LARGEST_LOG", 100)
    start_logging()
    monkeypatch.setattr(os, "rename", refuse)
    for number in range(20):
        logging.getLogger("ppo_desktop").warning("line %d", number)
    assert older.read_text() == "older"
    assert [f"line {number}" in log_file().read_text(encoding="utf-8") for number in range(20)] == [True] * 20


@pytest.mark.usefixtures("_root_logger")
def test_without_a_place_to_write_it_logs_to_the_terminal_and_says_so(home, capsys):
    home.write_text("a file where the folder should be")
    start_logging()
    logging.getLogger("ppo_desktop").warning("still heard")
    heard = capsys.readouterr().err
    assert "No log file can be written" in heard
    assert "still heard" in heard


@pytest.mark.usefixtures("_root_logger")
def test_an_error_on_the_terminal_is_one_line(home, capsys):
    home.write_text("a file where the folder should be")
    start_logging()
    try:
        raise ValueError("no more")
    except ValueError:
        logging.getLogger("ppo_desktop").exception("Something failed")
    assert capsys.readouterr().err.splitlines()[-1].endswith("Something failed: no more")


def test_a_home_that_can_be_written_keeps_everything(home):
    assert what_will_not_be_kept() == ""
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_named_with_the_reason(home):
    home.mkdir()
    (home / "studies").write_text("a file where the folder should be")
    told = what_will_not_be_kept()
    assert str(home / "studies") in told
    assert "exists" in told


def test_a_full_disk_is_noticed_before_anything_is_lost(home, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: Full())
    assert os.strerror(errno.ENOSPC) in what_will_not_be_kept()
