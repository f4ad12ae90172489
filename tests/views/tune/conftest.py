"""What parts of the Tune page stand on: a real study session, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from tests.comparisons import SMALL


@pytest.fixture
def tune(qtbot: QtBot, tmp_path: Path) -> Iterator[TuneSession]:
    """What a Tune page shows: no study yet."""
    del qtbot
    session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    tune = TuneSession(session, tmp_path / "studies")
    yield tune
    tune.close()
    session.close()
