"""A state is passed on as a line or a QR code, pasted anywhere, and opened by the command line."""

from __future__ import annotations

import pytest
import segno
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QWidget

from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.runs.breakpoints import Breakpoint
from ppo_desktop.share import read
from ppo_desktop.views.kit.lock import control_name
from ppo_desktop.views.lock_menu import LockMenu
from ppo_desktop.views.main_menu import MainMenu
from ppo_desktop.views.share_window import QrCode, ShareWindow
from ppo_desktop.views.update_panel import Aspect
from tests.end_to_end.conftest import User

FROM_CLASS = "ppo:1:CartPole-v1?clip_range=0.1&seed=3&view=ratios&lock=learning_rate"


def paste(user: User, text: str, into: QWidget | None = None) -> None:
    QGuiApplication.clipboard().setText(text)
    user.window.activateWindow()
    target = into or user.window.page
    target.setFocus()
    user.qtbot.keyClick(target, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QCoreApplication.processEvents()


def row(user: User, name: str) -> QWidget:
    page = user.window.train_page
    return next(widget for widget in page.findChildren(QWidget) if control_name(widget) == name)


def test_a_pasted_line_sets_the_run_shows_and_hides_and_the_run_before_is_not_lost(user: User) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.shown_update >= 2)
    before = user.session.kept_run
    user.window.show_page(user.window.runs_page)
    paste(user, f"{FROM_CLASS}&pause=update%3D4")
    user.wait_until(lambda: user.session.state is RunState.PAUSED and user.session.steps == 0)
    settings = user.session.settings
    assert (settings.environment_id, settings.seed, settings.hyperparameters.clip_range) == (
        "CartPole-v1",
        3,
        0.1,
    )
    assert user.window.page is user.window.train_page
    assert user.window.view == Aspect.OBJECTIVE.value
    user.window.train_page.card_focus.leave()
    assert not row(user, "learning_rate").isVisible()
    assert row(user, "clip_range").isVisible()
    assert user.session.breakpoint == Breakpoint.parse("update=4")
    user.session.undo_stack.undo()
    user.wait_until(lambda: user.session.kept_run == before)
    unlock = user.find(QPushButton, "unlock_button")
    assert unlock.isVisible()
    unlock.click()
    assert row(user, "learning_rate").isVisible()
    assert not unlock.isVisible()


def test_what_is_copied_says_all_that_is_shown(user: User) -> None:
    session, window = user.session, user.window
    session.choose_algorithm(Algorithm.A2C)
    session.choose_seed(7)
    session.change(learning_rate=0.001)
    session.pause_when(Breakpoint.parse("value_loss>20"))
    window.lock.lock(["compare_tab", "gamma"])
    window.show_view("clip_fraction")
    user.wait_until_ready()
    user.qtbot.keyClick(
        window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    state, unknown = read(QGuiApplication.clipboard().text())
    assert not unknown
    assert state.settings == session.settings
    assert (state.view, state.locked) == ("clip_fraction", ("compare_tab", "gamma"))
    assert state.breakpoint == session.breakpoint
    window.show_page(window.runs_page)
    window.sharing.copy()
    assert read(QGuiApplication.clipboard().text())[0].view == "runs"


@pytest.mark.parametrize("text", ["hello", "", "ppo:2:CartPole-v1", "ppo:1:os:CartPole-v1", "ppo:1:x/y/z"])
def test_what_is_no_line_changes_nothing_and_is_said(user: User, text: str) -> None:
    settings = user.session.settings
    paste(user, text)
    assert user.message()
    assert user.session.settings is settings


def test_an_environment_that_nobody_has_leaves_what_was_there(user: User) -> None:
    settings = user.session.settings
    paste(user, "ppo:1:Nowhere-v1?seed=5")
    user.wait_until(lambda: user.session.settings == settings and bool(user.message()))
    assert "Nowhere-v1" in user.message()


def test_names_that_are_not_known_are_said_and_all_else_holds(user: User) -> None:
    paste(user, "ppo:1:CartPole-v1?seed=5&view=moon&lock=gamma,sun&colour=red")
    user.wait_until(lambda: user.session.opened.settings.seed == 5)
    assert all(name in user.message() for name in ("moon", "sun", "colour"))
    assert user.window.lock.names == ("gamma",)


def test_a_text_field_takes_what_is_pasted_into_it(user: User) -> None:
    button = user.find(QPushButton, "breakpoint_button")
    button.click()
    field = user.find(QLineEdit, "breakpoint_value")
    field.clear()
    settings = user.session.settings
    paste(user, FROM_CLASS, field)
    assert field.text() == FROM_CLASS
    assert user.session.settings is settings


def test_a_qr_code_is_painted_module_by_module_with_room_around_it(user: User) -> None:
    user.window.sharing.show_code()
    window = user.find(ShareWindow, "share_window")
    code = window.findChild(QrCode)
    assert code is not None
    line = code.accessibleDescription()
    shown = user.find(QLabel, "share_line").text()
    assert read(line) == read(shown)
    assert read(line)[0].settings == user.session.settings
    matrix = [
        list(map(bool, line)) for line in segno.make(line, micro=False, error="m", boost_error=False).matrix
    ]
    picture = code.grab().toImage()
    across = len(matrix) + 8
    side = min(picture.width(), picture.height()) // across
    assert side >= 2
    left, top = ((length - side * across) // 2 for length in (picture.width(), picture.height()))

    def is_dark(row: int, column: int) -> bool:
        pixel = picture.pixelColor(left + column * side + side // 2, top + row * side + side // 2)
        assert pixel in (QColor("black"), QColor("white"))
        return pixel == QColor("black")

    painted = [[is_dark(row, column) for column in range(across)] for row in range(across)]
    assert [line[4:-4] for line in painted[4:-4]] == matrix
    assert not any(map(any, (*painted[:4], *painted[-4:])))
    window.close()


def test_all_that_the_menu_hides_is_there_and_can_be_shown_again(user: User) -> None:
    menu = user.find(LockMenu, "lock_menu")
    names = list(menu.names())
    assert set(DECLARATIONS) < set(names)
    assert user.window.lock.unknown(names) == []
    actions = {action.text(): action for each in menu.findChildren(QAction) for action in [each]}
    actions["Reset"].trigger()
    assert not user.find(QPushButton, "reset_button").isVisible()
    assert user.window.lock.names == ("reset_button",)
    actions["Show everything"].trigger()
    assert user.find(QPushButton, "reset_button").isVisible()
    assert user.window.findChild(MainMenu) is not None


def test_all_of_a_kind_are_hidden_and_shown_together_and_the_menu_says_which(user: User) -> None:
    menu = user.find(LockMenu, "lock_menu")
    pages = menu.findChildren(QMenu)[-1]
    together, *each = (action for action in pages.actions() if not action.isSeparator())
    hides = together.text()
    each[0].trigger()
    assert together.text() == hides
    together.trigger()
    assert {"compare_tab", "tune_tab", "maps_tab", "runs_tab", "lessons_tab"} == set(user.window.lock.names)
    assert not user.find(QPushButton, "runs_tab").isVisible()
    assert together.text() != hides
    together.trigger()
    assert (user.window.lock.names, together.text()) == ((), hides)


def test_a_click_beside_the_controls_of_a_menu_hides_nothing(user: User) -> None:
    menu = user.find(LockMenu, "lock_menu").findChildren(QMenu)[0]
    menu.popup(QPoint(0, 0))
    user.qtbot.mouseRelease(menu, Qt.MouseButton.LeftButton, pos=QPoint(-5, -5))
    assert user.window.lock.names == ()
    menu.close()
