"""Before a class everything is opened once, and what is missing is said."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMenu

from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.comparison.store import UnreadableComparison
from ppo_desktop.lessons.course import Opened
from ppo_desktop.views import class_preparation
from ppo_desktop.views.reading_window import DocumentationWindow, TextWindow
from tests.end_to_end.conftest import User


def choose(user: User, text: str) -> None:
    menus = user.window.findChildren(QMenu)
    next(action for menu in menus for action in menu.actions() if action.text() == text).trigger()


def prepare(user: User) -> None:
    choose(user, "Prepare for class")
    user.wait_until(lambda: not user.window.class_preparation.is_going_on)


def test_all_pages_are_opened_and_the_class_can_begin(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_preparation, "LEAST_SCREEN", QSize(800, 600))  # that of these tests
    monkeypatch.setattr(Opened, "recorded", lambda _opened: None)
    shown = user.window.page
    prepare(user)
    preparation = user.window.class_preparation
    assert preparation.is_ready
    assert all(page._is_filled for page in user.window.pages)
    assert user.window.page is shown
    assert user.session.preparation.state is PreparationState.DONE
    assert "Ready" in user.find(TextWindow, "class_window").browser.toPlainText()


def test_what_is_missing_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_opened: Opened) -> None:
        raise UnreadableComparison("there is none")

    monkeypatch.setattr(Opened, "recorded", fails)
    prepare(user)
    preparation = user.window.class_preparation
    assert not preparation.is_ready
    missing = [each.text for each in preparation.findings if not each.is_well]
    assert len(missing) == 2, "a screen of 800 × 600, and runs of lessons"
    for opened in user.window.lessons.course:
        assert opened.lesson.title in missing[1]


def test_the_guide_for_teachers_is_in_the_menu(user: User) -> None:
    choose(user, "Teacher’s guide")
    documentation = user.find(DocumentationWindow, "documentation_window")
    assert documentation.browser.source().fileName() == "teaching.md"
    assert "hour" in documentation.browser.toPlainText()
