"""The same networks, environments and actions give Stable-Baselines3 the same numbers.

It is an independent implementation that many people use. Its `learn` runs unchanged; from our run
it gets only what is random: the first parameters, the environments' seeds, the actions drawn and
the order of the samples.

What the two define differently is not compared: Stable-Baselines3 takes approximate KL and entropy
from before each gradient step and only of that minibatch; its A2C reports the loss −mean(Â·log π),
with the same gradient as ours but another value; and its VecNormalize changes statistics at every
step instead of between rollouts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.envs.classic_control import CartPoleEnv, PendulumEnv
from gymnasium.spaces import Box, Discrete
from gymnasium.wrappers import TimeLimit
from numpy.typing import NDArray
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
from torch import Tensor, nn

from ppo_desktop.ppo.advantages import generalized_advantage_estimate
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import ObservationNormalizer, RewardScaler, RunningStatistics
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer

TIME_LIMIT = 12
"""Short enough for untrained cart-poles to be stopped by it, long enough for some to fall before."""
ROLLOUT_LENGTH = 2 * TIME_LIMIT
"""Episodes that reach the time limit also end with the last step of the rollout."""


class End(NamedTuple):
    """How an episode ended, and whether with the last step of a rollout or inside it."""

    terminated: bool
    truncated: bool
    inside: bool


class Seeded(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Begins with a seed of its own, whatever the caller says: those with equal seeds are alike."""

    def __init__(self, environment: Any, seed: int) -> None:
        super().__init__(TimeLimit(environment, TIME_LIMIT))
        self.ends: list[End] = []
        self._seed: int | None = seed
        self._steps = 0

    def reset(self, **_: Any) -> Any:
        seed, self._seed = self._seed, None
        return self.env.reset(seed=seed)

    def step(self, action: Any) -> Any:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._steps += 1
        if terminated or truncated:
            self.ends.append(End(terminated, truncated, inside=self._steps % ROLLOUT_LENGTH != 0))
        return observation, reward, terminated, truncated, info


def makers_of(kind: Callable[[], Any]) -> Iterator[Callable[[], Seeded]]:
    """Yield makers of environments of one kind with the seeds 0, 1, 2…"""
    for seed in itertools.count():
        yield lambda seed=seed: Seeded(kind(), seed)  # type: ignore[misc]


def stable_baselines3(algorithm: Algorithm, environments: Any, h: Hyperparameters) -> Any:
    """Return a model that is set as ours."""
    common: dict[str, Any] = {
        "policy": "MlpPolicy",
        "env": environments,
        "learning_rate": h.learning_rate,
        "n_steps": h.rollout_length,
        "gamma": h.gamma,
        "gae_lambda": h.gae_lambda,
        "ent_coef": h.entropy_coef,
        "vf_coef": h.value_coef,
        "max_grad_norm": h.max_grad_norm or math.inf,
        "normalize_advantage": h.normalize_advantages,
        "policy_kwargs": {
            "net_arch": {"pi": [64, 64], "vf": [64, 64]},
            "activation_fn": nn.Tanh,
            "ortho_init": True,
            "log_std_init": h.initial_log_std,
        },
        "device": "cpu",
    }
    if algorithm is Algorithm.A2C:
        model: Any = A2C(**common, use_rms_prop=False)  # its other choice is Adam, with our epsilon
    else:
        batch_size = h.samples_per_rollout // h.n_minibatches
        model = PPO(**common, batch_size=batch_size, n_epochs=h.n_epochs, clip_range=h.clip_range or math.inf)
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def our_parameters(engine: PyTorchEngine) -> list[Tensor]:
    policy: Any = engine.actor_network
    log_std = [policy.log_std] if hasattr(policy, "log_std") else []
    return [*policy.body.parameters(), *engine.critic_network.parameters(), *log_std]


def their_parameters(policy: Any) -> list[Tensor]:
    networks = policy.mlp_extractor
    modules = [networks.policy_net, policy.action_net, networks.value_net, policy.value_net]
    log_std = [policy.log_std] if hasattr(policy, "log_std") else []
    return [*itertools.chain.from_iterable(module.parameters() for module in modules), *log_std]


