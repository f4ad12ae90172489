"""Ctrl+C, noted while others' code is at work."""

from __future__ import annotations

import io
import signal
import sys
import threading

import pytest

from ppo_desktop.interruption import interruption


def test_ctrl_c_is_noted_where_nobody_reads_the_error_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    told = threading.Event()
    with interruption() as noted:
        noted.at_once = told.set
        signal.raise_signal(signal.SIGINT)
        assert told.wait(60)
        assert noted.requested
