"""An actor in a thread of its own, and its news in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ppo_desktop.jobs.actor import JobActor
from ppo_desktop.jobs.outbox import Outbox
from ppo_desktop.runs.abandoned import WritingThread, join_for_a_moment

ActorT = TypeVar("ActorT", bound=JobActor[Any])


class JobThread(QObject, Generic[ActorT]):
    """Owns the thread of an actor, to which orders go directly.

    The thread is Python's own and a daemon, not Qt's: a database that does not answer may hold it for some
    seconds, and neither giving it up nor closing the window may wait for that.

    Args:
        name: Of the thread.
        create: Makes the actor.
        seconds: Shortest time between two deliveries of what only grows.
        is_writing: Whether the process waits at its end until all is done that was ordered.

    Attributes:
        actor: What lives in the thread. Orders must not hold this object, whose end must not come there.
    """

    arrived = Signal(object)
    """News, in the window's thread."""
    _filled = Signal()

    def __init__(
        self, name: str, create: Callable[[Outbox], ActorT], seconds: float, *, is_writing: bool = False
    ) -> None:
        super().__init__()
        self._filled.connect(self._fetch, Qt.ConnectionType.QueuedConnection)
        self._outbox = Outbox(self._filled.emit, seconds)
        self.actor = create(self._outbox)
        if is_writing:
            self._thread: threading.Thread = WritingThread(self.actor.work, name, self.actor.close)
        else:
            self._thread = threading.Thread(target=self.actor.work, name=name, daemon=True)

    def start(self) -> None:
        """Let the actor begin; does nothing the second time."""
        if self._thread.ident is None:
            self._thread.start()

    def close(self, timeout: float | None = None) -> bool:
        """Cancel what is going on and end the thread; nothing arrives any more.

        Args:
            timeout: Most seconds to wait for that, None for a moment; 0 to give up what does not answer.

        Returns:
            Whether the thread has ended by then. One that has not ends by itself.
        """
        self._outbox.close()
        self.actor.close()
        return not self._thread.is_alive() or join_for_a_moment([self._thread], timeout)

    @Slot()
    def _fetch(self) -> None:
        for news in self._outbox.take():
            self.arrived.emit(news)
