"""Several pages in one window: tabs, keys, explanations, what a hidden page does, closing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.notices import Action, Notices
from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.views.controls import named
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.explanation_panel import ExplanationPanel
from ppo_desktop.views.header import Header
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.main_window import MainWindow
from ppo_desktop.views.policy_map_view import PolicyMapView
from tests.drawn_points import points_drawn
from tests.end_to_end.conftest import User
from tests.widgets import lay_out

NO_MODIFIER = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Notes(Page):
    """A second page: notes what is asked of it."""

    def __init__(self) -> None:
        bar = QWidget()
        line = QHBoxLayout(bar)
        self.bar_button = named(QPushButton("Note"), "note_button", "Note", "copy_csv")
        line.addWidget(self.bar_button)
        super().__init__("notes", "Notes", bar, "plots", Notices())
        self.toggled = self.closed = self.pressed_r = self.filled = 0
        self.session_was_open: bool | None = None
        self.text = QLineEdit(self)
        self.add_shortcut("R", "Note", self._note_r)
        self.hint_now = "Nothing noted yet."

    @property
    def hint(self) -> str:
        return self.hint_now

    def toggle(self) -> None:
        self.toggled += 1

    def close_down(self) -> None:
        window = self.window()
        assert isinstance(window, MainWindow)
        self.session_was_open = window.session._learner._thread.isRunning()
        self.closed += 1

    def _note_r(self) -> None:
        self.pressed_r += 1

    def fill(self) -> None:
        self.filled += 1


@pytest.fixture
def notes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Notes]:
    """Give every window a second page beside Train; the function returns that of the window opened last."""
    made: list[Notes] = []
    make_all = MainWindow._make_pages

    def make_pages(window: MainWindow) -> tuple[Page, ...]:
        train_page, *others = make_all(window)
        for page in others:
            page.close_down()
            page.bar.deleteLater()  # in no window, it would be styled anew with every window to come
            page.deleteLater()
        made.append(Notes())
        return (train_page, made[-1])

    monkeypatch.setattr(MainWindow, "_make_pages", make_pages)
    return lambda: made[-1]


@pytest.fixture
def second(notes: Callable[[], Notes], user: User) -> Notes:
    """The second page of the user's window; Train is shown."""
    return notes()


def press(user: User, key: Qt.Key, modifier: Qt.KeyboardModifier = NO_MODIFIER) -> None:
    user.qtbot.keyClick(user.window, key, modifier)


def show_second(user: User) -> None:
    press(user, Qt.Key.Key_2, CONTROL)


def action(user: User, text: str) -> QAction:
    menu = user.find(QToolButton, "menu_button").menu()
    return next(action for action in menu.actions() if action.text().startswith(text))


def explanation(user: User) -> ExplanationPanel:
    return user.find(ExplanationPanel, "explanation_panel")


def header(user: User) -> Header:
    return user.find(Header, "header")


def test_every_page_has_a_tab_and_train_is_shown_first(user: User) -> None:
    names = [button.objectName() for button in header(user).findChildren(QPushButton)]
    tabs = [name for name in names if name.endswith("_tab")]
    assert tabs == ["train_tab", "compare_tab", "tune_tab", "maps_tab", "runs_tab", "lessons_tab"]
    assert user.find(QPushButton, "train_tab").isChecked()


def test_a_tab_shows_its_page_and_that_ones_bar(second: Notes, user: User) -> None:
    train_button = user.find(QPushButton, "train_button")
    for tab, shown in (("notes_tab", second), ("train_tab", user.window.train_page)):
        user.qtbot.mouseClick(user.find(QPushButton, tab), Qt.MouseButton.LeftButton)
        assert user.window.page is shown
        assert [page for page in user.window.pages if page.isVisible()] == [shown]
        assert second.bar_button.isVisible() is (shown is second)
        assert train_button.isVisible() is (shown is not second)


def test_ctrl_and_a_number_shows_the_page_of_that_number(second: Notes, user: User) -> None:
    show_second(user)
    assert second.isVisible()
    assert user.find(QPushButton, "notes_tab").isChecked()
    press(user, Qt.Key.Key_1, CONTROL)
    assert user.window.train_page.isVisible()
    assert user.find(QPushButton, "train_tab").isChecked()


