"""A real session and a real comparison beside it, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.app import create_run
from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.worker import LearnerThread
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from tests.comparisons import SMALL


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """What Train shows: CartPole with tiny networks, not yet begun."""
    del qtbot
    session = Session(LearnerThread(create_run), RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    yield session
    session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where comparisons are kept; it is not there yet."""
    return tmp_path / "runs" / "comparisons"


@pytest.fixture
def open_comparisons(session: Session, folder: Path) -> Iterator[Callable[..., ComparisonSession]]:
    """Return a function that makes what a Compare page shows; all are closed at the end."""
    opened: list[ComparisonSession] = []

    def open_one(place: Path = folder) -> ComparisonSession:
        opened.append(ComparisonSession(session, place))
        return opened[-1]

    yield open_one
    for comparisons in opened:
        comparisons.close()


@pytest.fixture
def comparisons(open_comparisons: Callable[..., ComparisonSession]) -> ComparisonSession:
    """What one Compare page shows."""
    return open_comparisons()
