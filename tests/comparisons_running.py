"""Comparisons that are really trained, small enough for a test."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from tests.comparisons import compared

ENDLESS = 10_000_000


def finish(
    qtbot: QtBot, comparisons: ComparisonSession, n_seeds: int = 2, values: tuple[float, float] = (0.1, 0.2)
) -> None:
    """Train a small comparison of two values to its end, and wait for what it says."""
    comparisons.planning.set_up(compared(values, n_seeds))
    comparisons.start()
    qtbot.waitUntil(lambda: comparisons.state is JobState.COMPLETE)
    qtbot.waitUntil(lambda: comparisons.digest is not None and comparisons.digest.steps == 1000)


def run_on(comparisons: ComparisonSession) -> None:
    """Begin one that does not end by itself."""
    comparisons.planning.set_up(compared(total_steps=ENDLESS))
    comparisons.start()
    assert comparisons.state is JobState.RUNNING