def test_a_page_can_be_shown_by_other_code(second: Notes, user: User) -> None:
    user.window.show_page(second)
    assert second.isVisible()
    assert user.find(QPushButton, "notes_tab").isChecked()
    assert not user.find(QPushButton, "train_tab").isChecked()


def test_arrow_keys_on_the_tabs_change_the_page_and_stay_on_the_tabs(second: Notes, user: User) -> None:
    tabs = [user.find(QPushButton, name) for name in ("train_tab", "notes_tab")]
    tabs[0].setFocus(Qt.FocusReason.TabFocusReason)
    user.qtbot.keyClick(tabs[0], Qt.Key.Key_Right)
    assert user.window.page is second
    assert tabs[1].hasFocus()
    assert user.session.steps == 0


def test_what_had_the_focus_on_the_page_before_gets_no_more_keys(second: Notes, user: User) -> None:
    show_second(user)
    second.text.setFocus()
    press(user, Qt.Key.Key_1, CONTROL)
    assert user.window.train_page.hasFocus()


def test_step_keys_act_only_while_the_train_page_is_shown(second: Notes, user: User) -> None:
    for modifier in (NO_MODIFIER, SHIFT, CONTROL):
        before = user.session.latest
        show_second(user)
        press(user, Qt.Key.Key_Right, modifier)
        user.wait_until_at_rest()
        assert user.session.latest is before
        press(user, Qt.Key.Key_1, CONTROL)
        press(user, Qt.Key.Key_Right, modifier)
        user.wait_until_at_rest()
        assert user.session.latest is not before


def test_speed_and_seed_keys_act_only_while_the_train_page_is_shown(second: Notes, user: User) -> None:
    keys = (Qt.Key.Key_Minus, Qt.Key.Key_Minus, Qt.Key.Key_Plus, Qt.Key.Key_N)
    show_second(user)
    for key in keys:
        press(user, key)
    assert (user.session.speed, user.session.settings.seed) == (None, 1)
    press(user, Qt.Key.Key_1, CONTROL)
    for key in keys:
        press(user, key)
    assert user.session.speed == 1000
    assert user.session.settings.seed != 1


def test_one_key_may_mean_something_on_each_page(second: Notes, user: User) -> None:
    press(user, Qt.Key.Key_Right)
    user.wait_until(lambda: user.session.steps > 0)
    show_second(user)
    press(user, Qt.Key.Key_R)
    user.wait_until_at_rest()
    assert second.pressed_r == 1
    assert user.session.steps > 0
    press(user, Qt.Key.Key_1, CONTROL)
    press(user, Qt.Key.Key_R)
    user.wait_until(lambda: user.session.steps == 0 and user.session.state is RunState.PAUSED)
    assert second.pressed_r == 1


