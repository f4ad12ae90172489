"""A window beside the main one, with a job of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, SignalInstance
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.ppo.messages import duration
from ppo_desktop.views.controls import laid_out
from ppo_desktop.views.explanation_panel import ExplanationPanel, Subject
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel
from ppo_desktop.views.theme import Theme


class JobWindow(QDialog):
    """Shows what has come of a job; closing it ends the job, and the main window closes it.

    Args:
        parent: The main window.
        job: What it shows.
        object_name: Its name for tests.
        title: What it shows, for its title bar and for screen readers.
        size: The size it opens with, on a screen that is large enough.
        theme: Fonts and colours.
        explanation: Key in the glossary of what it shows.
        parts: From top to bottom; the one with a stretch factor has all room that is left.
    """

    def __init__(
        self,
        parent: QWidget,
        job: JobSession,
        object_name: str,
        title: str,
        size: QSize,
        theme: Theme,
        explanation: str,
        *parts: QWidget | tuple[QWidget, int],
    ) -> None:
        super().__init__(parent)
        self._job = job
        self.setObjectName(object_name)
        self.setWindowTitle(f"{title} – PPO Desktop")
        laid_out(QVBoxLayout(self), *parts, margins=(10, 10, 10, 4))
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Return belongs to what is reached
        ExplanationPanel(self, Subject(self, explanation), theme)
        self.resize(size.boundedTo(parent.screen().availableGeometry().size()))

    def open_for_looking(self) -> None:
        """Show it, in front."""
        self.show()
        self.raise_()
        self.activateWindow()

    def hideEvent(self, event: QHideEvent) -> None:
        """End what nobody looks at any more."""
        super().hideEvent(event)
        if not event.spontaneous():  # it may be minimised, with the main window too, while the job goes on
            self._job.stop()


def job_footer(
    job: JobSession,
    name: str,
    what: str,
    explanation: str,
    changed: SignalInstance,
    hint: Callable[[], str] = str,
) -> Footer:
    """Return the status bar of such a window: how far the job is, how long it takes, what there is to say.

    Args:
        job: The job.
        name: What the names of its labels begin with.
        what: Of what the progress is.
        explanation: Key of the explanation of that.
        changed: When it is refreshed, beside when there is something else to say.
        hint: Returns what is said while there is nothing else.
    """

    def left() -> str:
        seconds = job.seconds_left
        return "" if seconds is None else f"about {duration(seconds)} left"

    status = (
        ShareBar(f"{name}_progress", f"Progress of {what}", explanation, lambda: job.share_done),
        StatusLabel(f"{name}_time_left", "Time left", "time_left", left, "about 10 min left "),
    )
    said = StatusLabel(f"{name}_message", "Message", "message", lambda: job.notices.current.text or hint())
    return Footer(status, (said,), changed, job.notices.changed)
