"""Before the fast engine is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from numba.core import codegen, config
from PySide6.QtWidgets import QLabel, QPushButton

from ppo_desktop.bridge import preparation
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.target import possible_targets
from ppo_desktop.views.wording_label import ElidedLabel
from tests.end_to_end.conftest import User
from tests.kernels import take_kernels_away
from tests.widgets import lay_out

PATIENCE = 400_000
"""Milliseconds: the kernels are compiled with low priority, and other tests want the processors as well."""


@pytest.fixture
def kernels(own_home: Path) -> Path:
    """The parent of all kernels' folders, without any: as when the app was just installed."""
    return take_kernels_away(own_home)


def engine_said(user: User) -> str:
    return user.find(QLabel, "engine_label").text()


def engine_explained(user: User) -> str:
    return user.find(QLabel, "engine_label").toolTip()


def test_a_prepared_engine_serves_at_once(user: User) -> None:
    assert engine_said(user) == "fast engine"
    assert f"compiled for {cache.target().name}" in engine_explained(user)
    assert user.session.preparation.state is PreparationState.NOT_NEEDED


def test_kernels_of_the_installation_serve_at_the_very_first_start(
    kernels: Path,
    prepared_kernels: Path,
    monkeypatch: pytest.MonkeyPatch,
    open_window: Callable[[], User],
) -> None:
    monkeypatch.setattr(cache, "_INSTALLED", prepared_kernels)
    user = open_window()
    user.wait_until_ready()
    assert engine_said(user) == "fast engine"
    assert user.session.preparation.state is PreparationState.NOT_NEEDED
    user.session.train()
    user.wait_for_steps(5_000)
    assert not kernels.exists()


def test_where_the_processor_cannot_run_those_of_the_installation_they_are_compiled(
    kernels: Path,
    prepared_kernels: Path,
    monkeypatch: pytest.MonkeyPatch,
    open_window: Callable[[], User],
) -> None:
    monkeypatch.setattr(cache, "_INSTALLED", prepared_kernels)
    monkeypatch.setattr(codegen, "get_host_cpu_features", lambda: "+64bit,+sse4.2,-avx,-avx2")
    monkeypatch.setattr(config, "CPU_NAME", None)
    monkeypatch.setattr(config, "CPU_FEATURES", None)
    for found_once in (possible_targets, cache.target):
        monkeypatch.setattr(cache, found_once.__name__, found_once.__wrapped__)
    user = open_window()
    user.wait_until_ready()
    assert re.match(r"fast engine \d+ % prepared · first start only", engine_said(user))
    assert "PyTorch engine serves" in engine_explained(user)
    user.window.close()


def test_the_pytorch_engine_serves_while_the_fast_one_is_prepared_and_closing_ends_that(
    kernels: Path, open_window: Callable[[], User]
) -> None:
    user = open_window()
    user.wait_until_ready()
    assert re.match(r"fast engine \d+ % prepared · first start only", engine_said(user))
    assert "PyTorch engine serves" in engine_explained(user)
    user.session.train()
    user.wait_for_steps(600)
    assert user.session.engine == "pytorch"
    user.wait_until(lambda: kernels.exists() and any(kernels.iterdir()))
    user.window.close()
    assert not cache.is_whole(cache.users_folder())


def test_how_far_it_is_can_be_read_on_every_page_of_a_small_window(
    kernels: Path, open_window: Callable[[], User]
) -> None:
    user = open_window()
    user.wait_until_ready()
    user.session.train()
    user.wait_until(lambda: user.find(QLabel, "rate_label").isVisible())
    for size in ((1024, 640), (1280, 720)):
        for tab, label in (
            ("train_tab", "engine_label"),
            ("compare_tab", "compare_engine"),
            ("tune_tab", "study_place"),
        ):
            user.window.resize(*size)
            user.find(QPushButton, tab).click()
            user.wait_until(lambda name=label: user.window.findChild(ElidedLabel, name) is not None)
            lay_out()
            (shown,) = user.find(ElidedLabel, label).shown_lines()
            assert re.match(r"fast engine \d+ %", shown), (size, tab)
    user.window.close()


