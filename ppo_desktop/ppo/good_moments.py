"""When a run was at its best: the moment before what has gone wrong since."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from ppo_desktop.ppo.events import GoodMoment

SEGMENT = 64
"""Fewest time steps of each agent in a segment, which is made of whole rollouts."""
MOST_SEGMENTS = 32
"""Segments that wait for the end of their episodes; the oldest is then judged by those that have ended."""
FEWEST_EPISODES = 16
"""Episodes by which a segment is judged: where fewer went on in it, those of its neighbours count too."""


@dataclass(slots=True)
class Segment:
    """Rollouts in a row, and the episodes that went on in them, from a number of steps and an update on.

    Attributes:
        total: Sum of the returns of its episodes.
        episodes: How many there are.
    """

    steps: int
    update: int
    total: float = 0.0
    episodes: int = 0


@dataclass(frozen=True)
class GoodMomentsState:
    """What is known of good moments.

    Attributes:
        best: The best one that has been judged.
        waiting: The segments that are not judged yet.
        judged: The latest ones that are.
        ended_at: {agent: steps when its last episode ended}.
    """

    best: GoodMoment | None
    waiting: tuple[Segment, ...]
    judged: tuple[Segment, ...]
    ended_at: dict[int, int]


class GoodMoments:
    """Finds the best moment of a run.

    A mean of the last episodes lags behind the policy, so that where it is highest the policy has often
    fallen already. Therefore an episode counts for every segment in which it went on, and a segment is
    judged when all of its episodes have ended. What is measured of that: docs/symptoms.md.
    """

    def __init__(self) -> None:
        self._best: GoodMoment | None = None
        self._waiting: deque[Segment] = deque()
        self._judged: deque[Segment] = deque(maxlen=FEWEST_EPISODES)
        self._ended_at: dict[int, int] = {}
        self._n_agents = 1

    @property
    def best(self) -> GoodMoment | None:
        """The best moment that has been judged, or the first one; None before an episode has ended."""
        return self._moment() if self._best is None and self._waiting else self._best

    def begin_rollout(self, steps: int, update: int, n_agents: int) -> None:
        """Begin another segment if the present one is long enough, with a rollout for that update."""
        self._n_agents = n_agents
        if self._waiting and steps - self._waiting[-1].steps < SEGMENT * n_agents:
            return
        self._waiting.append(Segment(steps, update))
        ended_at = min(self._ended_at.get(agent, 0) for agent in range(n_agents))
        while len(self._waiting) > 1 and (
            self._waiting[1].steps <= ended_at or len(self._waiting) > MOST_SEGMENTS
        ):
            self._judge()

    def end_episode(self, steps: int, agent: int, episode_return: float, length: int) -> None:
        """Count an episode for every segment in which it went on.

        It ended after so many environment steps of all agents, and took `length` time steps.
        """
        self._ended_at[agent] = steps
        begun_at = steps - length * self._n_agents
        for segment in reversed(self._waiting):
            segment.total += episode_return
            segment.episodes += 1
            if segment.steps <= begun_at:
                break

    def state(self) -> GoodMomentsState:
        """Return what is known, as a value."""
        return GoodMomentsState(
            self._best,
            tuple(map(replace, self._waiting)),
            tuple(map(replace, self._judged)),
            dict(self._ended_at),
        )

    def resume(self, state: GoodMomentsState) -> None:
        """Go on with what was known."""
        self._best = state.best
        self._waiting.extend(map(replace, state.waiting))
        self._judged.extend(map(replace, state.judged))
        self._ended_at.update(state.ended_at)

    def _judge(self) -> None:
        """Compare the segment that has waited longest with the best; of equally good ones the later wins."""
        moment = self._moment()
        if moment is not None and (self._best is None or moment.mean_return >= self._best.mean_return):
            self._best = moment
        self._judged.append(self._waiting.popleft())

    def _moment(self) -> GoodMoment | None:
        """Return the moment at which the segment that has waited longest began, None without episodes."""
        segment = self._waiting[0]
        total, episodes = segment.total, segment.episodes
        for neighbours in zip_longest(reversed(self._judged), islice(self._waiting, 1, None)):
            if episodes >= FEWEST_EPISODES:
                break
            for neighbour in filter(None, neighbours):
                total += neighbour.total
                episodes += neighbour.episodes
        return GoodMoment(segment.steps, segment.update, total / episodes) if episodes else None
