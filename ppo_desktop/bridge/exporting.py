"""What is exported, each in a thread of its own: how far it is, and what becomes of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot

from ppo_desktop.bridge.notices import Action, Notices
from ppo_desktop.exports.format import Cancelled, CannotExport, Progress
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.runs.abandoned import WritingThread
from ppo_desktop.runs.processors import LITTLE, give_way

QUIET_SECONDS = 0.5
"""What takes no longer is not spoken of before it is done."""
_LOOK_MILLISECONDS = 50
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """What is to be done in a thread.

    Attributes:
        what: What is written, "run.csv"; empty where there is nothing to be said of it.
        work: Does it, and returns something.
        done: Is given that in the window's thread; returns what there is to say.
        place: Where it is written; None where that is no file of the user's.
    """

    what: str
    work: Callable[[Progress], Any]
    done: Callable[[Any], str]
    place: Path | None = None


class _Export:
    """An order on its way; what the thread says is looked at by the window's."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.share = 0.0
        self.begun_at = time.monotonic()
        self.notice: int | None = None
        self._result: Any = None
        self._error: Exception | None = None
        self._is_cancelled = threading.Event()
        self._thread = WritingThread(self._work, f"export of {order.what}", self.cancel)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether there is a result."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Let it end as soon as it asks; nothing is left of it then."""
        self._is_cancelled.set()

    def result(self) -> Any:
        """Return what the work has returned, or raise what it has raised."""
        if self._error is not None:
            raise self._error
        return self._result

    def _work(self) -> None:
        give_way(LITTLE)  # one that yields all processors would hold the interpreter's lock for long
        try:
            self._progress(0.0)
            self._result = self.order.work(self._progress)
        except Exception as error:
            self._error = error

    def _progress(self, share: float) -> None:
        self.share = share
        if self._is_cancelled.is_set():
            raise Cancelled


class Exporting(QObject):
    """Does what is ordered, each in a thread of its own.

    Args:
        notices: Say how far it is, with a button to cancel it, and what has become of it.
        parent: With it all ends.
    """

    def __init__(self, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = notices
        self._exports: list[_Export] = []
        self.destroyed.connect(partial(_cancel_all, self._exports))
        self._timer = QTimer(self, interval=_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._exports)

    def begin(self, order: Order) -> None:
        """Begin to do what is ordered."""
        self._exports.append(_Export(order))
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        for export in list(self._exports):
            if export.is_over:
                self._exports.remove(export)
                self._end(export)
            elif export.order.what and time.monotonic() - export.begun_at > QUIET_SECONDS:
                self._say_how_far(export)
        if not self._exports:
            self._timer.stop()

    def _say_how_far(self, export: _Export) -> None:
        text = f"Exporting {export.order.what}: {100 * export.share:.0f} %"
        if export.notice is None:
            action = Action("Cancel", export.cancel)
            self._notices.say(text, action=action, holds=lambda: export in self._exports)
            export.notice = self._notices.current.number
        else:
            self._notices.reword(export.notice, text)

    def _end(self, export: _Export) -> None:
        try:
            self._say_done(export, export.order.done(export.result()))
        except Cancelled:
            self._say(export, f"{export.order.what} was cancelled; nothing of it is left.")
        except CannotExport as error:
            self._say_why(export, str(error))
        except OSError as error:
            self._say_why(export, error.strerror or what_went_wrong(error))
        except Exception as error:
            logger.exception("Export of %s", export.order.what)
            self._say_why(export, what_went_wrong(error))

    def _say_done(self, export: _Export, text: str) -> None:
        if export.order.place is None:
            self._say(export, text)
        else:
            self._notices.say_written(text, export.order.place)

    def _say_why(self, export: _Export, reason: str) -> None:
        what = f"{export.order.what} could not be exported"
        self._say(export, f"{what}: {reason.rstrip('.')}.", is_warning=True)

    def _say(self, export: _Export, text: str, *, is_warning: bool = False) -> None:
        if export.order.what:
            self._notices.say(text, is_warning=is_warning)


def _cancel_all(exports: list[_Export]) -> None:
    for export in exports:
        export.cancel()
