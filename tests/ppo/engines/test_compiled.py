"""The compiled engine against the PyTorch engine: the same numbers from the same parameters and data."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT, Boundary
from ppo_desktop.ppo.engines import Divergence, compiled, compiled_agents
from ppo_desktop.ppo.engines.compiled import CompiledEngine
from ppo_desktop.ppo.engines.compiled_agents import LARGEST_ENDED
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.evaluation import evaluate
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    Event,
    FinishReason,
    MinibatchOptimized,
    RunFinished,
    StepsTaken,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.kernels import dynamics, learning, playing, updating
from ppo_desktop.ppo.rollout import shuffled_minibatches
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_settings import STEP_QUANTITIES, Measured, StepSettings, step_settings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer

SMALL = {
    **{"n_envs": 3, "rollout_length": 20, "n_epochs": 2, "n_minibatches": 3},
    **{"hidden_units": 9, "learning_rate": 3e-3},
}
"""60 samples: one block. The number of units is odd."""


def settings(
    environment_id: str = "CartPole-v1", algorithm: Algorithm = Algorithm.PPO, seed: int = 3, **values: Any
) -> RunSettings:
    return RunSettings(environment_id, algorithm, Hyperparameters(**(SMALL | values)), seed)


def assert_close(ours: Any, theirs: Any, share: float, what: str = "") -> None:
    """Equal but for `share` of the largest number."""
    theirs = np.asarray(theirs, float)
    largest = np.abs(theirs).max(initial=0)
    np.testing.assert_allclose(
        np.asarray(ours, float), theirs, rtol=share, atol=share * largest, err_msg=what
    )


# ---- both engines on the same data


class Pair:
    """Both engines of one run, from the same parameters; the PyTorch engine gets the other's rollouts."""

    def __init__(self, run: RunSettings) -> None:
        self.run, self.hyperparameters = run, run.hyperparameters
        self.ours: Any = CompiledEngine(run)
        self.theirs: Any = PyTorchEngine(run)
        self.plan = update_plan(run.algorithm, self.hyperparameters)
        self.shuffler = np.random.default_rng(1)
        head = self.ours.actor.perceptron.layers[-1]
        head.weight[:] *= 50  # else no state is better than another
        head.bias[:] += 0.3
        self.copy_parameters()

    def copy_parameters(self) -> None:
        """Give the PyTorch engine the compiled one's parameters and moments."""
        self.theirs.parameters[:] = self.ours.parameters
        if self.ours._adam_steps:
            self.theirs._restore_moments(self.ours._moments())

    def collect(self) -> None:
        """Let the compiled engine play a rollout."""
        for engine in (self.ours, self.theirs):
            engine.begin_rollout(self.hyperparameters)
        time = 0
        while time < self.hyperparameters.rollout_length:
            time, _ = self.ours.step(self.hyperparameters.rollout_length - time)
        self.theirs._rollout = self.ours._rollout

    def finish_rollout(self) -> None:
        """Compare what both make of the rollout, and go on from the same numbers."""
        for engine in (self.ours, self.theirs):
            engine.finish_rollout(self.hyperparameters)
        ours, theirs = self.ours._batch, self.theirs._batch
        targets = float(theirs.value_targets.abs().max() + theirs.values.abs().max())
        np.testing.assert_allclose(ours.observations, theirs.observations.numpy(), rtol=1e-6, atol=1e-6)
        assert_close(ours.log_probs, theirs.log_probs, 1e-5, "log_probs")
        for name in ("values", "advantages", "value_targets"):
            expected = getattr(theirs, name).numpy()
            np.testing.assert_allclose(
                getattr(ours, name), expected, rtol=0, atol=2e-6 * targets, err_msg=name
            )
        for name in ("log_probs", "values", "advantages", "value_targets"):
            getattr(theirs, name).numpy()[:] = getattr(ours, name)

    def step(self, indices: NDArray[np.int64], wanted: StepSettings) -> None:
        """Take one gradient step with both, compare all that comes of it, go on from the same parameters."""
        before = self.ours.parameters.copy()
        both = self.ours, self.theirs
        assert [engine.improve([indices], wanted) for engine in both] == [1, 1]
        ours, theirs = (engine.trace().measured[-1] for engine in both)
        assert ours.keys() == theirs.keys()
        for name, number in theirs.items():
            least = {"policy_loss": 2e-6, "value_loss": 1e-9}.get(name, 1e-6)
            assert ours[name] == pytest.approx(number, rel=1e-4, abs=least), name
        limit = wanted.hyperparameters.max_grad_norm or math.inf
        shortened = self.ours._descent.gradient * min(1, limit / max(ours["gradient_norm"], 1e-9))
        assert_close(shortened, self.theirs._gradient, 1e-4, "gradient")
        after, theirs_after = (engine.parameters for engine in both)
        assert_close(after - before, theirs_after - before, 1e-3, "what was learnt")
        for name, moment in self.theirs._moments().items():
            assert_close(self.ours._moments()[name], moment, 1e-4, name)
        self.compare_samples()
        self.copy_parameters()

    def compare_samples(self) -> None:
        ours, theirs = self.ours.trace().latest, self.theirs.trace().latest
        assert ours.rollout is theirs.rollout
        assert ours.clip_range == theirs.clip_range
        np.testing.assert_array_equal(ours.indices, theirs.indices)
        np.testing.assert_array_equal(ours.observations, theirs.observations)
        np.testing.assert_array_equal(ours.raw_advantages, theirs.raw_advantages)
        np.testing.assert_array_equal(ours.log_probs_old, theirs.log_probs_old)
        for name in ("advantages", "log_probs", "ratios", "clipped_ratios", "objectives"):
            assert_close(getattr(ours, name), getattr(theirs, name), 1e-5, name)

    def compare_measures(self, samples_seen: int) -> Measured:
        ours, entropies = self.ours.measure_update()
        theirs, their_entropies = self.theirs.measure_update()
        assert ours.keys() == theirs.keys()
        assert ours["approx_kl"] == pytest.approx(self.ours.approx_kl(), rel=1e-6)
        on_an_edge = 1.5 / samples_seen  # a ratio so close to it that rounding decides
        tolerances: dict[str, dict[str, Any]] = {
            "clip_fraction": {"abs": on_an_edge},
            "gradient_cut_fraction": {"abs": on_an_edge},
            "explained_variance": {"abs": 1e-5, "nan_ok": True},
            "approx_kl": {"rel": 1e-4, "abs": 1e-7},
            **{name: {"rel": 1e-4, "abs": 2e-6} for name in STEP_QUANTITIES},
        }
        for name, number in theirs.items():
            tolerance = tolerances.get(name, {"rel": 1e-5, "abs": 1e-6})
            assert ours[name] == pytest.approx(number, **tolerance), name
        np.testing.assert_allclose(entropies, their_entropies, rtol=1e-4, atol=1e-6)
        return ours

    def update(self, remaining: float = 1.0) -> Measured:
        """Learn from a rollout with both and compare everything."""
        self.collect()
        self.finish_rollout()
        wanted = step_settings(self.run.algorithm, self.hyperparameters, remaining)
        target_kl = self.hyperparameters.target_kl
        epochs = 0
        for epochs in range(1, self.plan.n_epochs + 1):  # noqa: B007
            for indices in shuffled_minibatches(self.plan.samples, self.plan.n_minibatches, self.shuffler):
                self.step(indices, wanted)
            if target_kl is not None and self.ours.approx_kl() > target_kl:
                break
        return self.compare_measures(epochs * self.plan.samples)


