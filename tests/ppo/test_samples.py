from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from ppo_desktop.ppo.engines.pytorch import fractions_clipped_and_cut
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.objective import calculate_ratios, clipped_surrogate_objective, gradient_is_cut
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import SITUATIONS, MinibatchSamples
from ppo_desktop.ppo.trainer import Trainer

ROLLOUT = Rollout.empty(4, 3, Spaces(n_observations=2, n_actions=5))


def samples(ratios: list[float], advantages: list[float], clip_range: float | None) -> MinibatchSamples:
    """Return samples whose ratios and advantages are given."""
    return MinibatchSamples(
        rollout=ROLLOUT,
        indices=np.arange(len(ratios)),
        log_probs_old=np.full(len(ratios), -0.5, np.float32),
        log_probs=(np.log(ratios) - 0.5).astype(np.float32),
        raw_advantages=np.array(advantages, np.float32) * 7,
        advantages=np.array(advantages, np.float32),
        clip_range=clip_range,
    )


def test_what_follows_from_the_data_is_known_for_four_samples() -> None:
    four = samples([1.5, 1.5, 0.5, 0.5], [2.0, -2.0, 2.0, -2.0], 0.2)
    np.testing.assert_allclose(four.ratios, [1.5, 1.5, 0.5, 0.5], rtol=1e-6)
    np.testing.assert_allclose(four.clipped_ratios, [1.2, 1.2, 0.8, 0.8], rtol=1e-6)
    np.testing.assert_allclose(four.objectives, [2.4, -3.0, 1.0, -1.6], rtol=1e-6)
    assert four.gradient_cut.tolist() == [True, False, False, True]
    assert len(four) == 4


@pytest.mark.parametrize("on_the_edge", [None, 0, 1, 2, 3])
def test_what_follows_from_the_data_is_computed_as_by_the_definitions(on_the_edge: int | None) -> None:
    """Also where a ratio lies exactly on an edge of the band, or is not finite."""
    generator = np.random.default_rng(1)
    ratios = [*np.exp(generator.normal(scale=0.3, size=400)), math.inf, math.nan]
    advantages = [*generator.normal(size=402)]
    epsilon = None
    if on_the_edge is not None:
        epsilon = abs(float(samples(ratios, advantages, None).ratios[on_the_edge]) - 1)
    given = samples(ratios, advantages, epsilon)
    ratio, advantage = torch.from_numpy(given.ratios), torch.from_numpy(given.advantages)
    expected, _ = calculate_ratios(torch.from_numpy(given.log_probs), torch.tensor(-0.5).expand(402), None)
    np.testing.assert_allclose(given.ratios, expected.numpy(), rtol=1e-6)
    clipped = ratio if epsilon is None else ratio.clamp(1 - epsilon, 1 + epsilon)
    np.testing.assert_array_equal(given.clipped_ratios, clipped.numpy())
    objectives = clipped_surrogate_objective(ratio, clipped, advantage)
    np.testing.assert_array_equal(given.objectives, objectives.numpy())
    cut = gradient_is_cut(ratio, advantage, epsilon)
    np.testing.assert_array_equal(given.gradient_cut, cut.numpy())


def test_without_a_clip_nothing_is_clipped_or_cut() -> None:
    free = samples([1.5, 0.5], [2.0, -2.0], None)
    np.testing.assert_array_equal(free.clipped_ratios, free.ratios)
    assert not free.gradient_cut.any()
    assert [SITUATIONS[number].value for number in free.situations] == ["inside_positive", "inside_negative"]


