"""A lesson in the real window, by mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton

from ppo_desktop.bridge.session import RunState
from ppo_desktop.lessons.lesson import Explain, Run
from tests.end_to_end.conftest import User


def test_a_pupil_goes_through_a_lesson_with_keys_and_train_stays_as_it_is(user: User) -> None:
    settings = user.session.settings
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.RUNNING)
    user.find(QPushButton, "lessons_tab").click()
    lessons = user.window.lessons
    user.find(QPushButton, f"lesson_{lessons.course[0].lesson.id}").click()
    user.wait_until(lambda: user.session.state is RunState.PAUSED)
    run = lessons.run
    assert run is not None
    user.wait_until(lambda: run.steps > 0)
    user.find(QRadioButton, "answer_a").click()
    user.qtbot.keyClicks(user.find(QLineEdit, "lesson_reason"), "because it is so")
    user.qtbot.keyClick(user.window, Qt.Key.Key_PageDown)
    assert isinstance(lessons.step, Run)
    user.find(QPushButton, "lesson_run_button").click()
    user.wait_until(lambda: run.state is RunState.RUNNING and run.steps > 0)
    user.find(QPushButton, "lesson_play_button").setFocus()
    user.qtbot.keyClick(user.window, Qt.Key.Key_Space)
    user.wait_until(lambda: run.state is RunState.PAUSED)
    user.qtbot.keyClick(user.window, Qt.Key.Key_PageDown)
    user.find(QRadioButton, "answer_a").click()
    user.qtbot.keyClick(user.window, Qt.Key.Key_PageDown)
    assert isinstance(lessons.step, Explain)
    assert lessons.lesson is not None
    assert user.find(QLabel, "lesson_title").text() == lessons.lesson.title
    assert user.session.settings is settings
