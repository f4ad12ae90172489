"""What every test stands on: a home of its own, and no thread left behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything the program writes goes into the test's own folder."""
    home = tmp_path / "home"
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
