"""A window beside the main one, with a job of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.views.controls import laid_out
from ppo_desktop.views.explanation_panel import ExplanationPanel, Subject
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
        """End what nobody looks at."""
        super().hideEvent(event)
        self._job.stop()