def test_undo_and_redo_are_in_the_menu_and_on_the_keys_of_the_train_page_only(
    second: Notes, user: User
) -> None:
    def epsilon() -> float:
        return user.session.settings.hyperparameters.clip_range

    show_second(user)
    user.session.change(clip_range=0.4)  # as another page may do before it shows Train
    press(user, Qt.Key.Key_Z, CONTROL)
    assert epsilon() == 0.4
    assert not action(user, "Undo").isVisible()
    press(user, Qt.Key.Key_1, CONTROL)
    assert action(user, "Undo").isVisible()
    press(user, Qt.Key.Key_Z, CONTROL)
    assert epsilon() == 0.2
    press(user, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert epsilon() == 0.4


def test_space_does_what_the_page_shown_has_it_for(second: Notes, user: User) -> None:
    show_second(user)
    press(user, Qt.Key.Key_Space)
    user.wait_until_at_rest()
    assert second.toggled == 1
    assert user.session.state is RunState.PAUSED
    press(user, Qt.Key.Key_1, CONTROL)
    press(user, Qt.Key.Key_Space)
    user.wait_for_steps(300)
    assert second.toggled == 1


def test_f1_explains_the_page_shown_and_what_is_on_it(second: Notes, user: User) -> None:
    QCursor.setPos(user.window.mapToGlobal(QPoint(-50, -50)))
    show_second(user)
    press(user, Qt.Key.Key_F1)
    assert explanation(user).key == "plots"
    second.bar_button.setFocus(Qt.FocusReason.TabFocusReason)
    press(user, Qt.Key.Key_F1)
    assert explanation(user).key == "copy_csv"


def test_an_explanation_goes_when_another_page_is_shown(second: Notes, user: User) -> None:
    explanation(user).explain_whole()
    assert explanation(user).key == "train_page"
    show_second(user)
    assert explanation(user).isHidden()


def test_the_message_line_says_what_the_page_shown_has_to_say_else_its_hint(
    second: Notes, user: User
) -> None:
    line = user.find(QLabel, "message_label")
    assert line.text().startswith("Demonstration: ")
    user.session.notices.say("The run was refused.", is_warning=True)
    assert line.text() == "The run was refused."
    show_second(user)
    assert line.text() == "Nothing noted yet."
    second.hint_now = "One note."
    second.hint_changed.emit()
    assert line.text() == "One note."
    second.notices.say("No room for notes.")
    assert line.text() == "No room for notes."
    press(user, Qt.Key.Key_1, CONTROL)
    assert line.text() == "The run was refused."


def test_an_announcement_is_above_every_page_until_something_newer_is_said(second: Notes, user: User) -> None:
    line = user.find(QLabel, "message_label")
    user.session.notices.say("The run was refused.")
    user.session.announcements.say("Settings are lost.", is_warning=True)
    assert line.text() == "Settings are lost."
    show_second(user)
    assert line.text() == "Settings are lost."
    second.notices.say("One note.")
    assert line.text() == "One note."
    second.notices.withdraw()
    assert line.text() == "Settings are lost.", "it was not put away"


def test_a_notice_is_acted_on_or_put_away_with_the_keyboard(user: User) -> None:
    done: list[str] = []
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Escape):
        user.session.notices.say("Shall it be?", action=Action("Yes", partial(done.append, "yes")))
        action = user.find(QPushButton, "message_action_button")
        assert (action.isVisible(), action.accessibleName()) == (True, "Yes")
        action.setFocus(Qt.FocusReason.TabFocusReason)
        user.qtbot.keyClick(action, key)
        assert user.message() == ""
        assert not action.isVisible()
    assert done == ["yes"]
    user.session.notices.say("Done.")
    dismiss = user.find(QPushButton, "message_dismiss_button")
    dismiss.click()
    assert user.message() == ""
    assert not dismiss.isVisible(), "a hint cannot be put away"


def test_the_message_line_keeps_its_height_and_the_button_its_room(user: User) -> None:
    label = user.find(QLabel, "message_label")
    line = label.parentWidget()
    assert line is not None
    height = line.height()
    user.session.notices.say("Much to say. " * 50, action=Action("Shorten it", lambda: None))
    lay_out()
    action = user.find(QPushButton, "message_action_button")
    dismiss = user.find(QPushButton, "message_dismiss_button")
    assert line.height() == height
    assert label.geometry().right() < action.geometry().left()
    assert action.geometry().right() < dismiss.geometry().left()
    assert dismiss.geometry().right() < line.width()


def test_a_hidden_train_page_redraws_nothing_and_catches_up_when_shown(second: Notes, user: User) -> None:
    view = user.find(EnvironmentView, "environment_view")
    page = user.window.train_page
    show_second(user)
    shown = view._shown
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= 3)
    user.session.pause()
    user.wait_until_at_rest()
    assert view._shown is shown
    assert points_drawn(*page.plots.plots) == 0
    assert not page._queue.is_busy
    press(user, Qt.Key.Key_1, CONTROL)
    assert view._shown is not None
    assert view._shown.frame is user.session.frame
    assert all(points_drawn(plot) for plot in page.plots.plots[:3])
    assert user.find(QLabel, "phase_label").text().startswith("paused")


def test_a_hidden_train_page_is_not_woken_while_it_trains(second: Notes, user: User) -> None:
    user.session.train()
    user.wait_for_steps(1_000)
    queue = user.window.train_page._queue
    assert queue.is_busy
    show_second(user)
    assert not queue.is_busy
    steps = user.session.steps
    user.wait_for_steps(steps + 2_000)
    assert not queue.is_busy
    press(user, Qt.Key.Key_1, CONTROL)
    user.wait_until(lambda: queue.is_busy)


