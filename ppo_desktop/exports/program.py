"""A2C and PPO as one plain program: what `python_script` writes down, with only what a run uses.

It computes, bit for bit, what `Trainer` computes with the `PyTorchEngine`, and from the same functions.
Conditions on what never changes in a run are decided when it is written; see `composition`.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import torch
from torch import nn

from ppo_desktop.ppo.actor_critic import POLICY_HEAD_GAIN, VALUE_HEAD_GAIN, gaussian_noise, gumbel_noise
from ppo_desktop.ppo.advantages import generalized_advantage_estimate, normalize_advantages
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.constants import ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import (
    RunningStatistics,
    discounted_sums,
    mean_and_scale,
    normalize_observations,
    scale_rewards,
)
from ppo_desktop.ppo.objective import (
    approx_kl,
    calculate_losses,
    categorical_entropy,
    categorical_log_prob,
    gaussian_entropy,
    gaussian_log_prob,
    total_loss,
)
from ppo_desktop.ppo.perceptron import orthogonal
from ppo_desktop.ppo.rollout import shuffled_minibatches
from ppo_desktop.ppo.seeding import Stream, stream_seed


@dataclass(frozen=True)
class Settings(Hyperparameters):
    """What makes a run; a script has those of them that it uses."""

    environment_id: str = "CartPole-v1"
    seed: int = 1
    updates: int = 1


CHANGES: list[Any] = []
"""(update, gradient step, name, value): what is in force from this gradient step of this update on."""
PARAMETERS_SHA256 = ""
IS_DISCRETE, IS_TANH, IS_ORTHOGONAL, IS_RESIZED, IS_PACED, IS_WHOLE = 6 * [True]
"""What is known of every run when it is written down."""


class GridWorld(gymnasium.Env[Any, Any]):
    """Walk up, right, down or left to the goal G, and keep out of the pit P; every step costs a little."""

    rows = ("......G", ".##....", ".#..#..", "....#..", "..P....")
    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(4)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Put the agent into a free cell."""
        super().reset(seed=seed, options=options)
        free = [(y, x) for y, row in enumerate(self.rows) for x, cell in enumerate(row) if cell == "."]
        self.place = free[self.np_random.integers(len(free))]
        return self.seen(), {}

    def step(self, action: Any) -> Any:
        """Move the agent by one cell, if neither a wall nor the border is in its way."""
        y, x = self.place[0] + (-1, 0, 1, 0)[action], self.place[1] + (0, 1, 0, -1)[action]
        if 0 <= y < 5 and 0 <= x < 7 and self.rows[y][x] != "#":
            self.place = y, x
        cell = self.rows[self.place[0]][self.place[1]]
        return self.seen(), {"G": 1.0, "P": -1.0}.get(cell, -0.01), cell in "GP", False, {}

    def seen(self) -> Floats:
        """Return column and row, each scaled to [−1, 1]."""
        return np.array([2 * self.place[1] / 6 - 1, 2 * self.place[0] / 4 - 1], np.float32)


def make_agent(settings: Settings) -> Any:
    """Return an environment for an agent to play in."""
    return gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make(settings.environment_id))


def changed(settings: Settings, update: int, step: int) -> Settings:
    """Return the settings in force at a gradient step of an update; step 0 is the update's rollout."""
    return replace(settings, **{k: v for *at, k, v in CHANGES if at <= [update, step]})