OPTIONS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "normalised observations": {"normalize_observations": True},
    "scaled rewards": {"normalize_rewards": True},
    "both": {"normalize_observations": True, "normalize_rewards": True, "learning_rate": 0.01},
    "raw advantages": {"normalize_advantages": False},
    "annealed": {"anneal": True, "total_steps": 1200},
    "entropy bonus": {"entropy_coef": 0.05},
    "any gradient": {"max_grad_norm": None},
    "short gradients": {"max_grad_norm": 0.05},
    "other weights": {"value_coef": 2.0, "gae_lambda": 0.5, "gamma": 0.9},
    "no critic": {"value_coef": 0.0, "entropy_coef": 0.0},
    "one step": {"gae_lambda": 0.0, "gamma": 0.0},
    "relu": {"activation": "relu"},
    "one layer": {"hidden_layers": 1},
    "three layers": {"hidden_layers": 3, "hidden_units": 16},
    "a block and a bit": {"rollout_length": 65, "n_envs": 1, "n_minibatches": 1},
    "many blocks": {"rollout_length": 50, "n_envs": 5, "n_minibatches": 2, "hidden_units": 64},
    "one sample": {"rollout_length": 1, "n_envs": 1, "n_minibatches": 1},
}
ONLY_PPO: dict[str, dict[str, Any]] = {
    "target KL": {"target_kl": 0.003, "n_epochs": 6},
    "no clip": {"clip_range": None, "learning_rate": 0.02},
    "narrow clip": {"clip_range": 0.01, "n_epochs": 4},
    "parts of unequal size": {"n_minibatches": 7},
    "parts of two samples": {"rollout_length": 4, "n_minibatches": 6},
    "parts of one sample": {"rollout_length": 4, "n_minibatches": 12},
}
CASES = [
    pytest.param(environment_id, algorithm, values, id=f"{environment_id[:-3]}-{algorithm.label}-{name}")
    for environment_id in ("CartPole-v1", "Pendulum-v1")
    for algorithm in Algorithm
    for name, values in (OPTIONS | (ONLY_PPO if algorithm is Algorithm.PPO else {})).items()
]


