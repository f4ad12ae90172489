"""The Runs page in the window: what was learnt in Train is there, and goes back to Train."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from ppo_desktop.bridge.session import RunState
from ppo_desktop.views.kit.table import Table
from tests.end_to_end.conftest import User


def show_runs(user: User, number: int) -> Table:
    """Show the page, and return its table when it has so many rows."""
    user.find(QPushButton, "runs_tab").click()
    table = user.find(Table, "runs_table")
    user.wait_until(lambda: table.isVisible() and table.model().rowCount() == number)
    return table


def train(user: User, steps: int) -> str:
    """Train for some steps, pause, and return the id of the run."""
    user.session.train()
    user.wait_for_steps(steps)
    user.session.pause()
    user.wait_until(lambda: user.session.state is RunState.PAUSED)
    user.wait_until_at_rest()
    return user.session.kept_run


def test_a_run_that_was_reset_is_opened_again_where_it_ended(user: User) -> None:
    first = train(user, 3_000)
    updates = user.session.history.updates
    user.session.reset()
    user.wait_until(lambda: user.session.steps == 0)
    user.wait_until_ready()
    second = train(user, 1_000)
    table = show_runs(user, 2)
    library = user.window.library
    rows = [table.model().index(row, 2) for row in range(2)]
    place = table.visualRect(rows[list(library.shown).index(library.number_of(first))]).center()
    user.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    user.wait_until(table.hasFocus)
    user.qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert {library.item(number).id for number in library.selected} == {first, second}
    user.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert user.window.page is user.window.train_page
    user.wait_until(lambda: user.session.kept_run == first)
    user.wait_until_ready()
    assert user.session.history.updates == updates
    show_runs(user, 2)
    library.select([library.number_of(first)])
    user.find(QPushButton, "delete_runs_button").click()
    assert library.notices.current.is_warning, "it is shown in Train"
    library.select([library.number_of(second)])
    user.find(QPushButton, "delete_runs_button").click()
    show_runs(user, 1)


def test_the_arrangement_of_columns_is_remembered(open_window: Callable[[], User]) -> None:
    user = open_window()
    user.wait_until_ready()
    train(user, 1_000)
    show_runs(user, 1).arrange("-note last_return:falling")
    user.window.close()
    again = open_window()
    again.wait_until(lambda: again.window.page is again.window.runs_page)
    again.wait_until(lambda: again.find(Table, "runs_table").model().rowCount() == 1)
    assert again.find(Table, "runs_table").arrangement == "-note last_return:falling"