@pytest.mark.parametrize(
    ("ratio", "advantage", "situation", "alive"),
    [
        (0.5, 1.0, "below_positive", True),
        (1.1, 1.0, "inside_positive", True),
        (1.5, 1.0, "above_positive", False),
        (0.5, -1.0, "below_negative", False),
        (1.1, -1.0, "inside_negative", True),
        (1.5, -1.0, "above_negative", True),
        (1.5, 0.0, "above_positive", False),
        (1.1, 0.0, "inside_positive", False),
    ],
)
def test_each_sample_is_in_one_of_six_situations_in_two_of_which_its_gradient_is_dead(
    ratio: float, advantage: float, situation: str, alive: bool
) -> None:
    """Where Â is 0 there is nothing that pushes."""
    one = samples([ratio], [advantage], 0.2)
    found = SITUATIONS[one.situations[0]]
    assert (found.value, bool(one.gradient_alive[0])) == (situation, alive)
    assert found.is_cut == one.gradient_cut[0] or advantage == 0


@pytest.mark.parametrize("clip_range", [0.2, None])
def test_the_gradient_of_autograd_is_alive_where_it_is_said_to_be(clip_range: float | None) -> None:
    generator = np.random.default_rng(2)
    given = samples(
        [*np.exp(generator.normal(scale=0.3, size=200))], [*generator.normal(size=200)], clip_range
    )
    log_probs = torch.from_numpy(given.log_probs).requires_grad_()
    ratio, clipped = calculate_ratios(log_probs, torch.from_numpy(given.log_probs_old), clip_range)
    clipped_surrogate_objective(ratio, clipped, torch.from_numpy(given.advantages)).sum().backward()
    assert log_probs.grad is not None
    assert ((log_probs.grad != 0).numpy() == given.gradient_alive).all()


def test_a_sample_is_found_in_its_rollout() -> None:
    """Index 7 of three agents is time 2, agent 1."""
    rollout = Rollout.empty(4, 3, Spaces(n_observations=2, n_actions=5))
    rollout.observations[2, 1] = [8.0, 9.0]
    rollout.actions[2, 1] = 4
    one = MinibatchSamples(rollout, np.array([7]), *(np.zeros(1, np.float32) for _ in range(4)), 0.2)
    assert (one.times.tolist(), one.agents.tolist()) == ([2], [1])
    assert (one.observations.tolist(), one.actions.tolist()) == ([[8.0, 9.0]], [4])


def test_a_continuous_action_is_told_in_the_environments_units() -> None:
    spaces = Spaces(1, None, action_low=(100.0,), action_high=(200.0,), action_shape=(1,))
    rollout = Rollout.empty(1, 2, spaces)
    rollout.actions[0] = [[0.5], [-2.0]]
    both = MinibatchSamples(rollout, np.arange(2), *(np.zeros(2, np.float32) for _ in range(4)), 0.2)
    assert both.actions.tolist() == [[175.0], [50.0]], "not clipped"


def test_fractions_are_those_of_all_samples_each_with_the_clip_range_of_its_own_step() -> None:
    narrow = samples([1.5, 1.5, 1.0], [1.0, -1.0, 1.0], 0.2)  # two clipped, one of them cut
    wide = samples([1.5], [1.0], 0.8)
    free = samples([9.0, 9.0], [1.0, 1.0], None)
    assert fractions_clipped_and_cut([narrow, wide, free, narrow]) == pytest.approx((4 / 9, 2 / 9))


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_a_run_tells_the_observations_actions_and_raw_advantages_of_its_samples(
    make_trainer: Callable[..., Trainer], environment_id: str
) -> None:
    trainer = make_trainer(environment_id, n_minibatches=3)
    events: list[Any] = []
    for event in trainer.events():
        events.append(event)
        if isinstance(event, UpdateFinished):
            break
    for told in (event.samples for event in events if isinstance(event, MinibatchOptimized)):
        # Normalised from the raw ones, and log-probabilities recomputed from the raw observations.
        raw = told.raw_advantages.astype(float)
        np.testing.assert_allclose(
            told.advantages, (raw - raw.mean()) / raw.std(ddof=1), rtol=1e-4, atol=1e-5
        )
        assert told.observations.shape == (len(told), trainer.engine.spaces.n_observations)
        assert told.actions.shape[:1] == (len(told),)
