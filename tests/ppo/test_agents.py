"""The rollout against environments stepped by hand, and what environments may do to us."""

from __future__ import annotations

import asyncio
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from gymnasium.wrappers import FlattenObservation
from numpy.typing import NDArray

from ppo_desktop.ppo.agents import Agents, EndedEpisode
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.seeding import agent_seed
from tests.ppo.conftest import Toy

ONE_DISCRETE = np.zeros(1, dtype=np.int64)


def played(agents: Agents, actions: NDArray[Any]) -> tuple[Rollout, list[tuple[int, EndedEpisode]]]:
    """Play one rollout with the given actions (T, N, …); return it and (time, episode) of every end."""
    rollout = Rollout.empty(len(actions), len(agents), agents.spaces)
    rollout.observations[0] = agents.observations
    ends = []
    for time, row in enumerate(actions):
        rollout.actions[time] = row
        ends += [(time, ended) for ended in agents.step(rollout, time, row)]
    return rollout, ends


class Walk:
    """One environment stepped by hand: every quantity of the rollout, written down plainly."""

    def __init__(self, environment_id: str, seed: int, actions: NDArray[Any]) -> None:
        self.observations, self.rewards, self.terminated, self.truncated = [], [], [], []
        self.final_observations: dict[int, Any] = {}
        self.ends: list[tuple[int, float, int]] = []
        environment_id, *arguments = environment_id.split("?is_slippery=False")
        slips: Any = {"is_slippery": False} if arguments else {}
        environment: Any = FlattenObservation(gymnasium.make(environment_id, **slips))
        observation, _ = environment.reset(seed=seed)
        total, length = 0.0, 0
        self.observations.append(observation)
        for time, action in enumerate(actions):
            if isinstance(environment.action_space, Box):
                action = np.clip(action, environment.action_space.low, environment.action_space.high)
            observation, reward, terminated, truncated, _ = environment.step(action)
            total, length = total + float(reward), length + 1
            if terminated or truncated:
                self.final_observations[time] = observation
                self.ends.append((time, total, length))
                observation, _ = environment.reset()
                total, length = 0.0, 0
            self.observations.append(observation)
            self.rewards.append(reward)
            self.terminated.append(terminated)
            self.truncated.append(truncated)
        environment.close()


@pytest.mark.parametrize(
    ("environment_id", "steps"),
    [
        *(
            ("CartPole-v1", 300),
            ("Acrobot-v1", 510),
            ("Pendulum-v1", 405),
            ("MountainCarContinuous-v0", 1005),
        ),
        *(
            ("FrozenLake-v1", 60),
            ("FrozenLake-v1?is_slippery=False", 60),
            ("Taxi-v4", 205),
            ("Blackjack-v1", 20),
        ),
    ],
)
def test_a_rollout_is_what_environments_stepped_by_hand_give(environment_id: str, steps: int) -> None:
    seed, n_envs = 7, 3
    agents = Agents(environment_id, n_envs, seed)
    random = np.random.default_rng(1)
    n_actions = agents.spaces.n_actions
    actions: NDArray[Any] = (
        random.integers(n_actions, size=(steps, n_envs))
        if n_actions
        else random.normal(0, 2, (steps, n_envs, 1)).astype(np.float32)
    )
    rollout, ends = played(agents, actions)
    agents.close()
    walks = [Walk(environment_id, agent_seed(seed, agent), actions[:, agent]) for agent in range(n_envs)]
    assert any(walk.ends for walk in walks)
    for agent, walk in enumerate(walks):
        assert np.array_equal(rollout.observations[:, agent], np.array(walk.observations, np.float32))
        assert np.array_equal(rollout.rewards[:, agent], np.array(walk.rewards, np.float32))
        assert rollout.terminated[:, agent].tolist() == walk.terminated
        assert rollout.truncated[:, agent].tolist() == walk.truncated
        assert [
            (time, end.episode_return, end.length) for time, end in ends if end.agent == agent
        ] == walk.ends
    finals = {
        (time, agent): walk.final_observations[time]
        for agent, walk in enumerate(walks)
        for time in walk.final_observations
    }
    expected = np.zeros_like(rollout.final_observations)
    for place, observation in finals.items():
        expected[place] = observation
    assert np.array_equal(rollout.final_observations, expected)


