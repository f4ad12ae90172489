"""What every test stands on: a home of its own, and no thread left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


KERNELS = Path(__file__).resolve().parents[1] / ".kernels"
"""A home in which the fast engine is prepared once for all tests, and for the next time."""


@pytest.fixture(scope="session")
def prepared_kernels() -> Path:
    """The folder of compiled kernels; workers that begin together prepare it one after the other."""
    environment = {**os.environ, "PPO_DESKTOP_HOME": str(KERNELS)}
    KERNELS.mkdir(exist_ok=True)
    with FileLock(KERNELS / "lock"):
        subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare"], env=environment, check=True)
    return KERNELS / "cache" / "kernels"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared_kernels: Path) -> Path:
    """Everything the program writes goes into the test's own folder; the fast engine is there already."""
    home = tmp_path / "home"
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "kernels").symlink_to(prepared_kernels, target_is_directory=True)
    monkeypatch.setenv("PPO_DESKTOP_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_thread_is_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread behind, Python's own or a learner's."""
    before = set(_python_threads())
    yield
    left = [thread for thread in _python_threads() if thread not in before]
    assert not left, f"threads left running: {left}"
    bridge = sys.modules.get("ppo_desktop.bridge.worker")
    assert bridge is None or not bridge.running_learners(), "a learner's thread is left running"


def _python_threads() -> list[threading.Thread]:
    """Threads that Python started; of foreign ones (Qt's) it never learns the end."""
    return [thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)]
