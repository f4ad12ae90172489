"""All figures of a study: whatever there is, they are drawn, in every appearance and size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFrame
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.theme import Appearance, Theme
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.history_card import HistoryCard
from ppo_desktop.views.tune.importance_card import ImportanceCard
from ppo_desktop.views.tune.parallel_card import ParallelCard
from ppo_desktop.views.tune.trial_curves_card import TrialCurvesCard
from tests.exported_figures import assert_exported_three_ways
from tests.shown_studies import at, digested, many, show_study, without_value

Make = Callable[[TuneSession, Theme], QFrame]
EVERY_CARD = pytest.mark.parametrize(
    "make", [ImportanceCard, HistoryCard, TrialCurvesCard, ContourCard, ParallelCard]
)
PAIR = ("clip_range", "learning_rate")
SIZES = [(380, 230), (1, 1), (60, 40), (1500, 120), (200, 900)]
STUDIES = {
    "none": None,
    "empty": digested([]),
    "one running": digested([without_value(0, TrialState.RUNNING)]),
    "one waiting": digested([at(0, None, state=TrialState.WAITING, values={})]),
    "all failed": digested([without_value(0, TrialState.FAILED), without_value(1, TrialState.INTERRUPTED)]),
    "one": digested([at(0, 20.0)]),
    "all equal": digested([at(number, 500.0) for number in range(12)], contour=PAIR),
    "foreign values": digested([at(0, 3.0, values={"clip_range": "?"}), at(1, 4.0, values={})]),
    "far beyond": digested([at(0, 1e12), at(1, -1e12)]),
    "sixty": digested(many(60), contour=PAIR),
}


@EVERY_CARD
def test_whatever_there_is_is_drawn_in_every_size(
    qtbot: QtBot, tune: TuneSession, theme: Theme, make: Make
) -> None:
    card = make(tune, theme)
    qtbot.addWidget(card)
    card.show()
    for study, digest in STUDIES.items():
        show_study(tune, digest)
        for size in SIZES:
            card.resize(*size)
            for number in (None, 0):
                tune.highlight(number)
                assert not card.grab().isNull(), (study, size)


@EVERY_CARD
def test_in_another_appearance_it_has_other_colours(
    qtbot: QtBot, tune: TuneSession, theme: Theme, make: Make
) -> None:
    card = make(tune, theme)
    qtbot.addWidget(card)
    card.resize(420, 260)
    card.show()
    show_study(tune, STUDIES["sixty"])
    light = card.grab().toImage()
    theme.set_appearance(Appearance.DARK)
    dark = card.grab().toImage()
    assert light.pixelColor(210, 12).lightness() > dark.pixelColor(210, 12).lightness() + 100
    theme.set_projector(True)
    assert card.grab().toImage() != dark


@EVERY_CARD
def test_it_can_be_exported(
    qtbot: QtBot, tune: TuneSession, theme: Theme, make: Make, tmp_path: Path
) -> None:
    card = make(tune, theme)
    qtbot.addWidget(card)
    trials = [replace(trial, curve=((1_000, 20.0), (2_000, 90.0))) for trial in many(60)]
    show_study(tune, digested(trials, contour=PAIR))
    assert_exported_three_ways(card.exported("A figure", "sixty trials"), tmp_path)
