"""Several agents, each playing in an environment of its own."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Pixels
from ppo_desktop.ppo.checkpoint import (
    AgentsState,
    GeneratorState,
    NotResumable,
    generator_state,
    require_agents,
    require_like,
    set_generator,
)
from ppo_desktop.ppo.contract import BrokenPromise, flag_of, not_finite, observation_of, reward_of
from ppo_desktop.ppo.environments import (
    EnvironmentFailure,
    UnsupportedEnvironment,
    close_environment,
    make_environment,
    spaces_of,
    why_not_another,
)
from ppo_desktop.ppo.perturbation import MapChanged, Perturbation, Perturbed, perturb
from ppo_desktop.ppo.pictures import draw
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.seeding import agent_seed

_QUIETLY = np.errstate(over="ignore", under="ignore")
"""A number too large for single precision becomes infinite, and is refused as not finite."""
_MOST_PLAYED = 20_000
"""Actions of one episode that are played again to go on in it."""


class EndedEpisode(NamedTuple):
    """An episode that has just ended, with step `time` of the rollout, 1…T."""

    time: int
    agent: int
    episode_return: float
    length: int


class LastStep(NamedTuple):
    """The last thing an agent did: what it led to, before any reset."""

    action: tuple[float, ...] | None
    observation: NDArray[np.float32]
    episode_over: bool
    episode_return: float
    length: int


@dataclass(slots=True)
class Agent:
    """One environment and the episode going on in it, or just ended.

    Attributes:
        shape: Of an observation, as its space promises.
        observation: What the agent sees now: the first observation of a new episode after an end.
        reached: What its last step led to: the final observation after an end.
        is_watched: Whether a picture has been asked for since its last step.
        final_picture: What was to be seen at the end of its episode, if the last step has ended it and the
            agent was watched.
        begun: Where the environment's generator was when the episode going on began; empty if that is not
            known.
        played: The actions since then, of a very long episode the last.
    """

    environment: Any
    shape: tuple[int, ...]
    observation: NDArray[np.float32]
    reached: NDArray[np.float32]
    action: Any = None
    episode_over: bool = False
    episode_return: float = 0.0
    length: int = 0
    is_watched: bool = False
    final_picture: Pixels | None = None
    begun: GeneratorState = field(default_factory=dict)
    played: deque[Any] = field(default_factory=lambda: deque(maxlen=_MOST_PLAYED + 1))


class Agents:
    """N environments stepped one after the other and reset at once when an episode ends.

    The reset belongs to the step that ended the episode, so every step is a real transition: there
    are no rows to drop, and the final observation is kept in the rollout.
    """

    def __init__(self, environment_id: str, n_envs: int, seed: int) -> None:
        self._environment_id = environment_id
        self._seed = seed
        self._agents: list[Agent] = []
        self._made = 0
        self._is_closed = False
        try:
            self.resize(n_envs)
        except (EnvironmentFailure, UnsupportedEnvironment):
            self.close()
            raise
        self._low, self._high = np.array(self.spaces.action_low), np.array(self.spaces.action_high)

    def __len__(self) -> int:
        return len(self._agents)

    @property
    def observations(self) -> NDArray[np.float32]:
        """What each agent sees now, shape (N, n_observations)."""
        return np.stack([agent.observation for agent in self._agents])

    @_QUIETLY
    def resize(self, n_envs: int) -> None:
        """Add freshly reset agents, or drop the last ones with their unfinished episodes."""
        while len(self._agents) > n_envs:
            close_environment(self._environment_id, self._agents.pop().environment)
        while len(self._agents) < n_envs:
            self._agents.append(self._new_agent(agent_seed(self._seed, self._made)))
            self._made += 1

    @_QUIETLY
    def begin_anew(self, seed: int) -> None:
        """Let all begin an episode, as agents made with this seed do.

        Raises EnvironmentFailure where an environment raised, or returned something else than it promised.
        """
        self._agents = [
            self._begun(agent.environment, agent.shape, agent_seed(seed, place))
            for place, agent in enumerate(self._agents)
        ]

    @_QUIETLY
    def step(self, rollout: Rollout, time: int, actions: NDArray[Any]) -> list[EndedEpisode]:
        """Let every agent take its action, write row `time` of `rollout`, return the ended episodes.

        Args:
            rollout: Rows `time` of rewards and ends, and row `time + 1` of the observations, are written.
            time: 0…T−1.
            actions: (N,) integers counted from 0, or (N, D) real numbers as drawn; put into the
                environment's units and clipped to its bounds here.

        Raises:
            EnvironmentFailure: An environment raised, or returned something else than it promised.
        """
        ended = []
        for index, (agent, action) in enumerate(zip(self._agents, self._playable(actions), strict=True)):
            reward, terminated, truncated = self._play(agent, action)
            rollout.rewards[time, index] = reward
            if terminated or truncated:
                rollout.terminated[time, index] = terminated
                rollout.truncated[time, index] = truncated
                rollout.final_observations[time, index] = agent.reached
                ended.append(EndedEpisode(time + 1, index, agent.episode_return, agent.length))
                self._require_finite(agent.reached, _step(agent.length))
                if agent.is_watched:
                    with suppress(EnvironmentFailure):  # which is said when the next picture is asked for
                        agent.final_picture = self._draw(agent)
                self._begin_episode(agent)
            agent.is_watched = False
            rollout.observations[time + 1, index] = agent.observation
        if not np.isfinite(rollout.observations[time + 1]).all():
            for agent in self._agents:
                self._require_finite(agent.observation, _step(agent.length))
        return ended

    def perturb(self, perturbation: Perturbation) -> Perturbed | None:
        """Change by hand the environment of the only agent, of a built-in kind; return what was done.

        Where its episode is over only its map is changed, and that is None.
        """
        (agent,) = self._agents
        if agent.episode_over and not isinstance(perturbation, MapChanged):
            return None
        seen, perturbed = perturb(self._environment_id, agent.environment.unwrapped, perturbation)
        if agent.episode_over:
            return None
        agent.observation = agent.reached = seen
        return perturbed

    @property
    def going_on(self) -> tuple[Agent, ...]:
        """The agents, each with the episode it is in."""
        return tuple(self._agents)

    def state(self) -> AgentsState:
        """Return where the agents are, as a value: an environment is where its actions have led it.

        Raises:
            NotResumable: One is too far in its episode, or has random numbers that are not known here.
        """
        agents = self._agents
        if any(len(agent.played) > _MOST_PLAYED for agent in agents):
            raise NotResumable("an episode is too long to be played again")
        played = [action for agent in agents for action in agent.played]
        return AgentsState(
            made=self._made,
            generators=tuple(generator_state(_generator(agent.environment)) for agent in agents),
            begun=tuple(agent.begun for agent in agents),
            returns=np.array([agent.episode_return for agent in agents], float),
            lengths=np.array([agent.length for agent in agents], np.int64),
            over=np.array([agent.episode_over for agent in agents], bool),
            reached=np.stack([agent.reached for agent in agents]),
            actions=self._as_array([self._no_action if a.action is None else a.action for a in agents]),
            arrays={
                "played": self._as_array(played),
                "counts": np.array([len(agent.played) for agent in agents], np.int64),
                "observations": self.observations,
            },
        )

    def restore(self, state: AgentsState) -> None:
        """Let as many agents go on from where others were: their episodes are played again up to there.

        Raises:
            NotResumable: They are not of such a run, or an environment does not lead to where it has led.
            EnvironmentFailure: One of them raised.
        """
        expected = self.state()
        require_agents(state, expected, self.spaces)
        counts = require_like(state.arrays.get("counts"), expected.arrays["counts"], "actions")
        seen = require_like(state.arrays.get("observations"), expected.arrays["observations"], "observations")
        played = state.arrays.get("played")
        if not len(state.generators) == len(state.begun) == len(counts) or (counts < 0).any():
            raise NotResumable("its agents are not those of such a run")
        if played is None or played.shape != (counts.sum(), *expected.actions.shape[1:]):
            raise NotResumable("its actions are not those of such a run")
        parts = np.split(played.astype(expected.actions.dtype), np.cumsum(counts)[:-1])
        for index, (agent, part) in enumerate(zip(self._agents, parts, strict=True)):
            generator = _generator(agent.environment)
            set_generator(generator, state.begun[index])
            self._begin_episode(agent)
            agent.episode_over = False
            for action in part:
                self._play(agent, action)
            if not np.array_equal(agent.observation, seen[index], equal_nan=True):
                raise NotResumable(f"{self._environment_id} does not lead again to where it has led")
            set_generator(generator, state.generators[index])
            agent.episode_return, agent.length = float(state.returns[index]), int(state.lengths[index])
            agent.episode_over, agent.reached = bool(state.over[index]), state.reached[index].copy()
            agent.action = state.actions[index] if agent.length else None
        self._made = state.made

    def reseed(self, seed: int) -> None:
        """Draw what is still to be random in the environments from another seed; episodes go on.

        Raises:
            NotResumable: An environment has random numbers that are not known here.
        """
        self._seed = seed
        for number, agent in enumerate(self._agents):
            begun = generator_state(np.random.default_rng(agent_seed(seed, number)))
            set_generator(_generator(agent.environment), begun)

    @property
    def _no_action(self) -> Any:
        return np.zeros(self.spaces.action_shape, self.spaces.action_dtype)

    def _as_array(self, actions: list[Any]) -> NDArray[Any]:
        """Return actions as rows."""
        spaces = self.spaces
        return np.array(actions, spaces.action_dtype).reshape(len(actions), *spaces.action_shape)

    def last_step(self, agent: int) -> LastStep:
        """Return the last thing an agent did."""
        chosen = self._agents[agent]
        return LastStep(
            as_tuple(chosen.action), chosen.reached, chosen.episode_over, chosen.episode_return, chosen.length
        )

    def picture(self, agent: int) -> Pixels | None:
        """Return an agent's environment's own picture, or None if it offers none; see `draw`.

        After an end it is that of the end while every step is looked at, else already of the next episode. It
        raises EnvironmentFailure where that cannot be drawn.
        """
        chosen = self._agents[agent]
        chosen.is_watched = True
        return self._draw(chosen) if chosen.final_picture is None else chosen.final_picture

    def _draw(self, agent: Agent) -> Pixels | None:
        try:
            return draw(agent.environment)
        except BrokenPromise as broken:
            raise EnvironmentFailure(f"{self._environment_id} {broken}.") from broken
        except BaseException as error:
            raise EnvironmentFailure.caused_by(error, self._environment_id, "could not be drawn") from error

    def close(self) -> None:
        """Close every environment, once; raise EnvironmentFailure if one has tried to end the program."""
        if self._is_closed:
            return
        self._is_closed = True
        with ExitStack() as closing:
            for agent in self._agents:
                closing.callback(close_environment, self._environment_id, agent.environment)

    def _new_agent(self, seed: int) -> Agent:
        environment = make_environment(self._environment_id)
        try:
            shape = self._take_spaces(environment)
            return self._begun(environment, shape, seed)
        except BaseException as error:
            close_environment(self._environment_id, environment)
            raise self._why_not_begun(error) from error

    def _begun(self, environment: Any, shape: tuple[int, ...], seed: int) -> Agent:
        """Return an agent in its first episode, which begins with a seed."""
        observation = self._reset(environment, shape, seed)
        begun = generator_state(np.random.default_rng(seed))  # as Gymnasium makes it
        return Agent(environment, shape, observation, reached=observation, begun=begun)

    def _begin_episode(self, agent: Agent) -> None:
        """Reset an agent's environment, from where its generator is now."""
        agent.played.clear()
        agent.begun = {}
        with suppress(NotResumable):  # which is said when it is to be known where the agents are
            agent.begun = generator_state(_generator(agent.environment))
        agent.observation = self._reset(agent.environment, agent.shape)

    def _why_not_begun(self, error: BaseException) -> EnvironmentFailure:
        """Return why an agent could not begin; unless a promise was broken, others may be the reason."""
        if isinstance(error, BrokenPromise):
            return EnvironmentFailure(f"{self._environment_id} {error}.")
        if not isinstance(error, EnvironmentFailure):
            error = EnvironmentFailure.caused_by(error, self._environment_id, "could not be used")
        elif isinstance(error.__cause__, BrokenPromise):
            return error
        return EnvironmentFailure(f"{error}{why_not_another(self._environment_id)}")

    def _take_spaces(self, environment: Any) -> tuple[int, ...]:
        """Take over the spaces of the first environment; return the shape of an observation.

        All others must have the same, else it raises BrokenPromise.
        """
        spaces = spaces_of(environment)
        if self._made == 0:
            self.spaces = spaces
        elif spaces != self.spaces:
            raise BrokenPromise("has other spaces when it is made again", "the same for every agent")
        shape: tuple[int, ...] = environment.observation_space.shape
        return shape

    def _play(self, agent: Agent, action: Any) -> tuple[float, bool, bool]:
        """Let one agent take its action; return reward, terminated and truncated."""
        if agent.episode_over:
            agent.episode_return, agent.length, agent.final_picture = 0.0, 0, None
        try:
            observation, given_reward, terminated, truncated, _ = agent.environment.step(action)
            agent.reached = agent.observation = observation_of(observation, agent.shape)
            reward = reward_of(given_reward)
            terminated, truncated = flag_of(terminated, "terminated"), flag_of(truncated, "truncated")
        except BaseException as error:
            raise self._failure(error, _step(agent.length + 1)) from error
        agent.action = action
        agent.played.append(action)
        agent.episode_over = terminated or truncated
        agent.episode_return += reward
        agent.length += 1
        return reward, terminated, truncated

    def _reset(
        self, environment: Any, shape: tuple[int, ...], seed: int | None = None
    ) -> NDArray[np.float32]:
        try:
            if seed is not None:
                environment.action_space.seed(seed)
            given, _ = environment.reset(seed=seed)
            observation = observation_of(given, shape)
        except BaseException as error:
            raise self._failure(error, "reset") from error
        self._require_finite(observation, "reset")
        return observation

    def _failure(self, error: BaseException, where: str) -> EnvironmentFailure:
        """Return what to say of an error in reset or in a step: of a broken promise, what was promised."""
        if isinstance(error, BrokenPromise):
            promise = f"but promised {error.promise}."
            return EnvironmentFailure(f"{self._environment_id} {error.deed} in {where}, {promise}")
        return EnvironmentFailure.caused_by(error, self._environment_id, f"failed in {where}")

    def _require_finite(self, observation: NDArray[np.float32], where: str) -> None:
        if not np.isfinite(observation).all():
            raise self._failure(not_finite(observation), where)

    def _playable(self, actions: NDArray[Any]) -> list[Any]:
        """Return each agent's action as its space's own `sample` would."""
        spaces = self.spaces
        if spaces.n_actions is not None:
            return list(np.add(actions, spaces.first_action, dtype=spaces.action_dtype, casting="unsafe"))
        clipped = np.clip(spaces.in_environment_units(actions), self._low, self._high).astype(
            spaces.action_dtype
        )
        return [action.reshape(spaces.action_shape) for action in clipped]


def _generator(environment: Any) -> np.random.Generator:
    """Return from what an environment draws its random numbers.

    Raises:
        NotResumable: It does not say it, or it is of another kind than Gymnasium gives it.
    """
    try:
        generator = environment.unwrapped.np_random
    except Exception as error:
        raise NotResumable("the environment does not say where its random numbers come from") from error
    if isinstance(generator, np.random.Generator) and isinstance(generator.bit_generator, np.random.PCG64):
        return generator
    raise NotResumable("the environment's random numbers are of a kind that is not known here")


def _step(number: int) -> str:
    return f"step {number} of an episode"


def as_tuple(action: Any) -> tuple[float, ...] | None:
    """Return an action's components as plain numbers, whatever it was; None stays None."""
    return None if action is None else tuple(np.ravel(action).astype(float).tolist())