def test_the_next_rollout_goes_on_where_the_last_one_ended() -> None:
    actions = np.random.default_rng(1).integers(2, size=(120, 2))
    in_one, in_two = Agents("CartPole-v1", 2, 3), Agents("CartPole-v1", 2, 3)
    whole, _ = played(in_one, actions)
    first, _ = played(in_two, actions[:50])
    second, _ = played(in_two, actions[50:])
    assert np.array_equal(whole.observations[:51], first.observations)
    assert np.array_equal(whole.observations[50:], second.observations)


def test_agents_do_not_share_their_random_numbers() -> None:
    observations = Agents("CartPole-v1", 8, 1).observations
    assert len({tuple(row) for row in observations.tolist()}) == 8


# ---- more and fewer agents


def test_agents_that_stay_go_on_undisturbed_when_others_come_and_go() -> None:
    agents, alone = Agents("CartPole-v1", 3, 1), Agents("CartPole-v1", 1, 1)
    still = np.zeros((5, 1), dtype=np.int64)
    played(agents, np.zeros((5, 3), dtype=np.int64))
    agents.resize(1)
    played(agents, still)
    agents.resize(4)
    played(agents, np.zeros((2, 4), dtype=np.int64))
    played(alone, np.zeros((12, 1), dtype=np.int64))
    assert len(agents) == 4
    assert np.array_equal(agents.observations[0], alone.observations[0])
    assert [agents.last_step(n).length for n in range(4)] == [alone.last_step(0).length, 2, 2, 2]


def test_an_agent_that_comes_after_one_has_gone_plays_other_episodes() -> None:
    agents = Agents("CartPole-v1", 2, 1)
    begun = {tuple(agents.observations[1].tolist())}
    for _ in range(3):
        agents.resize(1)
        agents.resize(2)
        begun.add(tuple(agents.observations[1].tolist()))
    agents.close()
    assert len(begun) == 4


def test_dropped_agents_are_closed_and_in_the_end_all(toys: Any) -> None:
    agents = Agents(toys.register(lambda time, action: (np.zeros(1), 0.0, False, False)), 3, 1)
    agents.resize(1)
    assert [toy.closed for toy in toys.made] == [0, 1, 1]
    agents.close()
    assert [toy.closed for toy in toys.made] == [1, 1, 1]


def test_an_environment_that_fails_to_close_does_not_keep_others_open(toys: Any) -> None:
    agents = Agents(toys.register(lambda time, action: (np.zeros(1), 0.0, False, False)), 2, 1)

    def fail() -> None:
        raise RuntimeError("cannot close")

    toys.made[0].close = fail
    agents.close()
    assert toys.made[1].closed == 1


# ---- actions as the environment wants them


@pytest.mark.parametrize(
    ("actions", "given", "received"),
    [
        (Discrete(3), np.array([2]), np.int64(2)),
        (Discrete(3, start=5), np.array([2]), np.int64(7)),
        (Discrete(3, start=-1), np.array([0]), np.int64(-1)),
        (Discrete(3, start=250, dtype=np.uint8), np.array([2]), np.uint8(252)),
        (Box(-1, 1, (), np.float32), np.array([[5.0]], np.float32), np.float32(1)),
        (Box(-1, 1, (2, 2), np.float32), np.array([[-5, 0, 0.5, 5]], np.float32), [[-1, 0], [0.5, 1]]),
        (Box(-np.inf, np.inf, (1,), np.float32), np.array([[1e9]], np.float32), [1e9]),
        (Box(100, 200, (1,), np.float32), np.array([[0.5]], np.float32), [175]),
        (Box(100, 200, (1,), np.float32), np.array([[-9]], np.float32), [100]),
        (Box(-1e300, 1e300, (1,), np.float64), np.array([[0.5]], np.float32), [0.5]),
        (Box(-1, 1, (1,), np.float16), np.array([[0.5]], np.float32), [0.5]),
        (Box(0.1, 0.3, (1,), np.float64), np.array([[5.0]], np.float32), [0.3]),
        (Box(0.1, 0.3, (1,), np.float64), np.array([[-5.0]], np.float32), [0.1]),
    ],
    ids=str,
)
def test_the_environment_gets_a_member_of_its_action_space(
    toys: Any, actions: Any, given: NDArray[Any], received: Any
) -> None:
    agents = Agents(
        toys.register(lambda time, action: (np.zeros(1), 0.0, False, False), actions=actions), 1, 1
    )
    rollout, _ = played(agents, given[np.newaxis])
    (action,) = toys.made[0].actions
    sample = actions.sample()
    assert (type(action), action.dtype, action.shape) == (type(sample), sample.dtype, sample.shape)
    assert actions.contains(action)
    assert np.array_equal(action, received)
    assert np.array_equal(rollout.actions[0], given), "the rollout keeps the action as drawn"
    assert agents.last_step(0).action == tuple(np.ravel(action).tolist())


