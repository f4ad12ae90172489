"""The estimates of KL are recomputed from the samples, the exact one from both policies."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from ppo_desktop.views.charts.frame import ROW
from ppo_desktop.views.charts.scales import fitting_ticks
from ppo_desktop.views.charts.shapes import Rules, Scatter
from ppo_desktop.views.charts.symbols import Diamond
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.kl_estimates import KLEstimatesFigure
from ppo_desktop.views.update.picture_chart import PictureChart
from ppo_desktop.views.update.update_picture import number_text
from tests.views.update.moments import rows, update

ROOM = QRectF(0, 0, 400, 200)


def test_every_estimate_is_what_the_table_of_samples_says() -> None:
    moment = update()[5]
    figure, samples = KLEstimatesFigure(moment), moment.minibatch.samples
    table = rows(figure)
    assert len(table) == len(samples)
    for row, new, old in zip(table, samples.log_probs, samples.log_probs_old, strict=True):
        x = float(new) - float(old)
        assert row["k1"] == pytest.approx(-x, abs=1e-6)
        assert row["k2"] == pytest.approx(x * x / 2, abs=1e-6)
        assert row["k3"] == pytest.approx(np.exp(x) - 1 - x, abs=1e-6)
    for name in ("k1", "k2", "k3"):
        numbers = np.array([row[name] for row in table])
        assert figure.spreads[name].mean == pytest.approx(numbers.mean())
        assert figure.spreads[name].deviation == pytest.approx(numbers.std(ddof=1))
        assert figure.spreads[name].error == pytest.approx(numbers.std(ddof=1) / np.sqrt(len(table)))


def test_the_exact_divergence_is_the_sum_over_all_actions() -> None:
    moment = update()[5]
    networks = moment.minibatch.networks
    assert networks is not None
    probabilities = []
    for policy in (networks.old, networks.now):
        weights = np.exp(policy.actor.perceptron(networks.observations).astype(float))
        probabilities.append(weights / weights.sum(axis=1, keepdims=True))
    old, new = probabilities
    expected = (old * np.log(old / new)).sum(axis=1)
    exact = [row["exact_kl"] for row in rows(KLEstimatesFigure(moment))]
    np.testing.assert_allclose(exact, expected, atol=1e-6)
    assert np.mean(expected) > 1e-4


def test_means_stand_in_rows_and_the_exact_one_as_a_line_across_them(theme: Theme) -> None:
    figure = KLEstimatesFigure(update()[5])
    shapes = figure.picture_in(theme, ROOM).shapes
    (means,) = (one for one in shapes if isinstance(one, Scatter) and isinstance(one.symbol, Diamond))
    assert means.columns.tolist() == [figure.spreads[name].mean for name in means.marked]
    assert [figure.spreads["exact"].mean] in [shape.columns for shape in shapes if isinstance(shape, Rules)]
    assert "below 0: 0 of" in figure.tip("k3")


def test_plus_minus_is_the_standard_error_everywhere_and_the_deviation_is_called_so(theme: Theme) -> None:
    figure = KLEstimatesFigure(update()[5])
    picture = figure.picture_in(theme, QRectF(0, 0, 1200, 400))
    (words,) = (one for one in picture.shapes if isinstance(one, RowTexts))
    assert not any("±" in text for text in words.texts)
    for text, spread in zip(words.texts, figure.spreads.values(), strict=True):
        assert text.startswith(f"{number_text(spread.mean)}, sd {number_text(spread.deviation)}")
        assert f"{number_text(spread.mean)} ± {number_text(spread.error)}" in figure.summary()
    assert picture.legend is not None
    assert ["error" in text for text in picture.legend.texts if "±" in text] == [True]


def test_samples_beyond_the_axis_are_counted(theme: Theme) -> None:
    figure = KLEstimatesFigure(update()[5])
    numbers = figure._numbers["k1"]
    numbers[:] = 0.0
    numbers[0] = 1e3
    (words,) = (one for one in figure.picture_in(theme, ROOM).shapes if isinstance(one, RowTexts))
    assert [", 1 beyond" in text for text in words.texts] == [True, False, False, False]


def test_before_the_first_step_every_estimate_is_0(theme: Theme) -> None:
    figure = KLEstimatesFigure(update("Pendulum-v1")[0])
    assert all(abs(spread.mean) < 1e-6 for spread in figure.spreads.values())
    assert figure.picture_in(theme, ROOM).frame.columns.shown == (-0.001, 0.001)


@pytest.mark.parametrize("is_on_projector", [False, True])
def test_every_estimate_is_named_in_the_least_room(theme: Theme, is_on_projector: bool) -> None:
    theme.set_projector(is_on_projector)
    room = QRectF(QPointF(), PictureChart(theme).minimumSizeHint())
    frame = KLEstimatesFigure(update()[5]).picture_in(theme, room).frame
    rows, height = frame.rows, frame.metrics.height()
    names = fitting_ticks(rows.scale, rows.shown, frame.inner.height(), lambda _: ROW * height)
    assert {name for _, name in names} == {"k1", "k2", "k3", "exact"}
