"""The one thread that touches a study's storage: opens it, searches it, looks who else is at work.

It is Python's own and a daemon, not Qt's: a database that does not answer may hold it for some seconds,
and neither giving it up nor closing the window may wait for that.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ppo_desktop.bridge.study_hand import OFTEN, SELDOM, Go, StudyHand
from ppo_desktop.bridge.study_news import Mailbox
from ppo_desktop.runs.abandoned import join_for_a_moment
from ppo_desktop.study import library
from ppo_desktop.study.check import CheckResult
from ppo_desktop.study.place import Place
from ppo_desktop.study.plan import Strategy, StudyPlan

CLOSING_SECONDS = 5.0
"""How long closing waits for the thread to write down what it was at."""


class SearchThread(QObject):
    """Has one study in hand, from opening it to closing it; its methods return at once.

    Args:
        place: Where the study is.
        begun_as: What a new study searches, and how; None to open one that is there.
    """

    arrived = Signal(object)
    """News, in the window's thread."""
    _filled = Signal()

    def __init__(self, place: Place, begun_as: tuple[StudyPlan, Strategy] | None = None) -> None:
        super().__init__()
        self._filled.connect(self._fetch, Qt.ConnectionType.QueuedConnection)
        self._mailbox = Mailbox(self._filled.emit)
        self._hand = StudyHand(place, begun_as, self._mailbox)
        self._thread = threading.Thread(target=self._hand.work, name="study", daemon=True)

    def start(self) -> None:
        """Open the study, or create it."""
        self._thread.start()

    def search(self, go: Go) -> None:
        """Do trials; `Ended` tells when that is over."""
        self._hand.search(go)

    def pause(self) -> None:
        """Let running trials rest."""
        self._hand.wish(lambda search: search.pause())

    def resume(self) -> None:
        """Let them go on."""
        self._hand.wish(lambda search: search.resume())

    def finish(self) -> None:
        """Stop after the running trials."""
        self._hand.wish(lambda search: search.finish())

    def stop(self) -> None:
        """Stop now; the running trials are to be tried again."""
        self._hand.wish(lambda search: search.stop())

    def keep_check(self, result: CheckResult) -> None:
        """Write down what fresh seeds have said."""
        hand = self._hand  # orders may outlive this object, and its end must not come in the other thread
        hand.tell(lambda: hand.keep_check(result))

    def rename(self, name: str) -> None:
        """Call the study's file and the study something else."""
        hand = self._hand
        hand.tell(lambda: hand.move(lambda path: library.rename(path, name), name))

    def copy(self, name: str) -> None:
        """Copy the study, and have the copy in hand from now on."""
        hand = self._hand
        hand.tell(lambda: hand.move(lambda path: library.copy(path, name), name))

    def delete(self) -> None:
        """Delete the study's file."""
        self._hand.tell(self._hand.delete)

    def watch(self, often: bool) -> None:
        """Look often for what others have done, or seldom."""
        self._hand.interval = OFTEN if often else SELDOM
        self._hand.tell(lambda: None)  # it may be in the middle of a long wait

    def close(self, timeout: float = CLOSING_SECONDS) -> bool:
        """Stop what is going on and let the study go; nothing arrives any more.

        Args:
            timeout: Most seconds to wait for that; 0 to give up what does not answer.

        Returns:
            Whether the thread has ended by then. One that has not ends by itself.
        """
        self._mailbox.close()
        self._hand.close()
        return not self._thread.is_alive() or join_for_a_moment([self._thread], timeout)

    @Slot()
    def _fetch(self) -> None:
        for news in self._mailbox.take():
            self.arrived.emit(news)