# ---- observations as environments give them


@pytest.mark.parametrize(
    ("observations", "first"),
    [
        (Box(-9, 9, (2, 2), np.float64), np.array([[1.5, 2], [3, 4]])),
        (Box(0, 255, (2, 2), np.uint8), np.array([[1, 2], [3, 255]], dtype=np.uint8)),
        (Box(-9, 9, (4,), np.int64), [1, -2, 3, 4]),
        (Box(-9, 9, (), np.float64), 2.5),
    ],
    ids=str,
)
def test_observations_of_any_type_and_shape_become_flat_single_precision(
    toys: Any, observations: Any, first: Any
) -> None:
    environment_id = toys.register(
        lambda time, action: (first, 1, False, False), first=lambda: first, observations=observations
    )
    agents = Agents(environment_id, 2, 1)
    rollout, _ = played(agents, np.zeros((3, 2), dtype=np.int64))
    expected = np.broadcast_to(np.ravel(first).astype(np.float32), rollout.observations.shape)
    assert np.array_equal(rollout.observations, expected)


def test_an_environment_may_write_every_observation_into_the_same_array(toys: Any) -> None:
    shared = np.zeros(1, dtype=np.float32)

    def first() -> Any:
        shared[:] = -1
        return shared

    def answer(time: int, action: int) -> Any:
        shared[:] = time
        return shared, 0.0, time == 3, False

    agents = Agents(toys.register(answer, first=first), 1, 1)
    rollout, _ = played(agents, np.zeros((4, 1), dtype=np.int64))
    assert rollout.observations[:, 0, 0].tolist() == [-1, 1, 2, -1, 1]
    assert rollout.final_observations[2, 0].tolist() == [3]
    assert agents.last_step(0).observation.tolist() == [1]


def test_the_last_step_shows_the_end_of_an_episode_until_the_next_step(toys: Any) -> None:
    agents = Agents(toys.register(lambda time, action: (np.full(1, time), 2.0, time == 2, False)), 1, 1)
    assert agents.last_step(0).action is None
    played(agents, np.zeros((2, 1), dtype=np.int64))
    last = agents.last_step(0)
    assert (last.observation.tolist(), last.episode_over, last.episode_return, last.length) == (
        [2],
        True,
        4.0,
        2,
    )
    played(agents, np.zeros((1, 1), dtype=np.int64))
    last = agents.last_step(0)
    assert (last.observation.tolist(), last.episode_over, last.episode_return, last.length) == (
        [1],
        False,
        2.0,
        1,
    )


class Sparkling(gymnasium.Env[Any, Any]):
    """Draws random numbers for its observations, and for its picture too."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012
    observation_space = Box(0, 1, (1,))
    action_space = Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return np.zeros(1), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return self.np_random.random(1), 0.0, False, False, {}

    def render(self) -> Any:
        return self.np_random.integers(256, size=(2, 2, 3), dtype=np.uint8)


def test_an_environment_that_draws_random_numbers_for_its_picture_is_not_disturbed(toys: Any) -> None:
    environment_id = toys.register_maker(Sparkling)
    watched, unwatched = Agents(environment_id, 1, 1), Agents(environment_id, 1, 1)
    for _ in range(5):
        assert watched.picture(0) is not None
        rollouts = [played(agents, ONE_DISCRETE[np.newaxis])[0] for agents in (watched, unwatched)]
        np.testing.assert_array_equal(rollouts[0].observations, rollouts[1].observations)


class Counting(Sparkling):
    """Ends with its third step; its picture is as wide as it has taken steps, and one pixel more."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.steps = 0
        return super().reset(seed=seed)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        return np.zeros(1), 0.0, self.steps == 3, False, {}

    def render(self) -> Any:
        return np.zeros((5, self.steps + 1, 3), np.uint8)


