"""A lesson in the real window, by mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton, QWidget

from ppo_desktop.bridge.session import RunState
from ppo_desktop.lessons.lesson import Explain, Run
from tests.end_to_end.conftest import User
from tests.end_to_end.test_small_screens import scroll_to
from tests.widgets import lay_out

SCREENS = ((1024, 640), (1280, 720))
IMPORTANT = ("lesson_title", "answer_a", "lesson_reason", "lesson_next_button", "lesson_run_button")


def test_a_lesson_fits_a_small_screen_also_in_the_fonts_of_a_projector(user: User) -> None:
    window, lessons = user.window, user.window.lessons
    user.find(QPushButton, "lessons_tab").click()
    for on in (False, True):
        window._theme.set_projector(on)
        for width, height in SCREENS:
            window.resize(width, height)
            lessons.open(lessons.course[0])
            lay_out()
            least = window.minimumSizeHint()
            assert (least.width() <= width, least.height() <= height) == (True, True)
            for name in IMPORTANT:
                widget = user.find(QWidget, name)
                seen = scroll_to(widget)
                assert seen.height() >= min(widget.height(), 14), (name, width, on)
                assert seen.width() >= min(widget.width(), 40), (name, width, on)
    window._theme.set_projector(False)


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
    run.set_speed(20)  # it must not end before it is paused
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
