"""Every compiled environment against Gymnasium's own, step for step and episode for episode.

Before each step Gymnasium's environment is put into our state: what differs in the last digit does
not grow from step to step, which in the double pendulum it would within seconds.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from numpy.typing import NDArray

import ppo_desktop.ppo.catalogue.grid_environment  # noqa: F401  (registers it)
from ppo_desktop.ppo.agents import Agents, EndedEpisode, LastStep
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, is_compiled
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.engines.compiled_agents import STARTS, CompiledAgents, kernel_of
from ppo_desktop.ppo.kernels.dynamics import advance, observe_all
from ppo_desktop.ppo.kernels.playing import Policy, Workspace
from ppo_desktop.ppo.kernels.updating import Networks
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.seeding import agent_seed

ROUNDING = 1e-14
"""Largest relative difference of states: sine and cosine are NumPy's there and the system's here,
which may round differently, and so may a sum in another order; a few units of 2⁻⁵³ come of it."""
EXACT = ("MountainCar-v0", "MountainCarContinuous-v0", "GridWorld-v0")
"""Where Gymnasium takes Python's cosine, or none: here nothing is left to differ."""
SQUARED_TORQUE = 1e-9
"""Rewards differ by no more: NumPy may round the square of Pendulum's torque, in single precision, up or
down, and Pendulum's rewards are some units."""

EVERY_ENVIRONMENT = pytest.mark.parametrize("environment_id", list(filter(is_compiled, KNOWN_ENVIRONMENTS)))


# ---- single steps


def put(environment: Any, state: NDArray[np.float64], begins: bool) -> None:
    """Put Gymnasium's environment into a state, as its own step or reset would have left it."""
    bare = environment.unwrapped
    if bare.spec.id == "GridWorld-v0":
        bare.cell = int(state[0])
    elif bare.spec.id == "MountainCarContinuous-v0" and not begins:
        bare.state = state.astype(np.float32)
    else:
        bare.state = state.copy()
    bare.steps_beyond_terminated = None


def state_of(environment: Any) -> NDArray[np.float64]:
    bare = environment.unwrapped
    return np.array([bare.cell] if bare.spec.id == "GridWorld-v0" else bare.state, float)


def assert_equal_observations(ours: NDArray[np.float32], theirs: Any) -> None:
    """Equal in single precision, or neighbours where a number lies between the two."""
    np.testing.assert_array_max_ulp(ours, np.array(theirs, np.float32), maxulp=1)


def all_pairs(first: list[float], second: list[float]) -> NDArray[np.float64]:
    return np.stack([numbers.ravel() for numbers in np.meshgrid(first, second)], axis=1)


def around(*edges: float) -> list[float]:
    """Return both signs of each number, and their neighbours on either side."""
    signed = [sign * edge for edge in edges for sign in (-1, 1)]
    return [
        float(number) for edge in signed for number in (np.nextafter(edge, -99), edge, np.nextafter(edge, 99))
    ]