@pytest.mark.parametrize(("is_watched", "widths"), [(True, [2, 3, 4, 2]), (False, [1])])
def test_while_every_step_is_looked_at_the_end_of_an_episode_is_seen(
    toys: Any, is_watched: bool, widths: list[int]
) -> None:
    agents = Agents(toys.register_maker(Counting), 1, 1)
    seen = []
    for step in range(len(widths) if is_watched else 3):
        played(agents, ONE_DISCRETE[np.newaxis])
        if is_watched or step == 2:
            picture = agents.picture(0)
            assert picture is not None
            seen.append(picture.shape[1])
    assert seen == widths


def test_both_ends_at_once_are_kept_apart(toys: Any) -> None:
    agents = Agents(toys.register(lambda time, action: (np.zeros(1), 0.0, time == 2, time == 2)), 1, 1)
    rollout, ends = played(agents, np.zeros((3, 1), dtype=np.int64))
    assert rollout.terminated[:, 0].tolist() == rollout.truncated[:, 0].tolist() == [False, True, False]
    assert rollout.ended[:, 0].tolist() == [False, True, False]
    assert len(ends) == 1


# ---- failures


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (np.zeros(2), r"returned an array of shape \(2,\) .* in reset, but promised numbers of shape \(1,\)"),
        ([np.nan], "returned an observation with nan in it in reset"),
        ([1e39], "returned an observation with inf in it in reset"),
        (["text"], "returned a list of 1 .* as its observation in reset"),
    ],
)
def test_a_bad_first_observation_is_told_and_closes_what_was_opened(
    toys: Any, first: Any, reason: str
) -> None:
    environment_id = toys.register(lambda time, action: None, first=lambda: first)
    with pytest.raises(EnvironmentFailure, match=f"^{environment_id} {reason}"):
        Agents(environment_id, 2, 1)
    assert [toy.closed for toy in toys.made] == [1]


def test_an_environment_that_has_other_spaces_each_time_is_refused(toys: Any) -> None:
    def answer(time: int, action: int) -> Any:
        raise AssertionError("never stepped")

    sizes = iter((1, 2))
    environment_id = toys.register_maker(
        lambda: Toy(answer, lambda: np.zeros(1), Box(0, 1, (next(sizes),)), Discrete(2))
    )
    with pytest.raises(EnvironmentFailure, match=rf"^{environment_id} has other spaces .*agent\.$"):
        Agents(environment_id, 2, 1)
    assert [toy.closed for toy in toys.made] == [1, 1]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((np.zeros(1), np.nan, False, False), "returned nan as its reward in step 1 of an episode"),
        ((np.zeros(1), np.inf, True, False), "returned inf as its reward in step 1"),
        ((np.full(1, np.nan), 0.0, False, False), "returned an observation with nan in it in step 1"),
        ((np.full(1, np.nan), 0.0, True, False), "returned an observation with nan in it in step 1"),
        ((np.full(1, -np.inf), 0.0, False, True), "returned an observation with -inf in it in step 1"),
        ((np.zeros(1), 1e39, False, False), "returned 1e.39 as its reward in step 1"),
        ((np.full(1, 1e39), 0.0, False, False), "returned an observation with inf in it in step 1"),
        ((np.full(1, -1e39), 0.0, True, False), "returned an observation with -inf in it in step 1"),
        ((np.zeros(1), 10**400, False, False), "returned 1000.* as its reward in step 1"),
        ((np.zeros(1), 0.0, np.zeros(2, bool), False), "returned .* for terminated in step 1"),
        ((np.zeros(1), 0.0, False, "no"), "returned the text 'no' for truncated in step 1"),
        (
            (np.zeros(1), None, False, False),
            "returned None as its reward in step 1 .*, but promised a number",
        ),
        (
            (np.zeros(3), 0.0, False, False),
            r"returned an array of shape \(3,\) .* in step 1 .*, but promised numbers of shape \(1,\)",
        ),
        (("text", 0.0, False, False), "returned the text 'text' as its observation in step 1"),
        ((np.zeros(1), 0.0, False), "returned 4 values in step 1 .*, but promised 5"),
    ],
)
def test_nonsense_from_an_environment_ends_in_one_line_that_names_it(
    toys: Any, answer: Any, reason: str
) -> None:
    environment_id = toys.register(lambda time, action: answer)
    agents = Agents(environment_id, 1, 1)
    with pytest.raises(EnvironmentFailure, match=f"^{environment_id} {reason}") as caught:
        played(agents, np.zeros((1, 1), dtype=np.int64))
    assert "\n" not in str(caught.value)