def test_where_nothing_can_be_written_the_pytorch_engine_serves_and_says_why(
    kernels: Path, open_window: Callable[[], User]
) -> None:
    kernels.write_text("a file", encoding="utf-8")
    user = open_window()
    user.wait_until_ready()
    user.wait_until(lambda: user.session.preparation.state is PreparationState.FAILED)
    assert engine_said(user) == "PyTorch engine"
    assert engine_explained(user).count("prepared: ") == 1
    assert user.session.preparation.problem in engine_explained(user)
    assert "Traceback" not in engine_explained(user)
    user.session.train()
    user.wait_for_steps(600)


def test_an_environment_that_is_not_built_in_is_left_to_the_pytorch_engine(user: User) -> None:
    user.session.choose_environment("CartPole-v0")
    user.wait_until(lambda: user.session.engine == "pytorch")
    assert engine_said(user) == "PyTorch engine"
    assert "The fast engine does not know CartPole-v0" in engine_explained(user)
    assert user.session.preparation.state is PreparationState.NOT_NEEDED


def test_a_run_that_has_not_begun_is_done_by_the_fast_engine_as_soon_as_it_is_there(
    kernels: Path, prepared_kernels: Path, monkeypatch: pytest.MonkeyPatch, open_window: Callable[[], User]
) -> None:
    copy = f"import shutil; shutil.copytree({str(prepared_kernels)!r}, {str(kernels)!r})"
    monkeypatch.setattr(preparation, "own_command", lambda *_: [sys.executable, "-c", copy])
    user = open_window()
    user.wait_until_ready()
    user.wait_until(lambda: user.session.engine == "compiled")
    assert cache.is_whole(cache.users_folder())
    assert engine_said(user) == "fast engine"
    assert user.session.state is RunState.PAUSED
    user.session.train()
    user.wait_for_steps(5_000)


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_a_damaged_engine_is_prepared_anew_beside_a_run_which_then_goes_over_to_it_with_one_click(
    own_home: Path, prepared_kernels: Path, open_window: Callable[[], User]
) -> None:
    shutil.copytree(prepared_kernels, take_kernels_away(own_home))
    first = fingerprint_of_a_run()
    for file in cache.users_folder().glob("*.nbc"):
        file.write_bytes(b"damaged")
    assert not cache.is_whole(cache.users_folder())
    user = open_window()
    user.wait_until_ready()
    button = user.find(QPushButton, "use_fast_engine")
    assert button.isHidden()
    shares: list[float] = []
    user.session.preparation.changed.connect(lambda: shares.append(user.session.preparation.share))
    user.session.train()
    user.wait_for_steps(100)
    user.qtbot.waitUntil(lambda: user.session.preparation.state is PreparationState.DONE, timeout=PATIENCE)
    assert shares == sorted(shares)
    assert len(set(shares)) > 50, "it moves steadily"
    assert max(after - before for before, after in pairwise(shares)) < 0.1
    assert user.session.engine == "pytorch"
    assert user.message() == "The fast engine is ready: the next run uses it."
    assert button.isVisible()
    episodes, steps = user.session.history.episodes, user.session.steps
    button.click()
    user.wait_until(lambda: user.session.engine == "compiled")
    assert engine_said(user) == "fast engine"
    assert button.isHidden()
    (mark,) = user.session.history.marks
    assert (mark.field, mark.new) == ("engine", "compiled")
    assert mark.steps >= steps
    user.wait_for_steps(mark.steps + 5_000)
    assert user.session.history.episodes > episodes
    assert cache.is_whole(cache.users_folder())
    assert fingerprint_of_a_run() == first


def fingerprint_of_a_run() -> str:
    """Train for a short while in a process of its own."""
    train = [sys.executable, "-m", "ppo_desktop", "train", "--total-steps=3000", "--json", "-"]
    told = subprocess.run(train, check=True, capture_output=True, text=True)
    assert "Traceback" not in told.stderr
    return str(json.loads(told.stdout.splitlines()[-1])["parameters_sha256"])
