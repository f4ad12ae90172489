"""The window's menu: appearance, projector mode, what the pages have, explanations, the log, about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop import __version__
from ppo_desktop.bridge.session import Session
from ppo_desktop.views.theme import Appearance, Theme


class MainMenu(QMenu):
    """Does by itself what needs no window; its keys are those of the window.

    Args:
        window: To which it belongs.
        session: Says what there is to say.
        theme: Gets the appearance that is chosen.
        page_actions: What the pages have for the menu.
        log_file: Opened on demand.
    """

    projector_toggled = Signal(bool)
    explanation_asked = Signal()

    def __init__(
        self,
        window: QWidget,
        session: Session,
        theme: Theme,
        page_actions: Iterable[QAction],
        log_file: Path,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._theme = theme
        self._log_file = log_file
        self._add_appearances(self.addMenu("Appearance"))
        projector = self.addAction("Projector mode")
        projector.setCheckable(True)
        projector.toggled.connect(self.projector_toggled)
        projector.setShortcut(QKeySequence("F11"))
        window.addAction(projector)
        self.addSeparator()
        self.addActions(list(page_actions))
        self.addSeparator()
        self._add("Explain\tF1", self.explanation_asked.emit)
        self._add("Open the log file", self._open_log)
        self._add("About PPO Desktop", self._say_about)

    def _add_appearances(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        for appearance in Appearance:
            action = menu.addAction(appearance.value.capitalize())
            action.setCheckable(True)
            action.setChecked(appearance is self._theme.appearance)
            action.setData(appearance)
            group.addAction(action)
        group.triggered.connect(lambda action: self._theme.set_appearance(action.data()))

    def _add(self, text: str, slot: Callable[..., None]) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(slot)
        return action

    def _open_log(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_file))):
            self._session.announcements.say(f"The log file is {self._log_file}")

    def _say_about(self) -> None:
        self._session.announcements.say(
            f"PPO Desktop {__version__}: see proximal policy optimization at work. MIT licence."
        )
