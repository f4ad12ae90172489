"""A gradient step that is looked at closely, at once or afterwards, has the networks it began with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.events import Event, MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]
VALUES: dict[str, Any] = {
    "n_epochs": 3,
    "n_minibatches": 3,
    "learning_rate": 0.01,
    "normalize_observations": True,
    "normalize_rewards": True,
}
pytestmark = EVERY_ENGINE


def told(trainer: Trainer, updates: int = 3) -> list[Event]:
    events: list[Event] = []
    for event in trainer.events():
        events.append(event)
        if isinstance(event, UpdateFinished) and event.update == updates:
            break
    return events


def steps(events: list[Event]) -> list[MinibatchOptimized]:
    return [event for event in events if isinstance(event, MinibatchOptimized)]


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize(("stride", "n_told"), [(1, {27}), (4, {9, 15}), (LONGEST_STRIDE, {3, 15})])
def test_every_step_that_is_told_of_has_the_networks_that_made_its_log_probabilities(
    make_trainer: MakeTrainer, environment_id: str, stride: int, n_told: set[int]
) -> None:
    trainer = make_trainer(environment_id, **VALUES)
    trainer.looks_closely, trainer.stride = True, stride
    looked_at = steps(told(trainer))
    assert len(looked_at) in n_told  # the PyTorch engine takes one step, then the one that is looked at
    for event in looked_at:
        networks, samples = event.networks, event.samples
        assert networks is not None
        for actor_critic, known in ((networks.old, samples.log_probs_old), (networks.now, samples.log_probs)):
            outputs = actor_critic.actor.perceptron(networks.observations)
            np.testing.assert_allclose(log_probs(actor_critic.actor, outputs, samples), known, atol=2e-5)
        errors = (
            networks.now.critic(networks.observations)[:, 0]
            - event.trace.evaluated.value_targets[samples.indices]
        )
        assert np.mean(errors**2) == pytest.approx(event.trace.measured[-1]["value_loss"], rel=1e-3)
        assert (networks.divergences >= -1e-6).all()
        assert networks.entropies.shape == networks.divergences.shape == (len(samples),)


def log_probs(actor: Any, outputs: Any, samples: Any) -> Any:
    """Return log π(a|s) by its definition."""
    actions = samples.rollout.actions[samples.times, samples.agents]
    if actions.ndim == 1:
        weights = np.exp(outputs.astype(float))
        return np.log(weights[np.arange(len(actions)), actions] / weights.sum(axis=1))
    sigma = np.exp(actor.log_std.astype(float))
    densities = np.exp(-0.5 * ((actions - outputs) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    return np.log(densities).sum(axis=1)


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("stop", [4, 9, 14])
def test_looking_afterwards_finds_the_same_and_leaves_no_trace(
    make_trainer: MakeTrainer, environment_id: str, stop: int
) -> None:
    """At any gradient step, and after the update, while the next rollout is being collected."""
    closely, afterwards, untouched = (make_trainer(environment_id, **VALUES) for _ in range(3))
    closely.looks_closely = True
    at_once = steps(told(closely))[stop - 1].networks
    events, taken = afterwards.events(), 0
    assert afterwards.look_closely() is None
    told_again: list[Event] = []
    for event in events:
        told_again.append(event)
        taken += isinstance(event, MinibatchOptimized)
        if taken == stop:
            if stop == 9:  # the update is over, and somebody acts again
                told_again += [next(events), next(events)]
            break
    looked_at = afterwards.look_closely()
    assert looked_at is not None
    assert at_once is not None
    assert looked_at.networks is not None
    assert afterwards.look_closely() is looked_at
    for name in ("old", "now"):
        found, expected = getattr(looked_at.networks, name), getattr(at_once, name)
        np.testing.assert_array_equal(found.parameters, expected.parameters)
    np.testing.assert_array_equal(looked_at.networks.observations, at_once.observations)
    np.testing.assert_array_equal(looked_at.networks.divergences, at_once.divergences)
    for event in events:
        told_again.append(event)
        if isinstance(event, UpdateFinished) and event.update == 3:
            break
    assert afterwards.parameters_sha256() == closely.parameters_sha256()
    finished = [event for event in told(untouched) if isinstance(event, UpdateFinished)]
    assert [event for event in told_again if isinstance(event, UpdateFinished)] == finished
    assert untouched.parameters_sha256() == closely.parameters_sha256()


def test_what_is_looked_at_while_learning_at_full_speed_changes_nothing(make_trainer: MakeTrainer) -> None:
    looking, other = make_trainer(**VALUES), make_trainer(**VALUES)
    for trainer in (looking, other):
        trainer.stride = LONGEST_STRIDE
    for number, _ in zip(range(60), looking.events(), strict=False):
        looking.looks_closely = number % 3 == 0
        if number % 7 == 0:
            looking.look_closely()
    for _ in other.events():
        if other.update == looking.update and other.boundary == looking.boundary:
            break
    assert other.parameters_sha256() == looking.parameters_sha256()


def test_a_step_that_fails_when_taken_again_leaves_everything_as_it_was(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(**VALUES)
    told(trainer, 1)
    before = trainer.parameters_sha256()

    def fail(*_: object) -> None:
        raise Divergence("no")

    monkeypatch.setattr(type(trainer.engine), "improve", fail)
    with pytest.raises(Divergence):
        trainer.look_closely()
    assert trainer.parameters_sha256() == before
