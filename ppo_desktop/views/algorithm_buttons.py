"""The choice of an algorithm: a button for each."""

from __future__ import annotations

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.views.controls import CONTROL, Segments


def algorithm_buttons(object_name: str, what: str) -> Segments:
    """Return a button for each algorithm.

    Args:
        object_name: What the buttons' names for tests begin with.
        what: What is done with an algorithm, before its name.
    """
    buttons = Segments()
    buttons.setProperty(CONTROL, object_name)
    for algorithm in Algorithm:
        name, label = f"{object_name}_{algorithm.value}", algorithm.label
        buttons.add(algorithm, label, name, f"{what} {label}", "algorithm")
    return buttons
