"""The Tune page as people use it: tick, start, look, stop, close, open again, use, check."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollBar,
    QSlider,
    QTableView,
    QToolButton,
    QWidget,
)

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.study.check import FRESH_SEEDS
from ppo_desktop.study.library import kept_studies
from ppo_desktop.views.explanation_panel import ExplanationPanel, subject_at
from tests.end_to_end.conftest import User
from tests.tuning import ENDLESS, make_study, set_up
from tests.widgets import write

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QProgressBar)
Widget = TypeVar("Widget", bound=QWidget)


def tuning(user: User) -> TuneSession:
    return user.window.tune


def go_to_tune(user: User) -> None:
    press(user, "tune_tab")


def press(user: User, name: str) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, name), Qt.MouseButton.LeftButton)


def press_space(user: User) -> None:
    user.window.page.setFocus()
    user.qtbot.keyClick(user.window, Qt.Key.Key_Space)


def wait_for(user: User, state: JobState) -> None:
    user.wait_until(lambda: tuning(user).state is state)


def choose_in_menu(user: User, menu_name: str, text: str) -> None:
    menu = user.find(QMenu, menu_name)
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if text in action.text()).trigger()


def search(user: User, n_trials: int = 12) -> None:
    """Do a whole search of short runs, and wait until all of it is told."""
    go_to_tune(user)
    set_up(tuning(user), n_trials)
    press(user, "tune_button")
    wait_for(user, JobState.RESTING)
    user.wait_until(lambda: finished(user) == n_trials)


def finished(user: User) -> int:
    digest = tuning(user).digest
    return 0 if digest is None else sum(trial.state.is_finished for trial in digest.trials)


def test_a_search_is_set_up_done_and_told(user: User) -> None:
    go_to_tune(user)
    assert any("Search for good" in label.text() for label in visible(user, QLabel))
    user.find(QCheckBox, "n_epochs_tick").click()
    write(user.qtbot, user.find(QDoubleSpinBox, "clip_range_high"), "0.4")
    search(user)
    digest = tuning(user).digest
    assert digest is not None
    assert digest.plan.fields == ("clip_range", "learning_rate", "n_epochs")
    assert digest.plan.dimension("clip_range").high == 0.4
    assert digest.best is not None
    assert f"Best so far: trial {digest.best.number}" in user.find(QLabel, "best_label").text()
    user.wait_until(lambda: user.find(QTableView, "trial_table").model().rowCount() == 12)
    assert user.find(QLabel, "tune_phase").text() == "12 trials done"
    (kept,) = kept_studies(tuning(user).folder)
    assert kept.n_trials == 12
    assert "CartPole-v1" in user.find(QLabel, "study_place").text()


@pytest.mark.slow
def test_stopped_closed_and_opened_again_it_goes_on(open_window: Callable[[], User]) -> None:
    first = open_window()
    first.wait_until_ready()
    search(first, 3)
    first.window.close()
    second = open_window()
    second.wait_until_ready()
    go_to_tune(second)
    choose_in_menu(second, "study_menu", "3 trials")
    wait_for(second, JobState.RESTING)
    assert not second.find(QCheckBox, "clip_range_tick").isEnabled()
    tuning(second).drafting.set_trials(2)
    press(second, "tune_button")
    second.wait_until(lambda: finished(second) == 5)
    wait_for(second, JobState.RESTING)


def test_space_starts_pauses_and_goes_on_whatever_page_is_shown(user: User) -> None:
    go_to_tune(user)
    set_up(tuning(user), None, ENDLESS)
    box = user.find(QDoubleSpinBox, "clip_range_high")
    box.selectAll()
    user.qtbot.keyClicks(box, "0.3")  # without Enter
    press_space(user)
    user.wait_until(lambda: len(tuning(user).running) == 2)
    assert tuning(user).drafting.draft.dimension("clip_range").high == 0.3
    assert user.session.state is not RunState.RUNNING
    press_space(user)
    assert tuning(user).state is JobState.PAUSED
    assert user.find(QPushButton, "tune_button").text() == "▶ Resume"
    press_space(user)
    assert tuning(user).state is JobState.RUNNING
    user.qtbot.keyClick(user.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert user.window.page.id == "train"
    assert tuning(user).state is JobState.RUNNING
    user.qtbot.keyClick(user.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert user.window.page.id == "tune"
    choose_in_menu(user, "tune_stop_menu", "Now")
    wait_for(user, JobState.RESTING)


def test_the_best_is_checked_on_fresh_seeds_and_used_in_train(user: User) -> None:
    search(user, 3)
    press(user, "check_button")
    checking = tuning(user).checking
    user.wait_until(lambda: checking.result is not None and not checking.is_under_way)
    check = checking.result
    assert check is not None
    assert check.is_complete
    assert user.find(QPushButton, "show_fresh_seeds_button").isChecked()
    sentences = user.find(QLabel, "check_sentences")
    assert sentences.isVisible()
    assert str(FRESH_SEEDS) in sentences.text()
    best = tuning(user).best
    assert best is not None
    press(user, "use_in_train_button")
    assert user.window.page.id == "train"
    for field, value in best.values.items():
        assert getattr(user.session.settings.hyperparameters, field) == value


def test_nothing_is_begun_that_cannot_be(user: User) -> None:
    go_to_tune(user)
    drafting, next_work = tuning(user).drafting, user.find(QLabel, "next_work_label")
    drafting.choose_sampler("grid")
    large = ("n_epochs", "n_minibatches", "n_envs", "gamma", "gae_lambda")
    for field in large:
        user.find(QCheckBox, f"{field}_tick").click()
    press(user, "tune_button")
    assert tuning(user).state is JobState.EMPTY
    assert "combinations" in next_work.text()
    for field in drafting.draft.ticked:
        user.find(QCheckBox, f"{field}_tick").click()
    press(user, "tune_button")
    assert tuning(user).state is JobState.EMPTY
    assert "tick at least one" in next_work.text()


def test_every_control_of_the_page_is_explained_and_named_and_fits_a_laptop(user: User) -> None:
    make_study(tuning(user).folder)
    go_to_tune(user)
    choose_in_menu(user, "study_menu", "kept")
    wait_for(user, JobState.RESTING)
    least = user.window.minimumSizeHint()
    assert least.width() <= 1280
    assert least.height() <= 720
    for button in visible(user, QToolButton):
        if button.property("role") == "section":
            button.setChecked(True)
    controls = [widget for kind in CONTROLS for widget in visible(user, kind)]
    assert len(controls) > 60
    for widget in controls:
        subject = subject_at(widget)
        assert subject is not None, f"{widget} {widget.objectName()} is not explained"
        assert subject.key in GLOSSARY
        if isinstance(widget, QAbstractButton | QSlider | QAbstractSpinBox | QComboBox):
            assert widget.accessibleName(), f"{widget} {widget.objectName()} has no name"
    for label in visible(user, QLabel):
        if label.objectName() and not label.objectName().startswith("qt_"):
            assert subject_at(label) is not None, label.objectName()
    press(user, "new_study_button")
    slider = user.find(QSlider, "learning_rate_range_low")
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    QCursor.setPos(user.window.mapToGlobal(QPoint(1, 1)))
    user.qtbot.keyClick(user.window, Qt.Key.Key_F1)
    assert user.find(ExplanationPanel, "explanation_panel").key == "learning_rate"


def visible(user: User, kind: type[Widget]) -> list[Widget]:
    found = user.window.page.findChildren(kind) + user.window.page.bar.findChildren(kind)
    return [widget for widget in found if widget.isVisible() and not isinstance(widget, QScrollBar)]
