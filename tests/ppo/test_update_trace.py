"""An update is known up to its latest gradient step, whether each was looked at or not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]
pytestmark = EVERY_ENGINE


def second_update(trainer: Trainer, stride: int) -> list[MinibatchOptimized]:
    """Return what is told of the gradient steps of the second update."""
    trainer.stride = stride
    told: list[MinibatchOptimized] = []
    for event in trainer.events():
        if isinstance(event, UpdateFinished) and event.update == 2:
            break
        if isinstance(event, MinibatchOptimized) and trainer.update == 1:
            told.append(event)
    return told


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_what_is_known_at_the_end_is_what_was_told_of_each_step(
    make_trainer: MakeTrainer, environment_id: str
) -> None:
    values = {"n_epochs": 3, "n_minibatches": 4, "rollout_length": 15}
    told = second_update(make_trainer(environment_id, **values), 1)
    known = second_update(make_trainer(environment_id, **values), LONGEST_STRIDE)[-1].trace
    assert len(told) == len(known.minibatches) == len(known.measured) == 12
    for event, samples, measured in zip(told, known.minibatches, known.measured, strict=True):
        for name in ("indices", "log_probs_old", "log_probs", "raw_advantages", "advantages"):
            np.testing.assert_array_equal(getattr(event.samples, name), getattr(samples, name))
        assert event.samples.clip_range == samples.clip_range
        assert event.trace.measured[-1] == measured
        assert measured["policy_loss"] == pytest.approx(-samples.objectives.mean(), abs=1e-6)
    assert known.latest is known.minibatches[-1]
    for steps in (slice(0, 4), slice(4, 8), slice(8, 99)):
        expected = np.concatenate([samples.ratios for samples in known.minibatches[steps]])
        np.testing.assert_array_equal(np.exp(known.log_ratios_of(steps)), expected)
    evaluated = known.evaluated
    np.testing.assert_allclose(evaluated.value_targets, evaluated.values + evaluated.advantages, rtol=1e-6)


def test_what_is_known_of_a_moment_stays_as_it_was(make_trainer: MakeTrainer) -> None:
    told = second_update(make_trainer(n_epochs=2, n_minibatches=3), 1)
    assert [len(event.trace.minibatches) for event in told] == [1, 2, 3, 4, 5, 6]
    assert len({id(event.trace.evaluated) for event in told}) == 1


def test_a_sample_passes_each_epoch_once(make_trainer: MakeTrainer) -> None:
    trace = second_update(make_trainer(n_epochs=3, n_minibatches=4), 1)[-1].trace
    passages = trace.passages_of(5)
    assert [passage.step // 4 for passage in passages] == [0, 1, 2]
    assert all(passage.samples.indices[passage.row] == 5 for passage in passages)
    assert passages[0].samples.ratios[passages[0].row] == pytest.approx(1, abs=1e-2)
