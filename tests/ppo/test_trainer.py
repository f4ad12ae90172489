from __future__ import annotations

import itertools
import logging
import math
import re
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Applies, InvalidHyperparameter
from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    Event,
    FinishReason,
    HyperparametersChanged,
    MinibatchOptimized,
    RunFinished,
    RunStarted,
    StepsTaken,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]


def until(events: Iterator[Event], kind: type, number: int = 1) -> list[Event]:
    """Take events up to the `number`-th of a kind."""
    taken: list[Event] = []
    while number:
        taken.append(next(events))
        number -= isinstance(taken[-1], kind)
    return taken


def only(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def change(trainer: Trainer, **values: Any) -> None:
    trainer.change(trainer.hyperparameters.changed(values))


def finish(trainer: Trainer) -> tuple[list[Event], RunFinished]:
    """Run to the end."""
    events = list(trainer.events())
    assert isinstance(events[-1], RunFinished)
    return events, events[-1]


# ---- the order of events


@EVERY_ENGINE
def test_a_run_is_rollouts_and_updates_in_turn(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    events = until(trainer.events(), UpdateFinished, 2)
    assert events[0] == RunStarted(trainer.settings, 2, trainer.engine.name)
    kinds = [type(event) for event in events[1:] if not isinstance(event, EpisodeEnded)]
    assert kinds == [*[StepsTaken] * 16, *[MinibatchOptimized] * 4, UpdateFinished] * 2


@EVERY_ENGINE
def test_steps_count_the_steps_of_all_agents(make_trainer: MakeTrainer) -> None:
    events = until(make_trainer().events(), UpdateFinished, 2)
    taken = only(events, StepsTaken)
    assert [event.steps for event in taken] == list(range(2, 65, 2))
    assert [event.time for event in taken] == [*range(1, 17)] * 2
    assert [event.steps for event in only(events, UpdateFinished)] == [32, 64]
    assert [event.update for event in only(events, UpdateFinished)] == [1, 2]


def test_an_episode_is_told_with_its_return_and_the_mean_of_the_last_hundred(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    environment_id = toys.register(lambda time, action: (np.zeros(1), 2.0, time == 3, False))
    trainer = make_trainer(environment_id, n_envs=1, rollout_length=512)
    episodes = only(until(trainer.events(), UpdateFinished), EpisodeEnded)
    assert [episode.steps for episode in episodes] == list(range(3, 513, 3))
    assert {(episode.episode_return, episode.length) for episode in episodes} == {(6.0, 3)}
    assert {episode.mean_return_100 for episode in episodes} == {6.0}


def test_the_mean_return_forgets_what_is_older_than_a_hundred_episodes(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    rewards = itertools.count(1)
    environment_id = toys.register(lambda time, action: (np.zeros(1), float(next(rewards)), True, False))
    trainer = make_trainer(environment_id, n_envs=1, rollout_length=128)
    episodes = only(until(trainer.events(), UpdateFinished), EpisodeEnded)
    assert episodes[9].mean_return_100 == pytest.approx(np.mean(range(1, 11)))
    assert episodes[127].mean_return_100 == pytest.approx(np.mean(range(29, 129)))


def test_before_the_first_episode_has_ended_the_mean_return_is_not_defined(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    environment_id = toys.register(lambda time, action: (np.zeros(1), 1.0, False, False))
    events = until(make_trainer(environment_id).events(), UpdateFinished)
    assert math.isnan(only(events, UpdateFinished)[0].mean_return_100)


# ---- minibatches


@EVERY_ENGINE
@pytest.mark.parametrize(
    ("samples", "n_minibatches"),
    [((2, 16), 2), ((3, 10), 4), ((1, 8), 8), ((1, 10), 8), ((2, 16), 1)],
    ids=str,
)
def test_every_sample_is_used_exactly_once_per_epoch(
    make_trainer: MakeTrainer, samples: tuple[int, int], n_minibatches: int
) -> None:
    n_envs, rollout_length = samples
    trainer = make_trainer(
        n_envs=n_envs, rollout_length=rollout_length, n_minibatches=n_minibatches, n_epochs=3
    )
    minibatches = only(until(trainer.events(), UpdateFinished), MinibatchOptimized)
    assert [(event.epoch, event.minibatch) for event in minibatches] == list(
        itertools.product(range(1, 4), range(1, n_minibatches + 1))
    )
    for epoch in range(1, 4):
        parts = [event.samples.indices for event in minibatches if event.epoch == epoch]
        assert sorted(np.concatenate(parts)) == list(range(n_envs * rollout_length))
        sizes = {len(part) for part in parts}
        assert max(sizes) - min(sizes) <= 1
    for event in minibatches:
        for column in (
            event.samples.ratios,
            event.samples.advantages,
            event.samples.objectives,
            event.samples.gradient_cut,
        ):
            assert column.shape == event.samples.indices.shape


def test_every_epoch_has_an_order_of_its_own(make_trainer: MakeTrainer) -> None:
    minibatches = only(until(make_trainer(n_epochs=4).events(), UpdateFinished, 2), MinibatchOptimized)
    orders = {tuple(event.samples.indices.tolist()) for event in minibatches}
    assert len(orders) == len(minibatches) == 16


def test_another_seed_has_another_order(make_trainer: MakeTrainer) -> None:
    orders = set()
    for seed in range(4):
        first = until(make_trainer(seed=seed).events(), MinibatchOptimized)[-1]
        assert isinstance(first, MinibatchOptimized)
        orders.add(tuple(first.samples.indices.tolist()))
    assert len(orders) == 4


@EVERY_ENGINE
def test_an_update_reports_the_means_of_its_minibatches(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(learning_rate=0.05, n_epochs=5)
    events = until(trainer.events(), UpdateFinished)
    minibatches, (update,) = only(events, MinibatchOptimized), only(events, UpdateFinished)
    outside = [np.mean(np.abs(event.samples.ratios - 1) > 0.2) for event in minibatches]
    assert update.clip_fraction == pytest.approx(np.mean(outside))
    assert update.gradient_cut_fraction == pytest.approx(
        np.mean([event.samples.gradient_cut.mean() for event in minibatches])
    )
    assert update.policy_loss == pytest.approx(
        -np.mean([event.samples.objectives.mean() for event in minibatches]), rel=1e-4
    )
    assert 0 < update.gradient_cut_fraction <= update.clip_fraction
    assert update.gradient_norm <= update.policy_gradient_norm + update.value_gradient_norm


@EVERY_ENGINE
def test_clipping_does_not_bound_the_ratio(make_trainer: MakeTrainer) -> None:
    events = until(make_trainer(learning_rate=0.05, n_epochs=10).events(), UpdateFinished, 3)
    assert max(update.max_ratio for update in only(events, UpdateFinished)) > 1.2


# ---- A2C, and PPO that can do no more than A2C


@EVERY_ENGINE
def test_a2c_takes_the_rollout_once_and_whole(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(algorithm=Algorithm.A2C, n_epochs=4, n_minibatches=4, target_kl=0.001)
    events = until(trainer.events(), UpdateFinished)
    (minibatch,), (update,) = only(events, MinibatchOptimized), only(events, UpdateFinished)
    assert (minibatch.n_epochs, minibatch.n_minibatches, minibatch.samples.clip_range) == (1, 1, None)
    assert (update.epochs_run, update.clip_fraction, update.gradient_cut_fraction) == (1, 0, 0)


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("clip_range", [0.02, 0.2, 0.9, None])
def test_ppo_with_one_epoch_and_one_minibatch_is_a2c_bit_for_bit(
    make_trainer: MakeTrainer, environment_id: str, clip_range: float | None
) -> None:
    def trained(algorithm: Algorithm, **values: Any) -> str:
        trainer = make_trainer(environment_id, algorithm, learning_rate=0.01, entropy_coef=0.01, **values)
        events = until(trainer.events(), UpdateFinished, 8)
        assert all((event.samples.ratios == 1).all() for event in only(events, MinibatchOptimized))
        return trainer.parameters_sha256()

    ppo = trained(Algorithm.PPO, n_epochs=1, n_minibatches=1, clip_range=clip_range)
    assert ppo == trained(Algorithm.A2C)


@EVERY_ENGINE
def test_in_the_stepwise_loop_of_the_slides_neither_epsilon_nor_ppo_makes_a_difference(
    make_trainer: MakeTrainer,
) -> None:
    def trained(algorithm: Algorithm, **values: Any) -> str:
        one_each = {"rollout_length": 1, "n_envs": 1, "n_epochs": 1, "n_minibatches": 1, "gae_lambda": 0.0}
        trainer = make_trainer(algorithm=algorithm, learning_rate=0.01, **one_each, **values)
        events = until(trainer.events(), UpdateFinished, 30)
        assert all((event.samples.ratios == 1).all() for event in only(events, MinibatchOptimized))
        return trainer.parameters_sha256()

    fingerprints = {trained(Algorithm.PPO, clip_range=clip_range) for clip_range in (0.01, 0.2, 1.0, None)}
    assert fingerprints == {trained(Algorithm.A2C)}
    assert fingerprints != {trained(Algorithm.A2C, gamma=0.5)}


# ---- target KL and annealing


@EVERY_ENGINE
def test_a_policy_that_has_moved_too_far_skips_the_remaining_epochs(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(target_kl=0.01, n_epochs=20, learning_rate=0.05)
    events = until(trainer.events(), UpdateFinished)
    (update,) = only(events, UpdateFinished)
    assert update.epochs_run < 20
    assert len(only(events, MinibatchOptimized)) == 2 * update.epochs_run
    assert update.approx_kl > 0.01


@EVERY_ENGINE
def test_the_first_epoch_is_never_skipped(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(target_kl=0.001, n_epochs=5, learning_rate=0.1)
    updates = only(until(trainer.events(), UpdateFinished, 3), UpdateFinished)
    assert [update.epochs_run for update in updates] == [1, 1, 1]


@EVERY_ENGINE
def test_a_policy_that_has_hardly_moved_uses_every_epoch(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(target_kl=1.0, n_epochs=5, learning_rate=1e-5)
    assert only(until(trainer.events(), UpdateFinished), UpdateFinished)[0].epochs_run == 5


@EVERY_ENGINE
def test_annealing_lets_clip_range_and_learning_rate_fall_in_a_straight_line(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(
        anneal=True, total_steps=1000, n_envs=5, rollout_length=50, n_epochs=1, learning_rate=0.01
    )
    rates = []
    improve = trainer.engine.improve

    def record(indices: Any, objective: Any) -> Any:
        rates.append(objective.learning_rate)
        return improve(indices, objective)

    monkeypatch.setattr(trainer.engine, "improve", record)
    events, _ = finish(trainer)
    expected = [share for share in (1.0, 0.75, 0.5, 0.25) for _ in range(2)]
    assert [event.samples.clip_range for event in only(events, MinibatchOptimized)] == pytest.approx(
        [0.2 * share for share in expected]
    )
    assert rates == pytest.approx([0.01 * share for share in expected])


@EVERY_ENGINE
def test_annealing_leaves_an_absent_clip_absent(make_trainer: MakeTrainer) -> None:
    events, _ = finish(make_trainer(anneal=True, total_steps=1000, clip_range=None))
    assert {event.samples.clip_range for event in only(events, MinibatchOptimized)} == {None}


# ---- changing hyperparameters


def other_value(name: str) -> Any:
    """A value that differs from the one in `make_trainer`."""
    special = {"total_steps": 5000, "activation": "relu", "rollout_length": 8, "n_envs": 3}
    declaration = DECLARATIONS[name]
    if name in special:
        return special[name]
    return declaration.stops[len(declaration.stops) // 3] if declaration.numeric else True


IN_MINIBATCH = [name for name, declared in DECLARATIONS.items() if declared.applies is Applies.NEXT_MINIBATCH]
IN_ROLLOUT = [
    name
    for name, declared in DECLARATIONS.items()
    if declared.applies is Applies.NEXT_ROLLOUT and name not in ("anneal", "normalize_advantages")
]
ON_RESET = [name for name, declared in DECLARATIONS.items() if declared.applies is Applies.NEXT_RUN]


@EVERY_ENGINE
@pytest.mark.parametrize("name", IN_MINIBATCH)
def test_in_an_update_it_is_taken_over_at_the_next_minibatch(make_trainer: MakeTrainer, name: str) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, MinibatchOptimized)
    old, new = getattr(trainer.hyperparameters, name), other_value(name)
    change(trainer, **{name: new})
    assert next(events) == HyperparametersChanged(32, 1, {name: (old, new)})
    assert isinstance(next(events), MinibatchOptimized)
    assert getattr(trainer.hyperparameters, name) == new


@pytest.mark.parametrize("name", IN_MINIBATCH)
def test_in_a_rollout_it_is_taken_over_before_the_first_minibatch(
    make_trainer: MakeTrainer, name: str
) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, StepsTaken, 3)
    change(trainer, **{name: other_value(name)})
    before = until(events, HyperparametersChanged)[:-1]
    assert {type(event) for event in before} <= {StepsTaken, EpisodeEnded}
    assert isinstance(next(events), MinibatchOptimized)


@EVERY_ENGINE
@pytest.mark.parametrize("name", [*IN_ROLLOUT, "normalize_advantages"])
def test_in_the_middle_it_is_taken_over_at_the_next_rollout(make_trainer: MakeTrainer, name: str) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, MinibatchOptimized)
    old = getattr(trainer.hyperparameters, name)
    new = (not old) if isinstance(old, bool) else other_value(name)
    change(trainer, **{name: new})
    assert not only(until(events, UpdateFinished), HyperparametersChanged)
    assert next(events) == HyperparametersChanged(32, 2, {name: (old, new)})


@pytest.mark.parametrize("name", ON_RESET)
def test_what_needs_a_reset_is_never_taken_over(make_trainer: MakeTrainer, name: str) -> None:
    trainer = make_trainer()
    events = trainer.events()
    next(events)
    old = getattr(trainer.hyperparameters, name)
    change(trainer, **{name: (not old) if isinstance(old, bool) else other_value(name)})
    assert not only(until(events, UpdateFinished, 2), HyperparametersChanged)
    assert getattr(trainer.hyperparameters, name) == old


@EVERY_ENGINE
def test_a_new_clip_range_is_in_force_in_the_minibatch_that_follows(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, MinibatchOptimized)
    change(trainer, clip_range=0.05)
    assert only(until(events, MinibatchOptimized), MinibatchOptimized)[0].samples.clip_range == 0.05


def test_changes_that_came_to_nothing_are_not_told(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    events = trainer.events()
    next(events)
    change(trainer, clip_range=0.05, gamma=0.5)
    change(trainer, clip_range=0.2, gamma=0.99)
    assert not only(until(events, UpdateFinished, 2), HyperparametersChanged)


def test_a_change_that_cannot_be_is_refused_and_the_run_goes_on(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    events = trainer.events()
    next(events)
    with pytest.raises(InvalidHyperparameter, match="64 minibatches cannot be cut from 32 samples"):
        change(trainer, n_minibatches=64)
    assert not only(until(events, UpdateFinished, 2), HyperparametersChanged)


@EVERY_ENGINE
@pytest.mark.parametrize("normalize", [False, True], ids=["raw", "normalised"])
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_the_number_of_agents_may_change_in_the_middle(
    make_trainer: MakeTrainer, environment_id: str, normalize: bool
) -> None:
    trainer = make_trainer(
        environment_id, n_envs=4, normalize_observations=normalize, normalize_rewards=normalize
    )
    events = trainer.events()
    for n_envs in (4, 1, 6, 2):
        change(trainer, n_envs=n_envs, n_minibatches=2)
        taken = until(events, UpdateFinished)
        last_two = [event.steps for event in only(taken, StepsTaken)][-2:]
        assert last_two[1] - last_two[0] == n_envs
        assert trainer.look(0).n_agents == n_envs
        assert math.isfinite(only(taken, UpdateFinished)[0].value_loss)


# ---- the end of a run, and after


def test_a_run_is_completed_at_the_first_rollout_that_reaches_total_steps(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(total_steps=1000)
    events, finished = finish(trainer)
    assert finished == RunFinished(FinishReason.COMPLETED, 1024)
    assert trainer.steps == 1024
    assert len(only(events, UpdateFinished)) == 32


def test_a_completed_run_goes_on_when_total_steps_is_raised(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(total_steps=1000)
    events = trainer.events()
    until(events, RunFinished)
    change(trainer, total_steps=2000)
    assert next(events) == HyperparametersChanged(1024, 33, {"total_steps": (1000, 2000)})
    more = until(events, RunFinished)
    assert more[-1] == RunFinished(FinishReason.COMPLETED, 2016)
    assert len(only(more, UpdateFinished)) == 31
    assert next(events, None) is None


@EVERY_ENGINE
def test_a_run_that_was_completed_on_the_way_is_the_run_that_was_not(make_trainer: MakeTrainer) -> None:
    in_one, in_two = make_trainer(total_steps=2000), make_trainer(total_steps=1000)
    finish(in_one)
    events = in_two.events()
    until(events, RunFinished)
    change(in_two, total_steps=2000)
    until(events, RunFinished)
    assert in_one.parameters_sha256() == in_two.parameters_sha256()


def test_a_completed_run_without_a_new_limit_is_over(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(total_steps=1000)
    events = trainer.events()
    until(events, RunFinished)
    change(trainer, clip_range=0.5)
    assert next(events, None) is None


def always_won(toys: Any, **details: Any) -> str:
    """Return the id of an environment whose episodes last one step and give a return of 1."""
    environment_id: str = toys.register(lambda time, action: (np.zeros(1), 1.0, True, False), **details)
    return environment_id


def test_a_solved_run_ends_after_the_rollout_in_which_the_mean_of_100_episodes_reaches_the_threshold(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    solved = make_trainer(always_won(toys, reward_threshold=1.0), stop_when_solved=True)
    assert finish(solved)[1] == RunFinished(FinishReason.SOLVED, 128)  # 3 rollouts of 32 are 96 episodes


@pytest.mark.parametrize(
    ("threshold", "wanted"), [(1.0, False), (1.01, True), (None, True)], ids=["off", "too high", "none"]
)
def test_a_run_goes_on_where_it_is_not_to_stop_or_not_solved(
    toys: Any, make_trainer: MakeTrainer, threshold: float | None, wanted: bool
) -> None:
    environment_id = always_won(toys, reward_threshold=threshold)
    trainer = make_trainer(environment_id, stop_when_solved=wanted, total_steps=320)
    assert finish(trainer)[1] == RunFinished(FinishReason.COMPLETED, 320)


def test_a_solved_run_goes_on_when_it_is_not_to_stop_any_more(toys: Any, make_trainer: MakeTrainer) -> None:
    environment_id = always_won(toys, reward_threshold=1.0)
    trainer = make_trainer(environment_id, stop_when_solved=True, total_steps=320)
    events = trainer.events()
    until(events, RunFinished)
    change(trainer, stop_when_solved=False)
    assert until(events, RunFinished)[-1] == RunFinished(FinishReason.COMPLETED, 320)


@pytest.mark.parametrize("kind", [RunStarted, StepsTaken, EpisodeEnded, MinibatchOptimized, UpdateFinished])
def test_closing_a_run_anywhere_closes_its_environments(
    toys: Any, make_trainer: MakeTrainer, kind: type
) -> None:
    environment_id = toys.register(lambda time, action: (np.zeros(1), 1.0, time == 5, False))
    events = make_trainer(environment_id, n_envs=3).events()
    until(events, kind)
    events.close()
    assert [toy.closed for toy in toys.made] == [1, 1, 1]


def test_a_finished_run_has_closed_its_environments(toys: Any, make_trainer: MakeTrainer) -> None:
    environment_id = toys.register(lambda time, action: (np.zeros(1), 1.0, time == 5, False))
    finish(make_trainer(environment_id, total_steps=1000))
    assert [toy.closed for toy in toys.made] == [1, 1]


# ---- what can go wrong


class Failing(gymnasium.Wrapper[Any, Any, Any, Any]):
    """CartPole that goes wrong after so many steps, whatever the episode."""

    def __init__(self, after: int, fail: Callable[[tuple[Any, ...]], Any]) -> None:
        super().__init__(CartPoleEnv())
        self.left, self.fail = after, fail

    def step(self, action: Any) -> Any:
        self.left -= 1
        answer = self.env.step(action)
        return answer if self.left else self.fail(answer)


def explode(answer: tuple[Any, ...]) -> Any:
    raise RuntimeError("motor burnt\n  out\n")


def nan_reward(answer: tuple[Any, ...]) -> Any:
    return (answer[0], math.nan, *answer[2:])


def nan_observation(answer: tuple[Any, ...]) -> Any:
    return (answer[0] * math.nan, *answer[1:])


def reward_beyond_single_precision(answer: tuple[Any, ...]) -> Any:
    return (answer[0], 1e39, *answer[2:])


def observation_beyond_single_precision(answer: tuple[Any, ...]) -> Any:
    return (np.full(4, 1e39), *answer[1:])


def nan_last_observation(answer: tuple[Any, ...]) -> Any:
    return (answer[0] * math.nan, 1.0, False, True, {})


@pytest.mark.parametrize(
    ("fail", "reason"),
    [
        (explode, r"failed in step \d+ of an episode: RuntimeError: motor burnt out"),
        (nan_reward, "returned nan as its reward in step .*, but promised a finite number.*"),
        (nan_observation, "returned an observation with nan in it .*, but promised finite numbers.*"),
        (reward_beyond_single_precision, r"returned 1e\+39 as its reward .*, but promised .*3.4e\+38\."),
        (observation_beyond_single_precision, r"returned an observation with inf in it .*3.4e\+38\."),
        (nan_last_observation, "returned an observation with nan in it .*, but promised finite numbers.*"),
    ],
)
@pytest.mark.parametrize("after", [1, 300])
def test_a_failing_environment_ends_the_run_with_one_line(
    toys: Any,
    make_trainer: MakeTrainer,
    fail: Callable[[tuple[Any, ...]], Any],
    reason: str,
    after: int,
) -> None:
    environment_id = toys.register_maker(lambda: Failing(after, fail))
    trainer = make_trainer(environment_id, n_envs=1)
    events = []
    good = trainer.parameters_sha256()
    for event in trainer.events():
        events.append(event)
        if isinstance(event, UpdateFinished):
            good = trainer.parameters_sha256()
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.reason is FinishReason.FAILED
    assert finished.steps == after - 1
    assert trainer.parameters_sha256() == good
    assert re.fullmatch(f"{environment_id} {reason}", finished.message)


def test_an_environment_that_cannot_be_made_for_another_agent_ends_the_run_with_one_line(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    def make() -> Any:
        if len(toys.made) == 2:
            raise OSError("no more\nlicences")
        return CartPoleEnv()

    trainer = make_trainer(toys.register_maker(make))
    events = trainer.events()
    next(events)
    change(trainer, n_envs=3)
    finished = until(events, RunFinished)[-1]
    assert isinstance(finished, RunFinished)
    assert finished.reason is FinishReason.FAILED
    name = trainer.settings.environment_id
    assert finished.message.startswith(f'"{name}" cannot be made: OSError: no more licences')


def test_our_own_mistakes_end_the_run_with_one_line_too(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trainer = make_trainer()

    def broken(*_: Any) -> None:
        raise TypeError("a bug\nof ours")

    monkeypatch.setattr(trainer.engine, "finish_rollout", broken)
    _, finished = finish(trainer)
    assert finished == RunFinished(FinishReason.FAILED, 32, "TypeError: a bug of ours")
    assert "Traceback" in caplog.text, "the log has the whole story"


def huge_reward(answer: tuple[Any, ...]) -> Any:
    return (answer[0], 1e30, *answer[2:])


def test_numbers_beyond_all_bounds_end_the_run_and_keep_the_last_good_weights(
    toys: Any, make_trainer: MakeTrainer, caplog: pytest.LogCaptureFixture
) -> None:
    environment_id = toys.register_maker(lambda: Failing(40, huge_reward))
    trainer = make_trainer(environment_id, n_envs=1, learning_rate=0.05)
    events = trainer.events()
    until(events, UpdateFinished, 2)
    good = trainer.parameters_sha256()
    with caplog.at_level(logging.WARNING):
        finished = until(events, RunFinished)[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.reason, finished.steps) == (FinishReason.DIVERGED, 48)
    assert "last good weights are kept" in finished.message
    assert finished.cause == "normalize_rewards"
    assert "Likely cause: rewards of 1e+30" in finished.message
    assert "\n" not in finished.message
    assert trainer.parameters_sha256() == good
    assert math.isfinite(trainer.look(0).value)
    assert next(events, None) is None


@EVERY_ENGINE
@pytest.mark.parametrize(
    ("method", "good_update"), [("finish_rollout", 1), ("improve", 2), ("measure_update", 2)]
)
def test_wherever_it_diverges_the_weights_are_the_last_that_gave_a_whole_rollout_of_finite_numbers(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch, method: str, good_update: int
) -> None:
    trainer = make_trainer(learning_rate=0.05)
    events = trainer.events()
    fingerprints = {}
    for update in (1, 2):
        until(events, UpdateFinished)
        fingerprints[update] = trainer.parameters_sha256()
    original = getattr(trainer.engine, method)

    def diverge(*arguments: Any) -> None:
        original(*arguments)
        raise Divergence("nan")

    monkeypatch.setattr(trainer.engine, method, diverge)
    finished = until(events, RunFinished)[-1]
    assert isinstance(finished, RunFinished)
    assert finished.reason is FinishReason.DIVERGED
    assert trainer.parameters_sha256() == fingerprints[good_update]


# ---- the same seed is the same run


VARIANTS = pytest.mark.parametrize(
    ("environment_id", "values"),
    [
        ("CartPole-v1", {}),
        ("Pendulum-v1", {"normalize_observations": True, "normalize_rewards": True}),
    ],
)


@EVERY_ENGINE
@VARIANTS
def test_the_same_seed_gives_the_same_run_and_another_seed_another(
    make_trainer: MakeTrainer, environment_id: str, values: dict[str, Any]
) -> None:
    def told(seed: int) -> tuple[list[str], str]:
        trainer = make_trainer(environment_id, seed=seed, **values)
        return [repr(event) for event in until(trainer.events(), UpdateFinished, 5)][1:], (
            trainer.parameters_sha256()
        )

    assert told(1) == told(1)
    assert told(1)[1] != told(2)[1]


@EVERY_ENGINE
@VARIANTS
def test_looking_never_changes_a_run(
    make_trainer: MakeTrainer, environment_id: str, values: dict[str, Any]
) -> None:
    undisturbed, watched = (make_trainer(environment_id, **values) for _ in range(2))
    until(undisturbed.events(), UpdateFinished, 4)
    random = np.random.default_rng(1)
    updates = 0
    for event in watched.events():
        if random.random() < 0.3:
            watched.look(int(random.integers(3)), picture=bool(random.random() < 0.05), path=True)
            watched.survey()
        updates += isinstance(event, UpdateFinished)
        if updates == 4:
            break
    assert watched.parameters_sha256() == undisturbed.parameters_sha256()


@EVERY_ENGINE
def test_two_runs_side_by_side_do_not_disturb_each_other(make_trainer: MakeTrainer) -> None:
    alone = make_trainer(seed=1)
    until(alone.events(), UpdateFinished, 4)
    first, second = make_trainer(seed=1), make_trainer(seed=2)
    for _ in zip_longest(until_end(first, 4), until_end(second, 4)):
        pass
    assert first.parameters_sha256() == alone.parameters_sha256()


def until_end(trainer: Trainer, updates: int) -> Iterator[Event]:
    for event in trainer.events():
        yield event
        updates -= isinstance(event, UpdateFinished)
        if not updates:
            return


@EVERY_ENGINE
@pytest.mark.parametrize("applies_to", ["clip_range", "n_epochs"])
def test_the_same_change_at_the_same_moment_gives_the_same_run(
    make_trainer: MakeTrainer, applies_to: str
) -> None:
    def trained() -> str:
        trainer = make_trainer()
        events = trainer.events()
        until(events, UpdateFinished)
        change(trainer, **{applies_to: other_value(applies_to)})
        until(events, UpdateFinished, 2)
        return trainer.parameters_sha256()

    assert trained() == trained()


@pytest.mark.parametrize("stride", [3, LONGEST_STRIDE])
def test_a_target_kl_set_during_an_update_draws_no_fewer_random_numbers(
    make_trainer: MakeTrainer, stride: int
) -> None:
    def trained(stride: int) -> tuple[list[int], str]:
        trainer = make_trainer(n_epochs=5, n_minibatches=1, learning_rate=0.01)
        trainer.stride = stride  # this engine takes one gradient step at a time whatever it is offered
        events = trainer.events()
        until(events, MinibatchOptimized)
        change(trainer, target_kl=1e-3)
        updates = only(until(events, UpdateFinished, 3), UpdateFinished)
        return [update.epochs_run for update in updates], trainer.parameters_sha256()

    assert trained(stride) == trained(1)