def test_no_map_is_asked_for_while_the_train_page_is_hidden(second: Notes, user: User) -> None:
    asked: list[bool] = []
    user.find(PolicyMapView, "policy_map_view").wanted.connect(asked.append)
    user.find(QPushButton, "map_button").click()
    user.wait_until(lambda: user.session.survey is not None)
    show_second(user)
    press(user, Qt.Key.Key_1, CONTROL)
    assert asked == [True, False, True]


def test_closing_ends_every_page_before_the_session(second: Notes, user: User) -> None:
    user.window.close()
    assert second.closed == 1
    assert second.session_was_open is True
    assert not user.session._learner._thread.isRunning()


def test_a_page_that_fails_to_close_does_not_keep_the_learner_running(
    second: Notes, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("cannot close")

    monkeypatch.setattr(second, "close_down", fail)
    with pytest.raises(RuntimeError, match="cannot close"):
        user.window.close()
    assert not user.session._learner._thread.isRunning()
    monkeypatch.setattr(second, "close_down", lambda: None)


def test_the_bar_stands_in_one_row_where_only_choices_are_cut_and_in_a_wide_window_none_is(
    second: Notes, user: User
) -> None:
    bar = user.window.train_page.bar
    for width, environment_id in product((1280, 1600), KNOWN_ENVIRONMENTS):
        user.window.resize(width, 720)
        user.session.choose_environment(environment_id)
        user.wait_until_ready()
        lay_out()
        assert len(bar._rows) == 1, f"{environment_id}, {width}"
        for kind in (QPushButton, QLabel) if width == 1280 else (QPushButton, QLabel, QComboBox):
            for control in bar.findChildren(kind):
                if control.isHidden():
                    continue
                where = f"{control.objectName()}, {environment_id}, {width}"
                assert control.width() >= control.sizeHint().width(), where
                assert bar.rect().contains(control.geometry()) or control.parentWidget() is not bar, where


def test_where_the_bar_is_too_wide_first_choices_are_cut_then_a_row_is_added(
    second: Notes, user: User
) -> None:
    slider, presets = user.find(ConceptSlider, "speed_slider"), user.find(QComboBox, "preset_combo")
    bar = user.window.train_page.bar
    around = header(user)._width_of_the_rest() + header(user)._grid.spacing()
    first, second = bar._shown(is_whole=False)
    row = bar._width_of_row([*first, *second]) + bar._margins()
    uncut = row + bar._cut_of([*first, *second])

    def rows() -> int:
        return 1 if slider.geometry().top() < presets.geometry().bottom() else 2

    for room, expected, is_cut in ((uncut, 1, False), (row, 1, True), (row - 1, 2, False), (row, 1, True)):
        header(user).setFixedWidth(around + room)
        user.wait_until(lambda expected=expected: rows() == expected)
        user.wait_until(lambda is_cut=is_cut: (presets.width() < presets.sizeHint().width()) == is_cut)


def test_a_bar_that_does_not_fit_beside_the_tabs_stands_below_them(second: Notes, user: User) -> None:
    tab = user.find(QPushButton, "train_tab")
    bar = user.window.train_page.bar

    def tab_bottom() -> int:
        return tab.mapTo(header(user), QPoint(0, tab.height())).y()

    header(user).setFixedWidth(header(user).minimumSizeHint().width())
    user.wait_until(lambda: bar.y() >= tab_bottom())
    header(user).setFixedWidth(1600)
    user.wait_until(lambda: bar.y() < tab_bottom())


def test_f11_is_projector_mode_on_every_page_and_back(user: User) -> None:
    theme = user.window._theme
    for page in user.window.pages:
        user.window.show_page(page)
        user.qtbot.keyClick(user.window, Qt.Key.Key_F11)
        user.wait_until(lambda: theme.projector)
        user.qtbot.keyClick(user.window, Qt.Key.Key_F11)
        user.wait_until(lambda: not theme.projector)
    assert user.message() == ""


def test_a_page_is_filled_once_and_not_before_it_is_shown(
    notes: Callable[[], Notes], open_window: Callable[[], User]
) -> None:
    user = open_window()
    second = notes()
    assert second.filled == 0
    for page in (second, user.window.train_page, second):
        user.window.show_page(page)
    assert second.filled == 1
