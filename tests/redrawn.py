"""Waits for what is redrawn in turn."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ppo_desktop.views.charts.redraw import turns


def wait_until_redrawn(qtbot: QtBot) -> None:
    """Wait until all that was asked for has had its turn."""
    qtbot.waitUntil(lambda: not turns().is_busy)
