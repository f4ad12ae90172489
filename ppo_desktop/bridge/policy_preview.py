"""Plays the policies of several runs, side by side, in a thread of its own at the rate of a film."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from ppo_desktop.bridge.threads import ThreadWorker, WorkerThread
from ppo_desktop.library import UNUSABLE
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.perturbation import Perturbation, Perturbed
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.settings import RunSettings

FRAMES_PER_SECOND = 30
"""The rate of a film."""
END_SECONDS = 0.6
"""How long the end of an episode is shown."""
SHOWN_SECONDS = 10
"""How long a player plays before it rests, where nothing learns any more."""

Policy = PolicyState | Callable[[], PolicyState] | None
"""What a player acts with, or what finds it, called in the players' thread; None: as before learning."""
logger = logging.getLogger(__name__)


@dataclass
class _Playback:
    """A player and the moment of its next step; it rests until it has weights."""

    player: Player
    next_at: float = math.inf
    rests_at: float = math.inf
    has_weights: bool = False
    has_failed: bool = False
    waits: bool = False
    """Its episode is over, and those of others that began with it are not."""

    @property
    def rests(self) -> bool:
        """Whether it could play but does not."""
        return self.has_weights and not self.has_failed and math.isinf(self.next_at)

    def begin(self) -> None:
        """Play for `SHOWN_SECONDS` from now on; one that plays already goes on."""
        now = time.perf_counter()
        self.rests_at = now + SHOWN_SECONDS
        if math.isinf(self.next_at):
            self.next_at = now


@dataclass(frozen=True)
class _Played:
    """What players of a generation have just seen, by number."""

    generation: int
    frames: Mapping[int, Frame]


@dataclass(frozen=True)
class _PerturbedPlayers:
    """What was done by hand to players of a generation, and what they see now, by number."""

    generation: int
    perturbed: Mapping[int, Perturbed]
    frames: Mapping[int, Frame]


@dataclass(frozen=True)
class _Rested:
    """Which players of a generation rest, and no others."""

    generation: int
    numbers: frozenset[int]


@dataclass(frozen=True)
class _Failed:
    """Why a player of a generation does not play, in one line."""

    generation: int
    message: str