def make_network(sizes: list[int], head_gain: float, generator: np.random.Generator) -> nn.Sequential:
    """Return fully connected layers of these sizes with an activation between them, not trained yet."""
    modules: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layer = nn.Linear(n_in, n_out)
        if IS_ORTHOGONAL:
            gain = head_gain if len(modules) == 2 * len(sizes) - 4 else math.sqrt(2)
            layer.weight.data.copy_(torch.from_numpy(gain * orthogonal((n_out, n_in), generator)))
            layer.bias.data.zero_()
        else:
            for numbers in (layer.weight.data, layer.bias.data):
                bound = 1 / math.sqrt(n_in)
                numbers.copy_(torch.from_numpy(generator.uniform(-bound, bound, numbers.shape)))
        modules += [layer, nn.Tanh() if IS_TANH else nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def forward(network: nn.Sequential, inputs: Floats) -> Floats:
    """Return a network's outputs, computed in NumPy, which is faster for the few rows of a time step."""
    *hidden, head = [[numbers.detach().numpy() for numbers in layer.parameters()] for layer in network[::2]]  # type: ignore[attr-defined]
    for weight, bias in hidden:
        inputs = np.tanh(inputs @ weight.T + bias) if IS_TANH else np.maximum(0.0, inputs @ weight.T + bias)
    return inputs @ head[0].T + head[1]  # type: ignore[no-any-return]


def train(settings: Settings) -> None:
    """Let agents play a rollout, judge what they did, improve actor and critic; again and again."""
    torch.set_num_threads(1)  # several would add up in another order, and round otherwise
    acting = np.random.default_rng(stream_seed(settings.seed, Stream.ACTIONS))
    mix = np.random.default_rng(stream_seed(settings.seed, Stream.MINIBATCHES))

    # Agents: copies of the environment, each with a seed of its own.
    agents = [make_agent(settings) for _ in range(settings.n_envs)]
    now = np.array(
        [one.reset(seed=stream_seed(settings.seed, Stream.AGENTS, n))[0] for n, one in enumerate(agents)]
    )
    if IS_RESIZED:
        n_made = settings.n_envs
    if IS_DISCRETE:
        n_inputs, n_outputs = now.shape[1], agents[0].action_space.n
    else:
        space = agents[0].action_space
        n_inputs, n_outputs = now.shape[1], space.shape[0]
    finished, steps = list[float](), 0
    if settings.normalize_observations:
        seen = RunningStatistics(0, np.zeros(n_inputs), np.ones(n_inputs))
    if settings.normalize_rewards:
        sums_so_far, sums = RunningStatistics(0, np.zeros(1), np.ones(1)), np.zeros(settings.n_envs)

    # Actor and critic: separate networks. All parameters are one flat array, for one norm and one optimizer.
    hidden = [settings.hidden_units] * settings.hidden_layers
    initialization = np.random.default_rng(stream_seed(settings.seed, Stream.INITIALIZATION))
    actor = make_network([n_inputs, *hidden, n_outputs], POLICY_HEAD_GAIN, initialization)
    critic = make_network([n_inputs, *hidden, 1], VALUE_HEAD_GAIN, initialization)
    if IS_DISCRETE:
        parameters = [*actor.parameters(), *critic.parameters()]
    else:
        log_std = nn.Parameter(torch.full((n_outputs,), settings.initial_log_std))
        parameters = [log_std, *actor.parameters(), *critic.parameters()]
    flat: Any = nn.Parameter(nn.utils.parameters_to_vector(parameters).detach())
    flat.grad = torch.zeros_like(flat)
    counts = [one.numel() for one in parameters]
    for one, numbers, gradient in zip(parameters, flat.data.split(counts), flat.grad.split(counts)):  # noqa: B905
        one.data, one.grad = numbers.view_as(one), gradient.view_as(one)
    if settings.max_grad_norm is not None:
        n_actor = flat.numel() - sum(one.numel() for one in critic.parameters())
    adam = torch.optim.Adam(
        [flat], settings.learning_rate, betas=(ADAM_BETA_1, ADAM_BETA_2), eps=ADAM_EPSILON, fused=True
    )

    for update in range(1, settings.updates + 1):
        if CHANGES:
            settings = changed(settings, update, 0)
        if (update, 0, "seed", settings.seed) in CHANGES:  # a branch, from here on with other random numbers
            acting = np.random.default_rng(stream_seed(settings.seed, Stream.ACTIONS))
            mix = np.random.default_rng(stream_seed(settings.seed, Stream.MINIBATCHES))
            for n, one in enumerate(agents):
                one.unwrapped.np_random = np.random.default_rng(stream_seed(settings.seed, Stream.AGENTS, n))
        if IS_RESIZED:  # the first agents stay, and new ones begin
            agents, now = agents[: settings.n_envs], now[: settings.n_envs]
            if settings.normalize_rewards:
                sums = np.append(sums[: settings.n_envs], np.zeros(max(0, settings.n_envs - len(sums))))
            while len(agents) < settings.n_envs:
                agents.append(make_agent(settings))
                begun, _ = agents[-1].reset(seed=stream_seed(settings.seed, Stream.AGENTS, n_made))
                now, n_made = np.append(now, [begun], axis=0), n_made + 1
        if IS_WHOLE:
            T, N = settings.rollout_length, settings.n_envs
        else:
            T, N, K, M = settings.rollout_length, settings.n_envs, settings.n_epochs, settings.n_minibatches
        if settings.normalize_observations:
            mean, scale = mean_and_scale(seen)
        if settings.anneal:  # α and ε fall in a straight line, to 0 at the total number of steps
            assert settings.total_steps is not None
            left = 1.0 - min(steps, (settings.total_steps - 1) // (N * T) * (N * T)) / settings.total_steps

        # Rollout: N agents take T steps, all with the same policy.
        observations = np.zeros((T + 1, N, n_inputs), np.float32)
        observations[0] = now
        rewards, finals = np.zeros((T, N), np.float32), []
        terminated, truncated = np.zeros((T, N), bool), np.zeros((T, N), bool)
        if IS_DISCRETE:
            actions: Any = np.zeros((T, N), np.int64)
            noise = gumbel_noise((T, N, n_outputs), acting)
        else:
            actions = np.zeros((T, N, n_outputs), np.float32)
            noise = gaussian_noise((T, N, n_outputs), log_std.detach().numpy(), acting)
        for t in range(T):
            if settings.normalize_observations:
                inputs = normalize_observations(observations[t], mean, scale)
            else:
                inputs = observations[t]
            if IS_DISCRETE:  # the largest of logits + noise is drawn from the softmax of the logits
                played = actions[t] = (forward(actor, inputs) + noise[t]).argmax(-1)
            else:
                actions[t] = forward(actor, inputs) + noise[t]
                played = np.clip(actions[t], space.low, space.high)
            for n, one in enumerate(agents):
                observation, rewards[t, n], terminated[t, n], truncated[t, n], info = one.step(played[n])
                if terminated[t, n] or truncated[t, n]:
                    if settings.normalize_observations:
                        finals.append(normalize_observations(np.array(observation, np.float32), mean, scale))
                    else:
                        finals.append(np.array(observation, np.float32))
                    finished.append(info["episode"]["r"])
                    observation, _ = one.reset()
                observations[t + 1, n] = observation
        now, steps = observations[T], steps + N * T

        # Advantages: by how much each action was better than the critic had thought.
        inputs = observations.reshape(-1, n_inputs)
        if settings.normalize_observations:
            seen = seen.including(inputs[: T * N])
            inputs = normalize_observations(inputs, mean, scale)
        if settings.normalize_rewards:
            followed = discounted_sums(rewards, terminated | truncated, settings.gamma, sums)
            sums_so_far = sums_so_far.including(followed.reshape(-1, 1))
            rewards = scale_rewards(rewards, sums_so_far)
        with torch.no_grad():
            values = critic(torch.from_numpy(inputs)).view(T + 1, N)
            next_values = values[1:].clone()
            if finals:  # V of the observations that really followed, not of the next episodes' first
                next_values.numpy()[terminated | truncated] = critic(
                    torch.from_numpy(np.array(finals))
                ).flatten()
            gained, died, stopped = map(torch.from_numpy, (rewards, terminated, truncated))
            advantages = generalized_advantage_estimate(
                gained, values[:-1], next_values, died, stopped, settings.gamma, settings.gae_lambda
            ).flatten()
            states, drawn = torch.from_numpy(inputs)[: T * N], torch.from_numpy(actions).flatten(0, 1)
            if IS_DISCRETE:
                log_probs = categorical_log_prob(actor(states), drawn)
            else:
                log_probs = gaussian_log_prob(actor(states), log_std, drawn)
        batch = [states, drawn, log_probs, advantages, advantages + values[:-1].flatten()]

        # Update: K epochs of M minibatches, and with each minibatch a gradient step.
        epochs = [shuffled_minibatches(T * N, M, mix) for _ in range(K)]
        if any(moment[1] for moment in CHANGES):
            step = 0
        for minibatches in epochs:
            if settings.target_kl is not None:
                with torch.no_grad():
                    if IS_DISCRETE:
                        log_prob = categorical_log_prob(actor(states), drawn)
                    else:
                        log_prob = gaussian_log_prob(actor(states), log_std, drawn)
                if approx_kl(log_prob, log_probs).item() > settings.target_kl:
                    break  # the policy has moved far enough
            for minibatch in minibatches:
                if any(moment[1] for moment in CHANGES):
                    step += 1
                    settings = changed(settings, update, step)
                if settings.anneal:
                    adam.param_groups[0]["lr"] = settings.learning_rate * left
                    epsilon = None if settings.clip_range is None else settings.clip_range * left
                else:
                    if IS_PACED:
                        adam.param_groups[0]["lr"] = settings.learning_rate
                    epsilon = settings.clip_range
                rows = [torch.from_numpy(column.numpy()[minibatch]) for column in batch] if M > 1 else batch
                state, action, log_prob_old, advantage, value_target = rows
                if settings.normalize_advantages:
                    advantage = normalize_advantages(advantage)
                outputs, value = actor(state), critic(state).squeeze(-1)
                if IS_DISCRETE:
                    log_prob = categorical_log_prob(outputs, action)
                else:
                    log_prob = gaussian_log_prob(outputs, log_std, action)
                losses = calculate_losses(log_prob, log_prob_old, advantage, value, value_target, epsilon)
                if settings.entropy_coef > 0:
                    if IS_DISCRETE:
                        entropy = categorical_entropy(outputs)
                    else:
                        entropy = gaussian_entropy(log_std).expand(len(outputs))
                    loss = total_loss(*losses, entropy, settings.value_coef, settings.entropy_coef)
                else:
                    loss = losses[0] + settings.value_coef * losses[1]
                flat.grad.zero_()
                loss.backward()
                if settings.max_grad_norm is not None:
                    norm = math.hypot(*map(np.linalg.norm, np.split(flat.grad.numpy(), [n_actor])))
                    flat.grad *= settings.max_grad_norm / max(norm, settings.max_grad_norm)
                adam.step()
        if finished and update % max(1, settings.updates // 20) == 0:
            print(f"update {update}: {steps} steps, mean return {np.mean(finished[-100:]):.1f}", flush=True)

    fingerprint = hashlib.sha256(flat.detach().numpy().tobytes()).hexdigest()
    print(f"parameters_sha256 {fingerprint}")
    print("the run's own" if fingerprint == PARAMETERS_SHA256 else f"the run's own is {PARAMETERS_SHA256}")
