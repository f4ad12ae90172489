"""What the message line says: each owner (run, comparison, study, application) has one current notice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, SignalInstance, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

from ppo_desktop.ppo.installing import commands_in

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Action:
    """What a notice offers to do, as a button beside it.

    Attributes:
        label: The words on the button.
        do: Called when it is pressed, after the notice has been withdrawn.
    """

    label: str
    do: Callable[[], None]


@dataclass(frozen=True)
class Notice:
    """One line for the user.

    Attributes:
        text: The line; empty while there is nothing to say.
        is_warning: Whether something was refused or went wrong.
        action: What it offers to do about that.
        holds: Whether it is still true; None for until another takes its place or it is withdrawn.
        leaves_hint: Whether what the line says without a notice is said after it: it may stay for long.
        number: Higher than that of every earlier notice, whosever they are.
    """

    text: str = ""
    is_warning: bool = False
    action: Action | None = None
    holds: Callable[[], bool] | None = None
    leaves_hint: bool = False
    number: int = 0


def _copying(text: str) -> Action | None:
    commands = commands_in(text)
    if not commands:
        return None
    return Action("Copy the command", lambda: QGuiApplication.clipboard().setText(commands))


class Notices(QObject):
    """The current notice of one owner, which comes and goes with what it speaks of.

    Attributes:
        current: What there is to say now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.current = Notice()

    def review_at(self, *signals: SignalInstance) -> None:
        """Check whether the current notice still holds whenever one of these signals is emitted."""
        for signal in signals:
            signal.connect(self.review)

    def say(
        self,
        text: str,
        *,
        is_warning: bool = False,
        action: Action | None = None,
        holds: Callable[[], bool] | None = None,
        leaves_hint: bool = False,
    ) -> None:
        """Give notice, in place of the one before.

        Args:
            text: One line.
            is_warning: Whether something was refused or went wrong.
            action: What is offered; where the text has commands in it, it is to copy them.
            holds: Tells whether the notice is still true; it is withdrawn as soon as it is not.
            leaves_hint: Whether the page's hint is said after it.
        """
        self._set(Notice(text, is_warning, action or _copying(text), holds, leaves_hint, next(_numbers)))

    def say_written(self, text: str, place: Path) -> None:
        """Give notice of a file or folder that has been written, and offer to show where it is."""
        self.say(text, action=Action("Open folder", partial(self._open_folder, place.parent)))

    def reword(self, number: int, text: str) -> None:
        """Give the notice of a number another text, if it is still the current one."""
        if number == self.current.number and text != self.current.text:
            self._set(replace(self.current, text=text))

    def withdraw(self) -> None:
        """Say nothing any more."""
        if self.current.text:
            self._set(Notice())

    def act(self) -> None:
        """Do what the current notice offers."""
        action = self.current.action
        self.withdraw()
        if action is not None:
            action.do()

    @Slot()
    def review(self) -> None:
        """Withdraw the current notice if it does not hold any more."""
        holds = self.current.holds
        if holds is not None and not holds():
            self.withdraw()

    def _open_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.say(f"The system does not show the folder {folder}.", is_warning=True)

    def _set(self, notice: Notice) -> None:
        self.current = notice
        self.changed.emit()
