"""Whole updates against a plain implementation written separately, with ordinary parameters."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.envs.classic_control import CartPoleEnv, PendulumEnv
from gymnasium.spaces import Box
from gymnasium.wrappers import TimeLimit
from torch import nn
from torch.distributions import Categorical, Independent, Normal

from ppo_desktop.ppo.actor_critic import ActorCritic, GaussianActor
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import plane_for
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import (
    DiscretePolicy,
    GaussianPolicy,
    MinibatchOptimized,
    StepsTaken,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.networks import ActorNetwork, CriticNetwork, make_actor_network, select_action
from ppo_desktop.ppo.perceptron import Perceptron
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.seeding import Stream, agent_seed, stream_seed
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from tests.every_engine import EVERY_ENGINE

EngineType = Callable[[RunSettings], Any]


class Recorder(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Writes down every transition; continuous actions arrive as drawn and are clipped only here."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.transitions: list[tuple[Any, ...]] = []
        self._bounds = environment.action_space
        if isinstance(self._bounds, Box):
            self.action_space = Box(-np.inf, np.inf, self._bounds.shape)

    def reset(self, **arguments: Any) -> Any:
        self._observation, info = self.env.reset(**arguments)
        return self._observation, info

    def step(self, action: Any) -> Any:
        playable = (
            np.clip(action, self._bounds.low, self._bounds.high) if isinstance(self._bounds, Box) else action
        )
        after, reward, terminated, truncated, info = self.env.step(playable)
        self.transitions.append((self._observation, action, reward, terminated, truncated, after))
        self._observation = after
        return after, reward, terminated, truncated, info


def cart_pole() -> Recorder:
    return Recorder(TimeLimit(CartPoleEnv(), 25))


def pendulum() -> Recorder:
    return Recorder(TimeLimit(PendulumEnv(), 25))


def plain_network(perceptron: Perceptron) -> nn.Sequential:
    between = {"tanh": nn.Tanh, "relu": nn.ReLU}[perceptron.activation]
    parts: list[nn.Module] = []
    for weight, bias in perceptron.layers:
        linear = nn.Linear(*reversed(weight.shape))
        linear.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
        parts += [linear, between()]
    return nn.Sequential(*parts[:-1])


def networks_of(engine: Any) -> tuple[ActorNetwork, CriticNetwork]:
    return make_actor_network(engine.actor), CriticNetwork(engine.critic)


class PlainLearner:
    """PPO as one would write it for one environment after the other, in no hurry."""

    def __init__(self, engine: Any, hyperparameters: Hyperparameters, algorithm: Algorithm) -> None:
        self.h, self.algorithm = hyperparameters, algorithm
        self.policy, self.value = plain_network(engine.actor.perceptron), plain_network(engine.critic)
        self.log_std = None
        if isinstance(engine.actor, GaussianActor):
            self.log_std = nn.Parameter(torch.tensor(engine.actor.log_std))
        actor = list(self.policy.parameters())
        self.actor = actor if self.log_std is None else [self.log_std, *actor]
        self.parameters = [*self.actor, *self.value.parameters()]
        self.adam = torch.optim.Adam(self.parameters, lr=hyperparameters.learning_rate, eps=1e-5)
        self.mean, self.deviation = 0.0, 1.0
        self.seen: list[Any] = []
        self.returns: list[float] = []
        self.running: dict[int, float] = {}

    def distribution(self, observations: torch.Tensor) -> Any:
        if self.log_std is None:
            return Categorical(logits=self.policy(observations))
        return Independent(Normal(self.policy(observations), self.log_std.exp()), 1)

    def normalized(self, observations: Any) -> torch.Tensor:
        return torch.as_tensor(np.clip((observations - self.mean) / self.deviation, -10, 10)).float()

    def scaled(self, rewards: Any, ended: Any) -> Any:
        if not self.h.normalize_rewards:
            return rewards
        for time, row in enumerate(rewards):
            for agent, reward in enumerate(row):
                self.running[agent] = self.h.gamma * self.running.get(agent, 0.0) + reward
                self.returns.append(self.running[agent])
                if ended[time, agent]:
                    self.running[agent] = 0.0
        return np.clip(rewards / np.sqrt(np.var(self.returns) + 1e-8), -10, 10)

    def update(self, agents: list[list[tuple[Any, ...]]], orders: list[Any]) -> dict[str, float]:
        """Learn from the transitions of each agent, taking minibatches in the given orders."""
        columns: list[Any] = [
            np.array(column) for column in zip(*(zip(*steps, strict=True) for steps in agents), strict=True)
        ]
        observations, actions, rewards, terminated, truncated, after = (
            np.swapaxes(column, 0, 1) for column in columns
        )
        ended = terminated | truncated
        rewards = self.scaled(rewards.astype(float), ended)
        states, actions = self.normalized(observations), torch.as_tensor(actions)
        with torch.no_grad():
            values = self.value(states).squeeze(-1)
            next_values = self.value(self.normalized(after)).squeeze(-1)
            old_log_probs = self.distribution(states).log_prob(actions)
        advantages = torch.zeros_like(values)
        for agent in range(len(agents)):
            later = 0.0
            for time in reversed(range(len(rewards))):
                goes_on = 0.0 if terminated[time, agent] else 1.0
                error = rewards[time, agent] + self.h.gamma * goes_on * next_values[time, agent]
                error = error - values[time, agent]
                later = error + (0.0 if ended[time, agent] else self.h.gamma * self.h.gae_lambda * later)
                advantages[time, agent] = later
        targets = advantages + values
        flat = [x.flatten(0, 1) for x in (states, actions, old_log_probs, advantages, targets)]
        self.minibatches, self.divergences = [], []
        for order in orders:
            self.minibatches.append(self.improve(*(x[torch.as_tensor(order)] for x in flat)))
            with torch.no_grad():
                log_ratio = self.distribution(states).log_prob(actions) - old_log_probs
            self.divergences.append((log_ratio.exp() - 1 - log_ratio).mean().item())
        if self.h.normalize_observations:
            self.seen.extend(observations.reshape(-1, observations.shape[-1]).astype(float))
            self.mean = np.mean(self.seen, axis=0)
            self.deviation = np.sqrt(np.var(self.seen, axis=0) + 1e-8)
        with torch.no_grad():
            entropy = self.distribution(states).entropy().mean().item()
        cut = torch.cat([minibatch["gradient_cut"] for minibatch in self.minibatches])
        return {
            "policy_entropy": entropy,
            "approx_kl": self.divergences[-1],
            "gradient_cut_fraction": cut.float().mean().item(),
            "max_ratio": log_ratio.exp().max().item(),
            "min_ratio": log_ratio.exp().min().item(),
            "explained_variance": 1 - (advantages.var(correction=0) / targets.var(correction=0)).item(),
            "return_spread": targets.std(correction=0).item(),
            **{
                name: float(np.mean([minibatch[name] for minibatch in self.minibatches]))
                for name in (
                    *("policy_loss", "value_loss", "clip_fraction"),
                    *("gradient_norm", "policy_gradient_norm", "value_gradient_norm"),
                )
            },
        }

    def improve(
        self, states: Any, actions: Any, old_log_probs: Any, advantages: Any, targets: Any
    ) -> dict[str, Any]:
        if self.h.normalize_advantages:
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        distribution = self.distribution(states)
        ratio = (distribution.log_prob(actions) - old_log_probs).exp()
        policy_loss = -(ratio * advantages).mean()
        outside = cut = torch.zeros_like(ratio)
        if self.algorithm is Algorithm.PPO and self.h.clip_range is not None:
            low, high = 1 - self.h.clip_range, 1 + self.h.clip_range
            policy_loss = -torch.min(ratio * advantages, ratio.clamp(low, high) * advantages).mean()
            outside = ((ratio < low) | (ratio > high)).float()
            cut = ((ratio < low) & (advantages < 0)) | ((ratio > high) & (advantages > 0))
        value_loss = ((self.value(states).squeeze(-1) - targets) ** 2).mean()
        entropy = distribution.entropy().mean()
        self.adam.zero_grad()
        (policy_loss + self.h.value_coef * value_loss - self.h.entropy_coef * entropy).backward()
        policy_norm, value_norm = norm_of_gradient(self.actor), norm_of_gradient(self.value.parameters())
        norm = nn.utils.clip_grad_norm_(self.parameters, self.h.max_grad_norm or math.inf)
        self.adam.step()
        return {
            "policy_loss": policy_loss.item(),
            "value_loss": value_loss.item(),
            "gradient_norm": norm.item(),
            "policy_gradient_norm": policy_norm,
            "value_gradient_norm": value_norm,
            "clip_fraction": outside.mean().item(),
            "ratio": ratio.detach(),
            "advantage": advantages,
            "gradient_cut": cut.bool(),
        }


def norm_of_gradient(parameters: Iterable[Any]) -> float:
    return math.sqrt(sum(parameter.grad.square().sum().item() for parameter in parameters))


def one_update(events: Any) -> tuple[list[MinibatchOptimized], UpdateFinished]:
    minibatches = []
    for event in events:
        if isinstance(event, MinibatchOptimized):
            minibatches.append(event)
        if isinstance(event, UpdateFinished):
            return minibatches, event
    raise AssertionError("the run has ended")


@pytest.mark.parametrize(
    ("make", "algorithm", "values"),
    [
        (cart_pole, Algorithm.PPO, {"learning_rate": 1e-2}),
        (cart_pole, Algorithm.PPO, {"n_minibatches": 7, "entropy_coef": 0.1, "max_grad_norm": None}),
        (cart_pole, Algorithm.PPO, {"clip_range": None, "activation": "relu", "hidden_layers": 1}),
        (cart_pole, Algorithm.PPO, {"normalize_advantages": False, "value_coef": 2.0, "gae_lambda": 0.5}),
        (cart_pole, Algorithm.PPO, {"normalize_observations": True, "normalize_rewards": True}),
        (cart_pole, Algorithm.A2C, {"learning_rate": 1e-2}),
        (pendulum, Algorithm.PPO, {"learning_rate": 1e-2, "initial_log_std": 0.5}),
        (pendulum, Algorithm.PPO, {"entropy_coef": 0.1, "n_minibatches": 1, "clip_range": 0.02}),
        (pendulum, Algorithm.PPO, {"normalize_observations": True, "normalize_rewards": True}),
        (pendulum, Algorithm.A2C, {"entropy_coef": 0.01}),
    ],
)
def test_three_updates_are_those_of_a_plain_implementation(
    toys: Any, make: Callable[[], Any], algorithm: Algorithm, values: dict[str, Any]
) -> None:
    small = {"n_envs": 3, "rollout_length": 20, "n_epochs": 3, "n_minibatches": 4, "hidden_units": 16}
    hyperparameters = Hyperparameters(**(small | {"learning_rate": 1e-3} | values))
    settings = RunSettings(toys.register_maker(make), algorithm, hyperparameters, seed=3)
    engine = PyTorchEngine(settings)
    plain = PlainLearner(engine, hyperparameters, algorithm)
    events = Trainer(settings, engine).events()
    for _ in range(3):
        minibatches, finished = one_update(events)
        transitions = [toy.transitions[:] for toy in toys.made]
        for toy in toys.made:
            toy.transitions.clear()
        measures = plain.update(transitions, [minibatch.samples.indices for minibatch in minibatches])
        for name, expected in measures.items():
            assert getattr(finished, name) == pytest.approx(expected, rel=2e-3, abs=2e-5), name
        for ours, theirs in zip(minibatches, plain.minibatches, strict=True):
            np.testing.assert_allclose(ours.samples.ratios, theirs["ratio"], rtol=1e-3)
            np.testing.assert_allclose(ours.samples.advantages, theirs["advantage"], rtol=1e-3, atol=1e-4)
            np.testing.assert_array_equal(ours.samples.gradient_cut, theirs["gradient_cut"])
    events.close()
    ended = [(step[3], step[4]) for steps in transitions for step in steps]
    assert any(truncated or terminated for terminated, truncated in ended)
    learned = [*engine.actor_network.parameters(), *engine.critic_network.parameters()]
    torch.testing.assert_close(learned, plain.parameters, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("make", [cart_pole, pendulum])
def test_an_update_ends_after_the_first_epoch_that_leaves_the_policy_further_away_than_target_kl(
    toys: Any, make: Callable[[], Any]
) -> None:
    def epochs_and_divergences(target_kl: float | None) -> tuple[int, list[float]]:
        """Return the epochs run and how far away the policy was after each, from a plain replay."""
        small = {"n_envs": 2, "rollout_length": 20, "n_epochs": 5, "n_minibatches": 2, "hidden_units": 8}
        hyperparameters = Hyperparameters(**small, learning_rate=0.05, target_kl=target_kl)
        run = RunSettings(toys.register_maker(make), Algorithm.PPO, hyperparameters, seed=3)
        toys.made.clear()
        engine = PyTorchEngine(run)
        plain = PlainLearner(engine, hyperparameters, Algorithm.PPO)
        events = Trainer(run, engine).events()
        minibatches, finished = one_update(events)
        plain.update([toy.transitions for toy in toys.made], [one.samples.indices for one in minibatches])
        events.close()
        return finished.epochs_run, plain.divergences[1::2]

    all_epochs, undisturbed = epochs_and_divergences(None)
    assert all_epochs == len(undisturbed) == 5
    for target in (share * divergence for divergence in undisturbed for share in (0.99, 1.01)):
        epochs_run, divergences = epochs_and_divergences(target)
        assert epochs_run == len(divergences)
        assert max(divergences[:-1], default=0) <= target
        assert divergences[-1] > target or epochs_run == 5


# ---- the loop of the slides


def generator(seed: int, stream: Stream) -> np.random.Generator:
    return np.random.default_rng(stream_seed(seed, stream))


def test_the_stepwise_preset_is_the_loop_of_the_slides(toys: Any) -> None:
    """Two networks with an optimiser each, an update after every step; docs/course.md says what differs."""

    def make() -> Any:
        return TimeLimit(CartPoleEnv(), 25)

    (h,) = (one.hyperparameters for one in presets_for("CartPole-v1") if one.name.startswith("Stepwise"))
    h = h.changed({"entropy_coef": 0.05, "value_coef": 1.0, "max_grad_norm": None})
    run = RunSettings(toys.register_maker(make), Algorithm.PPO, h, seed=3)
    engine = PyTorchEngine(run)
    events = Trainer(run, engine).events()
    for _ in range(90):
        one_update(events)
    events.close()

    networks = ActorCritic.initialized(engine.spaces, h, generator(3, Stream.INITIALIZATION))
    drawing = generator(3, Stream.ACTIONS)
    actor, critic = make_actor_network(networks.actor), CriticNetwork(networks.critic)
    actor_optimizer = torch.optim.Adam(actor.parameters(), h.learning_rate, eps=1e-5)
    critic_optimizer = torch.optim.Adam(critic.parameters(), h.learning_rate, eps=1e-5)
    environment = make()
    state, _ = environment.reset(seed=agent_seed(3, 0))
    ends = set()
    for _ in range(90):
        state = torch.as_tensor(state).unsqueeze(0)
        action, action_log_prob, entropy = select_action(actor, state, drawing)
        next_state, reward, terminated, truncated, _ = environment.step(action.item())
        value, next_value = critic(state), critic(torch.as_tensor(next_state).unsqueeze(0)).detach()
        td_target = reward + h.gamma * next_value * (1 - terminated)
        td_error = td_target - value
        action_probability_old = action_log_prob.detach().exp()  # the policy has not changed since it acted
        ratio = action_log_prob.exp() / action_probability_old
        clipped_ratio = torch.clamp(ratio, 1 - 0.2, 1 + 0.2)
        advantage = td_error.detach()
        actor_loss = -torch.min(ratio * advantage, clipped_ratio * advantage) - 0.05 * entropy
        critic_loss = td_error**2
        for loss, optimizer in ((actor_loss, actor_optimizer), (critic_loss, critic_optimizer)):
            optimizer.zero_grad()
            loss.sum().backward()
            optimizer.step()
        state = next_state
        if terminated or truncated:
            ends.add((terminated, truncated))
            state, _ = environment.reset()
    environment.close()
    assert ends == {(True, False), (False, True)}
    learned = [*engine.actor_network.parameters(), *engine.critic_network.parameters()]
    plain = [*actor.parameters(), *critic.parameters()]
    torch.testing.assert_close(learned, plain, rtol=1e-4, atol=2e-6)


# ---- before the first gradient step


def settings(environment_id: str = "CartPole-v1", **values: Any) -> RunSettings:
    small = {"n_envs": 2, "rollout_length": 16, "n_epochs": 1, "n_minibatches": 1, "hidden_units": 8}
    return RunSettings(environment_id, Algorithm.PPO, Hyperparameters(**(small | values)), 1)


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_before_the_first_gradient_step_on_a_whole_rollout_every_ratio_is_exactly_one(
    environment_id: str, engine_type: EngineType
) -> None:
    run = settings(environment_id, n_envs=5, rollout_length=33, n_epochs=3, learning_rate=1e-2)
    events = Trainer(run, engine_type(run)).events()
    for _ in range(3):
        minibatches, _ = one_update(events)
        assert (minibatches[0].samples.ratios == 1).all()
        assert (minibatches[1].samples.ratios != 1).any()
    events.close()


@EVERY_ENGINE
def test_before_the_first_gradient_step_on_a_part_every_ratio_is_one_but_for_rounding(
    engine_type: EngineType,
) -> None:
    run = settings(n_envs=8, rollout_length=33, n_minibatches=4)
    events = Trainer(run, engine_type(run)).events()
    minibatches, _ = one_update(events)
    np.testing.assert_allclose(minibatches[0].samples.ratios, 1, atol=1e-6)
    assert not minibatches[0].samples.gradient_cut.any()
    events.close()


def test_samples_are_told_in_the_order_of_their_indices(toys: Any) -> None:
    run = settings(toys.register_maker(cart_pole), n_minibatches=1, normalize_advantages=False)
    events = Trainer(run, PyTorchEngine(run)).events()
    (minibatch,), _ = one_update(events)
    events.close()
    assert minibatch.samples.indices.tolist() == list(range(32))
    last_of_agent_0 = minibatch.samples.advantages[30]
    (observation, _, reward, terminated, _, after) = toys.made[0].transitions[-1]
    fresh = PyTorchEngine(run)
    value, next_value = fresh.critic_network(torch.as_tensor(np.stack([observation, after]))).tolist()
    fresh.close()
    expected = reward + (0 if terminated else 0.99 * next_value) - value
    assert last_of_agent_0 == pytest.approx(expected, abs=1e-5)
    np.testing.assert_array_equal(minibatch.samples.observations[30], observation)
    assert minibatch.samples.actions[30] == toys.made[0].transitions[-1][1]


# ---- looking


def take(events: Any, kind: type, number: int) -> None:
    """Go on until `number` events of a kind have come."""
    while number:
        number -= isinstance(next(events), kind)


@EVERY_ENGINE
def test_a_frame_shows_what_the_agent_sees_and_thinks(engine_type: EngineType) -> None:
    run = settings()
    engine = engine_type(run)
    trainer = Trainer(run, engine)
    events = trainer.events()
    take(events, StepsTaken, 3)
    frame = trainer.look(1)
    events.close()
    assert (frame.agent, frame.n_agents, frame.steps) == (1, 2, 6)
    assert (frame.episode_length, frame.episode_return, frame.episode_over) == (3, 3.0, False)
    assert frame.action in {(0.0,), (1.0,)}
    assert frame.picture is None
    assert isinstance(frame.policy, DiscretePolicy)
    distribution = Categorical(torch.tensor(frame.policy.probabilities))
    assert frame.entropy == pytest.approx(distribution.entropy().item())
    _, value = networks_of(engine)
    assert frame.value == pytest.approx(value(torch.as_tensor(frame.observation[None])).item())


@EVERY_ENGINE
def test_a_frame_at_the_start_of_an_episode_has_no_action(engine_type: EngineType) -> None:
    run = settings()
    trainer = Trainer(run, engine_type(run))
    events = trainer.events()
    next(events)
    assert trainer.look(0).action is None
    events.close()


@EVERY_ENGINE
def test_looking_at_an_agent_that_is_no_longer_there_shows_the_last_one(engine_type: EngineType) -> None:
    run = settings()
    trainer = Trainer(run, engine_type(run))
    events = trainer.events()
    next(events)
    assert trainer.look(7).agent == 1
    events.close()


def test_a_picture_is_taken_only_when_asked_for_and_where_there_is_one(toys: Any) -> None:
    for environment_id, expected in (
        ("CartPole-v1", True),
        (toys.register(lambda time, action: (np.zeros(1), 0.0, False, False)), False),
    ):
        run = settings(environment_id)
        trainer = Trainer(run, PyTorchEngine(run))
        events = trainer.events()
        next(events)
        assert trainer.look(0).picture is None
        picture = trainer.look(0, picture=True).picture
        assert (picture is not None) is expected
        assert picture is None or (picture.ndim, picture.dtype.name) == (3, "uint8")
        events.close()


@pytest.mark.parametrize(
    "actions",
    [Box(-np.inf, np.inf, (2,)), Box(np.array([-np.inf, 0], np.float32), np.array([1, np.inf], np.float32))],
)
def test_unbounded_actions_are_trained_on_and_shown_with_infinite_bounds(toys: Any, actions: Box) -> None:
    def answer(time: int, action: Any) -> Any:
        assert actions.contains(action)
        return np.zeros(1), -float(np.square(action).sum()), time == 5, False

    run = settings(toys.register(answer, actions=actions))
    trainer = Trainer(run, PyTorchEngine(run))
    events = trainer.events()
    one_update(events)
    frame = trainer.look(0)
    events.close()
    assert isinstance(frame.policy, GaussianPolicy)
    assert frame.policy.low == tuple(actions.low.tolist())
    assert frame.policy.high == tuple(actions.high.tolist())


# ---- randomness


@EVERY_ENGINE
def test_first_weights_and_the_order_of_samples_come_from_streams_of_their_own(
    engine_type: EngineType,
) -> None:
    """As the noise in actions does, which the next test draws again."""
    run = settings(n_minibatches=2)
    engine = engine_type(run)
    initialization = generator(run.seed, Stream.INITIALIZATION)
    drawn = ActorCritic.initialized(engine.spaces, run.hyperparameters, initialization)
    np.testing.assert_array_equal(engine.parameters, drawn.parameters)
    events = Trainer(run, engine).events()
    shuffler = generator(run.seed, Stream.MINIBATCHES)
    for _ in range(2):
        minibatches, _ = one_update(events)
        order = np.concatenate([minibatch.samples.indices for minibatch in minibatches])
        assert order.tolist() == shuffler.permutation(32).tolist()
    events.close()


# ---- normalised observations


def normalized(observations: Any, seen: list[Any]) -> torch.Tensor:
    """Return observations brought to the mean and deviation of all rows `seen`."""
    rows = np.concatenate(seen).astype(float)
    deviation = np.sqrt(rows.var(axis=0) + 1e-8)
    return torch.as_tensor(np.clip((observations - rows.mean(axis=0)) / deviation, -10, 10)).float()


def opinionated(engine: Any) -> Any:
    """Return the engine with an untrained policy far from uniform: the observation decides."""
    engine.actor.perceptron.layers[-1].weight[:] *= 200
    return engine


NORMALIZED = {"n_envs": 3, "rollout_length": 40, "normalize_observations": True, "learning_rate": 0.01}


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_every_action_is_drawn_from_the_policy_on_normalised_observations(
    environment_id: str, engine_type: EngineType
) -> None:
    run = settings(environment_id, **NORMALIZED)
    engine = opinionated(engine_type(run))
    events = Trainer(run, engine).events()
    drawing = generator(run.seed, Stream.ACTIONS)
    seen = [np.array([[-1.0], [1.0]])]  # mean 0 and deviation 1: the first rollout is taken as it is
    for _ in range(4):
        policy = make_actor_network(copy.deepcopy(engine.actor))
        noise = engine.actor.draw_noise(40, 3, drawing)
        (minibatch,), _ = one_update(events)
        rollout = minibatch.samples.rollout
        outputs = policy(normalized(rollout.observations[:-1], seen)).detach()
        if environment_id == "CartPole-v1":
            assert rollout.actions.tolist() == (outputs.numpy() + noise).argmax(-1).tolist()
        else:
            np.testing.assert_allclose(rollout.actions, outputs.numpy() + noise, rtol=1e-4, atol=1e-4)
        rows = rollout.observations[:-1].reshape(120, -1)
        seen = [*seen, rows] if len(seen[0]) > 2 else [rows]
    events.close()


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_a_frame_shows_what_the_networks_make_of_the_normalised_observation(
    environment_id: str, engine_type: EngineType
) -> None:
    run = settings(environment_id, **NORMALIZED)
    engine = opinionated(engine_type(run))
    trainer = Trainer(run, engine)
    events = trainer.events()
    seen = []
    for _ in range(2):
        (minibatch,), _ = one_update(events)
        seen.append(minibatch.samples.rollout.observations[:-1].reshape(120, -1))
    take(events, StepsTaken, 3)
    frame = trainer.look(1)
    events.close()
    observation = normalized(frame.observation, seen)
    policy, value = networks_of(engine)
    assert frame.value == pytest.approx(value(observation).item(), rel=1e-4, abs=1e-5)
    outputs = policy(observation).detach()
    if isinstance(frame.policy, DiscretePolicy):
        assert frame.policy.probabilities == pytest.approx(outputs.softmax(-1).tolist(), rel=1e-4)
    else:
        assert frame.policy.means == pytest.approx(outputs.tolist(), rel=1e-4, abs=1e-5)


# ---- looking around


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["MountainCar-v0", "Pendulum-v1"])
@pytest.mark.parametrize("normalize", [False, True])
def test_a_survey_is_what_the_networks_say_of_each_observation(
    environment_id: str, normalize: bool, engine_type: EngineType
) -> None:
    run = settings(environment_id, normalize_observations=normalize, learning_rate=1e-2)
    engine = engine_type(run)
    trainer = Trainer(run, engine)
    events = trainer.events()
    one_update(events)
    take(events, StepsTaken, 3)
    plane = plane_for(environment_id)
    assert plane is not None
    survey, (policy, value) = trainer.survey(), networks_of(engine)
    assert survey is not None
    for index in (0, 77, 840, 1680):
        observation = plane.observations(plane.grid())[index : index + 1]
        seen = torch.as_tensor(engine._observation_normalizer(observation))
        assert bool((seen.numpy() != observation).any()) is normalize
        outputs = policy(seen)[0]
        expected = outputs if environment_id == "Pendulum-v1" else torch.softmax(outputs, dim=-1)
        np.testing.assert_allclose(survey.policy[index], expected.detach().numpy(), atol=1e-5)
        assert survey.values[index] == pytest.approx(value(seen).item(), abs=1e-5)
    events.close()


@EVERY_ENGINE
def test_a_survey_agrees_with_the_frame_of_the_same_state(engine_type: EngineType) -> None:
    run = settings("GridWorld-v0", rollout_length=4)
    trainer = Trainer(run, engine_type(run))
    events = trainer.events()
    one_update(events)
    frame, survey, plane = trainer.look(0), trainer.survey(), plane_for("GridWorld-v0")
    events.close()
    assert survey is not None
    assert plane is not None
    column, row = plane.position(frame.observation)
    cell = round(row - 1) * plane.columns + round(column - 1)
    assert isinstance(frame.policy, DiscretePolicy)
    assert survey.policy[cell] == pytest.approx(frame.policy.probabilities, abs=1e-5)
    assert survey.values[cell] == pytest.approx(frame.value, abs=1e-5)


@EVERY_ENGINE
def test_an_environment_without_a_plane_is_not_surveyed(engine_type: EngineType) -> None:
    run = settings("Acrobot-v1")
    trainer = Trainer(run, engine_type(run))
    events = trainer.events()
    next(events)
    assert trainer.survey() is None
    events.close()


def test_a_path_is_what_the_agent_really_saw(toys: Any) -> None:
    run = settings(toys.register_maker(cart_pole), rollout_length=8)
    trainer = Trainer(run, PyTorchEngine(run))
    events = trainer.events()
    assert trainer.look(0, path=True).path == ()
    take(events, StepsTaken, 60)
    frame = trainer.look(1, path=True)
    assert trainer.look(1).path == ()
    events.close()
    told = np.concatenate([states[:-1] for states in frame.path])
    transitions = toys.made[1].transitions
    np.testing.assert_array_equal(told, [before for before, *_ in transitions])
    np.testing.assert_array_equal(frame.path[-1][-1], frame.observation)
    ends = [after for *_, terminated, truncated, after in transitions if terminated or truncated]
    assert len(frame.path) > 1
    for states, after in zip(frame.path, ends, strict=False):
        np.testing.assert_array_equal(states[-1], after)
