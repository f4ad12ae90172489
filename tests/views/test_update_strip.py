"""The strip over the update lights what is being done, and only that."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from ppo_desktop.ppo.algorithms import UpdatePlan
from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.views.charts.shapes import Columns, HeatMap
from ppo_desktop.views.charts.words import LabelsBelow
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update_strip import UpdateStrip
from tests.views.test_clipped_objective_view import minibatch

PLAN = UpdatePlan(samples=8, n_epochs=4, n_minibatches=2)


@pytest.fixture
def strip(qtbot: QtBot, theme: Theme) -> UpdateStrip:
    strip = UpdateStrip(theme)
    qtbot.addWidget(strip)
    return strip


def moment(epoch: int, number: int, n_minibatches: int) -> MinibatchOptimized:
    trace = minibatch([1.0] * 8, [1.0] * 8, 0.2).trace
    return MinibatchOptimized(epoch, PLAN.n_epochs, number, n_minibatches, trace)


def bars(strip: UpdateStrip, colour: str, opacity: float, width: float = 400) -> list[tuple[float, float]]:
    """Where bars of a colour begin and end, in epochs."""
    wanted = strip._theme.colour(colour, opacity)
    pictures = list(strip.pictures_in(QRectF(0, 0, width, 50)))
    (shape,) = (s for s in pictures[-1].shapes if isinstance(s, Columns) and s.colour == wanted)
    there = np.flatnonzero(shape.heights)
    return list(zip(shape.edges[there].tolist(), shape.edges[there + 1].tolist(), strict=True))


def test_of_the_minibatches_done_the_last_is_lit(strip: UpdateStrip) -> None:
    strip.show_moment(moment(2, 1, 2), PLAN, 1)
    assert [round(start, 1) for start, _ in bars(strip, "accent", 0.35)] == [0.0, 0.5]
    assert [start for start, _ in bars(strip, "accent", 1.0)] == [1.0]
    assert len(bars(strip, "field", 1.0)) == PLAN.n_epochs
    assert strip.accessibleDescription() == "1 agent × 8 steps; epoch 2 of 4, minibatch 1 of 2"


def test_an_update_that_is_over_before_its_last_epoch_says_why(strip: UpdateStrip) -> None:
    strip.show_moment(moment(2, 2, 2), PLAN, 1, is_over=True)
    assert "target KL after epoch 2 of 4: 4 of 8" in strip.accessibleDescription()
    strip.show_moment(moment(4, 2, 2), PLAN, 1, is_over=True)
    assert "target KL" not in strip.accessibleDescription()


def test_minibatches_too_narrow_to_be_seen_are_one_bar_with_its_progress(strip: UpdateStrip) -> None:
    strip.show_moment(moment(2, 200, 400), PLAN, 1)
    assert [start for start, _ in bars(strip, "accent", 0.35)] == [0.0]
    ((start, end),) = bars(strip, "accent", 1.0)
    assert (start, end) == (1.0, pytest.approx(1.5, abs=0.03))


def test_before_the_first_minibatch_nothing_is_done(strip: UpdateStrip) -> None:
    strip.show_moment(None, PLAN, 2)
    assert bars(strip, "accent", 0.35) == bars(strip, "accent", 1.0) == []


def test_a_sample_of_the_minibatch_has_another_colour_than_the_rest(strip: UpdateStrip, theme: Theme) -> None:
    at = moment(1, 1, 2)
    at.samples.indices[:] = 5
    strip.show_moment(at, PLAN, 1)
    rollout = next(iter(strip.pictures_in(QRectF(0, 0, 400, 50))))
    (cells,) = (shape.image for shape in rollout.shapes if isinstance(shape, HeatMap))
    lit = [column for column in range(8) if cells.pixelColor(column, 0) == theme.colour("rollout")]
    assert lit == [5]


@pytest.mark.parametrize("width", [800, 300, 160])
def test_below_the_strip_numbers_stay_whole_where_there_is_little_room(
    strip: UpdateStrip, width: float
) -> None:
    strip.show_moment(None, UpdatePlan(samples=512, n_epochs=10, n_minibatches=4), 4)
    rollout, _, epochs = strip.pictures_in(QRectF(0, 0, width, 50))
    words = (shape for one in (rollout, epochs) for shape in one.shapes if isinstance(shape, LabelsBelow))
    texts = [label.text for one in words for label in one.wordings[0]]
    assert [re.findall(r"\d+", text) for text in texts] == [["4", "128"], ["10", "4"]]
    assert not any("…" in text for text in texts)