class _PreviewWorker(ThreadWorker):
    """Lives in the preview's thread; its methods are the commands."""

    def __init__(self) -> None:
        super().__init__()
        self._generation = 0
        self._playbacks: dict[int, _Playback] = {}
        self._picture = False
        self._starts: Iterator[int] = iter(())
        self._are_together = False
        self._acknowledged = True
        self._resting: frozenset[int] = frozenset()
        self._interval = 0
        self._plays_on = True
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._play)

    def set_runs(
        self, generation: int, settings: Mapping[int, RunSettings], picture: bool, are_together: bool
    ) -> None:
        """Make a player for each of these runs, in place of the present ones.

        Frames are sent with the number of the generation, so that none of an earlier one is shown. Those that
        are together begin their episodes together, in the same start states, and can be perturbed.
        """
        self._dismiss()
        self._generation, self._picture = generation, picture
        self._are_together, self._starts = are_together, cycle(START_SEEDS)
        for number, run in settings.items():
            try:
                self._playbacks[number] = _Playback(Player(run, by_hand=are_together))
            except Exception as error:
                self._say_why("An environment could not be made to be looked at", error)

    def set_weights(self, policies: Mapping[int, Policy]) -> None:
        """Let players act as these runs do by now, or, without a policy, as at their very beginning."""
        for number, known in policies.items():
            playback = self._playbacks.get(number)
            if playback is None or playback.has_failed:
                continue
            try:
                policy = known() if callable(known) else known
                if policy is not None:
                    playback.player.set_policy(policy)
                playback.has_weights = True
                playback.begin()
            except Exception as error:
                self._end(playback, error)
        if self._are_together:
            self._begin_together()
        self._follow()

    def act(self, acting: Acting) -> None:
        """Let all players choose their actions in this way."""
        for playback in self._playbacks.values():
            playback.player.act(acting)

    def perturb(self, perturbation: Perturbation) -> None:
        """Change by hand what all play in, in the same way."""
        perturbed: dict[int, Perturbed] = {}
        frames: dict[int, Frame] = {}
        for number, playback in self._playbacks.items():
            if playback.has_failed:
                continue
            try:
                done = playback.player.perturb(perturbation)
                if done is not None:
                    perturbed[number] = done
                    frames[number] = playback.player.look(picture=self._picture)
            except Exception as error:
                self._end(playback, error)
        self._acknowledged = False
        self.said.emit(_PerturbedPlayers(self._generation, perturbed, frames))

    def show_picture(self, wanted: bool) -> None:
        """Send Gymnasium's own picture along with each frame, or not."""
        self._picture = wanted

    def play(self, frames_per_second: float, on: bool) -> None:
        """Play at this rate at the most, on and on or each for a while; 0 is to stand still."""
        self._interval = int(1000 / frames_per_second) if frames_per_second else 0
        self._plays_on = on
        self._follow()

    def play_again(self, number: int) -> None:
        """Have a player play for a while more."""
        playback = self._playbacks.get(number)
        if playback is not None and playback.has_weights and not playback.has_failed:
            playback.begin()
            self._follow()

    def rest(self) -> None:
        """Have every player rest until it is to play again."""
        for playback in self._playbacks.values():
            playback.next_at = math.inf
        self._follow()

    def _follow(self) -> None:
        """Run the timer only while a player plays, and say which ones rest."""
        plays = not all(math.isinf(playback.next_at) for playback in self._playbacks.values())
        if not (plays and self._interval):
            self._timer.stop()
        elif not self._timer.isActive() or self._timer.interval() != self._interval:
            self._timer.start(self._interval)
        resting = frozenset(number for number, playback in self._playbacks.items() if playback.rests)
        if resting != self._resting:
            self._resting = resting
            self.said.emit(_Rested(self._generation, resting))

    def acknowledge(self) -> None:
        """The window has shown the last frames and is ready for others."""
        self._acknowledged = True

    def shut_down(self) -> None:
        """End the players and the thread."""
        self._timer.stop()
        self._dismiss()
        super().shut_down()

    @Slot()
    def _play(self) -> None:
        if not self._acknowledged:
            return
        now = time.perf_counter()
        due = {
            number: playback
            for number, playback in self._playbacks.items()
            if now >= playback.next_at and not playback.waits
        }
        frames = {number: self._step(playback, now) for number, playback in due.items()}
        shown = {number: frame for number, frame in frames.items() if frame is not None}
        if shown:
            self._acknowledged = False
            self.said.emit(_Played(self._generation, shown))
        if self._are_together and all(one.waits or one.has_failed for one in self._playbacks.values()):
            self._begin_together()
        self._follow()

    def _begin_together(self) -> None:
        """Let all players begin an episode in the next start state, at the same time."""
        seed = next(self._starts)
        playing = [playback for playback in self._playbacks.values() if not math.isinf(playback.next_at)]
        begins_at = max((playback.next_at for playback in playing), default=math.inf)
        for playback in playing:
            playback.waits, playback.next_at = False, begins_at
            try:
                playback.player.begin(seed)
            except Exception as error:
                self._end(playback, error)

    def _step(self, playback: _Playback, now: float) -> Frame | None:
        try:
            frame = playback.player.step(picture=self._picture)
        except Exception as error:
            self._end(playback, error)
            return None
        playback.waits = frame.episode_over and self._are_together
        pause = END_SECONDS if frame.episode_over else 1 / playback.player.steps_per_second
        playback.next_at = max(playback.next_at + pause, now)  # right on average; no race to catch up
        if not self._plays_on and now >= playback.rests_at:
            playback.next_at = math.inf
        return frame

    def _end(self, playback: _Playback, error: Exception) -> None:
        """Play no more in an environment that has failed."""
        playback.next_at, playback.has_failed = math.inf, True
        self._say_why("An environment that is looked at failed", error)

    def _say_why(self, what: str, error: Exception) -> None:
        logger.error(what, exc_info=error)
        is_explained = isinstance(error, UNUSABLE)
        self.said.emit(_Failed(self._generation, str(error) if is_explained else what_went_wrong(error)))

    def _dismiss(self) -> None:
        playbacks, self._playbacks = self._playbacks, {}
        self._resting = frozenset()
        for playback in playbacks.values():
            try:
                playback.player.close()
            except EnvironmentFailure:
                logger.exception("An environment that was looked at could not be closed")


