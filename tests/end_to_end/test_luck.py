"""Luck or fate? The moment shown is gone on from again and again, in a window beside the main one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QSpinBox

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.jobs.moment import Moment
from ppo_desktop.library import open_run
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.explanation_panel import ExplanationPanel
from ppo_desktop.views.luck_chart import BranchEnds, LuckChart
from ppo_desktop.views.luck_window import LuckWindow, fans_csv
from tests.end_to_end.conftest import User
from tests.kept_runs import keep_run
from tests.widgets import write


def symbols(chart: LuckChart) -> dict[Key, QPointF]:
    """Return where the symbols of all branches stand that have ended."""
    assert chart.picture is not None
    ends = [shape for shape in chart.picture.shapes if isinstance(shape, BranchEnds)]
    return {key: place for shape in ends for key, place in shape.places(chart.picture.frame).items()}


def test_luck_is_asked_of_the_moment_shown_and_a_branch_is_opened_in_train(user: User) -> None:
    session, luck = user.session, user.window.luck
    button = user.find(QPushButton, "luck_or_fate_button")
    assert not button.isEnabled(), "there is nothing to go on from"
    session.train()
    user.wait_until(lambda: session.last_update >= 12)
    session.pause()
    user.wait_until_at_rest()
    session.show_update(8)
    user.wait_until_at_rest()
    run = session.kept_run
    luck.set_up(n_branches=3, steps=2560)
    user.wait_until(button.isEnabled)
    user.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    window = user.window.findChild(LuckWindow)
    assert window is not None
    user.wait_until(window.isVisible)
    user.wait_until(lambda: luck.state is JobState.COMPLETE)
    assert luck.fans[0].moment == Moment(run, 8)

    again = user.find(QPushButton, "luck_button")
    assert luck.changes == {"clip_range": 0.1}
    user.qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    user.wait_until(lambda: luck.state is JobState.COMPLETE and len(luck.fans) == 2)
    results = user.find(QLabel, "luck_results").text()
    assert results.count("0 of 3 collapsed") == 2

    rows = list(csv.DictReader(io.StringIO(fans_csv(luck.fans))))
    assert {(row["changed"], row["outcome"]) for row in rows} == {("", "held"), ("ε 0.10", "held")}
    assert len({row["seed"] for row in rows}) == 3
    last = luck.fans[1].branches[2].mean_return
    assert (rows[-1]["steps"], rows[-1]["mean_return"]) == tuple(str(column[-1]) for column in last)

    chart = window.findChild(LuckChart)
    assert chart is not None
    panel = window.findChild(ExplanationPanel)
    assert panel is not None
    user.qtbot.keyClick(chart, Qt.Key.Key_F1)
    user.wait_until(lambda: panel.key == "luck_or_fate")
    user.qtbot.keyClick(chart, Qt.Key.Key_Escape)
    user.wait_until(lambda: not panel.isVisible())
    assert window.isVisible()
    user.wait_until(lambda: chart.picture is not None and len(chart.picture.keys) == 6)
    assert chart.picture is not None
    place = chart.picture.place_of(chart.picture.keys[0])
    assert place is not None
    key = chart.key_at(place)  # of several lines that end there, the one that is meant
    assert isinstance(key, tuple)
    assert f"Seed {key[1]}" in chart.tip(key)
    user.wait_until(lambda: {*symbols(chart)} == {(fan, seed) for fan in (0, 1) for seed in (2, 3, 4)})
    assert all(chart.key_at(symbol) == key for key, symbol in symbols(chart).items()), "also of equal ones"
    assert chart.tip((0, 99)) == "", "what was reached before and is there no more"
    user.window.show_page(user.window.pages[1])
    user.qtbot.mouseDClick(chart, Qt.MouseButton.LeftButton, pos=place.toPoint())
    user.wait_until(lambda: session.settings.seed == key[1])
    user.wait_until_at_rest()
    assert user.window.page is user.window.train_page
    assert (session.shown_update, session.last_update) == (8, 18)
    assert session.opened.parent is not None
    assert session.opened.parent.run == run
    user.window.close()
    assert not window.isVisible()


def test_luck_is_asked_of_any_kept_run_at_a_moment_that_is_chosen(open_window: Callable[[], User]) -> None:
    run = keep_run(updates=20)
    user = open_window()
    page, library, luck = user.window.runs_page, user.window.library, user.window.luck
    user.window.show_page(page)
    user.wait_until(lambda: library.items is not None and library.number_of(run) is not None)
    number = library.number_of(run)
    assert number is not None
    library.select([number])
    page.show_menu(page.mapToGlobal(page.rect().center()))
    menu = user.find(QMenu, "run_menu")
    next(action for action in menu.actions() if action.text() == "Luck or fate?").trigger()
    menu.close()
    window = user.window.findChild(LuckWindow)
    assert window is not None
    user.wait_until(window.isVisible)
    assert (luck.state, luck.draft.moment) == (JobState.EMPTY, Moment(run, 10))
    box = user.find(QSpinBox, "luck_update")
    assert box.text() == "10 of 20"
    write(user.qtbot, box, "15")
    luck.set_up(n_branches=2, steps=1000)
    results = user.find(QLabel, "luck_results")
    settings = open_run(run).settings
    name = f"{settings.environment_id}, {settings.algorithm.label}, seed {settings.seed}"
    assert results.text().startswith(f"{name}, after update 15: 1 000 steps")
    user.qtbot.mouseClick(user.find(QPushButton, "luck_button"), Qt.MouseButton.LeftButton)
    user.wait_until(lambda: luck.state is JobState.COMPLETE)
    assert [fan.moment for fan in luck.fans] == [Moment(run, 15)]
    user.wait_until_ready()
    luck.set_up(steps=10_000_000)
    luck.start()
    user.wait_until(lambda: luck.progress is not None and luck.progress.done > 0)
    window.showMinimized()
    user.wait_until(window.isMinimized)
    assert luck.state is JobState.RUNNING, "it is not closed"
    user.window.close()
    assert not window.isVisible()