def states_all_over(environment_id: str, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return states from the whole state space, those on the edges of its rules among them."""
    count = 2000
    if environment_id == "CartPole-v1":
        fallen = 12 * 2 * np.pi / 360
        anywhere = generator.uniform(-1, 1, (count, 4)) * [2.5, 4, 1.2 * fallen, 4]
        edges = np.zeros((144, 4))
        edges[:, [0, 2]] = np.tile(all_pairs([*around(2.4)], [*around(fallen)]), (4, 1))
        edges[:, 1] = np.repeat([0, 0, 1e-9, -1e-9], 36)
        edges[:, 3] = np.repeat([0, 1e-9, -1e-9, 0], 36)
        return np.concatenate([anywhere, edges])
    if environment_id == "Acrobot-v1":
        fastest = [4 * np.pi, 9 * np.pi]
        anywhere = generator.uniform(-1, 1, (count, 4)) * [np.pi, np.pi, *fastest]
        fast = generator.choice([-1, 0, 1], (count, 4)) * [np.pi, np.pi, *fastest]
        return np.concatenate([anywhere, fast, anywhere * [1, 1, 0.1, 0.1]])
    if environment_id == "Pendulum-v1":
        anywhere = generator.uniform(-1, 1, (count, 2)) * [20 * np.pi, 8]
        edges = all_pairs([*around(0, np.pi, 2 * np.pi, 3 * np.pi), 1e3, -1e3], [-8, -7.99, 0, 7.99, 8])
        return np.concatenate([anywhere, edges])
    if environment_id.startswith("MountainCar"):
        goal = 0.45 if "Continuous" in environment_id else 0.5
        anywhere = generator.uniform([-1.2, -0.07], [0.6, 0.07], (count, 2))
        at_the_walls = all_pairs(
            [-1.2, -1.199, -1.14, -1.13, goal - 0.07, goal - 0.001, goal, goal + 0.001, 0.53, 0.599, 0.6],
            [*np.linspace(-0.07, 0.07, 29), *around(1e-3, 2.5e-3)],
        )
        states = np.concatenate([anywhere, at_the_walls])
        return states.astype(np.float32).astype(float) if "Continuous" in environment_id else states
    return np.repeat(np.array(GridMap().free_cells, float), 100)[:, np.newaxis]


def random_action(space: Any, generator: np.random.Generator) -> tuple[int, np.float32]:
    """Return a choice and a force within bounds, one of which the environment takes; bounds are frequent."""
    if isinstance(space, gymnasium.spaces.Discrete):
        return int(generator.integers(space.n)), np.float32(0)
    force = np.clip(generator.normal(0, space.high[0]), space.low[0], space.high[0])
    return 0, np.float32(generator.choice([force, force, 0]))


def assert_equal_states(environment: Any, ours: NDArray[np.float64]) -> None:
    rounding = 0 if environment.unwrapped.spec.id in EXACT else ROUNDING
    np.testing.assert_allclose(ours, state_of(environment), rtol=rounding, atol=rounding)


@EVERY_ENVIRONMENT
@pytest.mark.parametrize("begins", [False, True], ids=["anywhere", "from a start"])
def test_a_step_leads_where_gymnasiums_leads(environment_id: str, begins: bool) -> None:
    compiled, environment = kernel_of(environment_id), gymnasium.make(environment_id)
    environment.reset()
    generator = np.random.default_rng(1)
    states = compiled.draw_starts(generator, 500) if begins else states_all_over(environment_id, generator)
    observations = np.empty((1, *environment.observation_space.shape), np.float32)  # type: ignore[misc]
    is_discrete = isinstance(environment.action_space, gymnasium.spaces.Discrete)
    ends = set()
    for before in states:
        choice, force = random_action(environment.action_space, generator)
        put(environment, before, begins)
        seen, reward, terminated, _, _ = environment.unwrapped.step(
            choice if is_discrete else np.array([force])
        )
        after = before[np.newaxis].copy()
        our_reward, our_terminated = advance(compiled.number, after, 0, choice, force)
        observe_all(compiled.number, after, observations)
        assert_equal_states(environment, after[0])
        assert_equal_observations(observations[0], seen)
        allowed = SQUARED_TORQUE if environment_id == "Pendulum-v1" else 0
        assert our_reward == pytest.approx(float(reward), rel=0, abs=allowed)
        assert our_terminated is terminated
        ends.add(terminated)
    environment.close()
    if not begins and environment_id != "Pendulum-v1":
        assert ends == {False, True}, "the states show both"


# ---- the states that episodes begin in


@EVERY_ENVIRONMENT
def test_every_episode_begins_in_the_state_of_gymnasiums_reset(environment_id: str) -> None:
    agents = CompiledAgents(environment_id, 3, seed=5)
    agents._time_limit = 2
    episodes = 3 * STARTS + 2
    begun = [[state.copy()] for state in agents._players.states]
    rollout, player = Rollout.empty(2 * episodes, 3, agents.spaces), Player(agents)
    rollout.observations[0] = agents.observations
    actions = player.random_actions(2 * episodes, np.random.default_rng(1))
    for time in range(2 * episodes):
        player.play(rollout, actions, time + 1)
        for agent in np.flatnonzero(agents._players.over):
            begun[agent].append(agents._players.states[agent].copy())
    agents.close()
    environment = gymnasium.make(environment_id)
    for agent, states in enumerate(begun):
        assert len(states) > 3 * STARTS
        environment.reset(seed=agent_seed(5, agent))
        for state in states:
            assert state.tolist() == state_of(environment).tolist()
            environment.reset()
    environment.close()


# ---- whole rollouts


class Player:
    """Makes compiled agents take given actions: a policy that always says 0, and the actions as noise."""

    def __init__(self, agents: CompiledAgents) -> None:
        self.agents = agents
        spaces = agents.spaces
        n_outputs = spaces.n_actions or len(spaces.action_low)
        nothing = np.empty(0, np.float32)
        low, high = np.array(spaces.action_low, np.float32), np.array(spaces.action_high, np.float32)
        n_actor, n_critic = ((spaces.n_observations + 1 + n) * 4 + n for n in (n_outputs, 1))
        networks = Networks(
            *np.zeros((2, n_actor + n_critic), np.float32),
            n_actor_parameters=n_actor,
            n_components=0,
            relu=False,
            hidden=np.zeros((1, 1, 4), np.float32),
            outputs=np.zeros((1, n_outputs), np.float32),
            probabilities=np.zeros((1, n_outputs), np.float32),
            values=np.zeros((1, 1), np.float32),
        )
        self.policy = Policy(networks, nothing, nothing, low, high)
        self.workspace = Workspace(
            np.zeros((len(agents), spaces.n_observations), np.float32),
            np.zeros((1, len(agents), 4), np.float32),
            np.zeros((len(agents), n_outputs), np.float32),
            np.zeros((50 + len(agents), 4)),
        )

    def random_actions(self, length: int, generator: np.random.Generator) -> NDArray[Any]:
        """Return actions of a rollout; continuous ones leave the bounds often, and far."""
        shape, spaces = (length, len(self.agents)), self.agents.spaces
        if spaces.n_actions is not None:
            return generator.integers(spaces.n_actions, size=shape)
        return generator.normal(0, 2 * spaces.action_high[0], (*shape, 1)).astype(np.float32)

    def play(self, rollout: Rollout, actions: NDArray[Any], until: int) -> tuple[int, list[EndedEpisode]]:
        n_actions = self.agents.spaces.n_actions
        noise = actions if n_actions is None else np.eye(n_actions, dtype=np.float32)[actions]
        return self.agents.play(rollout, noise, self.policy, self.workspace, until)


def assert_equal_last_steps(ours: LastStep, theirs: LastStep) -> None:
    assert_equal_observations(ours.observation, theirs.observation)
    assert ours._replace(observation=theirs.observation, episode_return=theirs.episode_return) == theirs
    assert ours.episode_return == pytest.approx(theirs.episode_return, abs=1000 * SQUARED_TORQUE)


ENOUGH_FOR_TWO_ENDS = {
    "CartPole-v1": 60,
    "Acrobot-v1": 1001,
    "MountainCarContinuous-v0": 1999,
    "GridWorld-v0": 101,
}


@EVERY_ENVIRONMENT
def test_a_rollout_is_that_of_gymnasiums_agents(environment_id: str) -> None:
    """Row by row, with agents that come and go, and with what an onlooker sees."""
    ours, theirs = CompiledAgents(environment_id, 2, seed=3), Agents(environment_id, 2, seed=3)
    generator = np.random.default_rng(1)
    assert ours.spaces == theirs.spaces
    ended_in_all = 0
    for n_envs, length in ((2, ENOUGH_FOR_TWO_ENDS.get(environment_id, 401)), (4, 30), (1, 20), (3, 30)):
        ours.resize(n_envs)
        theirs.resize(n_envs)
        assert len(ours) == len(theirs) == n_envs
        player = Player(ours)
        actions = player.random_actions(length, generator)
        rollout, expected = (Rollout.empty(length, n_envs, agents.spaces) for agents in (ours, theirs))
        rollout.observations[0], expected.observations[0] = ours.observations, theirs.observations
        for time in range(length):
            for agent, played in enumerate(theirs._agents):
                begins = played.episode_over or played.length == 0
                put(played.environment, ours._players.states[agent], begins)
            reached, ended = player.play(rollout, actions, time + 1)
            their_ended = theirs.step(expected, time, actions[time])
            assert reached == time + 1
            for agent, played in enumerate(theirs._agents):
                assert_equal_states(played.environment, ours._players.states[agent])
            assert [one._replace(episode_return=0) for one in ended] == [
                one._replace(episode_return=0) for one in their_ended
            ]
            returns = [[one.episode_return for one in episodes] for episodes in (ended, their_ended)]
            assert returns[0] == pytest.approx(returns[1], abs=1000 * SQUARED_TORQUE)
            ended_in_all += len(ended)
            looked_at = range(n_envs) if ended or time % 50 == 0 else [time % n_envs]
            for agent in looked_at:
                assert_equal_last_steps(ours.last_step(agent), theirs.last_step(agent))
        np.testing.assert_array_equal(rollout.actions, actions)
        np.testing.assert_array_equal(rollout.terminated, expected.terminated)
        np.testing.assert_array_equal(rollout.truncated, expected.truncated)
        np.testing.assert_array_max_ulp(rollout.rewards, expected.rewards, maxulp=1)
        assert_equal_observations(rollout.observations, expected.observations)
        assert_equal_observations(rollout.final_observations, expected.final_observations)
        assert_equal_observations(ours.observations, theirs.observations)
    assert ended_in_all >= 4
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("environment_id", "steps"),
    [("Acrobot-v1", 500), ("MountainCar-v0", 200), ("MountainCarContinuous-v0", 999), ("Pendulum-v1", 200)],
)
def test_an_episode_is_cut_off_after_as_many_steps_as_gymnasium_says(environment_id: str, steps: int) -> None:
    agents = CompiledAgents(environment_id, 1, seed=1)
    player = Player(agents)
    rollout = Rollout.empty(2 * steps + 1, 1, agents.spaces)
    still = np.zeros_like(player.random_actions(2 * steps + 1, np.random.default_rng(1)))
    _, ended = player.play(rollout, still, 2 * steps + 1)
    agents.close()
    assert [(one.time, one.length) for one in ended] == [(steps, steps), (2 * steps, steps)]
    assert np.flatnonzero(rollout.truncated).tolist() == [steps - 1, 2 * steps - 1]
    assert not rollout.terminated.any()


def test_an_episode_that_ends_by_itself_in_its_last_step_has_both_ends() -> None:
    agents = CompiledAgents("CartPole-v1", 1, seed=1)
    player = Player(agents)
    rollout = Rollout.empty(40, 1, agents.spaces)
    _, ended = player.play(rollout, np.zeros((40, 1), np.int64), 40)
    length = ended[0].length
    again = CompiledAgents("CartPole-v1", 1, seed=1)
    again._time_limit = length
    rollout = Rollout.empty(length, 1, agents.spaces)
    Player(again).play(rollout, np.zeros((length, 1), np.int64), length)
    assert (
        rollout.terminated[:, 0].tolist()
        == rollout.truncated[:, 0].tolist()
        == [False] * (length - 1) + [True]
    )


@EVERY_ENVIRONMENT
def test_many_steps_at_once_are_the_steps_one_by_one(environment_id: str) -> None:
    """However often the kernel has to stop, for new start states or because it has no row for another end."""
    at_once, one_by_one = (CompiledAgents(environment_id, 3, seed=2) for _ in range(2))
    at_once._time_limit = one_by_one._time_limit = 5
    length = 5 * 3 * STARTS
    actions = Player(at_once).random_actions(length, np.random.default_rng(3))
    told, rollouts = [], []
    for agents, stride in ((at_once, length), (one_by_one, 1)):
        player, rollout = Player(agents), Rollout.empty(length, 3, agents.spaces)
        rollout.observations[0] = agents.observations
        time, calls, episodes = 0, 0, []
        while time < length:
            time, ended = player.play(rollout, actions, min(time + stride, length))
            episodes += ended
            calls += 1
        told.append(episodes)
        rollouts.append(rollout)
        assert calls == length if stride == 1 else 5 < calls < 100
    assert told[0] == told[1]
    assert len(told[0]) >= 9 * STARTS - 3
    assert [one.time for one in told[0]] == sorted(one.time for one in told[0])
    for name, column in vars(rollouts[0]).items():
        np.testing.assert_array_equal(column, getattr(rollouts[1], name))


# ---- what an onlooker sees


@EVERY_ENVIRONMENT
def test_a_picture_is_gymnasiums_own(environment_id: str) -> None:
    ours, theirs = CompiledAgents(environment_id, 2, seed=4), Agents(environment_id, 2, seed=4)
    ours._time_limit = 3
    for agent in theirs._agents:
        agent.environment._max_episode_steps = 3
    player = Player(ours)
    rollout, expected = (Rollout.empty(8, 2, agents.spaces) for agents in (ours, theirs))
    actions = player.random_actions(8, np.random.default_rng(2))
    for time in range(8):
        for agent in range(2):
            picture = ours.picture(agent)
            assert picture is not None
            np.testing.assert_array_equal(picture, theirs.picture(agent))  # of the end, after an end
        player.play(rollout, actions, time + 1)
        theirs.step(expected, time, actions[time])
    assert rollout.truncated.any()
    ours.close()
    theirs.close()


def test_where_there_is_no_picture_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    agents = CompiledAgents("CartPole-v1", 1, seed=1)
    agents._environment = gymnasium.make("CartPole-v1")
    assert agents.picture(0) is None
    agents.close()
