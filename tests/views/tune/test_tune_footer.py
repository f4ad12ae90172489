"""Tune's status bar says how far the trials are, who works at them, and where they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.place import Place
from ppo_desktop.study.trials import TrialState, WorkerStatus
from ppo_desktop.views.tune.tune_footer import TuneFooter
from tests.shown_studies import at, digested, show_study, without_value

NOON = datetime(2025, 11, 25, 12, 30, 5)


@pytest.fixture
def footer(qtbot: QtBot, tune: TuneSession) -> Iterator[TuneFooter]:
    footer = TuneFooter(tune)
    qtbot.addWidget(footer)
    footer.resize(1200, 30)
    with qtbot.waitExposed(footer):
        footer.show()
    yield footer
    footer.hide()


def text(footer: TuneFooter, name: str) -> str:
    label = footer.findChild(QLabel, name)
    assert label is not None, name
    return label.text() if label.isVisible() else ""


def test_before_a_study_nothing_is_searched(footer: TuneFooter) -> None:
    assert text(footer, "tune_phase") == "nothing searched yet"
    for name in ("tune_time_left", "tune_best", "trial_counts", "workers_label"):
        assert text(footer, name) == "", name


@pytest.mark.parametrize(
    ("state", "n_wanted", "expected"),
    [
        (JobState.RUNNING, 100, "62 of 100 trials"),
        (JobState.RUNNING, None, "62 trials"),
        (JobState.PAUSED, 100, "paused · 62 of 100 trials"),
        (JobState.FINISHING, 100, "finishing · 62 of 100 trials"),
        (JobState.OPENING, None, "opening…"),
    ],
)
def test_the_phase_says_how_many_trials_are_done(
    footer: TuneFooter, tune: TuneSession, state: JobState, n_wanted: int | None, expected: str
) -> None:
    tune.state, tune.n_wanted, tune.n_done = state, n_wanted, 62
    tune.progress_changed.emit()
    assert text(footer, "tune_phase") == expected
    progress = footer.findChild(QProgressBar, "tune_progress")
    assert progress is not None
    assert progress.value() == (620 if n_wanted else 0)
    tune.state = JobState.EMPTY


def test_trials_that_came_to_nothing_are_counted(footer: TuneFooter, tune: TuneSession) -> None:
    tune.state = JobState.RESTING
    show_study(
        tune,
        digested(
            [
                at(0, 450.0),
                at(1, 80.0, state=TrialState.PRUNED),
                without_value(2, TrialState.FAILED, "nan"),
                at(3, None, state=TrialState.RUNNING),
            ]
        ),
    )
    assert text(footer, "tune_phase") == "3 trials done"
    assert text(footer, "tune_best") == "best so far 450.0"
    assert text(footer, "trial_counts") == "1 pruned · 1 failed"
    tune.state = JobState.EMPTY


def test_other_workers_are_told_with_when_they_were_last_seen(footer: TuneFooter, tune: TuneSession) -> None:
    tune.workers = (
        WorkerStatus("laptop:1", True, 2, 10, NOON),
        WorkerStatus("lab:2", False, 1, 5, NOON),
        WorkerStatus("lab:3", False, 0, 4, None),
    )
    tune.workers_changed.emit()
    assert text(footer, "workers_label") == "2 trials running here · 1 other worker at it"
    label = footer.findChild(QLabel, "workers_label")
    assert label is not None
    assert "laptop:1 (this window): 2 running, 10 done, last seen 12:30:05 by its clock" in label.toolTip()
    assert "lab:2: 1 running, 5 done" in label.toolTip()
    assert "lab:3 (earlier): 0 running, 4 done" in label.toolTip()


def test_earlier_sessions_are_not_called_workers(footer: TuneFooter, tune: TuneSession) -> None:
    tune.workers = (WorkerStatus("lab:3", False, 0, 4, NOON),)
    tune.workers_changed.emit()
    assert text(footer, "workers_label") == ""


def test_trials_are_counted_before_anything_else_is_said_of_a_study(
    footer: TuneFooter, tune: TuneSession
) -> None:
    tune.state = JobState.RESTING
    show_study(tune, digested([at(0, 450.0), at(1, 80.0, state=TrialState.PRUNED)]))
    tune.inquiry.digest = None
    tune.study_changed.emit()
    assert text(footer, "tune_phase") == "2 trials done"
    assert text(footer, "tune_best") == "best so far 450.0"
    assert text(footer, "trial_counts") == "1 pruned · 0 failed"
    tune.state = JobState.EMPTY


def test_where_it_is_stored_is_told_without_a_password(footer: TuneFooter, tune: TuneSession) -> None:
    tune.place = Place("postgresql://me:secret@host/db", "shared")
    tune.study_changed.emit()
    place = text(footer, "study_place")
    assert "host/db" in place
    assert "secret" not in place
