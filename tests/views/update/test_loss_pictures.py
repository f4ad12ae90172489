"""Advantages before and after, and the terms of the loss, are recomputed from the samples of the step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.charts.shapes import Columns, Intervals
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.loss_terms import LossTerms
from ppo_desktop.views.update.normalised_advantages import N_BINS, NormalisedAdvantages
from tests.views.update.moments import rows, update

ROOM = QRectF(0, 0, 400, 200)


def test_signs_flip_of_advantages_between_0_and_the_mean(theme: Theme) -> None:
    moment = update()[1]
    figure, samples = NormalisedAdvantages(moment), moment.minibatch.samples
    table = rows(figure)
    before, after = (np.array([row[name] for row in table]) for name in ("advantage_raw", "advantage"))
    np.testing.assert_array_equal(before, samples.raw_advantages.astype(float))
    np.testing.assert_allclose(after, (before - before.mean()) / before.std(ddof=1), rtol=1e-4, atol=1e-5)
    low, high = sorted((0.0, float(before.mean())))
    between = (before > low) & (before < high)
    assert [bool(row["sign_flips"]) for row in table] == between.tolist()
    assert f"{between.sum()} sign" in figure.summary()
    shapes = figure.picture_in(theme, ROOM).shapes
    bars = [shape for shape in shapes if isinstance(shape, Columns)]
    of_flips = [bar for bar in bars if bar.colour == theme.colour("warning")]
    assert len(of_flips) == 2
    for row, bar in zip((before, after), of_flips, strict=True):
        unit = before.std(ddof=1) if row is before else 1.0
        reach = bar.edges[-1]
        counts, _ = np.histogram(
            (row / unit).clip(-reach, reach), bins=np.linspace(-reach, reach, N_BINS + 1)
        )
        flips, _ = np.histogram((row / unit)[between].clip(-reach, reach), bins=bar.edges)
        np.testing.assert_allclose(bar.heights * counts.max(), flips * 0.82, atol=1e-6)
    assert f"{(after > 0).sum()} samples above 0" in figure.tip("after")


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_each_term_is_what_the_samples_say_and_the_total_is_their_sum(
    theme: Theme, environment_id: str, algorithm: Algorithm
) -> None:
    moment = update(environment_id, algorithm)[-1]
    figure, minibatch = LossTerms(moment), moment.minibatch
    (row,) = rows(figure)
    samples, networks = minibatch.samples, minibatch.networks
    assert networks is not None
    assert row["policy"] == pytest.approx(-np.mean(samples.objectives), abs=1e-6)
    targets = minibatch.trace.evaluated.value_targets[samples.indices]
    errors = networks.now.critic(networks.observations)[:, 0] - targets
    assert row["value"] == pytest.approx(0.5 * np.mean(errors**2), rel=1e-4)
    outputs = networks.now.actor.perceptron(networks.observations).astype(float)
    if environment_id == "CartPole-v1":
        probabilities = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
        entropy = -(probabilities * np.log(probabilities)).sum(axis=1).mean()
    else:
        log_std = float(networks.now.parameters[0])
        entropy = log_std + 0.5 * np.log(2 * np.pi * np.e)
    assert row["entropy"] == pytest.approx(-0.01 * entropy, rel=1e-4)
    assert row["total"] == pytest.approx(row["policy"] + row["value"] + row["entropy"])
    assert (row["value_coefficient"], row["entropy_coefficient"]) == (0.5, -0.01)
    shapes = figure.picture_in(theme, ROOM).shapes
    bars = [shape for shape in shapes if isinstance(shape, Intervals)]
    ends = [float(bar.lows[0] + bar.highs[0]) for bar in bars]
    assert ends == pytest.approx([row[name] for name in ("policy", "value", "entropy", "total")])
    assert "× " in figure.tip("value")


def test_the_terms_are_said_to_be_of_a_minibatch(theme: Theme) -> None:
    moment = update()[-1]
    minibatch = moment.minibatch
    summary = LossTerms(moment).summary()
    assert f"minibatch {minibatch.minibatch} of {minibatch.n_minibatches}" in summary
    assert f"Epoch {minibatch.epoch} of {minibatch.n_epochs}" in summary
