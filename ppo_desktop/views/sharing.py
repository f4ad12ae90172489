"""Passes on what Train shows as a line or a QR code, and takes in what others have passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.messages import listed
from ppo_desktop.share import InvalidLine, SharedState, read, written
from ppo_desktop.views.kit.lock import ControlLock

if TYPE_CHECKING:
    from ppo_desktop.views.share_window import ShareWindow


class Views(Protocol):
    """What can be shown whole, by its name."""

    @property
    def view(self) -> str:
        """The name of what is shown whole, empty for Train as it is."""

    def show_view(self, name: str) -> bool:
        """Show something whole; return whether there is such a thing."""


class Sharing(QObject):
    """What is passed on is the run's settings, where it pauses, what is shown and what is hidden.

    Args:
        window: The main window.
        session: The run of Train.
        views: What is shown whole.
        lock: What is hidden.
    """

    def __init__(self, window: QWidget, session: Session, views: Views, lock: ControlLock) -> None:
        super().__init__(window)
        self._window, self._session, self._views, self._lock = window, session, views, lock
        self._share_window: ShareWindow | None = None

    @Slot()
    def copy(self) -> None:
        """Copy the line to the clipboard, and show it."""
        line = self._line()
        if line:
            QGuiApplication.clipboard().setText(line)
            self._session.announcements.say(f"Copied: {line}")

    @Slot()
    def show_code(self) -> None:
        """Show the line as a QR code."""
        from ppo_desktop.views.share_window import ShareWindow

        line = self._line()
        if line:
            self._share_window = self._share_window or ShareWindow(self._window)
            self._share_window.open_with(line)

    @Slot()
    def paste(self) -> None:
        """Take in the line that has been copied elsewhere."""
        self.open(QGuiApplication.clipboard().text())

    def open(self, line: str) -> None:
        """Show what a line says, the run ready to begin; say what of it cannot be, or is not known here."""
        try:
            state, unknown = read(line)
        except InvalidLine as error:
            self._session.announcements.say(str(error), is_warning=True)
            return
        session = self._session
        session.prepare()
        session.open_run(state.settings, None, "The state passed on")
        session.pause_when(state.breakpoint)
        if not self._views.show_view(state.view):
            unknown.append(state.view)
        not_there = self._lock.unknown(state.locked)
        self._lock.lock(set(state.locked) - set(not_there))
        unknown += not_there
        if unknown:
            names = listed([f"“{name}”" for name in unknown])
            session.announcements.say(
                f"Of the line {names} is not known here, and left out.", is_warning=True
            )

    def _line(self) -> str:
        """Return the line, empty where there can be none, which is said."""
        session = self._session
        try:
            return written(
                SharedState(session.settings, self._views.view, self._lock.names, session.breakpoint)
            )
        except InvalidLine as error:
            session.announcements.say(str(error), is_warning=True)
            return ""
