"""The line below Tune's bar: what the next start does or why it cannot; questions; what is taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.place import Place, place_of
from ppo_desktop.views.controls import laid_out, menu_button, named, push_button, refresh_at
from ppo_desktop.views.figure import Exportable
from ppo_desktop.views.kit.inline_questions import InlineQuestions
from ppo_desktop.views.kit.library_menu import LibraryMenu
from ppo_desktop.views.tune.study_export_menu import study_export_menu

_EXAMPLE = "postgresql+psycopg://user@host/database"
_WITH_PASSWORD = re.compile(
    r"(?P<kind>[A-Za-z][\w+.-]*://)(?P<user>[^:/?#@]*):(?P<password>[^/]*)@(?P<rest>.*)"
)
_WITHOUT = re.compile(r"(?P<kind>[A-Za-z][\w+.-]*://)((?P<user>[^:/?#@]*)@)?(?P<rest>[^/@][^@]*)")


class TuneStrip(QWidget):
    """One line; a question about the study shown stands in the place of what the next start does.

    Args:
        tune: What is set up and shown.
        studies: The menu in which the questions are asked for.
        figures: {title: the card that is exported under it}.

    Attributes:
        export: The button of the menu of exports.
    """

    def __init__(self, tune: TuneSession, studies: LibraryMenu, figures: Mapping[str, Exportable]) -> None:
        super().__init__()
        self._tune = tune
        self._build(study_export_menu(tune, figures, self))
        studies.questions = self._questions
        studies.other_places["Open database…"] = self._ask_for_database
        refresh_at(self._show_next_work, tune.estimate_changed, tune.drafting.changed, tune.state_changed)
        tune.study_changed.connect(self._questions.leave)
        tune.state_changed.connect(self._questions.leave_deletion)

    def _build(self, export_menu: QMenu) -> None:
        names = "next_work_label", "What the next start does", "next_work"
        self._questions = InlineQuestions(*names, delete_explanation="delete_study", prefix="study_")
        self._database = DatabaseLine()
        self._database.opened.connect(self._open_database)
        self._database.left.connect(self._questions.leave)
        self._questions.addWidget(self._database)
        self.export = menu_button("Export ▾", "tune_export_button", "Export", "export_study", export_menu)
        laid_out(QHBoxLayout(self), (self._questions, 1), self.export, margins=(12, 4, 12, 0), spacing=6)

    def _show_next_work(self) -> None:
        """Say what the next start would do; of a study that rests, that it is still to come."""
        next_work = self._tune.next_work
        text = f"Next: {next_work}" if self._tune.state is JobState.RESTING else next_work
        self._questions.say(text, self._tune.drafting.complaint)

    # ---- what is asked -------------------------------------------------------------------------------

    def _ask_for_database(self) -> None:
        self._questions.ask_by(self._database)
        self._database.begin()

    def _open_database(self, place: Place) -> None:
        self._questions.leave()
        self._tune.open(place)


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
        for field in (self._address, self._password, self._name):
            field.returnPressed.connect(self._go_on)
        key = "study_database"
        go_on = push_button("Open", "open_database_button", key, self._go_on, role="action")
        leave = push_button("Leave it", "leave_database_button", key, self.left.emit, role="action")
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
