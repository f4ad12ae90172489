"""What there is to read beside the window: documentation, keyboard shortcuts, about."""

from __future__ import annotations

import re
from dataclasses import astuple
from importlib.metadata import version
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QScreen, QShortcut
from PySide6.QtWidgets import QDialog, QMenu, QPushButton, QTextBrowser, QToolButton

import ppo_desktop
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.resource_files import documentation_path
from ppo_desktop.user_files import log_file, studies_folder
from ppo_desktop.views.reading_window import EVERYWHERE, shortcuts_of
from tests.end_to_end.conftest import User


def choose(user: User, text: str, window: str) -> QTextBrowser:
    """Choose an item of the menu, and return the text of the window that opens."""
    menu = user.find(QToolButton, "menu_button").menu()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == text).trigger()
    dialog = user.find(QDialog, window)
    assert dialog.isVisible()
    assert not dialog.isModal()
    return user.find(QTextBrowser, f"{window}_text")


def test_on_a_small_screen_what_is_read_has_room_for_its_title_bar(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: QRect(0, 0, 800, 600))
    with_title_bar = user.window.geometry().adjusted(0, -20, 0, 0)
    monkeypatch.setattr(type(user.window), "frameGeometry", lambda _window: with_title_bar)
    choose(user, "Documentation", "documentation_window")
    assert user.find(QDialog, "documentation_window").size() == QSize(800, 580)


def test_beside_a_window_that_fills_the_screen_it_has_room_for_its_title_bar(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: QRect(0, 0, 800, 600))
    monkeypatch.setattr(type(user.window), "frameGeometry", lambda window: window.geometry())
    choose(user, "Documentation", "documentation_window")
    assert user.find(QDialog, "documentation_window").height() < 600


def test_every_link_of_the_documentation_leads_to_a_page_or_out_of_the_program() -> None:
    for page in documentation_path("index.md").parent.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in target or documentation_path(target), (page.name, target)


def test_every_page_of_the_documentation_is_among_its_contents() -> None:
    first = documentation_path("index.md")
    listed = re.findall(r"\]\(([^)]+)\)", first.read_text(encoding="utf-8"))
    assert {page.name for page in first.parent.glob("*.md")} == {*listed, first.name}


def test_the_documentation_is_read_page_by_page(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    outside: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: outside.append(url.toString()))
    text = choose(user, "Documentation", "documentation_window")
    assert "PPO Desktop" in text.toPlainText()
    back = user.find(QPushButton, "documentation_back_button")
    assert not back.isEnabled()
    text.anchorClicked.emit(QUrl("tuning.md"))
    assert text.toPlainText().startswith("Tuning")
    text.anchorClicked.emit(QUrl("https://optuna.org"))
    assert outside == ["https://optuna.org"]
    assert text.toPlainText().startswith("Tuning")
    back.click()
    assert text.toPlainText().startswith("PPO Desktop")
    user.qtbot.keyClick(text, Qt.Key.Key_Escape)
    assert not user.find(QDialog, "documentation_window").isVisible()


def test_the_environment_of_the_page_shown_is_read_about(user: User) -> None:
    text = choose(user, "About this environment", "environment_window")
    brief = KNOWN_ENVIRONMENTS["CartPole-v1"].brief
    assert all(part in text.toPlainText() for part in astuple(brief))
    assert "475" in text.toPlainText()
    user.session.choose_environment("FrozenLake-v1")
    text = choose(user, "About this environment", "environment_window")
    assert text.toPlainText().startswith("FrozenLake-v1")
    assert "0.7" in text.toPlainText()


def test_every_shortcut_of_the_window_says_what_it_does_and_is_in_the_list(user: User) -> None:
    for page in user.window.pages:
        user.window.show_page(page)
    listed = shortcuts_of(user.window)
    assert all(what for shortcuts in listed.values() for what in shortcuts)
    n_keys = sum(len(keys) for shortcuts in listed.values() for keys in shortcuts.values())
    known = {
        (shortcut.whatsThis(), keys.toString())
        for shortcut in user.window.findChildren(QShortcut)
        for keys in shortcut.keys()  # noqa: SIM118
    }
    assert n_keys >= len(known) + 3, "undo, redo and projector mode are actions"
    assert listed["On the Train page"]["Faster"] == ["+", "="]
    assert any("Ctrl+2" in keys for keys in listed[EVERYWHERE].values())
    text = choose(user, "Keyboard shortcuts", "shortcuts_window").toPlainText()
    assert all(what in text for shortcuts in listed.values() for what in shortcuts)
    assert "F16" not in text


def test_a_key_that_is_held_down_goes_on_step_by_step_and_does_nothing_else_again(user: User) -> None:
    repeated = {
        keys.toString()
        for shortcut in user.window.findChildren(QShortcut)
        for keys in shortcut.keys()  # noqa: SIM118
        if shortcut.autoRepeat() and shortcut.context() is Qt.ShortcutContext.WindowShortcut
    }
    assert repeated == {"Left", "Right", "Shift+Right", "Ctrl+Right", "Ctrl+Left", "+", "=", "-"}


def test_about_says_what_it_stands_on_and_where_files_are(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    browser = choose(user, "About PPO Desktop", "about_window")
    text = browser.toPlainText()
    for fact in (ppo_desktop.__version__, "MIT", "Python", "Qt", "PyTorch", str(log_file().parent)):
        assert fact in text
    links = re.findall(r'href="(file:[^"]+)"', browser.toHtml())
    for link in links:
        browser.anchorClicked.emit(QUrl(link))
    assert log_file().parent in map(Path, opened)
    assert studies_folder().is_dir(), "it is made to be shown"


def test_about_leads_to_every_program_that_is_installed_and_to_its_licence(user: User) -> None:
    browser = choose(user, "About PPO Desktop", "about_window")
    browser.anchorClicked.emit(QUrl("licences:"))
    listed = browser.toPlainText()
    for package in ("Python", "numpy", "torch", "PySide6_Essentials", "pygame-ce"):
        assert package in listed
    assert version("numpy") in listed
    assert "pytest" not in listed, "it is installed beside the program, and is no part of it"
    links = dict(re.findall(r'href="(licence:\d+)"[^>]*><span[^>]*>([^<]+)', browser.toHtml()))
    numpy = next(link for link, name in links.items() if name == "numpy")
    browser.anchorClicked.emit(QUrl(numpy))
    assert "OpenBLAS" in browser.toPlainText(), "what is bundled with it has its licence too"
    choose(user, "About PPO Desktop", "about_window")
    assert ppo_desktop.__version__ in browser.toPlainText(), "it opens with the first page"