@torch.no_grad()
def give_character(engine: PyTorchEngine) -> None:
    """Move all parameters off their start, where biases are 0 and every policy is nearly uniform.

    There the entropy has no gradient, and much that is wrong would not show.
    """
    generator = torch.Generator().manual_seed(5)
    for parameter in our_parameters(engine):
        parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))


@torch.no_grad()
def copy_parameters(engine: PyTorchEngine, model: Any) -> None:
    for theirs, ours in zip(their_parameters(model.policy), our_parameters(engine), strict=True):
        theirs.copy_(ours)


class Twins:
    """Our run, and a model of Stable-Baselines3 that repeats each of its updates."""

    def __init__(
        self, toys: Any, kind: Callable[[], Any], algorithm: Algorithm, values: dict[str, Any]
    ) -> None:
        small = {"n_envs": 3, "rollout_length": ROLLOUT_LENGTH, "learning_rate": 1e-3}
        self.hyperparameters = h = Hyperparameters(**(small | values))
        makers = makers_of(kind)
        environment_id = toys.register_maker(lambda: next(makers)())
        settings = RunSettings(environment_id, algorithm, h, seed=3)
        self.engine = PyTorchEngine(settings)
        self.environments = toys.made
        give_character(self.engine)
        self._events = Trainer(settings, self.engine).events()
        theirs = DummyVecEnv(list(itertools.islice(makers_of(kind), h.n_envs)))
        self.model = stable_baselines3(algorithm, theirs, h)
        copy_parameters(self.engine, self.model)
        self.actions: list[Tensor] = []
        self.their_gradient_norms: list[float] = []

    def update(self) -> tuple[list[MinibatchOptimized], UpdateFinished]:
        """Let our run go on by one update and the model repeat it."""
        minibatches, finished = self._update_ours()
        orders = self._orders_per_epoch(minibatches)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.model.policy, "forward", self._repeat(self.actions))
            patch.setattr(np.random, "permutation", lambda _: next(orders))
            patch.setattr(torch.nn.utils, "clip_grad_norm_", self._clip(torch.nn.utils.clip_grad_norm_))
            samples = self.hyperparameters.samples_per_rollout
            self.model.learn(samples, log_interval=None, reset_num_timesteps=False)
        assert next(orders, None) is None, "the model has run fewer epochs"
        return minibatches, finished

    def told(self, name: str) -> float:
        """Return what the model logged under `name` in its last update."""
        return float(self.model.logger.name_to_value[f"train/{name}"])

    def close(self) -> None:
        self._events.close()
        self.model.env.close()

    def _update_ours(self) -> tuple[list[MinibatchOptimized], UpdateFinished]:
        self.actions.clear()
        self.their_gradient_norms.clear()
        minibatches = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.engine.actor, "sample", self._record(self.engine.actor.sample))
            for event in self._events:
                if isinstance(event, MinibatchOptimized):
                    minibatches.append(event)
                if isinstance(event, UpdateFinished):
                    return minibatches, event
        raise AssertionError("the run has ended")

    def _record(self, sample: Callable[..., NDArray[Any]]) -> Callable[..., NDArray[Any]]:
        """Return `sample`, which also notes the actions as they are drawn, before any clipping."""

        def sample_and_note(outputs: NDArray[Any], noise: NDArray[Any]) -> NDArray[Any]:
            actions = sample(outputs, noise)
            self.actions.append(torch.from_numpy(actions.copy()))
            return actions

        return sample_and_note

    def _repeat(self, actions: Sequence[Tensor]) -> Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]:
        """Return the model's `forward`, with given actions in place of those it would draw."""
        following = iter(actions)

        def forward(observations: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            actions = next(following)
            values, log_probs, _ = self.model.policy.evaluate_actions(observations, actions)
            return actions, values, log_probs

        return forward

    def _clip(self, clip: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def clip_and_note(*arguments: Any, **options: Any) -> Tensor:
            norm = clip(*arguments, **options)
            self.their_gradient_norms.append(norm.item())
            return norm

        return clip_and_note

    def _orders_per_epoch(self, minibatches: list[MinibatchOptimized]) -> Iterator[NDArray[np.int64]]:
        for _, epoch in itertools.groupby(minibatches, key=lambda minibatch: minibatch.epoch):
            yield self.their_indices(np.concatenate([minibatch.samples.indices for minibatch in epoch]))

    def their_indices(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the same samples in their rollout, agent·T + t; in ours it is t·N + agent."""
        times, agents = np.divmod(indices, self.hyperparameters.n_envs)
        return agents * self.hyperparameters.rollout_length + times


@pytest.fixture
def make_twins(toys: Any) -> Iterator[Callable[..., Twins]]:
    """Return a function that makes a pair; its environments are closed after the test."""
    made = []

    def make(kind: Callable[[], Any], algorithm: Algorithm = Algorithm.PPO, **values: Any) -> Twins:
        made.append(Twins(toys, kind, algorithm, values))
        return made[-1]

    yield make
    for twins in made:
        twins.close()


def assert_equal_parameters(twins: Twins) -> None:
    """An update moves a parameter by about 1e-2; rounding adds up to about 1e-7."""
    torch.testing.assert_close(
        our_parameters(twins.engine), their_parameters(twins.model.policy), rtol=0, atol=3e-6
    )


# ---- networks


def reach(time: int, action: Any) -> Any:
    """Three continuous actions at once; bounds are ±1."""
    return np.zeros(1), -float(np.square(action).sum()), time == 5, False


def engine_and_model(toys: Any, environment_id: str, **values: Any) -> tuple[PyTorchEngine, Any]:
    hyperparameters = Hyperparameters(n_envs=1, **values)
    if environment_id == "reach":
        environment_id = toys.register(reach, actions=Box(-1, 1, (3,)))
    engine = PyTorchEngine(RunSettings(environment_id, Algorithm.PPO, hyperparameters, seed=3))
    environments = DummyVecEnv([lambda: gymnasium.make(environment_id)])
    return engine, stable_baselines3(Algorithm.PPO, environments, hyperparameters)


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Acrobot-v1", "Pendulum-v1", "reach"])
def test_log_probabilities_entropies_and_values_are_equal(toys: Any, environment_id: str) -> None:
    engine, model = engine_and_model(toys, environment_id, initial_log_std=0.5)
    give_character(engine)
    copy_parameters(engine, model)
    generator = torch.Generator().manual_seed(1)
    observations = 2 * torch.randn(200, engine.spaces.n_observations, generator=generator)
    if engine.spaces.n_actions is None:  # most of them out of bounds
        actions = 4 * torch.randn(200, len(engine.spaces.action_low), generator=generator)
    else:
        actions = torch.randint(engine.spaces.n_actions, (200,), generator=generator)
    with torch.no_grad():
        outputs = engine.actor_network(observations)
        log_probs, entropies = (
            engine.actor_network.log_prob(outputs, actions),
            engine.actor_network.entropy(outputs),
        )
        values = engine.critic_network(observations)
        their_values, their_log_probs, their_entropies = model.policy.evaluate_actions(observations, actions)
    engine.close()
    torch.testing.assert_close(log_probs, their_log_probs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(entropies.expand(200), their_entropies, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(values, their_values.flatten(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "reach"])
def test_networks_begin_with_the_same_gains(toys: Any, environment_id: str) -> None:
    engine, model = engine_and_model(toys, environment_id, initial_log_std=-0.7)
    engine.close()
    for ours, theirs in zip(our_parameters(engine), their_parameters(model.policy), strict=True):
        if ours.ndim == 2:  # an orthogonal matrix's singular values all are its gain
            ours, theirs = torch.linalg.svdvals(ours.detach()), torch.linalg.svdvals(theirs.detach())
        torch.testing.assert_close(ours.detach(), theirs.detach(), rtol=1e-4, atol=1e-6)


# ---- advantages


@pytest.mark.parametrize(("gamma", "gae_lambda"), [(0.99, 0.95), (0.9, 0.0), (0.97, 1.0), (1.0, 0.5)])
@pytest.mark.parametrize("ends_at_the_edge", [True, False])
def test_advantages_and_returns_are_those_of_the_rollout_buffer(
    gamma: float, gae_lambda: float, ends_at_the_edge: bool
) -> None:
    length, n_envs = 30, 4
    random = np.random.default_rng(1)
    rewards, values = random.normal(size=(2, length, n_envs)).astype(np.float32)
    next_values = np.concatenate([values[1:], random.normal(size=(1, n_envs)).astype(np.float32)])
    last_values = next_values[-1].copy()
    terminated, truncated = random.random((2, length, n_envs)) < 0.15
    # Terminated, stopped, both, and going on.
    terminated[-1], truncated[-1] = (ends_at_the_edge * np.array(end) for end in ([1, 0, 1, 0], [0, 1, 1, 0]))
    ended = terminated | truncated
    assert ended[:-1].any()
    final_values = random.normal(size=(length, n_envs)).astype(np.float32)
    next_values[ended] = final_values[ended]
    ours = generalized_advantage_estimate(
        torch.from_numpy(rewards),
        torch.from_numpy(values),
        torch.from_numpy(next_values),
        torch.from_numpy(terminated),
        torch.from_numpy(truncated),
        gamma,
        gae_lambda,
    )

    buffer = RolloutBuffer(
        length, Box(-1, 1, (1,)), Discrete(2), "cpu", gae_lambda=gae_lambda, gamma=gamma, n_envs=n_envs
    )
    stopped = truncated & ~terminated
    starts = np.concatenate([np.zeros((1, n_envs), bool), ended[:-1]])
    for time in range(length):
        buffer.add(
            np.zeros((n_envs, 1)),
            np.zeros((n_envs, 1)),
            rewards[time] + gamma * final_values[time] * stopped[time],  # as collect_rollouts does
            starts[time],
            torch.from_numpy(values[time]),
            torch.zeros(n_envs),
        )
    buffer.compute_returns_and_advantage(torch.from_numpy(last_values), ended[-1])
    np.testing.assert_allclose(ours, buffer.advantages, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours.numpy() + values, buffer.returns, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", [CartPoleEnv, PendulumEnv])
def test_a_rollouts_advantages_are_equal_however_its_episodes_ended(
    make_twins: Callable[..., Twins], kind: Callable[[], Any]
) -> None:
    twins = make_twins(kind, n_envs=8, n_minibatches=1, normalize_advantages=False)
    for _ in range(2):
        minibatches, finished = twins.update()
        buffer = twins.model.rollout_buffer
        order = twins.their_indices(minibatches[0].samples.indices)
        theirs = buffer.advantages.ravel()[order]
        np.testing.assert_allclose(minibatches[0].samples.advantages, theirs, rtol=1e-4, atol=1e-5)
        assert finished.return_spread == pytest.approx(buffer.returns.std(), rel=1e-4)
        assert finished.explained_variance == pytest.approx(twins.told("explained_variance"), rel=1e-3)
    ends = [end for environment in twins.environments for end in environment.ends]
    assert any(end.truncated and end.inside for end in ends)
    assert any(end.truncated and not end.inside for end in ends)
    assert any(end.terminated and end.inside for end in ends) or kind is PendulumEnv


# ---- updates


@pytest.mark.parametrize("kind", [CartPoleEnv, PendulumEnv])
@pytest.mark.parametrize(
    "values",
    [
        {"n_minibatches": 1, "n_epochs": 5, "learning_rate": 3e-3, "entropy_coef": 0.1},
        {"n_minibatches": 4, "n_epochs": 3, "entropy_coef": 0.1, "learning_rate": 2e-3},
        {"n_minibatches": 3, "n_epochs": 3, "normalize_advantages": False, "value_coef": 0.3},
        {"n_minibatches": 2, "n_epochs": 3, "max_grad_norm": None, "gamma": 0.9, "gae_lambda": 0.7},
    ],
    ids=["whole rollout", "minibatches", "advantages as they are", "gradient as it is"],
)
def test_three_updates_of_ppo_are_equal(
    make_twins: Callable[..., Twins], kind: Callable[[], Any], values: dict[str, Any]
) -> None:
    twins = make_twins(kind, **({"initial_log_std": 0.7} | values))
    cut = []
    for _ in range(3):
        _, finished = twins.update()
        assert_equal_parameters(twins)
        norms = twins.their_gradient_norms
        cut.append(finished.gradient_cut_fraction)
        assert finished.policy_loss == pytest.approx(twins.told("policy_gradient_loss"), rel=1e-3, abs=1e-6)
        assert finished.value_loss == pytest.approx(twins.told("value_loss"), rel=1e-4)
        assert finished.clip_fraction == pytest.approx(twins.told("clip_fraction"), abs=1e-6)
        assert finished.gradient_norm == pytest.approx(np.mean(norms), rel=1e-3)
        assert min(norms) > 0.5, "no gradient was too long"
    assert max(cut) > 0, "the clip has removed no gradient"
    if kind is PendulumEnv:
        assert torch.cat(twins.actions).abs().max() > 2, "no action was out of bounds"


@pytest.mark.parametrize("kind", [CartPoleEnv, PendulumEnv])
@pytest.mark.parametrize("normalize_advantages", [True, False])
def test_three_updates_of_a2c_are_equal(
    make_twins: Callable[..., Twins], kind: Callable[[], Any], normalize_advantages: bool
) -> None:
    twins = make_twins(
        kind,
        Algorithm.A2C,
        normalize_advantages=normalize_advantages,
        entropy_coef=0.1,
        learning_rate=1e-2,
    )
    for _ in range(3):
        _, finished = twins.update()
        assert_equal_parameters(twins)
        assert finished.value_loss == pytest.approx(twins.told("value_loss"), rel=1e-4)
        assert finished.gradient_norm == pytest.approx(np.mean(twins.their_gradient_norms), rel=1e-3)


# ---- normalisation


def test_running_statistics_are_equal() -> None:
    random = np.random.default_rng(1)
    ours, theirs = RunningStatistics.of_nothing(3), RunningMeanStd(epsilon=0.0, shape=(3,))
    for size in (1, 7, 40, 2):
        rows = random.normal([1, 100, -3], [0.1, 5, 1], (size, 3))
        ours = ours.including(rows)
        theirs.update(rows)
        assert ours.count == theirs.count
        np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-12)
        np.testing.assert_allclose(ours.variance, theirs.var, rtol=1e-9, atol=1e-12)


def echo(time: int, action: Any) -> Any:
    """The action says what happens: observation, reward and whether the episode ends."""
    observation, reward, over = action.tolist()
    return np.array([observation], np.float32), reward, bool(over), False


def vec_normalize(toys: Any, n_envs: int, gamma: float) -> Any:
    """Return their normaliser without its prior of 1e-4 samples of variance 1, around `echo`."""
    environment_id = toys.register(echo, actions=Box(-np.inf, np.inf, (3,)))
    makers = [lambda: gymnasium.make(environment_id, disable_env_checker=True)] * n_envs
    normalizer: Any = VecNormalize(DummyVecEnv(makers), gamma=gamma)
    normalizer.ret_rms = RunningMeanStd(epsilon=0.0)
    normalizer.reset()
    normalizer.obs_rms = RunningMeanStd(epsilon=0.0, shape=(1,))  # without the reset's observation
    return normalizer


def test_scaled_rewards_are_those_of_vec_normalize_with_what_it_knows_after_the_rollout(toys: Any) -> None:
    length, n_envs, gamma = 400, 3, 0.9
    theirs, ours = vec_normalize(toys, n_envs, gamma), RewardScaler(n_envs, enabled=True)
    random = np.random.default_rng(1)
    for freak in (1e3, -1e4):
        rewards = random.normal(0.5, 1, (length, n_envs)).astype(np.float32)
        rewards[5, 1] = freak
        ended = random.random((length, n_envs)) < 0.1
        for row, over in zip(rewards, ended, strict=True):
            theirs.step(np.stack([np.zeros(n_envs), row, over], axis=1).astype(np.float32))
        scaled = ours(rewards, ended, gamma)
        np.testing.assert_allclose(scaled, theirs.normalize_reward(rewards), rtol=1e-5)
        assert scaled[5, 1] == np.copysign(10, freak), "the freak was not cut off"


def test_normalised_observations_are_those_of_vec_normalize_with_what_it_knows_after_the_rollout(
    toys: Any,
) -> None:
    theirs, ours = vec_normalize(toys, 1, 0.9), ObservationNormalizer(1, enabled=True)
    random = np.random.default_rng(1)
    for level in (0, 20):
        rows = random.normal(level, 3, (50, 1)).astype(np.float32)
        for row in rows:
            theirs.step(np.array([[row.item(), 0, 0]], dtype=np.float32))
        ours.update(rows)
        probe = np.linspace(-500, 500, 41, dtype=np.float32)[:, np.newaxis]
        np.testing.assert_allclose(ours(probe), theirs.normalize_obs(probe), rtol=1e-4, atol=1e-5)
