"""What the thread that has a study open posts to the window, and how it waits there to be fetched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ppo_desktop.study.check import CheckResult
from ppo_desktop.study.place import Place
from ppo_desktop.study.study_plan import Strategy, StudyPlan
from ppo_desktop.study.trials import TrialRecord

DELIVERY_SECONDS = 0.2
"""Shortest time between two deliveries of what only grows: five times a second is as much as one sees."""


@dataclass(frozen=True)
class Opened:
    """A study is there.

    Attributes:
        place: Where.
        plan: What it searches.
        strategy: How its next trials are chosen.
        trials: {number: trial} of all there are.
        check: What fresh seeds have said of its best; None if there was no check.
        n_orphans: Trials that wait to be tried again because the program ended that was at them.
        here: What this program is called in the trials it does.
        unknown: What of it only a newer version knows, in a sentence; empty where all is known.
        can_grow: Whether trials can be added: not where those it has depend on some of that.
    """

    place: Place
    plan: StudyPlan
    strategy: Strategy
    trials: Mapping[int, TrialRecord]
    check: CheckResult | None
    n_orphans: int
    here: str
    unknown: str
    can_grow: bool


@dataclass(frozen=True)
class Refused:
    """There is no study to be had: why, in one line."""

    message: str


@dataclass(frozen=True)
class TrialsChanged:
    """{number: trial} of trials that are new or have gone on, here or elsewhere."""

    trials: Mapping[int, TrialRecord]


@dataclass(frozen=True)
class Progress:
    """How far this search is: our running trials with their curves so far, and how many have ended."""

    running: tuple[TrialRecord, ...]
    n_ended: int


@dataclass(frozen=True)
class Ended:
    """This search is over: by itself, as asked (no message), or because of what the message says."""

    message: str = ""


@dataclass(frozen=True)
class Moved:
    """The study is kept somewhere else, or a copy of it is shown from now on."""

    place: Place


@dataclass(frozen=True)
class Deleted:
    """The study is gone, as asked."""


@dataclass(frozen=True)
class Troubled:
    """Something could not be done; all else is as before."""

    message: str


@dataclass(frozen=True)
class Unreachable:
    """The study cannot be read at the moment: why, in one line."""

    message: str


@dataclass(frozen=True)
class Reachable:
    """It can be read again."""


@dataclass(frozen=True)
class Answered:
    """The storage knows that a trial was stopped: it is there, should the search take longer to end."""


News = (
    Opened
    | Refused
    | TrialsChanged
    | Progress
    | Answered
    | Ended
    | Moved
    | Deleted
    | Troubled
    | Unreachable
    | Reachable
)


class Mailbox:
    """News on their way from one thread to another: one delivery at a time, the latest of what grows.

    Args:
        deliver: Is called in the thread that posts when there is something to take. After `close` it is not,
            so that a thread that answers late does not reach a window that has gone on, or is gone.
    """

    def __init__(self, deliver: Callable[[], object]) -> None:
        self._deliver: Callable[[], object] | None = deliver
        self._lock = threading.Lock()
        self._news: list[News] = []
        self._is_delivering = False
        self._taken_at = 0.0

    def post(self, news: News) -> None:
        """Leave news; what replaces or completes earlier news still waiting is joined to them."""
        with self._lock:
            _add(self._news, news)
            self._deliver_if_due()

    def flush(self) -> None:
        """Deliver what was held back because the last delivery was only just before."""
        with self._lock:
            self._deliver_if_due()

    def take(self) -> list[News]:
        """Return what has come since the last time, in order."""
        with self._lock:
            news, self._news = self._news, []
            self._is_delivering, self._taken_at = False, time.monotonic()
            return news

    def close(self) -> None:
        """Let nothing come any more."""
        with self._lock:
            self._deliver = None
            self._news.clear()

    def _deliver_if_due(self) -> None:
        if self._deliver is None or self._is_delivering or not self._news:
            return
        can_wait = all(isinstance(news, TrialsChanged | Progress) for news in self._news)
        if can_wait and time.monotonic() - self._taken_at < DELIVERY_SECONDS:
            return
        self._is_delivering = True
        self._deliver()


def _add(waiting: list[News], news: News) -> None:
    """Append news, or join them to what waits, as long as nothing of another kind came between."""
    for place in range(len(waiting) - 1, -1, -1):
        earlier = waiting[place]
        if isinstance(earlier, TrialsChanged) and isinstance(news, TrialsChanged):
            waiting[place] = TrialsChanged({**earlier.trials, **news.trials})
            return
        if isinstance(earlier, Progress) and isinstance(news, Progress):
            waiting[place] = news
            return
        if not isinstance(earlier, TrialsChanged | Progress):
            break
    waiting.append(news)
