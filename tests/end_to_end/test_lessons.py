"""A lesson in the real window, by mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton, QWidget

from ppo_desktop.bridge.session import RunState
from ppo_desktop.lessons.lesson import Explain, Look, Predict, Run
from ppo_desktop.views.lessons.lesson_text import LessonText
from tests.end_to_end.conftest import User
from tests.end_to_end.test_small_screens import scroll_to, seen_part
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


def test_every_question_with_all_its_answers_is_seen_at_once_on_a_projector(user: User) -> None:
    window, lessons = user.window, user.window.lessons
    page = next(page for page in window.pages if page.id == "lessons")
    user.find(QPushButton, "lessons_tab").click()
    window._theme.set_projector(True)
    lessons.open(lessons.course[0])
    lessons.toggle()
    for size in ((1280, 720), (1024, 768)):
        window.resize(*size)
        lay_out()
        for opened in lessons.course:
            lessons.opened = opened  # its text alone is shown: no run needs to begin for that
            for place, step in enumerate(opened.lesson.steps):
                if isinstance(step, Predict | Look):
                    lessons.place = place
                    lessons.changed.emit()
                    lay_out()
                    (text,) = page.findChildren(LessonText)
                    assert text._scroll.verticalScrollBar().maximum() == 0, (opened.lesson.id, place, size)
                    answers = [one for one in text.findChildren(QRadioButton) if one.isVisible()]
                    assert len(answers) == len(step.choices)
                    assert seen_part(answers[-1]).size() == answers[-1].size(), (opened.lesson.id, place)
    window._theme.set_projector(False)


def test_the_ways_on_are_in_the_same_place_at_every_step(user: User) -> None:
    lessons = user.window.lessons
    user.find(QPushButton, "lessons_tab").click()
    user.window.resize(1280, 720)
    lessons.open(lessons.course[0])
    names = ("lesson_run_button", "lesson_next_button", "lesson_play_button", "recorded_runs_button")
    places = set()
    for _ in range(12):
        lay_out()
        buttons = [user.find(QPushButton, name) for name in names]
        assert all(button.isVisible() for button in buttons)
        places.add(tuple(button.mapTo(user.window, button.rect().topLeft()).toTuple() for button in buttons))
        if lessons.is_last_step:
            break
        lessons.choose("a")
        lessons.give_reason("so it is")
        lessons.go_on()
    assert lessons.is_last_step
    assert len(places) == 1
