"""How many more trials: a few numbers to choose from, any other to be typed, or until stopped."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import named, without_wheel
from ppo_desktop.views.fitting_combo import FittingCombo

MOST_TRIALS = 100_000
UNTIL_STOPPED = "until stopped"
_FIELD_MARGIN = 22
"""Around the text that is typed, pixels."""
_OFFERED = (10, 30, 60, 100, 200, 500, 1_000, None)


def parse_trials(text: str) -> int | None:
    """Return the number of trials that is meant; None for as many as there is time for.

    Raises:
        ValueError: It is neither; the message is one line.
    """
    text = text.strip().lower()
    if text in (UNTIL_STOPPED, "stopped", "∞"):
        return None
    found = re.fullmatch(r"(\d[\d\s]*)(?:more)?\s*(?:trials?)?", text)
    number = int(re.sub(r"\s", "", found[1])) if found is not None else 0
    if not 1 <= number <= MOST_TRIALS:
        raise ValueError(
            f"How many more trials? A whole number from 1 to {counted(MOST_TRIALS, 'trial')}, or "
            f'"{UNTIL_STOPPED}".'
        )
    return number


class TrialsCombo(FittingCombo):
    """Says how many more trials are wanted."""

    wanted = Signal(object)
    complained = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        named(without_wheel(self), "trials_combo", "More trials", "n_trials")
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]  # it would change what is typed
        self.addItems([_text(n_trials) for n_trials in _OFFERED])
        self._shown: int | None = None
        line = self.lineEdit()
        assert line is not None
        self._line = line
        self._line.setAccessibleName("More trials")
        self._line.editingFinished.connect(self.commit)
        self.activated.connect(self._choose)

    def show_trials(self, n_trials: int | None) -> None:
        """Show a number of trials, None for until stopped, unless one is being typed."""
        self._shown = n_trials
        if not (self._line.hasFocus() and self._line.isModified()):
            self._show()

    def sizeHint(self) -> QSize:
        """Wide enough for the text, which stands in a field with margins of its own."""
        hint = super().sizeHint()
        return QSize(hint.width() + _FIELD_MARGIN, hint.height())

    def commit(self) -> None:
        """Take what is being typed."""
        if not self._line.isModified():
            return
        self._line.setModified(False)
        try:
            wanted = parse_trials(self._line.text())
        except ValueError as error:
            self._show()
            self.complained.emit(str(error))
        else:
            self.wanted.emit(wanted)
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves what is being typed, Enter takes it."""
        if event.key() == Qt.Key.Key_Escape:
            self._show()
            self._line.clearFocus()
        else:
            super().keyPressEvent(event)

    def _choose(self, index: int) -> None:
        self._line.setModified(False)
        self.wanted.emit(_OFFERED[index])

    def _show(self) -> None:
        text = _text(self._shown)
        self.setCurrentIndex(_OFFERED.index(self._shown) if self._shown in _OFFERED else -1)
        if self._line.text() != text:
            self._line.setText(text)
            self._line.setCursorPosition(0)
        self._line.setModified(False)
        self.updateGeometry()


def _text(n_trials: int | None) -> str:
    return UNTIL_STOPPED if n_trials is None else counted(n_trials, "more trial")
