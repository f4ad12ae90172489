"""An episode played to its time limit with the policy of the moment at which a run rests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from PySide6.QtCore import QObject, Signal, Slot

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.whole_episode import PlayedToTheLimit, play_to_the_limit

_Wanted = tuple[PolicyMoment, Callable[[], bool]]
"""Whose policy is to play, and whether that is still wanted."""
logger = logging.getLogger(__name__)


class WholeEpisode(QObject):
    """Has it played, in a thread of its own, while it is seen and the run rests; else there is none.

    What plays stops within a few steps when it is hidden, the run goes on or the window closes.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._is_visible = self._is_asked = False
        self._wanted = Event()
        self._inquiry = Inquiry[_Wanted, None, None, PlayedToTheLimit](
            None, lambda: None, lambda wanted: lambda _records, _question: _played(*wanted), _load, 0.0
        )
        self._inquiry.digest_changed.connect(self.changed)
        session.state_changed.connect(self._follow)
        session.run_changed.connect(self._begin_anew)

    @property
    def played(self) -> PlayedToTheLimit | None:
        """What has come of it; None while it is not known."""
        return self._inquiry.digest

    def set_visible(self, is_visible: bool) -> None:
        """Have it played only while it is seen."""
        if is_visible != self._is_visible:
            self._is_visible = is_visible
            self._inquiry.set_visible(is_visible)
            if not is_visible and self.played is None:
                self._forget()
            self._follow()

    def close(self) -> None:
        """End the thread."""
        self._wanted.clear()
        self._inquiry.close()

    @Slot()
    def _begin_anew(self) -> None:
        self._forget()
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """Ask for the policy of the moment at which the run has come to rest."""
        if self._session.state not in (RunState.PAUSED, RunState.FINISHED):
            self._forget()
        elif self._is_visible and not self._is_asked:
            self._is_asked = True
            self._session.copy_policy(self._ask)

    def _ask(self, moment: PolicyMoment) -> None:
        if self._is_asked:
            self._wanted.clear()
            self._wanted = Event()
            self._wanted.set()
            self._inquiry.begin((moment, self._wanted.is_set))
            self._inquiry.ask_again()

    def _forget(self) -> None:
        was_known, self._is_asked = self.played is not None, False
        self._wanted.clear()
        self._inquiry.forget()
        if was_known:
            self.changed.emit()


def _played(moment: PolicyMoment, is_wanted: Callable[[], bool]) -> PlayedToTheLimit:
    """Return what comes of it, or why nothing does: an environment from outside may fail."""
    try:
        return play_to_the_limit(moment, is_wanted)
    except (EnvironmentFailure, UnsupportedEnvironment) as error:
        logger.warning("No episode could be played to its time limit", exc_info=error)
        return PlayedToTheLimit(None, 0, str(error))


def _load() -> None:
    """Nothing is needed beforehand: a player loads its engine."""
