"""The choice of an environment: the known ones, and a field for the id of any other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.views.controls import explained
from ppo_desktop.views.kit.choice_combo import FittingCombo

OTHER_ENVIRONMENT = "Other id…"


class EnvironmentCombo(FittingCombo):
    """Emits which environment is chosen; shows another one only on request.

    Args:
        object_name: Its name for tests.
        explanation: Key of its explanation.

    Attributes:
        offered: The known environments that can be chosen.
        environment_id: The environment shown.
    """

    chosen = Signal(str)

    def __init__(self, object_name: str, explanation: str = "environment_choice") -> None:
        super().__init__(object_name, "Environment", explanation)
        self._explanation = explanation
        self.offered: Sequence[str] = tuple(KNOWN_ENVIRONMENTS)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.environment_id = ""
        self.textActivated.connect(self._choose)

    def show_value(self, environment_id: str) -> None:
        """Offer the known environments, this one if it is another, and any other id; "" shows none."""
        self.environment_id = environment_id
        known = KNOWN_ENVIRONMENTS.get(environment_id)
        explained(self, self._explanation, "" if known is None else known.brief.goal)
        if self.isEditable():
            return  # an id is being typed
        texts = list(filter(None, dict.fromkeys([*self.offered, environment_id, OTHER_ENVIRONMENT])))
        if [self.itemText(index) for index in range(self.count())] != texts:
            self.clear()
            self.addItems(texts)
        self.setCurrentIndex(self.findText(environment_id))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the field in which an id is being typed."""
        line = self.lineEdit()
        if event.key() == Qt.Key.Key_Escape and line is not None:
            line.clearFocus()
        else:
            super().keyPressEvent(event)

    def _choose(self, text: str) -> None:
        if text == OTHER_ENVIRONMENT:
            self._ask()
        else:
            self.chosen.emit(text)

    def _ask(self) -> None:
        """Let the id of any other environment be typed where the combo stands."""
        self.setEditable(True)
        line = self.lineEdit()
        assert line is not None
        line.clear()
        line.setPlaceholderText("id, Enter")
        line.editingFinished.connect(self._typed)
        line.setFocus()

    def _typed(self) -> None:
        """Take what was typed; nothing, or leaving the field, leaves all as it is."""
        line = self.lineEdit()
        if line is None:
            return
        text, confirmed = line.text().strip(), line.hasFocus()
        self.setEditable(False)
        self.show_value(self.environment_id)
        if text and confirmed:
            self.chosen.emit(text)
