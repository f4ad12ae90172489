"""The policy of the moment that Train shows, played without learning; and a ghost beside it."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Slot

from ppo_desktop import library
from ppo_desktop.bridge.playing import Playing, Watched
from ppo_desktop.bridge.policy_preview import FRAMES_PER_SECOND
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.comparison.judgement import update_name
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.policy_state import PolicyMoment, PolicyState


class Watching(Playing):
    """It is on until the run in Train goes on; another run or moment is followed.

    Attributes:
        is_on: Whether somebody watches; `watched`, the policy of the moment shown, comes a moment later.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session.notices)
        self.is_on = False
        self._session = session
        session.state_changed.connect(self._follow_state)
        session.run_changed.connect(self._follow_moment)
        session.speed_changed.connect(self._follow_speed)

    @property
    def frame_shown(self) -> Frame | None:
        """What is watched, else what the agent of a sample saw, else what the agent of the run sees."""
        if self.watched is not None:
            return self.watched.frame or self._session.frame
        return self._session.selected_frame or self._session.frame

    # ---- what one may ask ----------------------------------------------------------------------

    @Slot()
    def toggle(self) -> None:
        """Begin to watch, which pauses the run, or show the run again."""
        if self.is_on:
            self.stop()
            return
        self.is_on = True
        self._session.pause()
        self._follow_moment()
        self.changed.emit()
        self._session.notices.say(
            "You watch the policy play, without learning. Press Train to learn on.", holds=lambda: self.is_on
        )

    @Slot()
    def stop(self) -> None:
        """Show the run again."""
        if self.is_on:
            self.is_on = False
            self._session.notices.review()
            self.watch(None)

    def keep_ghost(self) -> None:
        """Let the policy of the moment shown be the ghost of those that are watched from now on."""
        if self.watched is not None:
            self._set_ghost(self.watched.name, self.watched.policy)

    @property
    def earlier_moments(self) -> dict[str, int]:
        """{what it is called: update} of earlier moments of the run whose policy can be the ghost."""
        shown, best = self._session.shown_update, self._session.history.best
        if not self._session.kept_run:
            return {}
        moments = {"Half-way": shown // 2}
        if best is not None:
            moments["At its best so far"] = best.update - 1
        return {name: update for name, update in moments.items() if 0 < update < shown}

    def earlier_ghost(self, update: int) -> None:
        """Let the policy after an earlier update of the run be the ghost."""
        run = self._session.kept_run

        @cache
        def find() -> PolicyState:
            return library.wait_for(run, update).policy_moment(update).policy

        self._set_ghost(f"update {grouped(update)}", find)

    def untaught_ghost(self) -> None:
        """Let the policy before learning be the ghost."""
        self._set_ghost("before learning", None)

    # ---- how it is done ------------------------------------------------------------------------

    @Slot()
    def _follow_state(self) -> None:
        # What the run says before its policy comes was said before it paused, and is nobody's wish to go on.
        if self._session.state is RunState.RUNNING and self.watched is not None:
            self.stop()

    @Slot()
    def _follow_moment(self) -> None:
        if self.is_on:
            self._session.copy_policy(self._watch_moment)

    def _watch_moment(self, moment: PolicyMoment) -> None:
        if self.is_on:
            self.watch(Watched(update_name(moment), moment.settings, moment.policy))

    @property
    def _rate(self) -> float:
        """That of a film, or less where the speed in Train is lower."""
        return min(FRAMES_PER_SECOND, self._session.speed or FRAMES_PER_SECOND)
