"""Comparisons with results made by hand, opened as those that were kept are."""

from __future__ import annotations

from collections.abc import Mapping

from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.store import new_file
from tests.comparisons import ended_with
from tests.redrawn import wait_until_redrawn


def results(*returns: tuple[float, ...]) -> dict[RunKey, RunRecord]:
    """Return the finished runs of some variants, with the return of each of their seeds."""
    return {
        RunKey(variant, seed): ended_with(value)
        for variant, values in enumerate(returns)
        for seed, value in enumerate(values, start=1)
    }


def show(
    qtbot: QtBot,
    comparisons: ComparisonSession,
    comparison: Comparison,
    records: Mapping[RunKey, RunRecord],
) -> None:
    """Let the page show a comparison whose runs ended like this, and wait for what it says."""
    file = new_file(comparisons.folder, comparison)
    for key, record in records.items():
        file.add(key, record)
    comparisons.open(file.path)
    assert comparisons.comparison == comparison
    qtbot.waitUntil(lambda: comparisons.digest is not None)
    wait_until_redrawn(qtbot)
