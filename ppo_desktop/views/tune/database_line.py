"""The line in which a database and a study in it are named, to be opened."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ppo_desktop.study.place import place_of
from ppo_desktop.views.controls import named, push_button

_EXAMPLE = "postgresql+psycopg://user@host/database"
_WITH_PASSWORD = re.compile(
    r"(?P<kind>[A-Za-z][\w+.-]*://)(?P<user>[^:/?#@]*):(?P<password>[^/]*)@(?P<rest>.*)"
)
_WITHOUT = re.compile(r"(?P<kind>[A-Za-z][\w+.-]*://)((?P<user>[^:/?#@]*)@)?(?P<rest>[^/@][^@]*)")


class DatabaseLine(QWidget):
    """Three fields and two buttons; forgets what was typed once it is left.

    A password is never to be read on the screen: it has a field of its own, into which that of an
    address is taken over.
    """

    opened = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._address = named(QLineEdit(), "database_line", "Address of the database", "study_database")
        self._address.setPlaceholderText(_EXAMPLE)
        self._address.textChanged.connect(self._hide_password)
        self._password = named(QLineEdit(), "database_password", "Password", "study_database")
        self._password.setPlaceholderText("password")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._name = named(QLineEdit(), "database_study", "Name of the study there", "study_database")
        self._name.setPlaceholderText("study, if there are several")
        self._open = push_button("Open", "open_database_button", "study_database", role="action")
        leave = push_button("Leave it", "leave_database_button", "study_database", role="action")
        for field in (self._address, self._password, self._name):
            field.returnPressed.connect(self._go_on)
        self._open.clicked.connect(self._go_on)
        leave.clicked.connect(self.left)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._address, 4)
        line.addWidget(self._password, 1)
        line.addWidget(self._name, 2)
        line.addWidget(self._open)
        line.addWidget(leave)

    def begin(self) -> None:
        """Ask anew."""
        self._address.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget everything."""
        super().hideEvent(event)
        if not event.spontaneous():  # the window may be minimised while somebody looks up the address
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
