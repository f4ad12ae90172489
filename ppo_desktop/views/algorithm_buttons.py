"""The choice of an algorithm: a button for each."""

from __future__ import annotations

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.controls import SegmentButton, Segments, named


def algorithm_buttons(object_name: str, what: str) -> Segments:
    """Return a button for each algorithm.

    Args:
        object_name: What the buttons' names for tests begin with.
        what: What is done with an algorithm, before its name.
    """
    buttons = Segments()
    for algorithm in Algorithm:
        button = named(
            SegmentButton(algorithm.label),
            f"{object_name}_{algorithm.value}",
            f"{what} {algorithm.label}",
            "algorithm",
        )
        buttons.add(algorithm, button)
    return buttons