def test_an_exception_in_a_step_becomes_one_line_that_names_environment_and_step(toys: Any) -> None:
    def answer(time: int, action: int) -> Any:
        if time == 3:
            raise RuntimeError("out of\n  luck")
        return np.zeros(1), 0.0, False, False

    environment_id = toys.register(answer)
    agents = Agents(environment_id, 1, 1)
    message = f"{environment_id} failed in step 3 of an episode: RuntimeError: out of luck"
    with pytest.raises(EnvironmentFailure, match=f"^{message}$"):
        played(agents, np.zeros((5, 1), dtype=np.int64))


def test_where_one_more_of_an_environment_cannot_begin_it_is_said_how_many_are_open(toys: Any) -> None:
    def first() -> Any:
        if sum(not toy.closed for toy in toys.made) > 2:
            raise OSError("Address already in use")
        return np.zeros(1)

    environment_id = toys.register(lambda time, action: (np.zeros(1), 0.0, False, False), first=first)
    with pytest.raises(EnvironmentFailure, match=r"Address already in use\. 2 others of it are open"):
        Agents(environment_id, 3, 1)
    alone = Agents(environment_id, 2, 1)
    alone.close()
    environment_id = toys.register(lambda time, action: None, first=lambda: [np.nan])
    with pytest.raises(EnvironmentFailure) as caught:
        Agents(environment_id, 1, 1)
    assert "open" not in str(caught.value)


# ---- environments that try to end the program


class Unspeakable(BaseException):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise SystemExit


ENDINGS = [
    SystemExit(),
    SystemExit("game closed"),
    KeyboardInterrupt(),
    GeneratorExit(),
    asyncio.CancelledError(),
    StopIteration(),
    RecursionError("too deep"),
    MemoryError(),
    Unspeakable(),
]


class Ending(Sparkling):
    """Raises something in one of its methods."""

    def __init__(self, ending: BaseException, where: str) -> None:
        self.ending, self.where, self.closed = ending, where, 0
        self._end_in("init")

    def _end_in(self, where: str) -> None:
        if self.where == where:
            raise self.ending

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self._end_in("reset")
        return super().reset(seed=seed)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._end_in("step")
        return super().step(action)

    def render(self) -> Any:
        self._end_in("render")
        return super().render()

    def close(self) -> None:
        self.closed += 1
        self._end_in("close")

    @property
    def action_space(self) -> Any:
        self._end_in("action_space")
        return Discrete(2)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
@pytest.mark.parametrize("where", ["init", "action_space", "reset", "step", "render"])
def test_an_environment_that_tries_to_end_the_program_only_fails(
    toys: Any, ending: BaseException, where: str
) -> None:
    is_refused = where in ("init", "action_space") and isinstance(ending, Exception)
    failure = UnsupportedEnvironment if is_refused else EnvironmentFailure
    environment_id = toys.register_maker(lambda: Ending(ending, where))

    def use() -> None:
        agents = Agents(environment_id, 2, 1)
        agents.picture(0)
        played(agents, np.zeros((1, 2), dtype=np.int64))

    with pytest.raises(failure, match=rf'^"?{environment_id}"? .*{type(ending).__name__}') as caught:
        use()
    assert "\n" not in str(caught.value)
    if where in ("action_space", "reset"):
        assert [made.closed for made in toys.made] == [1]


def test_one_that_tries_to_end_the_program_in_closing_fails_when_all_are_closed(toys: Any) -> None:
    environment_id = toys.register_maker(lambda: Ending(SystemExit(5), "close"))
    agents = Agents(environment_id, 2, 1)
    with pytest.raises(EnvironmentFailure, match=f"^{environment_id} could not be closed: SystemExit: 5$"):
        agents.close()
    agents.close()
    assert [made.closed for made in toys.made] == [1, 1]
