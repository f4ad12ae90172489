"""What panels of a comparison stand on: the real thing, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.views.theme import Appearance, Theme


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light one."""
    theme = Theme(qapp)
    theme.set_appearance(Appearance.LIGHT)
    yield theme
    theme.set_projector(False)
    theme.deleteLater()


@pytest.fixture
def comparisons(qtbot: QtBot, tmp_path: Path) -> Iterator[ComparisonSession]:
    """What a Compare page shows, with CartPole's default preset set up and nothing begun."""
    del qtbot
    preset = presets_for("CartPole-v1")[0]
    settings = RunSettings("CartPole-v1", Algorithm.PPO, preset.hyperparameters, 1)
    session = Session(settings)
    comparisons = ComparisonSession(session, tmp_path / "comparisons")
    comparisons.inquiry.set_visible(True)
    yield comparisons
    comparisons.close()
    session.close()
