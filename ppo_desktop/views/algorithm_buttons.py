"""The choice of an algorithm: a button for each."""

from __future__ import annotations

from PySide6.QtCore import Signal

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.controls import SegmentButton, Segments, named


class AlgorithmButtons(Segments):
    """Says which algorithm is wanted.

    Args:
        object_name: What the buttons' names for tests begin with.
        what: What is done with an algorithm, before its name.
    """

    algorithm_chosen = Signal(object)

    def __init__(self, object_name: str, what: str) -> None:
        super().__init__(
            *(
                named(
                    SegmentButton(algorithm.label),
                    f"{object_name}_{algorithm.value}",
                    f"{what} {algorithm.label}",
                    "algorithm",
                )
                for algorithm in Algorithm
            )
        )
        self.chosen.connect(lambda number: self.algorithm_chosen.emit(list(Algorithm)[number]))

    def show_algorithm(self, algorithm: Algorithm) -> None:
        """Press the button of this one, without a signal that it was chosen."""
        self.show_chosen(list(Algorithm).index(algorithm))
