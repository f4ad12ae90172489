"""Histograms at steps 1, 2, 4, … and effective samples are recomputed from the samples of each step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from ppo_desktop.views.charts.frame import bare_frame
from ppo_desktop.views.charts.shapes import Columns, Scatter
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.clipped_objective_view import N_BINS
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.effective_samples import EffectiveSamples
from ppo_desktop.views.update.ratio_histograms import RatioHistograms, steps_shown
from ppo_desktop.views.update.update_picture import Moment
from tests.views.update.moments import EPOCHS, MINIBATCHES, SAMPLES, rows, update

ROOM = QRectF(0, 0, 400, 200)


@pytest.mark.parametrize(
    ("n_steps", "shown"),
    [
        (1, [1]),
        (2, [1, 2]),
        (3, [1, 2, 3]),
        (4, [1, 2, 4]),
        (7, [1, 2, 4, 7]),
        (64, [1, 2, 4, 8, 16, 32, 64]),
    ],
)
def test_powers_of_two_and_the_last_step_are_shown(n_steps: int, shown: list[int]) -> None:
    assert steps_shown(n_steps) == shown


def test_each_row_holds_the_ratios_of_its_step() -> None:
    moment = update()[5]
    table = rows(RatioHistograms(moment))
    assert {(row["step"], row["epoch"], row["minibatch"]) for row in table} == {
        (1, 1, 1),
        (2, 1, 2),
        (4, 2, 2),
        (6, 3, 2),
    }
    for step in (1, 2, 4, 6):
        samples = update()[step - 1].minibatch.samples
        of_step = [row for row in table if row["step"] == step]
        expected = np.exp(samples.log_probs - samples.log_probs_old)
        np.testing.assert_allclose([row["ratio"] for row in of_step], expected, rtol=1e-5)
        places = [(row["time"] - 1) * 2 + row["agent"] - 1 for row in of_step]
        assert places == samples.indices.tolist()


@pytest.mark.parametrize("fixed", [False, True])
def test_bars_are_the_histograms_and_what_lies_beyond_the_axis_is_counted(theme: Theme, fixed: bool) -> None:
    figure = RatioHistograms(Moment(update()[5].minibatch, has_fixed_axis=fixed))
    assert (figure.shown == (0.0, 2.0)) == fixed
    shapes = figure.picture_in(theme, ROOM).shapes
    bars = [shape for shape in shapes if isinstance(shape, Columns) and len(shape.heights) == N_BINS]
    (words,) = (shape for shape in shapes if isinstance(shape, RowTexts))
    assert words.named == figure.steps == [1, 2, 4, 6]
    for place, step in enumerate(figure.steps):
        ratios = update()[step - 1].minibatch.samples.ratios
        counts, _ = np.histogram(ratios, np.linspace(*figure.shown, N_BINS + 1))
        heights = sum(bar.heights for bar in bars[3 * place : 3 * place + 3])
        np.testing.assert_allclose(heights / heights.max(), counts / counts.max())
        beyond = len(ratios) - int(counts.sum())
        assert words.texts[place] == (f"{beyond} beyond" if beyond else "")
        assert f"outside the band: {(abs(ratios - 1) > 0.2).sum()} of" in figure.tip(step)


def test_a_single_sample_among_many_is_seen_in_every_row(theme: Theme) -> None:
    """One of 256 would be a third of a pixel high."""
    frame = bare_frame(theme, QRectF(0, 0, 410, 100), (0.0, 2.0), (0.0, 1.0))
    heights = np.zeros(N_BINS)
    heights[[3, 20]] = 1 / 256, 1.0
    image = QImage(410, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    edges = np.linspace(0.0, 2.0, N_BINS + 1)
    Columns(edges, heights, np.zeros(N_BINS), QColor("red"), least=3.0).paint(painter, frame)
    painter.end()
    rows = [y for y in range(100) if image.pixelColor(35, y) == QColor("red")]
    assert rows == [97, 98, 99]
    assert sum(image.pixelColor(205, y) == QColor("red") for y in range(100)) == 100
    assert not any(image.pixelColor(105, y) == QColor("red") for y in range(100))


def test_effective_samples_are_those_of_all_ratios_of_each_epoch(theme: Theme) -> None:
    figure = EffectiveSamples(update()[5])
    table = rows(figure)
    assert len(table) == EPOCHS
    for epoch, row in enumerate(table):
        steps = range(epoch * MINIBATCHES, (epoch + 1) * MINIBATCHES)
        ratios = [ratio for step in steps for ratio in update()[step].minibatch.samples.ratios.tolist()]
        effective = sum(ratios) ** 2 / sum(ratio**2 for ratio in ratios)
        assert row["samples"] == len(ratios) == SAMPLES
        assert row["effective_samples"] == pytest.approx(effective)
        assert row["effective_share"] == pytest.approx(effective / SAMPLES)
        assert f"({100 * effective / SAMPLES:.1f} %)" in figure.tip(epoch)
    picture = figure.picture_in(theme, ROOM)
    assert picture.frame.rows.shown == (0, 100)
    (points,) = (shape for shape in picture.shapes if isinstance(shape, Scatter))
    np.testing.assert_allclose(points.rows, [100 * row["effective_share"] for row in table])


def test_an_epoch_that_is_not_complete_is_counted_as_far_as_it_is(theme: Theme) -> None:
    figure = EffectiveSamples(update()[4])
    assert rows(figure)[-1]["samples"] == SAMPLES // MINIBATCHES
    _, incomplete = (s for s in figure.picture_in(theme, ROOM).shapes if isinstance(s, Scatter))
    assert incomplete.columns.tolist() == [3]
