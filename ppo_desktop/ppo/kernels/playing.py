"""Acting in the environments: many time steps of a rollout at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.dynamics import advance, observe
from ppo_desktop.ppo.kernels.layers import forward
from ppo_desktop.ppo.kernels.normalizing import normalize
from ppo_desktop.ppo.kernels.updating import Networks, transpose_networks

ENDED_AT, AGENT, RETURN, LENGTH = range(4)
"""What is written of an episode that ended."""
N_ENDED_COLUMNS = 4


class Players(NamedTuple):
    """N agents, each in an environment of its own; S numbers make a state.

    Attributes:
        states: (N, S) float64, where each environment is.
        returns: (N,) float64, sum of the episode's rewards so far.
        lengths: (N,) int64, the episode's steps so far.
        over: (N,) bool, whether the last step ended its episode; states are those of the next one.
        starts: (N, K, S) float64, the states in which the next K episodes begin.
        used: (N,) int64, how many of them have begun.
        final_states: (N, S) float64, where the latest episode that is over ended.
    """

    states: NDArray[np.float64]
    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    over: NDArray[np.bool_]
    starts: NDArray[np.float64]
    used: NDArray[np.int64]
    final_states: NDArray[np.float64]


class Records(NamedTuple):
    """What happened in T steps; see `rollout.Rollout`. Actions stand in one of two places.

    Attributes:
        observations: (T + 1, N, n_observations).
        choices: (T, N) int64 of a discrete policy, else (0, 0).
        draws: (T, N, D) of a Gaussian policy, else (0, 0, 0).
        rewards: (T, N).
        terminated: (T, N) bool.
        truncated: (T, N) bool.
        final_observations: (T, N, n_observations), where an episode ended.
    """

    observations: Floats
    choices: NDArray[np.int64]
    draws: Floats
    rewards: Floats
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_observations: Floats


class Policy(NamedTuple):
    """What acting needs to know.

    Attributes:
        networks: Of which the actor acts.
        mean: (n_observations,), subtracted from observations.
        scale: (n_observations,), what they are then multiplied with; empty if they stay as they are.
        low: (D,), lower bounds of a continuous action.
        high: (D,), upper bounds.
    """

    networks: Networks
    mean: Floats
    scale: Floats
    low: Floats
    high: Floats


class Workspace(NamedTuple):
    """Memory to compute in.

    Attributes:
        seen: (N, n_observations).
        hidden: (L, N, H).
        outputs: (N, |A| or D).
        ended: (E, N_ENDED_COLUMNS) float64, the episodes that ended.
    """

    seen: Floats
    hidden: Floats
    outputs: Floats
    ended: NDArray[np.float64]


class Game(NamedTuple):
    """Agents in their environments, the policy they act by, and the rollout in which it is written down.

    Attributes:
        environment: Its number, of `constants`.
        time_limit: Steps after which an episode is cut off.
        players: The agents.
        records: The rollout.
        policy: By which they act.
        noise: (T, N, |A| or D), of the actions; see `Actor.sample`.
        workspace: Memory.
    """

    environment: int
    time_limit: int
    players: Players
    records: Records
    policy: Policy
    noise: Floats
    workspace: Workspace


@kernel
def play(game: Game, time: int, until: int) -> tuple[int, int]:
    """Let every agent act from `time` to `until`; return the time reached and how many episodes ended.

    a = argmax(logits + Gumbel noise), or mean + noise (`Actor.sample`), and `Agents.step` for each agent. The
    networks may have been changed from outside before a rollout: they are transposed when it begins. It ends
    early when an agent has no start state left, or the workspace no row for another ended episode.
    """
    # Arrays that are passed on are taken out of their tuples here: in the loop it would cost time each time.
    environment, time_limit, noise = game.environment, game.time_limit, game.noise
    players, records, policy, workspace = game.players, game.records, game.policy, game.workspace
    observations, final_observations = records.observations, records.final_observations
    choices, draws = records.choices, records.draws
    states, returns, lengths, over = players.states, players.returns, players.lengths, players.over
    starts, used, final_states = players.starts, players.used, players.final_states
    networks, outputs = policy.networks, workspace.outputs
    if time == 0:
        transpose_networks(networks, observations.shape[2])
    n_agents, n_ended = len(states), 0
    while time < until and n_ended + n_agents <= len(workspace.ended):
        normalize(observations[time], policy.mean, policy.scale, workspace.seen)
        seen, hidden = workspace.seen, workspace.hidden
        forward(networks.transposed, networks.n_components, networks.relu, seen, hidden, outputs)
        following, final = observations[time + 1], final_observations[time]
        has_starts = True
        for agent in range(n_agents):
            action, force = _take_action(agent, time, outputs, noise, choices, draws, policy.low, policy.high)
            if over[agent]:
                returns[agent], lengths[agent] = 0.0, 0
            reward, terminated = advance(environment, states, agent, action, force)
            returns[agent] += reward
            lengths[agent] += 1
            truncated = lengths[agent] >= time_limit
            records.rewards[time, agent] = reward
            records.terminated[time, agent] = terminated
            records.truncated[time, agent] = truncated
            over[agent] = terminated or truncated
            if over[agent]:
                observe(environment, states, agent, final)
                final_states[agent] = states[agent]
                states[agent] = starts[agent, used[agent]]
                used[agent] += 1
                has_starts = has_starts and used[agent] < starts.shape[1]
                workspace.ended[n_ended, ENDED_AT], workspace.ended[n_ended, AGENT] = time, agent
                workspace.ended[n_ended, RETURN] = returns[agent]
                workspace.ended[n_ended, LENGTH] = lengths[agent]
                n_ended += 1
            observe(environment, states, agent, following)
        time += 1
        if not has_starts:
            break
    return time, n_ended


@kernel
def _take_action(
    agent: int,
    time: int,
    outputs: Floats,
    noise: Floats,
    choices: NDArray[np.int64],
    draws: Floats,
    low: Floats,
    high: Floats,
) -> tuple[int, np.float32]:
    """Draw an agent's action and write it down; return it as an environment takes it: number and force."""
    for output in range(outputs.shape[1]):
        outputs[agent, output] += noise[time, agent, output]
    if len(low) == 0:
        action = 0
        for other in range(1, outputs.shape[1]):
            if outputs[agent, other] > outputs[agent, action]:
                action = other
        choices[time, agent] = action
        return action, np.float32(0)
    for component in range(outputs.shape[1]):
        draws[time, agent, component] = outputs[agent, component]
    return 0, min(max(outputs[agent, 0], low[0]), high[0])
