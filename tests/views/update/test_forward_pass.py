"""The forward pass has the numbers of both networks, worked out unit by unit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import DiscretePolicy
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.perceptron import Perceptron
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.forward_pass import ForwardPass
from tests.views.update.moments import rows, update


def by_hand(perceptron: Perceptron, numbers: list[float]) -> list[list[float]]:
    """Return what each layer passes on, by plain sums."""
    passed = []
    for layer in perceptron.layers:
        sums = [
            sum(float(weight) * number for weight, number in zip(row, numbers, strict=True)) + float(bias)
            for row, bias in zip(layer.weight, layer.bias, strict=True)
        ]
        numbers = sums if layer is perceptron.layers[-1] else [math.tanh(one) for one in sums]
        passed.append(numbers)
    return passed


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("row", [0, 5])
def test_every_number_is_that_of_the_network_before_the_step(environment_id: str, row: int) -> None:
    moment = replace(update(environment_id)[3], row=row)
    networks, samples = moment.minibatch.networks, moment.minibatch.samples
    assert networks is not None
    seen: Floats = networks.observations[row]
    *policy, outputs = by_hand(networks.now.actor.perceptron, seen.tolist())
    *critic, value = by_hand(networks.now.critic, seen.tolist())
    if environment_id == "CartPole-v1":
        weights = [math.exp(output) for output in outputs]
        outputs = [weight / sum(weights) for weight in weights]
    else:
        outputs = networks.now.actor.spaces.in_environment_units(np.array(outputs)).tolist()
    expected = [samples.observations[row].tolist(), seen.tolist(), *policy, outputs, *critic, value]
    table = rows(ForwardPass.of_sample(moment))
    for number, layer in enumerate(expected):
        shown = [each["number"] for each in table if each["layer"] == number + 1]
        assert shown == pytest.approx(layer, rel=1e-4, abs=1e-5)
    assert max(each["layer"] for each in table) == len(expected)


@pytest.mark.parametrize("normalises", [False, True])
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_that_of_a_frame_ends_in_its_policy_and_value_and_is_the_networks_way_there(
    environment_id: str, normalises: bool
) -> None:
    values = Hyperparameters(rollout_length=8, n_envs=2, hidden_units=8, normalize_observations=normalises)
    settings = RunSettings(environment_id, Algorithm.PPO, values, seed=1)
    engine = PyTorchEngine(settings)
    engine.begin_rollout(values)
    for _ in range(values.rollout_length):
        engine.step(1)
    engine.finish_rollout(values)  # from now on normalisation has numbers
    frame = engine.look(1, 2, picture=False, path=False)
    assert frame.passed is not None
    *policy, _ = by_hand(engine.actor.perceptron, frame.passed.seen.tolist())
    *critic, _ = by_hand(engine.critic, frame.passed.seen.tolist())
    assert np.array_equal(frame.passed.seen, frame.observation) is not normalises
    shown = frame.policy.probabilities if isinstance(frame.policy, DiscretePolicy) else frame.policy.means
    expected = [
        frame.observation.tolist(),
        frame.passed.seen.tolist(),
        *policy,
        shown,
        *critic,
        [frame.value],
    ]
    table = rows(ForwardPass.of_frame(frame))
    for number, layer in enumerate(expected):
        found = [each["number"] for each in table if each["layer"] == number + 1]
        assert found == pytest.approx(list(layer), rel=1e-4, abs=1e-5)
    engine.close()


def test_each_unit_has_a_place_of_its_own_and_says_its_number(theme: Theme) -> None:
    figure = ForwardPass.of_sample(update()[3])
    picture = figure.picture_in(theme, QRectF(0, 0, 400, 200))
    table = rows(figure)
    assert list(picture.keys) == list(range(len(table)))
    places = {
        (columns, rows) for layer in figure.layers for columns, rows in zip(*layer.positions(), strict=True)
    }
    assert len(places) == len(table)
    assert figure.tip(0).startswith("observation 1<br>")
    assert figure.tip(len(table) - 1).startswith("V(s) 1<br>")
    assert "V(s) = " in figure.summary()
    assert all(figure.sample_of(key) is None for key in picture.keys), "a unit is no sample"
