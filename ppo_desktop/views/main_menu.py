"""The window's menu: appearance, projector mode, what the pages have, explanations, what there is to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.freeze import Freeze
from ppo_desktop.bridge.session import Session
from ppo_desktop.views.class_preparation import ClassPreparation
from ppo_desktop.views.kit.lock import ControlLock
from ppo_desktop.views.lock_menu import LockMenu
from ppo_desktop.views.sharing import Sharing
from ppo_desktop.views.theme import Appearance, Theme

if TYPE_CHECKING:
    from ppo_desktop.views.reading_window import ReadingWindow


_LIMITS = tuple(round(gigabytes * 1e9) for gigabytes in (0.5, 2, 10, 50))
"""Bytes that kept runs may take."""


class MainMenu(QMenu):
    """Does by itself what needs no window; its keys are those of the window.

    Args:
        window: To which it belongs.
        session: Says what there is to say.
        theme: Gets the appearance that is chosen.
        page_actions: What the pages have for the menu.
        log_file: Opened on demand.
        sharing: Passes on what Train shows.
        lock: Hides controls.
        freeze: Lets everything stand still.
        preparation: Prepares for a class.
    """

    projector_toggled = Signal(bool)
    explanation_asked = Signal()
    policy_asked = Signal()
    """A policy is to be opened from a file."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        theme: Theme,
        page_actions: Iterable[QAction],
        log_file: Path,
        sharing: Sharing,
        lock: ControlLock,
        freeze: Freeze,
        preparation: ClassPreparation,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._readings: dict[str, ReadingWindow] = {}
        self._session = session
        self._theme = theme
        self._log_file = log_file
        self._preparation = preparation
        self._add_appearances(self.addMenu("Appearance"))
        self._add_limits(self.addMenu("Room for runs"))
        projector = self.addAction("Projector mode")
        projector.setCheckable(True)
        projector.toggled.connect(self.projector_toggled)
        projector.setShortcut(QKeySequence("F11"))
        window.addAction(projector)
        self.addSeparator()
        self.addActions(list(page_actions))
        self.addSeparator()
        copy = self._add("Copy this state as a line", sharing.copy)
        copy.setShortcut(QKeySequence("Ctrl+Shift+C"))
        window.addAction(copy)
        self._add("Show it as a QR code", sharing.show_code)
        self._add("Open a copied line", sharing.paste)
        policy = self._add("Open policy…", self.policy_asked.emit)
        policy.setShortcut(QKeySequence("Ctrl+O"))
        window.addAction(policy)
        self.addMenu(LockMenu(self, lock))
        self._add("Freeze\tZ", freeze.toggle)
        self.addSeparator()
        self._add("Prepare for class", partial(self._read, "class"))
        self._add("Teacher’s guide", self._read_guide)
        self._add("Explain\tF1", self.explanation_asked.emit)
        self._add("About this environment", partial(self._read, "environment"))
        self._add("Documentation", partial(self._read, "documentation"))
        self._add("Keyboard shortcuts", partial(self._read, "shortcuts"))
        self._add("Open the log file", self._open_log)
        self._add("About PPO Desktop", partial(self._read, "about"))

    def _add_appearances(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        for appearance in Appearance:
            action = menu.addAction(appearance.label)
            action.setCheckable(True)
            action.setChecked(appearance is self._theme.appearance)
            action.setData(appearance)
            group.addAction(action)
        group.triggered.connect(lambda action: self._theme.set_appearance(action.data()))

    def _add_limits(self, menu: QMenu) -> None:
        """Offer how much room kept runs may take; the oldest without star, name or note go first."""
        group = QActionGroup(self)
        chosen = self._session.most_bytes
        for most_bytes in sorted({*_LIMITS, chosen}):
            action = menu.addAction(f"{most_bytes / 1e9:g} GB")
            action.setCheckable(True)
            action.setChecked(most_bytes == chosen)
            action.setData(most_bytes)
            group.addAction(action)
        group.triggered.connect(lambda action: self._session.set_most_bytes(int(action.data())))

    def _add(self, text: str, slot: Callable[..., None]) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(slot)
        return action

    def _open_log(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_file))):
            self._session.announcements.say(f"The log file is {self._log_file}")

    # ---- windows to read in --------------------------------------------------------------------------

    def _read(self, name: str, *_: object) -> None:
        """Open a window of text beside the main one; it is made when it is first asked for."""
        if name not in self._readings:
            self._readings[name] = self._reading(name)
        if name == "class":
            self._preparation.start()
        self._readings[name].open_for_reading()

    def _read_guide(self) -> None:
        """Open the documentation at the page for teachers."""
        self._read("documentation")
        self._readings["documentation"].follow(QUrl("teaching.md"))

    def _reading(self, name: str) -> ReadingWindow:
        from ppo_desktop.views.about import AboutWindow, about_environment_shown
        from ppo_desktop.views.reading_window import DocumentationWindow, TextWindow, shortcuts_text

        window, theme = self._window, self._theme
        match name:
            case "documentation":
                return DocumentationWindow(window, theme)
            case "environment":
                text = partial(about_environment_shown, window)
                return TextWindow(window, theme, "environment_window", "About this environment", text)
            case "class":
                preparation = self._preparation
                reading = TextWindow(window, theme, "class_window", "Prepare for class", preparation.text)
                preparation.changed.connect(reading.read)
                return reading
            case "shortcuts":
                text = partial(shortcuts_text, window)
                return TextWindow(window, theme, "shortcuts_window", "Keyboard shortcuts", text)
            case _:
                return AboutWindow(window, theme)
