"""One key lets everything in the window stand still, and go on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from ppo_desktop.bridge.session import RunState
from tests.end_to_end.conftest import User
from tests.other_threads import in_thread


def press(user: User) -> None:
    user.window.activateWindow()
    user.qtbot.keyClick(user.window, Qt.Key.Key_Z)


def test_training_stands_still_and_goes_on_with_the_same_key(user: User) -> None:
    user.session.train()
    user.wait_for_steps(500)
    press(user)
    user.wait_until(lambda: user.session.state is RunState.PAUSED)
    user.wait_until_at_rest()
    assert user.message()
    picture = user.window.train_page.plots.grab().toImage()
    user.wait_until_at_rest()
    assert user.window.train_page.plots.grab().toImage() == picture
    press(user)
    user.wait_until(lambda: user.session.state is RunState.RUNNING)
    assert not user.window.freeze.is_on
    assert not user.message()


def test_the_key_freezes_also_where_a_list_of_choices_has_the_focus(user: User) -> None:
    combo = user.find(QComboBox, "preset_combo")
    user.window.activateWindow()
    combo.setFocus()
    user.qtbot.keyClick(combo, Qt.Key.Key_Z)
    assert user.window.freeze.is_on


def test_what_is_watched_stands_still_and_plays_on(user: User) -> None:
    watching = user.window.train_page.watching
    watching.toggle()
    user.wait_until(lambda: watching.watched is not None and watching.watched.frame is not None)
    preview = watching._preview
    assert preview is not None

    def plays() -> bool:
        return bool(in_thread(user.qtbot, preview._thread, preview._thread.worker._timer.isActive))

    assert plays()
    press(user)
    assert not plays()
    user.session.set_speed(5)
    assert not plays()
    press(user)
    assert plays()
    watching.stop()