@pytest.mark.parametrize(("environment_id", "algorithm", "values"), CASES)
def test_every_gradient_step_of_many_updates_is_that_of_the_pytorch_engine(
    environment_id: str, algorithm: Algorithm, values: dict[str, Any]
) -> None:
    pair = Pair(settings(environment_id, algorithm, **values))
    updates = max(4, 25 // pair.plan.gradient_steps)
    for update in range(updates):
        pair.update(remaining=1 - update / (updates + 1))
    assert pair.ours._adam_steps >= 24


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("algorithm", Algorithm, ids=lambda algorithm: algorithm.label)
def test_fifty_updates_lead_both_engines_to_the_same_place(environment_id: str, algorithm: Algorithm) -> None:
    """Each from its own parameters, on the same rollouts: rounding adds up to little on the way."""
    pair = Pair(settings(environment_id, algorithm, clip_range=None, learning_rate=1e-3))
    first, both = pair.ours.parameters.copy(), (pair.ours, pair.theirs)
    wanted = step_settings(algorithm, pair.hyperparameters, 1.0)
    for _ in range(50):
        pair.collect()
        for engine in both:
            engine.finish_rollout(pair.hyperparameters)
        for _ in range(pair.plan.n_epochs):
            for indices in shuffled_minibatches(pair.plan.samples, pair.plan.n_minibatches, pair.shuffler):
                for engine in both:
                    engine.improve([indices], wanted)
    ours, theirs = (engine.parameters - first for engine in both)
    assert np.linalg.norm(ours - theirs) < 1e-3 * np.linalg.norm(theirs)
    assert_close(ours, theirs, 1e-3)


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_the_shares_of_clipped_and_cut_samples_are_those_of_the_pytorch_engine(environment_id: str) -> None:
    pair = Pair(settings(environment_id, clip_range=0.05, learning_rate=0.01, n_epochs=4))
    measures = [pair.update() for _ in range(5)]
    assert all(0.05 < one["gradient_cut_fraction"] < one["clip_fraction"] < 0.7 for one in measures)


def test_a_ratio_on_the_edge_is_inside() -> None:
    """As `objective.clip_fraction` has it, also for A2C, which has no edge."""
    pair = Pair(settings(n_epochs=1, n_minibatches=1, n_envs=1))
    pair.collect()
    pair.finish_rollout()
    batch = pair.ours._batch
    for engine in (pair.ours, pair.theirs):
        engine._batch.log_probs[:] -= math.log(1.25)  # every ratio is 1.25 but for rounding
        engine._batch.advantages[::2] = -1.0
        engine._batch.advantages[1::2] = 1.0
    for clip_range, clipped, cut in ((0.2, 1, 0.5), (0.3, 0, 0), (None, 0, 0)):
        plain = pair.hyperparameters.changed({"max_grad_norm": None, "normalize_advantages": False})
        wanted = StepSettings(plain, learning_rate=0.0, clip_range=clip_range)
        for engine in (pair.ours, pair.theirs):
            engine._steps.clear()
        pair.step(np.arange(len(batch.log_probs)), wanted)
        measures = pair.compare_measures(10**9)
        assert (measures["clip_fraction"], measures["gradient_cut_fraction"]) == (clipped, cut)


@pytest.mark.parametrize("normalize", [False, True], ids=["raw", "normalised"])
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_advantages_stop_at_ends_of_either_kind_and_of_both(environment_id: str, normalize: bool) -> None:
    pair = Pair(
        settings(
            environment_id,
            **{"n_envs": 5, "rollout_length": 37},
            **{"normalize_observations": normalize, "normalize_rewards": normalize},
        )
    )
    generator = np.random.default_rng(1)
    pair.update()
    pair.collect()
    rollout = pair.ours._rollout
    rollout.rewards[:] = generator.normal(size=rollout.rewards.shape)
    rollout.terminated[:] = generator.random(rollout.rewards.shape) < 0.15
    rollout.truncated[:] = generator.random(rollout.rewards.shape) < 0.15
    rollout.terminated[-1, 0] = rollout.truncated[-1, 1] = rollout.truncated[-1, 2] = True
    rollout.terminated[-1, 2] = True
    rollout.final_observations[rollout.ended] = generator.normal(
        size=(rollout.ended.sum(), pair.ours.spaces.n_observations)
    )
    pair.finish_rollout()
    pair.step(np.arange(5 * 37), step_settings(Algorithm.PPO, pair.hyperparameters, 1.0))


def test_a_policy_that_is_certain_has_finite_numbers() -> None:
    """Its logits are further apart than the exponential function reaches in single precision."""
    pair = Pair(settings("MountainCar-v0"))
    pair.ours.actor.perceptron.layers[-1].weight[:] *= 3000
    pair.copy_parameters()
    for _ in range(3):
        assert pair.update()["policy_entropy"] < 0.1
    outputs = pair.ours._actor_outputs(pair.ours._rollout.observations[0])
    assert np.ptp(outputs, axis=-1).max() > 100


def test_where_all_returns_are_equal_no_variance_is_explained() -> None:
    pair = Pair(settings(gamma=0.0, gae_lambda=0.0))
    assert math.isnan(pair.update()["explained_variance"])


# ---- whole runs


def until(events: Iterator[Event], kind: type, number: int = 1) -> list[Any]:
    """Take events up to the `number`-th of a kind."""
    taken: list[Any] = []
    while number:
        taken.append(next(events))
        number -= isinstance(taken[-1], kind)
    return taken


def only(events: Sequence[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


AS_LEARNT = ("value_loss", "policy_entropy", "return_spread", "value_gradient_norm", "max_ratio", "min_ratio")


@pytest.mark.parametrize("algorithm", Algorithm, ids=lambda algorithm: algorithm.label)
@pytest.mark.parametrize(
    ("environment_id", "values"),
    [
        ("CartPole-v1", {}),
        ("GridWorld-v0", {"entropy_coef": 0.01, "rollout_length": 60}),
        ("Pendulum-v1", {"normalize_observations": True, "normalize_rewards": True}),
        ("MountainCarContinuous-v0", {"normalize_observations": True}),
    ],
)
def test_a_run_is_that_of_the_pytorch_engine_but_for_rounding(
    environment_id: str, values: dict[str, Any], algorithm: Algorithm
) -> None:
    """Also when agents come and go; after some thousand actions one may fall out differently."""
    run = settings(environment_id, algorithm, **values)
    trainers = [Trainer(run, engine_type(run)) for engine_type in (CompiledEngine, PyTorchEngine)]
    runs = [trainer.events() for trainer in trainers]
    for n_envs in (3, 3, 3, 1, 5, 5, 2, 2):
        for trainer in trainers:
            trainer.change(trainer.hyperparameters.changed({"n_envs": n_envs}))
        ours, theirs = (until(events, UpdateFinished) for events in runs)
        assert [type(event) for event in ours] == [type(event) for event in theirs]
        assert only(ours, StepsTaken) == only(theirs, StepsTaken)
        for one, other in zip(only(ours, EpisodeEnded), only(theirs, EpisodeEnded), strict=True):
            assert dataclasses.astuple(one) == pytest.approx(dataclasses.astuple(other), rel=1e-3)
        for one, other in zip(only(ours, MinibatchOptimized), only(theirs, MinibatchOptimized), strict=True):
            assert (one.epoch, one.minibatch) == (other.epoch, other.minibatch)
            np.testing.assert_array_equal(one.samples.indices, other.samples.indices)
            np.testing.assert_allclose(one.samples.actions, other.samples.actions, rtol=1e-2, atol=1e-3)
            np.testing.assert_allclose(one.samples.log_probs, other.samples.log_probs, rtol=1e-2, atol=1e-2)
        for name in AS_LEARNT:
            assert getattr(ours[-1], name) == pytest.approx(getattr(theirs[-1], name), rel=0.02, abs=1e-3), (
                name
            )
    for events in runs:
        events.close()


def arrays_of(samples: Any) -> list[bytes]:
    names = ("indices", "log_probs_old", "log_probs", "raw_advantages", "advantages")
    return [getattr(samples, name).tobytes() for name in names]


def story(
    run: RunSettings, stride: int, updates: int = 6, engine: CompiledEngine | None = None
) -> tuple[list[Any], list[Event]]:
    """Return all that a run tells whatever its stride, bit for bit, and its events."""
    trainer = Trainer(run, engine or CompiledEngine(run))
    trainer.stride = stride
    running = trainer.events()
    events = until(running, UpdateFinished, updates)
    running.close()
    told: list[Any] = [
        repr(event) for event in events if not isinstance(event, StepsTaken | MinibatchOptimized)
    ]
    for event, following in itertools.pairwise(events):
        if isinstance(following, UpdateFinished):
            told += [*arrays_of(event.samples), following.state_entropies.tobytes()]
    return [*told, trainer.parameters_sha256()], events


STRIDES = pytest.mark.parametrize(
    ("environment_id", "algorithm", "values"),
    [
        ("CartPole-v1", Algorithm.PPO, {"n_minibatches": 7, "clip_range": 0.05}),
        ("CartPole-v1", Algorithm.PPO, {"target_kl": 0.004, "n_epochs": 8, "learning_rate": 0.01}),
        (
            "Pendulum-v1",
            Algorithm.PPO,
            {"normalize_observations": True, "normalize_rewards": True, "n_envs": 4},
        ),
        ("MountainCar-v0", Algorithm.A2C, {"rollout_length": 150, "entropy_coef": 0.01}),
    ],
)


@STRIDES
def test_a_run_is_the_same_with_every_stride(
    environment_id: str, algorithm: Algorithm, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = settings(environment_id, algorithm, **values)
    told, events = story(run, 1)
    assert story(run, 1)[0] == told
    assert story(run, 3)[0] == told
    longest, of_longest = story(run, LONGEST_STRIDE)
    assert longest == told
    assert len(of_longest) < len(events)
    monkeypatch.setattr(compiled, "SLICE_MULTIPLICATIONS", 300_000)
    sliced, of_sliced = story(run, LONGEST_STRIDE)
    assert sliced == told
    assert len(of_longest) < len(of_sliced) < len(events) or algorithm is Algorithm.A2C
    other = dataclasses.replace(run, seed=run.seed + 1)
    assert story(other, LONGEST_STRIDE)[0][-1] != told[-1]


def test_the_stride_may_change_at_any_moment() -> None:
    run = settings(n_minibatches=7)
    trainer = Trainer(run, CompiledEngine(run))
    generator = np.random.default_rng(1)
    running, updates = trainer.events(), 0
    while updates < 6:
        trainer.stride = int(generator.choice([1, 2, 5, LONGEST_STRIDE]))
        updates += isinstance(next(running), UpdateFinished)
    running.close()
    assert trainer.parameters_sha256() == story(run, 1)[0][-1]


@STRIDES
def test_with_stride_one_every_step_is_told_and_with_the_longest_the_last_of_each_part(
    environment_id: str, algorithm: Algorithm, values: dict[str, Any]
) -> None:
    run = settings(environment_id, algorithm, **values)
    h, plan = run.hyperparameters, update_plan(algorithm, run.hyperparameters)
    for stride in (1, LONGEST_STRIDE):
        _, events = story(run, stride)
        epochs = [update.epochs_run for update in only(events, UpdateFinished)]
        assert h.target_kl is None or min(epochs) < plan.n_epochs
        steps = [(one.epoch, one.minibatch) for one in only(events, MinibatchOptimized)]
        times = [one.time for one in only(events, StepsTaken)]
        if stride == 1:
            assert times == [*range(1, h.rollout_length + 1)] * 6
            every = [[*itertools.product(range(1, n + 1), range(1, plan.n_minibatches + 1))] for n in epochs]
            assert steps == list(chain(*every))
        else:
            assert times == [h.rollout_length] * 6
            assert steps == [(n, plan.n_minibatches) for n in epochs]


def test_a_whole_update_is_one_call_where_nobody_looks_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change in between is heard before the next rollout, for the update is over."""
    run = settings(n_minibatches=3)
    calls: list[str] = []
    for module, name in ((learning, "learn"), (updating, "improve"), (compiled_agents, "play")):
        kernel = getattr(module, name)

        def called(*given: Any, name: str = name, kernel: Any = kernel) -> Any:
            calls.append(name)
            return kernel(*given)

        monkeypatch.setattr(module, name, called)
    trainer = Trainer(run, CompiledEngine(run))
    trainer.stride = LONGEST_STRIDE
    running = trainer.events()
    until(running, UpdateFinished, 3)
    assert calls == ["learn"] * 3
    assert not trainer.is_telling

    until(running, StepsTaken)
    assert trainer.is_telling
    assert trainer.boundary == Boundary(5, BEFORE_ROLLOUT)
    trainer.change(trainer.hyperparameters.changed({"clip_range": 0.05}))
    samples = only(until(running, UpdateFinished), MinibatchOptimized)[-1].samples
    assert samples.clip_range == run.hyperparameters.clip_range
    samples = only(until(running, UpdateFinished), MinibatchOptimized)[-1].samples
    assert samples.clip_range == 0.05
    assert calls == ["learn"] * 5

    for looks in ("looks_closely", "looks_within"):
        calls.clear()
        setattr(trainer, looks, True)
        until(running, UpdateFinished)
        assert calls[0] == "play"
        assert "learn" not in calls
        setattr(trainer, looks, False)
    running.close()


@pytest.mark.parametrize("where", ["rollout", "gradient", "afterwards"])
def test_a_divergence_is_the_same_with_every_stride(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = settings(n_minibatches=1 if where == "afterwards" else 3, n_epochs=1)
    stories = []
    for stride in (1, LONGEST_STRIDE):
        trainer = Trainer(run, CompiledEngine(run))
        trainer.stride = stride
        running = trainer.events()
        until(running, UpdateFinished, 2)
        if where == "rollout":
            beyond_all_bounds(trainer.engine)
        else:
            too_far = dataclasses.replace(trainer._step_settings(), learning_rate=1e38)
            monkeypatch.setattr(trainer, "_step_settings", lambda too_far=too_far: too_far)
        events = until(running, RunFinished)
        assert events[-1].reason is FinishReason.DIVERGED
        told = [event for event in events if not isinstance(event, StepsTaken | MinibatchOptimized)]
        stories.append((told, trainer.policy_moment().update, trainer.steps, trainer.parameters_sha256()))
        assert trainer.policy_moment().update == trainer.update == 2
        assert not trainer.is_telling
    assert stories[0] == stories[1]


def test_looking_surveying_and_evaluating_change_nothing() -> None:
    run = settings("Pendulum-v1", normalize_observations=True, normalize_rewards=True)
    trainer = Trainer(run, CompiledEngine(run))
    trainer.stride = LONGEST_STRIDE
    running, updates = trainer.events(), 0
    evaluation = evaluate(trainer.engine, run, 10**6)  # goes on beside the run
    while updates < 6:
        event = next(running)
        updates += isinstance(event, UpdateFinished)
        trainer.look(1, picture=True, path=True)
        trainer.survey()
        trainer.engine.snapshot()
        next(evaluation)
        if isinstance(event, MinibatchOptimized):
            trainer.look_at(event.samples, 0)
            trainer.engine.approx_kl()
            trainer.engine.measure_update()
    evaluation.close()
    running.close()
    assert trainer.parameters_sha256() == story(run, 1)[0][-1]


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "GridWorld-v0"])
def test_no_episode_is_lost_however_many_end(environment_id: str) -> None:
    n_envs, length = 32, 96
    run = settings(environment_id, n_envs=n_envs, rollout_length=length)
    engine: Any = CompiledEngine(run)
    engine._agents._time_limit = 1  # every step ends an episode of every agent
    _, events = story(run, LONGEST_STRIDE, updates=2, engine=engine)
    episodes = only(events, EpisodeEnded)
    assert len(episodes) == 2 * n_envs * length > 2 * LARGEST_ENDED
    assert [(one.steps, one.agent) for one in episodes] == [
        ((step + 1) * n_envs, agent) for step in range(2 * length) for agent in range(n_envs)
    ]
    assert {one.length for one in episodes} == {1}
    rollouts = {id(one.samples.rollout): one.samples.rollout for one in only(events, MinibatchOptimized)}
    rewards = np.concatenate([rollout.rewards.ravel() for rollout in rollouts.values()])
    np.testing.assert_allclose([one.episode_return for one in episodes], rewards)


# ---- evaluation


@pytest.mark.parametrize(
    ("environment_id", "episodes"), [("CartPole-v1", 5), ("Pendulum-v1", 6), ("MountainCarContinuous-v0", 2)]
)
def test_an_evaluation_is_that_of_the_pytorch_engine(environment_id: str, episodes: int) -> None:
    """Of more than a thousand steps, which is as many as it plays at once."""
    pair = Pair(settings(environment_id, normalize_observations=True, rollout_length=100))
    for _ in range(2):
        pair.update()
    returns = [list(chain(*evaluate(engine, pair.run, episodes))) for engine in (pair.ours, pair.theirs)]
    assert len(returns[0]) == episodes
    assert len(set(returns[0])) > 1
    assert returns[0] == pytest.approx(returns[1], rel=1e-3)


def test_after_a_way_back_what_was_learnt_before_is_evaluated() -> None:
    pair = Pair(settings("Pendulum-v1", learning_rate=0.05))
    pair.update()
    snapshot = pair.ours.snapshot()
    before = list(chain(*evaluate(pair.ours, pair.run, 3)))
    for _ in range(3):
        pair.update()
    assert list(chain(*evaluate(pair.ours, pair.run, 3))) != before
    pair.ours.restore(snapshot)
    assert list(chain(*evaluate(pair.ours, pair.run, 3))) == before


# ---- back to a snapshot


def test_what_is_learnt_again_from_a_snapshot_is_the_same() -> None:
    """Parameters, both of Adam's moments and the number of its steps are as they were."""
    pair = Pair(settings("Pendulum-v1"))
    pair.update()
    pair.collect()
    pair.finish_rollout()
    wanted = step_settings(Algorithm.PPO, pair.hyperparameters, 1.0)
    parts = [np.arange(20), np.arange(20, 60), np.arange(60)]
    engine, snapshot = pair.ours, pair.ours.snapshot()
    engine.improve(parts, wanted)
    learnt = [engine.parameters_sha256(), *(moment.tobytes() for moment in engine._moments().values())]
    engine.improve(parts, wanted)
    engine._set_learnt(snapshot.parameters, snapshot.moments)
    engine.improve(parts, wanted)
    assert learnt == [
        engine.parameters_sha256(),
        *(moment.tobytes() for moment in engine._moments().values()),
    ]


# ---- divergence


def beyond_all_bounds(engine: Any) -> None:
    engine.parameters.fill(math.inf)


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_numbers_that_are_not_finite_are_a_divergence_wherever_they_appear(environment_id: str) -> None:
    pair = Pair(settings(environment_id))
    pair.update()
    engine, snapshot = pair.ours, pair.ours.snapshot()
    wanted = step_settings(Algorithm.PPO, pair.hyperparameters, 1.0)
    too_far = dataclasses.replace(wanted, learning_rate=1e38)
    part = np.arange(60)

    pair.collect()
    pair.finish_rollout()
    assert engine.improve([part], too_far) == 1
    assert math.isfinite(engine.trace().measured[0]["gradient_norm"])
    after_one = engine.parameters_sha256()
    with pytest.raises(Divergence, match="gradient"):
        engine.improve([part], wanted)
    assert engine.parameters_sha256() == after_one, "the step was not taken"
    engine.restore(snapshot)
    pair.collect()
    pair.finish_rollout()
    with pytest.raises(Divergence, match="gradient"):
        engine.improve([part, part, part], too_far)
    assert engine._adam_steps == int(snapshot.moments["step"]) + 1

    beyond_all_bounds(engine)
    engine.begin_rollout(pair.hyperparameters)
    engine.step(20)
    with pytest.raises(Divergence, match="after the update"):
        engine.measure_update()
    with pytest.raises(Divergence, match="outputs"):
        engine.finish_rollout(pair.hyperparameters)


@pytest.mark.parametrize(
    ("in_update", "good_update", "stride"),
    [(False, 1, 1), (False, 1, LONGEST_STRIDE), (True, 2, 1), (True, 2, LONGEST_STRIDE - 1)],
)
def test_a_run_that_diverges_ends_with_what_it_had_learnt_before(
    in_update: bool, good_update: int, stride: int
) -> None:
    run = settings(n_minibatches=1, n_epochs=3, target_kl=1.0)
    engine: Any = CompiledEngine(run)
    trainer = Trainer(run, engine)
    trainer.stride = stride
    events = trainer.events()
    fingerprints = {}
    for update in (1, 2):
        until(events, UpdateFinished)
        fingerprints[update] = trainer.parameters_sha256()
    if in_update:
        until(events, MinibatchOptimized)
        engine._batch.value_targets.fill(1e38)
    else:
        beyond_all_bounds(engine)
    finished = until(events, RunFinished)[-1]
    assert finished.reason is FinishReason.DIVERGED
    assert trainer.parameters_sha256() == fingerprints[good_update]
    assert math.isfinite(trainer.look(0).value)
    events.close()


# ---- nothing is compiled behind the user's back


CALLED = (
    *(playing.play, dynamics.observe_all, learning.evaluate, learning.learn),
    *(updating.transpose_networks, updating.improve, updating.measure_policy, updating.measure_values),
)
"""Every kernel that an engine calls; the others are compiled into these."""


def test_every_kernel_is_compiled_once_for_all_runs() -> None:
    whole = {
        "gamma": 1,
        "gae_lambda": 1,
        "value_coef": 1,
        "max_grad_norm": 1,
        "clip_range": 1,
        "entropy_coef": 1,
    }
    normalized = {"normalize_observations": True, "normalize_rewards": True}
    for run in (
        settings("CartPole-v1", target_kl=1, **whole, **normalized),
        settings("Pendulum-v1", Algorithm.A2C, max_grad_norm=None, **normalized),
        settings("GridWorld-v0", clip_range=None, activation="relu", hidden_layers=1, n_envs=1),
        settings("MountainCarContinuous-v0", anneal=True, total_steps=10**6, normalize_advantages=False),
    ):
        trainer = Trainer(run, CompiledEngine(run))
        trainer.stride = LONGEST_STRIDE
        events = trainer.events()
        until(events, UpdateFinished, 2)
        trainer.change(trainer.hyperparameters.changed({"n_envs": 2}))
        until(events, UpdateFinished)
        trainer.engine.restore(trainer.engine.snapshot())
        until(events, UpdateFinished)
        trainer.look(0, picture=True, path=True)
        trainer.look_closely()
        next(evaluate(trainer.engine, run, 1))
        events.close()
    kernels: Any = CALLED
    assert {kernel.py_func.__name__: len(kernel.signatures) for kernel in kernels} == {
        kernel.py_func.__name__: 1 for kernel in kernels
    }
