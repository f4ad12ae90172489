"""The window's thread comes before those that compute, in the way that each system has for it."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from ppo_desktop.runs import processors


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("win32", ["windll.kernel32.GetCurrentThread", "windll.kernel32.SetThreadPriority"]),
        ("darwin", ["CDLL", "CDLL().pthread_set_qos_class_self_np"]),
        ("linux", []),
    ],
)
def test_the_windows_thread_is_put_before_others_where_a_system_lets_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, expected: list[str]
) -> None:
    system = MagicMock()
    monkeypatch.setattr(processors, "_beside_window", threading.Event())
    monkeypatch.setattr(processors, "ctypes", system)
    monkeypatch.setattr(processors, "sys", SimpleNamespace(platform=platform))
    processors.put_window_first()
    called = [name for name, _, _ in system.mock_calls if "c_void_p" not in name]
    assert called == expected
