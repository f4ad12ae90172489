"""What the window shows of a policy from a file: opened, put into an environment, and played there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal

from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.bridge.playing import Playing, Watched
from ppo_desktop.comparison.judgement import update_name
from ppo_desktop.policies.opening import OpenedPolicy, Opening

_SECONDS = 0.1
"""Shortest time between two tellings of how far it is."""


class PolicySession(JobSession):
    """One policy at a time; the job is to open it, or to put it into another environment.

    Attributes:
        opened: What is known of it; None before any was opened.
        playing: How it is played.
    """

    changed = Signal()
    asked = Signal()
    """A policy is to be opened, for somebody to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenedPolicy | None = None
        self.playing = Playing(self.notices)
        for signal in (self.state_changed, self.progress_changed):
            signal.connect(self.changed)

    @property
    def environment_id(self) -> str:
        """In which it is played; empty for none."""
        moment = None if self.opened is None else self.opened.moment
        return "" if moment is None else moment.settings.environment_id

    def open(self, path: Path) -> None:
        """Open the policy in a file, in place of the one that is shown."""
        self.opened = None
        self.playing.watch(None)
        self.asked.emit()
        self._begin(Opening(path))

    def choose_environment(self, environment_id: str) -> None:
        """Let it be played in another environment, if it fits there."""
        if self.opened is not None and environment_id != self.environment_id:
            self._begin(Opening(self.opened.policy, environment_id))

    def set_visible(self, is_visible: bool) -> None:
        """Stand still while nobody looks."""
        self.playing.set_visible(is_visible)

    def close(self) -> None:
        """End what is played, and the threads."""
        super().close()
        self.playing.close()

    def _begin(self, opening: Opening) -> None:
        """Open, and leave what is under way."""
        if self.is_under_way:
            self._close_thread(0.0)
        self.progress = None
        self.notices.withdraw()
        self._begin_job("opening", opening, _SECONDS)
        self.changed.emit()

    def _take(self, opened: OpenedPolicy) -> None:
        """Show it; what was played stays until it is known that it can be in another environment."""
        if opened.moment is not None or self.opened is None:
            self.opened = opened
        if opened.moment is not None:
            moment = opened.moment
            self.playing.watch(Watched(update_name(moment), moment.settings, moment.policy))
            if moment.doubt:
                self.notices.say(moment.doubt, is_warning=True)
        self.changed.emit()
