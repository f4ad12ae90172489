"""Agents in compiled environments: the same episodes as Gymnasium's, from the same seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.utils.seeding import np_random
from numpy.typing import NDArray

from ppo_desktop.ppo.agents import Agents, EndedEpisode, LastStep, as_tuple
from ppo_desktop.ppo.arrays import Pixels
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.environment import Kernel
from ppo_desktop.ppo.checkpoint import (
    AgentsState,
    GeneratorState,
    NotResumable,
    generator_state,
    require_agents,
    require_like,
    set_generator,
)
from ppo_desktop.ppo.environments import EnvironmentFailure, make_environment, spaces_of
from ppo_desktop.ppo.kernels.dynamics import observe_all
from ppo_desktop.ppo.kernels.playing import Game, Players, Policy, Records, Workspace, play
from ppo_desktop.ppo.pictures import draw
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.seeding import agent_seed

STARTS = 64
"""Start states drawn at a time for each agent."""
LARGEST_ENDED = 512
"""Most ended episodes that one call of the kernel can return, beside one for each agent."""


class CompiledAgents:
    """N agents stepped by compiled code, each in its own environment; see `agents.Agents`.

    Gymnasium's own environment serves for the spaces, the time limit and pictures.
    """

    def __init__(self, environment_id: str, n_envs: int, seed: int) -> None:
        self._environment_id = environment_id
        self._environment = make_environment(environment_id)
        self.spaces = spaces_of(self._environment)
        self._time_limit: int = self._environment.spec.max_episode_steps  # type: ignore[union-attr, assignment]
        self._kernel = kernel_of(environment_id)
        self._seed = seed
        self._made = 0
        self._generators: list[np.random.Generator] = []
        self._drawn_from: list[GeneratorState] = []  # where these were before the present starts were drawn
        self._players = _no_players(self._kernel)
        self._rollout = Rollout.empty(0, 0, self.spaces)
        self._time = 0
        self.resize(n_envs)

    def __len__(self) -> int:
        return len(self._generators)

    @property
    def observations(self) -> NDArray[np.float32]:
        """What each agent sees now, shape (N, n_observations)."""
        observations = np.empty((len(self), self.spaces.n_observations), np.float32)
        observe_all(self._kernel.number, self._players.states, observations)
        return observations

    def resize(self, n_envs: int) -> None:
        """Add freshly reset agents, or drop the last ones with their unfinished episodes."""
        self._players = Players._make(np.ascontiguousarray(column[:n_envs]) for column in self._players)
        del self._generators[n_envs:], self._drawn_from[n_envs:]
        while len(self._generators) < n_envs:
            self._generators.append(np_random(agent_seed(self._seed, self._made))[0])
            self._drawn_from.append({})
            self._made += 1
            starts = self._starts(len(self) - 1)
            new = (starts[:1], [0.0], [0], [False], starts[np.newaxis], [1], starts[:1])
            self._players = Players._make(
                np.concatenate([column, row]) for column, row in zip(self._players, new, strict=True)
            )

    def begin_anew(self, seed: int) -> None:
        """Let all begin an episode, as agents made with this seed do."""
        n_envs, self._seed, self._made = len(self), seed, 0
        self.resize(0)
        self.resize(n_envs)

    def take_over(self, agents: Agents) -> None:
        """Go on with the episodes, and the random numbers, of agents in Gymnasium's own environments.

        They are not to be used any more.
        """
        environments = [agent.environment.unwrapped for agent in agents.going_on]
        known = agents.state()
        self._generators = [environment.np_random for environment in environments]
        self._drawn_from = [{} for _ in environments]
        self._made = known.made
        states = np.stack([self._kernel.read(environment) for environment in environments])
        self._players = Players(
            states=states,
            returns=known.returns,
            lengths=known.lengths,
            over=known.over,
            starts=np.stack([self._starts(agent) for agent in range(len(self))]),
            used=np.zeros(len(self), np.int64),
            final_states=states.copy(),  # how an episode just over ended is no longer known
        )
        self._have_done(known)

    def state(self) -> AgentsState:
        """Return where the agents are, as a value."""
        players, steps = self._players, [self.last_step(agent) for agent in range(len(self))]
        actions = Rollout.empty(1, len(self), self.spaces).actions[0]
        if self._time:
            actions = self._rollout.actions[self._time - 1].copy()
        return AgentsState(
            made=self._made,
            generators=tuple(self._drawn_from),
            begun=(),
            returns=players.returns.copy(),
            lengths=players.lengths.copy(),
            over=players.over.copy(),
            reached=np.stack([step.observation for step in steps]),
            actions=actions,
            arrays={name: getattr(players, name).copy() for name in ("states", "used", "final_states")},
        )

    def restore(self, state: AgentsState) -> None:
        """Let as many agents go on from where others were.

        Raises:
            NotResumable: They are not of such a run.
        """
        expected = self.state()
        require_agents(state, expected, self.spaces)
        arrays = {
            name: require_like(state.arrays.get(name), known, name).copy()
            for name, known in expected.arrays.items()
        }
        used = arrays["used"]
        if len(state.generators) != len(self) or (used < 0).any() or (used > STARTS).any():
            raise NotResumable("its agents are not those of such a run")
        if (n := self._kernel.n_states) is not None:  # kernels do not look whether there is such a state
            for states in (arrays["states"], arrays["final_states"]):
                if not ((states >= 0) & (states < n)).all():
                    raise NotResumable("its states are not those of such a run")
        for generator, drawn_from in zip(self._generators, state.generators, strict=True):
            set_generator(generator, drawn_from)
        self._players = Players(
            returns=state.returns.copy(),
            lengths=state.lengths.copy(),
            over=state.over.copy(),
            starts=np.stack([self._starts(agent) for agent in range(len(self))]),
            **arrays,
        )
        self._made = state.made
        self._have_done(state)

    def _have_done(self, state: AgentsState) -> None:
        """Know of the last steps what they were and led to."""
        self._rollout, self._time = Rollout.empty(1, len(self), self.spaces), 1
        self._rollout.actions[0], self._rollout.final_observations[0] = state.actions, state.reached

    def reseed(self, seed: int) -> None:
        """Draw what is still to be random in the environments from another seed; episodes go on."""
        self._seed = seed
        for agent in range(len(self)):
            self._generators[agent] = np_random(agent_seed(seed, agent))[0]
            self._players.starts[agent] = self._starts(agent)

    def play(
        self, rollout: Rollout, noise: NDArray[np.float32], policy: Policy, workspace: Workspace, until: int
    ) -> tuple[int, list[EndedEpisode]]:
        """Let every agent act from where it is in `rollout` to `until`, or not quite so far.

        Return the time reached, and the episodes that ended on the way.
        """
        game = self.game(rollout, noise, policy, workspace)
        time, n_ended = play(game, self._time, until)
        return time, self.have_played(game, time, n_ended)

    def game(
        self, rollout: Rollout, noise: NDArray[np.float32], policy: Policy, workspace: Workspace
    ) -> Game:
        """Return what a kernel needs to let them act; `have_played` is to be told what it has done."""
        if rollout is not self._rollout:
            self._rollout, self._time = rollout, 0
        self._draw_starts()
        records = records_of(rollout)
        number, time_limit = self._kernel.number, self._time_limit
        return Game(number, time_limit, self._players, records, policy, noise, workspace)

    def have_played(self, game: Game, time: int, n_ended: int) -> list[EndedEpisode]:
        """Be where a kernel has let them act up to a time; return the episodes that ended on the way."""
        self._time = time
        return [
            EndedEpisode(int(ended_at) + 1, int(agent), episode_return, int(length))
            for ended_at, agent, episode_return, length in game.workspace.ended[:n_ended].tolist()
        ]

    def last_step(self, agent: int) -> LastStep:
        """Return the last thing an agent did."""
        players = self._players
        length, over = int(players.lengths[agent]), bool(players.over[agent])
        action, reached = None, self.observations[agent]
        if length > 0:
            action = self._played(self._rollout.actions[self._time - 1, agent])
            if over:
                reached = self._rollout.final_observations[self._time - 1, agent].copy()
        return LastStep(as_tuple(action), reached, over, float(players.returns[agent]), length)

    def picture(self, agent: int) -> Pixels | None:
        """Return Gymnasium's own picture of the state an agent's last step led to.

        Raises EnvironmentFailure where it cannot be drawn: pygame may be missing.
        """
        players = self._players
        reached = players.final_states if players.over[agent] else players.states
        self._kernel.show(self._environment.unwrapped, reached[agent].copy(), self.last_step(agent).action)
        try:
            return draw(self._environment)
        except Exception as error:
            raise EnvironmentFailure.caused_by(error, self._environment_id, "could not be drawn") from error

    def close(self) -> None:
        """Close Gymnasium's environment."""
        self._environment.close()

    def _draw_starts(self) -> None:
        """Draw new start states for every agent that has used up its own."""
        players = self._players
        for agent in (players.used == STARTS).nonzero()[0].tolist():
            players.starts[agent] = self._starts(agent)
            players.used[agent] = 0

    def _starts(self, agent: int) -> NDArray[np.float64]:
        """Draw start states of an agent."""
        generator = self._generators[agent]
        self._drawn_from[agent] = generator_state(generator)
        return self._kernel.draw_starts(generator, STARTS)

    def _played(self, action: Any) -> Any:
        """Return an action as the environment gets it, from the one drawn."""
        if self.spaces.n_actions is not None:
            return action
        return np.clip(action, self.spaces.action_low, self.spaces.action_high)


def records_of(rollout: Rollout) -> Records:
    """Return a rollout's arrays as the kernels want them."""
    choices, draws = rollout.choices_and_draws
    return Records(
        rollout.observations,
        choices,
        draws,
        rollout.rewards,
        rollout.terminated,
        rollout.truncated,
        rollout.final_observations,
    )


def _no_players(kernel: Kernel) -> Players:
    n_numbers = kernel.draw_starts(np.random.default_rng(0), 1).shape[1]
    return Players(
        states=np.empty((0, n_numbers)),
        returns=np.empty(0),
        lengths=np.empty(0, np.int64),
        over=np.empty(0, bool),
        starts=np.empty((0, STARTS, n_numbers)),
        used=np.empty(0, np.int64),
        final_states=np.empty((0, n_numbers)),
    )


def kernel_of(environment_id: str) -> Kernel:
    """Return how an environment is stepped that `catalogue.is_compiled`."""
    kernel = KNOWN_ENVIRONMENTS[environment_id].kernel
    assert kernel is not None
    return kernel
