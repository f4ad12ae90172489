"""Compare's status bar says how far the runs are, truly, in every state."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.compare_footer import CompareFooter
from tests.comparisons_running import finish, run_on


@pytest.fixture
def footer(qtbot: QtBot, comparisons: ComparisonSession) -> CompareFooter:
    footer = CompareFooter(comparisons)
    qtbot.addWidget(footer)
    footer.show()
    return footer


def text(footer: CompareFooter, name: str) -> str:
    label = footer.findChild(QLabel, name)
    assert label is not None, name
    return label.text()


def test_before_the_first_comparison_it_claims_nothing(footer: CompareFooter) -> None:
    assert text(footer, "compare_phase") == "nothing compared yet"
    assert text(footer, "compare_percent") == text(footer, "compare_steps_done") == ""
    assert not footer.findChild(QComboBox, "stage_seed_combo").isVisible()


def test_while_it_runs_it_says_how_fast_and_how_long_still(
    qtbot: QtBot, footer: CompareFooter, comparisons: ComparisonSession
) -> None:
    run_on(comparisons)
    assert text(footer, "compare_phase") == "6 learners side by side"
    qtbot.waitUntil(lambda: "steps/s together" in text(footer, "compare_rate"))
    qtbot.waitUntil(lambda: text(footer, "compare_time_left").startswith("about "))
    assert text(footer, "compare_engine") == "fast engine"
    comparisons.pause()
    assert text(footer, "compare_phase") == "paused · 0 of 6 runs done"
    assert text(footer, "compare_rate") == text(footer, "compare_time_left") == ""
    comparisons.stop()
    assert text(footer, "compare_phase") == "stopped · 0 of 6 runs done"


def test_finished_all_is_done_and_each_seed_can_be_shown(
    qtbot: QtBot, footer: CompareFooter, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    progress = footer.findChild(QProgressBar, "compare_progress")
    assert text(footer, "compare_phase") == "finished · 4 runs"
    assert text(footer, "compare_percent") == "100 %"
    assert text(footer, "compare_steps_done") == "1 000 steps each"
    assert progress.value() == progress.maximum()
    seeds = footer.findChild(QComboBox, "stage_seed_combo")
    assert [seeds.itemText(index) for index in range(seeds.count())] == ["seed 1 shown", "seed 2 shown"]
    seeds.activated.emit(1)
    assert comparisons.seed == 2
    comparisons.choose_seed(1)
    assert seeds.currentIndex() == 0
