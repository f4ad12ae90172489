"""The line in which a database and a study in it are named, to be opened."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ppo_desktop.study.place import place_of
from ppo_desktop.views.controls import named, push_button

_EXAMPLE = "postgresql+psycopg://user:password@host/database"


class DatabaseLine(QWidget):
    """Two fields and two buttons; forgets the address, which may hold a password, once it is left."""

    opened = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._address = named(QLineEdit(), "database_line", "Address of the database", "study_database")
        self._address.setPlaceholderText(_EXAMPLE)
        self._name = named(QLineEdit(), "database_study", "Name of the study there", "study_database")
        self._name.setPlaceholderText("study, if there are several")
        self._open = push_button("Open", "open_database_button", "study_database", role="action")
        leave = push_button("Leave it", "leave_database_button", "study_database", role="action")
        self._address.returnPressed.connect(self._go_on)
        self._name.returnPressed.connect(self._go_on)
        self._open.clicked.connect(self._go_on)
        leave.clicked.connect(self.left)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._address, 3)
        line.addWidget(self._name, 1)
        line.addWidget(self._open)
        line.addWidget(leave)

    def begin(self) -> None:
        """Ask anew."""
        self._address.clear()
        self._address.setFocus()

    def _go_on(self) -> None:
        """Open the study, the only one there if none is named."""
        address = self._address.text().strip()
        if not address:
            self._address.setFocus()
            return
        self._address.clear()
        self.opened.emit(place_of(address, self._name.text().strip()))