class PolicyPreview(QObject):
    """What the window sees of the players.

    Attributes:
        frames: {number of a variant: what its player last saw}.
        resting: Numbers of those that have played for a while and rest.
    """

    frames_changed = Signal()
    resting_changed = Signal()
    perturbed = Signal(object)
    """What was done by hand, {number: Perturbed}, to those whose episode goes on; their frames follow."""
    failed = Signal(str)
    """Why an environment is not played in, or not any more, in one line."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: dict[int, Frame] = {}
        self.resting: frozenset[int] = frozenset()
        self._generation = 0
        self._has_foreign = self._is_held = False
        self._rate, self._plays_on = 0.0, True
        self._thread = self._new_thread()

    def _new_thread(self) -> WorkerThread[_PreviewWorker]:
        thread = WorkerThread("policy_preview", _PreviewWorker())
        thread.arrived.connect(self._receive)
        return thread

    def set_runs(
        self, settings: Mapping[int, RunSettings], *, picture: bool, are_together: bool = False
    ) -> None:
        """Have a player for each of these runs; none for nothing to see.

        Args:
            settings: {number of a variant: the run whose policy is shown}.
            picture: Whether frames need Gymnasium's own picture.
            are_together: Whether they begin their episodes together, in the same start states, and can be
                perturbed.
        """
        if self._thread.silent_seconds and self._has_foreign:  # an environment does not let go of it
            self._thread.give_up()
            self._thread = self._new_thread()
        self._has_foreign = any(run.environment_id not in KNOWN_ENVIRONMENTS for run in settings.values())
        self._thread.start()
        self.frames = {}
        self.frames_changed.emit()
        self._generation += 1
        self._show_resting(frozenset())
        self._thread.order(_PreviewWorker.set_runs, self._generation, dict(settings), picture, are_together)

    def set_weights(self, policies: Mapping[int, Policy]) -> None:
        """Let the players act as their runs do by now, or, without a policy, as at their very beginning."""
        self._thread.order(_PreviewWorker.set_weights, dict(policies))

    def act(self, acting: Acting) -> None:
        """Let all players choose their actions in this way."""
        self._thread.order(_PreviewWorker.act, acting)

    def perturb(self, perturbation: Perturbation) -> None:
        """Change by hand what all players play in, who are together."""
        self._thread.order(_PreviewWorker.perturb, perturbation)

    def show_picture(self, wanted: bool) -> None:
        """Have Gymnasium's own picture in each frame, or not."""
        self._thread.order(_PreviewWorker.show_picture, wanted)

    def play(self, frames_per_second: float, *, on: bool = True) -> None:
        """Play at this rate at the most; 0 is to stand still, while the page is hidden.

        Args:
            frames_per_second: The rate.
            on: Play on and on; else each player rests after `SHOWN_SECONDS`, until it has new weights
                or is to play again.
        """
        self._rate, self._plays_on = frames_per_second, on
        self._thread.order(_PreviewWorker.play, 0 if self._is_held else frames_per_second, on)

    def hold(self, is_held: bool) -> None:
        """Stand still whatever rate is asked for, or play at that again."""
        self._is_held = is_held
        self.play(self._rate, on=self._plays_on)

    def play_again(self, number: int) -> None:
        """Have the player in this place play for a while more."""
        self._thread.order(_PreviewWorker.play_again, number)

    def rest(self) -> None:
        """Have every player rest until it has new weights or is to play again."""
        self._thread.order(_PreviewWorker.rest)

    def close(self) -> None:
        """End the players and their thread."""
        self._thread.close()

    @Slot(object)
    def _receive(self, news: _Played | _PerturbedPlayers | _Rested | _Failed) -> None:
        is_shown = news.generation == self._generation
        if isinstance(news, (_Played, _PerturbedPlayers)):
            if is_shown and isinstance(news, _PerturbedPlayers):
                self.perturbed.emit(news.perturbed)
            if is_shown:
                self.frames |= news.frames
                self.frames_changed.emit()
            self._thread.order(_PreviewWorker.acknowledge)
        elif is_shown and isinstance(news, _Rested):
            self._show_resting(news.numbers)
        elif is_shown and isinstance(news, _Failed):
            self.failed.emit(news.message)

    def _show_resting(self, resting: frozenset[int]) -> None:
        if resting != self.resting:
            self.resting = resting
            self.resting_changed.emit()
