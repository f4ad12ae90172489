"""Ctrl+C, noted while others' code is at work."""

from __future__ import annotations

import io
import signal
import socket
import sys
import threading

import pytest

from ppo_desktop.cli.interruption import interruption


def test_ctrl_c_is_noted_where_nobody_reads_the_error_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    told = threading.Event()
    with interruption() as noted:
        noted.cancel_at_once(told.set)
        signal.raise_signal(signal.SIGINT)
        assert told.wait(60)
        assert noted.requested


def test_ctrl_c_is_noted_where_a_firewall_lets_no_sockets_be_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "socketpair", refuse)
    told = threading.Event()
    with interruption() as noted:
        noted.cancel_at_once(told.set)
        signal.raise_signal(signal.SIGINT)
        assert told.wait(60)


def test_what_is_begun_after_ctrl_c_is_cancelled_as_well() -> None:
    first, later = threading.Event(), threading.Event()
    with interruption() as noted:
        noted.cancel_at_once(first.set)
        signal.raise_signal(signal.SIGINT)
        assert first.wait(60)
        noted.cancel_at_once(later.set)
        assert later.is_set()
