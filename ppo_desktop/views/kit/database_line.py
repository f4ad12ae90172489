"""Studies in a database, opened by its address, which is asked for in the line below a page's bar."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ppo_desktop.bridge.study_session import StudySession
from ppo_desktop.study.place import Place, place_of
from ppo_desktop.views.controls import laid_out, named, push_button
from ppo_desktop.views.kit.inline_questions import InlineQuestions
from ppo_desktop.views.kit.library_menu import LibraryMenu

_EXAMPLE = "postgresql+psycopg://user@host/database"
_WITH_PASSWORD = re.compile(
    r"(?P<kind>[A-Za-z][\w+.-]*://)(?P<user>[^:/?#@]*):(?P<password>[^/]*)@(?P<rest>.*)"
)
_WITHOUT = re.compile(r"(?P<kind>[A-Za-z][\w+.-]*://)((?P<user>[^:/?#@]*)@)?(?P<rest>[^/@][^@]*)")


def offer_database(
    menu: LibraryMenu, questions: InlineQuestions, shown: StudySession[Any, Any], prefix: str = ""
) -> None:
    """Let a menu open studies in databases, to be shown; `prefix` tells the names of the fields apart."""
    line = DatabaseLine(prefix)
    questions.addWidget(line)

    def ask() -> None:
        questions.ask_by(line)
        line.begin()

    def go_on(place: Place) -> None:
        questions.leave()
        shown.open(place)

    menu.other_places["Open database…"] = ask
    line.opened.connect(go_on)
    line.left.connect(questions.leave)


class DatabaseLine(QWidget):
    """Three fields and two buttons; forgets what was typed once it is left.

    A password is never to be read on the screen: it has a field of its own, into which that of an
    address is taken over.
    """

    opened = Signal(object)
    left = Signal()

    def __init__(self, prefix: str) -> None:
        super().__init__()
        key = "study_database"
        self._address = named(
            QLineEdit(), f"{prefix}database_line", "Address of the database", "study_database"
        )
        self._address.setPlaceholderText(_EXAMPLE)
        self._address.textChanged.connect(self._hide_password)
        self._password = named(QLineEdit(), f"{prefix}database_password", "Password", key)
        self._password.setPlaceholderText("password")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._name = named(
            QLineEdit(), f"{prefix}database_study", "Name of the study there", "study_database"
        )
        self._name.setPlaceholderText("study, if there are several")
        for field in (self._address, self._password, self._name):
            field.returnPressed.connect(self._go_on)
        go_on = push_button("Open", f"{prefix}open_database_button", key, self._go_on, role="action")
        leave = push_button("Leave it", f"{prefix}leave_database_button", key, self.left.emit, role="action")
        fields = ((self._address, 4), (self._password, 1), (self._name, 2))
        laid_out(QHBoxLayout(self), *fields, go_on, leave, margins=(0, 0, 0, 0))

    def begin(self) -> None:
        """Ask anew."""
        self._address.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget everything."""
        super().hideEvent(event)
        if not event.spontaneous():  # the window may be minimised while the user looks up the address
            for field in (self._address, self._password, self._name):
                field.clear()

    def _hide_password(self, address: str) -> None:
        """Take the password of an address over into its own field."""
        parts = _WITH_PASSWORD.fullmatch(address)
        if parts is not None:
            self._password.setText(unquote(parts["password"]))
            self._address.setText(f"{parts['kind']}{parts['user']}@{parts['rest']}")

    def _go_on(self) -> None:
        """Open the study, the only one there if none is named."""
        address = self._address.text().strip()
        if not address:
            self._address.setFocus()
            return
        self.opened.emit(place_of(_with_password(address, self._password.text()), self._name.text().strip()))


def _with_password(address: str, password: str) -> str:
    """Return the address with the password where URLs have it; what is no URL has none."""
    parts = _WITHOUT.fullmatch(address)
    if parts is None or not password:
        return address
    return f"{parts['kind']}{parts['user'] or ''}:{quote(password, safe='')}@{parts['rest']}"
