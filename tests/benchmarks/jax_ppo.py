"""PPO on CartPole-v1 as one program that JAX compiles, environment and all, in the way of PureJaxRL.

Scans over updates, time steps, epochs and minibatches; what it computes is what our engines compute with
the same setting, but that an episode cut off after 500 steps ends as if the pole had fallen (as in
PureJaxRL), and that numbers of the environment are in single precision.

It answers questions of `engines.py`, one JSON line each, so that it can take turns with our engines. It knows
nothing of this project and needs JAX alone, which no other part of the project needs:

    python -m venv PLACE && PLACE/bin/pip install jax==0.10.2
    python tests/benchmarks/engines.py --parts jax --jax PLACE/bin/python
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections import deque
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

# One core, as our engine has it; JAX reads both when it is imported.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

GAMMA, GAE_LAMBDA, CLIP_RANGE = 0.99, 0.95, 0.2
VALUE_COEF, MAX_GRADIENT_NORM = 0.5, 0.5
FIRST_MOMENT, SECOND_MOMENT, ADAM_EPSILON = 0.9, 0.999, 1e-5
TIME_LIMIT = 500
SOLVED, EPISODES = 475, 100
STEPS_OF_A_CALL = 16_384

Perceptron = list[tuple[Array, Array]]


class Networks(NamedTuple):
    actor: Perceptron
    critic: Perceptron


class Agents(NamedTuple):
    """N agents: states (N, 4) and steps of their episodes (N,)."""

    states: Array
    lengths: Array


class Run(NamedTuple):
    """What goes from one update to the next."""

    networks: Networks
    momentum: Networks
    scale: Networks
    n_gradient_steps: Array
    agents: Agents
    key: Array


class Samples(NamedTuple):
    observations: Array
    actions: Array
    log_probs: Array
    advantages: Array
    returns: Array


@dataclass(frozen=True)
class Setting:
    n_envs: int
    rollout_length: int
    minibatch: int
    n_epochs: int
    learning_rate: float

    @property
    def samples(self) -> int:
        return self.n_envs * self.rollout_length

    @property
    def updates_of_a_call(self) -> int:
        return max(1, STEPS_OF_A_CALL // self.samples)


# ---- CartPole


def draw_starts(key: Array, n_envs: int) -> Array:
    return jax.random.uniform(key, (n_envs, 4), minval=-0.05, maxval=0.05)


def step(agents: Agents, actions: Array, starts: Array) -> tuple[Agents, Array, Array]:
    """Return the agents a step on, where episodes are over in new ones; which are; and their lengths."""
    x, velocity, theta, spin = agents.states.T
    push = jnp.where(actions == 1, 10.0, -10.0)
    cos, sin = jnp.cos(theta), jnp.sin(theta)
    thrust = (push + 0.05 * spin**2 * sin) / 1.1
    spin_change = (9.8 * sin - cos * thrust) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    acceleration = thrust - 0.05 * spin_change * cos / 1.1
    x, theta = x + 0.02 * velocity, theta + 0.02 * spin
    velocity, spin = velocity + 0.02 * acceleration, spin + 0.02 * spin_change
    lengths = agents.lengths + 1
    over = (jnp.abs(x) > 2.4) | (jnp.abs(theta) > 12 * math.pi / 180) | (lengths >= TIME_LIMIT)
    states = jnp.where(over[:, None], starts, jnp.stack([x, velocity, theta, spin], axis=1))
    return Agents(states, jnp.where(over, 0, lengths)), over, lengths


# ---- networks


def new_perceptron(key: Array, units: tuple[int, ...], last_gain: float) -> Perceptron:
    gains = [math.sqrt(2)] * (len(units) - 2) + [last_gain]
    keys = jax.random.split(key, len(gains))
    return [
        (jax.nn.initializers.orthogonal(gain)(one, (n_in, n_out)), jnp.zeros(n_out))
        for one, gain, n_in, n_out in zip(keys, gains, units, units[1:], strict=False)
    ]


def output_of(perceptron: Perceptron, inputs: Array) -> Array:
    for weight, bias in perceptron[:-1]:
        inputs = jnp.tanh(inputs @ weight + bias)
    weight, bias = perceptron[-1]
    return inputs @ weight + bias


def log_probs_of(actor: Perceptron, observations: Array, actions: Array) -> Array:
    log_probs = jax.nn.log_softmax(output_of(actor, observations))
    return jnp.take_along_axis(log_probs, actions[..., None], axis=-1)[..., 0]


def values_of(critic: Perceptron, observations: Array) -> Array:
    return output_of(critic, observations)[..., 0]


# ---- an update


def collect(run: Run, setting: Setting) -> tuple[Run, Samples, Array]:
    """Play a rollout; return its samples (T·N), and lengths of the episodes that ended, else 0, (T, N)."""
    key, noise_key, starts_key = jax.random.split(run.key, 3)
    noise = jax.random.gumbel(noise_key, (setting.rollout_length, setting.n_envs, 2))
    starts = jax.vmap(partial(draw_starts, n_envs=setting.n_envs))(
        jax.random.split(starts_key, setting.rollout_length)
    )

    def act(agents: Agents, drawn: tuple[Array, Array]) -> tuple[Agents, Any]:
        noise, starts = drawn
        actions = jnp.argmax(output_of(run.networks.actor, agents.states) + noise, axis=-1)
        following, over, lengths = step(agents, actions, starts)
        return following, (agents.states, actions, over, lengths)

    agents, (observations, actions, over, lengths) = lax.scan(act, run.agents, (noise, starts))
    values = values_of(run.networks.critic, jnp.concatenate([observations, agents.states[None]]))
    deltas = 1.0 + GAMMA * values[1:] * ~over - values[:-1]

    def sum_up(following: Array, terms: tuple[Array, Array]) -> tuple[Array, Array]:
        delta, over = terms
        advantage = delta + GAMMA * GAE_LAMBDA * ~over * following
        return advantage, advantage

    _, advantages = lax.scan(sum_up, jnp.zeros(setting.n_envs), (deltas, over), reverse=True, unroll=16)
    log_probs = log_probs_of(run.networks.actor, observations, actions)
    samples = Samples(observations, actions, log_probs, advantages, advantages + values[:-1])
    samples = jax.tree.map(lambda each: each.reshape(setting.samples, *each.shape[2:]), samples)
    return run._replace(agents=agents, key=key), samples, jnp.where(over, lengths, 0)


def loss_of(networks: Networks, samples: Samples) -> Array:
    ratios = jnp.exp(log_probs_of(networks.actor, samples.observations, samples.actions) - samples.log_probs)
    advantages = samples.advantages
    advantages = (advantages - advantages.mean()) / (advantages.std(ddof=1) + 1e-8)
    clipped = jnp.clip(ratios, 1 - CLIP_RANGE, 1 + CLIP_RANGE)
    policy_loss = -jnp.minimum(ratios * advantages, clipped * advantages).mean()
    value_loss = jnp.square(values_of(networks.critic, samples.observations) - samples.returns).mean()
    return policy_loss + VALUE_COEF * value_loss


def descend(run: Run, samples: Samples, learning_rate: float) -> Run:
    """Take a step of Adam down the gradient, whose norm is limited."""
    gradient = jax.grad(loss_of)(run.networks, samples)
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(part)) for part in jax.tree.leaves(gradient)))
    limit = jnp.minimum(1.0, MAX_GRADIENT_NORM / (norm + 1e-6))
    number = run.n_gradient_steps + 1
    rate = learning_rate / (1 - FIRST_MOMENT**number)
    correction = 1 / jnp.sqrt(1 - SECOND_MOMENT**number)

    momentum = jax.tree.map(
        lambda old, new: FIRST_MOMENT * old + (1 - FIRST_MOMENT) * limit * new, run.momentum, gradient
    )
    scale = jax.tree.map(
        lambda old, new: SECOND_MOMENT * old + (1 - SECOND_MOMENT) * jnp.square(limit * new),
        run.scale,
        gradient,
    )
    networks = jax.tree.map(
        lambda old, m, v: old - rate * m / (jnp.sqrt(v) * correction + ADAM_EPSILON),
        run.networks,
        momentum,
        scale,
    )
    return run._replace(networks=networks, momentum=momentum, scale=scale, n_gradient_steps=number)


def update(run: Run, setting: Setting) -> tuple[Run, Array]:
    """Collect a rollout and improve on it; return lengths as `collect`."""
    run, samples, lengths = collect(run, setting)

    def epoch(run: Run, _: None) -> tuple[Run, None]:
        key, order_key = jax.random.split(run.key)
        order = jax.random.permutation(order_key, setting.samples).reshape(-1, setting.minibatch)

        def minibatch(run: Run, chosen: Array) -> tuple[Run, None]:
            return descend(run, jax.tree.map(lambda each: each[chosen], samples), setting.learning_rate), None

        return lax.scan(minibatch, run._replace(key=key), order)

    run, _ = lax.scan(epoch, run, None, setting.n_epochs)
    return run, lengths


# ---- what is asked


def begin(setting: Setting, seed: int) -> Run:
    key, actor_key, critic_key, starts_key = jax.random.split(jax.random.key(seed), 4)
    networks = Networks(
        new_perceptron(actor_key, (4, 64, 64, 2), 0.01), new_perceptron(critic_key, (4, 64, 64, 1), 1.0)
    )
    nothing = jax.tree.map(jnp.zeros_like, networks)
    agents = Agents(draw_starts(starts_key, setting.n_envs), jnp.zeros(setting.n_envs, int))
    return Run(networks, nothing, nothing, jnp.zeros((), int), agents, key)


@cache
def compiled(setting: Setting) -> tuple[Any, float]:
    """Return the program of some updates, and the processor time that its compilation took."""

    def updates(run: Run) -> tuple[Run, Array]:
        return lax.scan(lambda run, _: update(run, setting), run, None, setting.updates_of_a_call)

    run, begun = begin(setting, 0), time.process_time()
    program = jax.jit(updates).lower(run).compile()
    return program, time.process_time() - begun


def speed_of(setting: Setting, seed: int, steps: int) -> dict[str, float]:
    """Return environment steps per second of processor time, which does not have compilation in it."""
    program, compilation = compiled(setting)
    run, _ = jax.block_until_ready(program(begin(setting, seed)))
    calls = math.ceil(steps / (setting.updates_of_a_call * setting.samples))
    begun = time.process_time()
    for _ in range(calls):
        run, _ = jax.block_until_ready(program(run))
    taken = time.process_time() - begun
    return {
        "speed": calls * setting.updates_of_a_call * setting.samples / taken,
        "compilation": compilation,
    }


def solve(setting: Setting, seed: int, steps: int) -> dict[str, float | None]:
    """Return the steps and the processor time until the mean return of 100 episodes is 475, or no steps."""
    program, _ = compiled(setting)
    run, begun = begin(setting, seed), time.process_time()
    latest: deque[int] = deque(maxlen=EPISODES)
    for call in range(math.ceil(steps / (setting.updates_of_a_call * setting.samples))):
        run, lengths = program(run)
        for index, length in enumerate(np.asarray(lengths).ravel().tolist()):
            if length:
                latest.append(length)
                if len(latest) == EPISODES and sum(latest) >= SOLVED * EPISODES:
                    before = call * setting.updates_of_a_call * setting.samples
                    return {"steps": before + index + 1, "seconds": time.process_time() - begun}
    return {"steps": None, "seconds": time.process_time() - begun}


QUESTIONS = {"speed": speed_of, "solve": solve}


def main() -> None:
    for line in sys.stdin:
        question = json.loads(line)
        answer = QUESTIONS[question["what"]](
            Setting(**question["setting"]), question["seed"], question["steps"]
        )
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
