"""What parts of the Maps page stand on: a real session, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from tests.comparisons import SMALL


@pytest.fixture
def maps(qtbot: QtBot, tmp_path: Path) -> Iterator[MapSession]:
    """What a Maps page shows: no map yet."""
    del qtbot
    session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    maps = MapSession(session, tmp_path / "studies")
    yield maps
    maps.close()
    session.close()
