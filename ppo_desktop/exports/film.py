"""What a film of a kept run shows, frame by frame; nothing is painted here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice

from ppo_desktop.exports.film_plan import FilmPlan, FilmSubject
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.runs.kept import KeptRun
from ppo_desktop.runs.past import Past

HOLD_SECONDS = 0.5
"""How long the end of an episode is seen."""
GLIDE_SECONDS = 0.5
"""How long the curves take from one moment to the next."""
_MOMENT_SECONDS = 1.0
"""How long each moment is seen, at least; then there are at most so many:"""
_MOST_MOMENTS = 40


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame of a film.

    Attributes:
        frame: What the agent sees.
        moment: Whose policy acts.
        start: Number of the start state from which the episode has begun, from 1.
        steps_shown: Up to which environment step of the run its curves have grown.
    """

    frame: Frame
    moment: PolicyMoment
    start: int
    steps_shown: float


class Footage:
    """The frames of a film of a run: episodes played with what it had learnt, from the same start states.

    Neither the run nor its random numbers are touched.

    Args:
        kept: The run.
        update: The moment after which update it is of, or up to which it had learnt.
        plan: How the film is to be.
    """

    def __init__(self, kept: KeptRun, update: int, plan: FilmPlan) -> None:
        self._kept, self._update, self._plan = kept, update, plan
        self._past = Past(kept)
        self._has_picture = kept.settings.environment_id not in KNOWN_ENVIRONMENTS

    @cached_property
    def n_frames(self) -> int:
        """How many frames there are; of one episode, found out by playing it.

        Raises: as `KeptRun.policy_moment` does.
        """
        if self._plan.subject is FilmSubject.LEARNING:
            return self._plan.n_frames
        with closing(self._player()) as player:
            player.set_policy(self._moment.policy)
            played = self._played(player, self._plan.start, picture=False)
            return sum(1 for _ in islice(played, self._plan.n_frames))

    def shots(self) -> Iterator[Shot]:
        """Yield the frames.

        Raises: as `KeptRun.policy_moment` does.
        """
        with closing(self._player()) as player:
            is_episode = self._plan.subject is FilmSubject.EPISODE
            yield from self._episode(player) if is_episode else self._learning(player)

    def _player(self) -> Player:
        player = Player(self._kept.settings)
        player.act(Acting.DETERMINISTIC if self._plan.is_deterministic else Acting.SAMPLED)
        return player

    @cached_property
    def _moment(self) -> PolicyMoment:
        return self._moment_after(self._update)

    def _moment_after(self, update: int) -> PolicyMoment:
        """Return what the run had learnt; the way from the moment before is remembered."""
        try:
            with closing(self._past.visit_at_once(update) or self._past.visit(update)) as visit:
                while not visit.is_there:
                    visit.go_on()
                return visit.run.policy_moment()
        except NotResumable:  # what an environment of somebody else may be
            return self._kept.policy_moment(update)

    def _episode(self, player: Player) -> Iterator[Shot]:
        """Yield one episode, and its end for a while."""
        player.set_policy(self._moment.policy)
        played = self._played(player, self._plan.start, picture=self._has_picture)
        frame = next(played)
        for _ in range(self.n_frames):
            yield Shot(frame, self._moment, self._plan.start, self._moment.steps)
            frame = next(played, frame)  # of an environment that does not do the same again

    def _learning(self, player: Player) -> Iterator[Shot]:
        """Yield moments of the run one after the other, each for as long, with the same start states."""
        updates = moments(self._kept, self._update, math.floor(self._plan.seconds / _MOMENT_SECONDS))
        edges = [round(place * self._plan.n_frames / len(updates)) for place in range(len(updates) + 1)]
        steps_before = 0.0
        for update, begin, end in zip(updates, edges, edges[1:], strict=False):
            moment = self._moment_after(update)
            player.set_policy(moment.policy)
            played = self._one_after_the_other(player)
            for number in range(end - begin):
                start, frame = next(played)
                share = min(1.0, (number + 1) / (GLIDE_SECONDS * self._plan.frame_rate))
                steps_shown = steps_before + share * (moment.steps - steps_before)
                yield Shot(frame, moment, start, steps_shown)
            steps_before = moment.steps

    def _one_after_the_other(self, player: Player) -> Iterator[tuple[int, Frame]]:
        """Yield the number of the start state and what is seen, again and again."""
        for start in count():
            number = start % len(START_SEEDS) + 1
            for frame in self._played(player, number, picture=self._has_picture):
                yield number, frame

    def _played(self, player: Player, start: int, *, picture: bool) -> Iterator[Frame]:
        """Yield what is seen of an episode in each frame of the film, its end for a while."""
        per_frame = player.steps_per_second * self._plan.speed / self._plan.frame_rate
        player.begin(START_SEEDS[start - 1])
        frame, due = player.look(picture=picture), 0.0
        yield frame
        while not frame.episode_over:
            due += per_frame
            n_steps, due = int(due), due % 1.0
            for number in range(n_steps):
                frame = player.step(picture=picture and number == n_steps - 1)
                if frame.episode_over:
                    break
            if picture and frame.picture is None and n_steps:
                frame = player.look(picture=True)
            yield frame
        for _ in range(round(HOLD_SECONDS * self._plan.frame_rate)):
            yield frame


def moments(kept: KeptRun, last: int, most: int) -> list[int]:
    """Return updates of a run up to the last, about equally far apart, and both ends.

    Those near which something is kept are taken where they are: the way to the others is learnt again.
    """
    first = kept.first_update
    n_moments = max(1, min(most, _MOST_MOMENTS, last - first + 1))
    distance = (last - first) / max(1, n_moments - 1)
    kept_after = {
        update
        for one, until in kept.line
        for update in one.journal.keyframes
        if one.journal.begins_after < update <= min(until, last)
    }
    chosen = {last} if n_moments == 1 else {first, last}
    for place in range(1, n_moments - 1):
        wanted = first + place * distance
        nearest = min(kept_after, key=lambda update: abs(update - wanted), default=last)
        chosen.add(nearest if abs(nearest - wanted) <= distance / 2 else round(wanted))
    return sorted(chosen)
