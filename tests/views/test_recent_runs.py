"""The menu of the runs that were learnt last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.views.recent_runs import RecentRunsMenu
from tests.comparisons import SMALL
from tests.other_threads import wait_until_at_rest


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    del qtbot
    session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    yield session
    session.close()


@pytest.fixture
def menu(session: Session) -> Iterator[RecentRunsMenu]:
    bar = QWidget()
    yield RecentRunsMenu(session, bar)
    bar.deleteLater()


def learn(qtbot: QtBot, session: Session) -> str:
    """Let a run learn, and return its id when it is on the disk."""
    session.train()
    qtbot.waitUntil(lambda: session.kept_run in [entry.id for entry in library.runs()])
    session.pause()
    wait_until_at_rest(qtbot, session)
    return session.kept_run


def texts(qtbot: QtBot, menu: RecentRunsMenu) -> list[str]:
    """Open the menu, and return what it offers when the disk has been looked at."""
    before = menu.actions()
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: menu.actions() != before)
    return [action.text().partition("\t")[0] for action in menu.actions()]


def test_runs_of_before_are_opened_where_they_ended(
    qtbot: QtBot, session: Session, menu: RecentRunsMenu
) -> None:
    texts(qtbot, menu)
    assert [action.isEnabled() for action in menu.actions()] == [False], "says that there is none"
    first = learn(qtbot, session)
    last = session.last_update
    session.choose_seed(2)
    qtbot.waitUntil(lambda: session.shown_update == 0)
    second = learn(qtbot, session)
    place = library.find(first)
    library.set_labels(place, replace(library.labels_of(place), name="mine", is_starred=True))

    names = texts(qtbot, menu)
    assert len(names) == 2
    assert [action.isChecked() for action in menu.actions()] == [True, False], "what has learnt last is first"
    menu.actions()[names.index("★ mine")].trigger()
    qtbot.waitUntil(lambda: session.kept_run == first)
    assert session.shown_update == last

    library.set_labels(library.find(second), library.Labels(is_archived=True))
    assert len(texts(qtbot, menu)) == 1
