"""The choice of an algorithm: a button for each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.controls import SegmentButton, named, segments


class AlgorithmButtons(QWidget):
    """Says which algorithm is wanted.

    Args:
        object_name: What the buttons' names for tests begin with.
        what: What is done with an algorithm, before its name.
    """

    algorithm_chosen = Signal(object)

    def __init__(self, object_name: str, what: str) -> None:
        super().__init__()
        buttons = [
            named(
                SegmentButton(algorithm.label),
                f"{object_name}_{algorithm.value}",
                f"{what} {algorithm.label}",
                "algorithm",
            )
            for algorithm in Algorithm
        ]
        self._group = QButtonGroup(self)
        for number, button in enumerate(buttons):
            self._group.addButton(button, number)
        self._group.idClicked.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(segments(*buttons))

    def show_algorithm(self, algorithm: Algorithm) -> None:
        """Press the button of this one, without telling that it was chosen."""
        self._group.button(list(Algorithm).index(algorithm)).setChecked(True)

    def _choose(self, number: int) -> None:
        self.algorithm_chosen.emit(list(Algorithm)[number])
