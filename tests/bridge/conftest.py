"""A real session and a real comparison beside it, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from tests.comparisons import SMALL


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """What Train shows: CartPole with tiny networks, not yet begun."""
    del qtbot
    session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    yield session
    session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where comparisons are kept; it is not there yet."""
    return tmp_path / "runs" / "comparisons"


@pytest.fixture
def open_comparisons(session: Session, folder: Path) -> Iterator[Callable[..., ComparisonSession]]:
    """Return a function that makes what a Compare page shows, with what is found out seen; all are closed."""
    opened: list[ComparisonSession] = []

    def open_one(place: Path = folder) -> ComparisonSession:
        opened.append(ComparisonSession(session, place))
        opened[-1].inquiry.set_visible(True)
        return opened[-1]

    yield open_one
    for comparisons in opened:
        comparisons.close()


@pytest.fixture
def comparisons(open_comparisons: Callable[..., ComparisonSession]) -> ComparisonSession:
    """What one Compare page shows."""
    return open_comparisons()


@pytest.fixture
def studies(own_home: Path) -> Path:
    """Where studies are kept; it is not there yet."""
    return own_home / "studies"


@pytest.fixture
def open_tune(session: Session, studies: Path) -> Iterator[Callable[[], TuneSession]]:
    """Return a function that makes what a Tune page shows; all are closed at the end."""
    opened: list[TuneSession] = []

    def open_one() -> TuneSession:
        opened.append(TuneSession(session, studies))
        return opened[-1]

    yield open_one
    for tune in opened:
        tune.close()


@pytest.fixture
def tune(open_tune: Callable[[], TuneSession]) -> TuneSession:
    """What one Tune page shows, which somebody looks at."""
    tune = open_tune()
    tune.set_visible(True)
    return tune


@pytest.fixture
def maps(session: Session, studies: Path) -> Iterator[MapSession]:
    """What the Maps page shows, which somebody looks at."""
    maps = MapSession(session, studies)
    maps.set_visible(True)
    yield maps
    maps.close()
