"""When a run was at its best, and a snapshot of what it had learnt then: where it can go back to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from ppo_desktop.ppo.events import GoodMoment
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.policy_state import Snapshot

SEGMENT = 64
"""Fewest time steps of each agent in a segment, which is made of whole rollouts."""
MOST_SEGMENTS = 32
"""Segments that wait for the end of their episodes; the oldest is then judged by those that have ended."""
MOST_BYTES = 160_000_000
"""Of their snapshots: of networks larger than ours fewer segments wait."""
FEWEST_EPISODES = 16
"""Episodes by which a segment is judged: where fewer went on in it, those of its neighbours count too."""


@dataclass(slots=True)
class Segment:
    """Rollouts in a row, and the episodes that went on in them, from a number of steps and an update on.

    Attributes:
        hyperparameters: The values in force when it began.
        total: Sum of the returns of its episodes.
        episodes: How many there are.
        has_acted: Whether its first rollout is collected.
        snapshot: What acted at its beginning; None until then, when it has been judged and was not the
            best, and in a run that goes on from a checkpoint.
    """

    steps: int
    update: int
    hyperparameters: Hyperparameters
    total: float = 0.0
    episodes: int = 0
    has_acted: bool = False
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class GoodMomentsState:
    """What is known of good moments, but for their snapshots.

    Attributes:
        best: The best one that has been judged.
        waiting: The segments that are not judged yet.
        judged: The latest ones that are.
        ended_at: {agent: steps when its last episode ended}.
        given_up_at: Steps before which nothing counts any more.
    """

    best: GoodMoment | None
    waiting: tuple[Segment, ...]
    judged: tuple[Segment, ...]
    ended_at: dict[int, int]
    given_up_at: int


class GoodMoments:
    """Finds the best moment of a run and keeps at most one snapshot more than segments may wait.

    A mean of the last episodes lags behind the policy, so that where it is highest the policy has often
    fallen already. Therefore an episode counts for every segment in which it went on, and a segment is
    judged when all of its episodes have ended. What is measured of that: docs/symptoms.md.
    """

    def __init__(self, most_segments: int = MOST_SEGMENTS) -> None:
        self._most_segments = most_segments
        self._best: GoodMoment | None = None
        self._snapshot: Snapshot | None = None
        self._waiting: deque[Segment] = deque()
        self._judged: deque[Segment] = deque(maxlen=FEWEST_EPISODES)
        self._ended_at: dict[int, int] = {}
        self._given_up_at = 0

    @property
    def best(self) -> GoodMoment | None:
        """The best moment that has been judged, or the first one; None before an episode has ended."""
        if self._best is not None or not self._waiting or not self._waiting[0].has_acted:
            return self._best
        return self._moment()

    @property
    def snapshot(self) -> Snapshot:
        """What the run had learnt at `best`, where there is one."""
        snapshot = self._waiting[0].snapshot if self._best is None else self._snapshot
        assert snapshot is not None
        return snapshot

    def begin_rollout(self, steps: int, update: int, hyperparameters: Hyperparameters) -> None:
        """Begin another segment if the present one is long enough, with a rollout for that update."""
        if self._waiting and steps - self._waiting[-1].steps < SEGMENT * hyperparameters.n_envs:
            return
        self._waiting.append(Segment(steps, update, hyperparameters))
        ended_at = min(self._ended_at.get(agent, 0) for agent in range(hyperparameters.n_envs))
        while len(self._waiting) > 1 and (
            self._waiting[1].steps <= ended_at or len(self._waiting) > self._most_segments
        ):
            self._judge()

    def end_rollout(self, snapshot: Snapshot) -> None:
        """Take the snapshot of what has collected the rollout; only that of a segment's first one is kept."""
        segment = self._waiting[-1]
        if not segment.has_acted:
            segment.has_acted, segment.snapshot = True, snapshot

    def end_episode(self, steps: int, agent: int, episode_return: float, length: int) -> None:
        """Count an episode for every segment in which it went on.

        It ended after so many environment steps of all agents, and took `length` time steps.
        """
        self._ended_at[agent] = steps
        begun_at = steps - length * self._waiting[-1].hyperparameters.n_envs
        if begun_at < self._given_up_at:
            return
        for segment in reversed(self._waiting):
            segment.total += episode_return
            segment.episodes += 1
            if segment.steps <= begun_at:
                break

    def state(self) -> GoodMomentsState:
        """Return what is known, as a value."""
        return GoodMomentsState(
            self._best,
            tuple(replace(segment, snapshot=None) for segment in self._waiting),
            tuple(replace(segment, snapshot=None) for segment in self._judged),
            dict(self._ended_at),
            self._given_up_at,
        )

    def resume(self, state: GoodMomentsState) -> None:
        """Go on with what was known."""
        self._best, self._snapshot = state.best, None
        self._waiting.extend(map(replace, state.waiting))
        self._judged.extend(map(replace, state.judged))
        self._ended_at.update(state.ended_at)
        self._given_up_at = state.given_up_at

    def go_back(self, steps: int) -> None:
        """Forget the segments, and the episodes that have begun, of what is given up; the best stays."""
        if self._best is None:
            self._judge()
        self._waiting.clear()
        self._judged.clear()
        self._ended_at.clear()
        self._given_up_at = steps

    def _judge(self) -> None:
        """Compare the segment that has waited longest with the best; of equally good ones the later wins."""
        moment = self._moment()
        segment = self._waiting.popleft()
        if moment is not None and (self._best is None or moment.mean_return >= self._best.mean_return):
            self._best, self._snapshot = moment, segment.snapshot
        segment.snapshot = None
        self._judged.append(segment)

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
        if not episodes:
            return None
        return GoodMoment(segment.steps, segment.update, total / episodes, segment.hyperparameters)
