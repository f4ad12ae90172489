"""Preparing the fast engine in a process of its own, while the window serves."""

from __future__ import annotations

import json
import logging
from enum import Enum

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from ppo_desktop.own_process import own_command, own_environment
from ppo_desktop.runs.abandoned import MOMENT

logger = logging.getLogger(__name__)


class PreparationState(Enum):
    """How far the preparation is."""

    NOT_NEEDED = "not needed"
    GOING_ON = "going on"
    DONE = "done"
    FAILED = "failed"


class Preparation(QObject):
    """Runs `ppo-desktop prepare-engine` once.

    Attributes:
        state: How far it is.
        share: Part that is done, 0…1.
        problem: Why it failed, one line; else empty.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state = PreparationState.NOT_NEEDED
        self.share = 0.0
        self.problem = ""
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail_to_start)

    def start(self) -> None:
        """Begin, unless it has begun before."""
        if self.state is PreparationState.NOT_NEEDED:
            self._set(PreparationState.GOING_ON)
            program, *arguments = own_command("prepare-engine", "--json", "-")
            self._process.start(program, arguments)

    def stop(self) -> None:
        """End it; what has been compiled is thrown away."""
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished(round(1000 * MOMENT))

    def _read(self) -> None:
        while self._process.canReadLine():
            try:
                event = json.loads(bytes(self._process.readLine().data()))
                if event["event"] == "failed":
                    self.problem = str(event["problem"])
                    continue
                self.share = event["done"] / event["of"]
            except (ValueError, KeyError, TypeError, ZeroDivisionError):
                continue  # a warning of some library
            self.changed.emit()

    def _finish(self, status: int, _how: QProcess.ExitStatus) -> None:
        errors = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if status == 0:
            self._set(PreparationState.DONE)
            return
        logger.error("The fast engine could not be prepared (status %d): %s", status, errors)
        self._set(PreparationState.FAILED, self.problem or f"it ended with status {status}")

    def _fail_to_start(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            logger.error("The fast engine could not be prepared: %s", self._process.errorString())
            self._set(PreparationState.FAILED, self._process.errorString())

    def _set(self, state: PreparationState, problem: str = "") -> None:
        self.state, self.problem = state, problem
        self.changed.emit()


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in own_environment().items():
        environment.insert(name, value)
    return environment
