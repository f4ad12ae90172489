"""What can be done with a variant of a comparison, or with one of its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.plan import RunKey


def show_variant_menu(
    comparisons: ComparisonSession, variant: int, seed: int | None, parent: QWidget, place: QPoint
) -> QMenu:
    """Open the menu of a variant, or of one of its seeds, at a place on the screen; return it."""
    menu = QMenu(parent)
    menu.setObjectName("variant_menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if seed is None:
        opened, shown = menu.addMenu("Open in Train"), menu.addMenu("Show the environments of")
        for begun in _begun_seeds(comparisons, variant):
            opened.addAction(f"seed {begun}", partial(comparisons.open_in_train, variant, begun))
        for each in _seeds(comparisons):
            shown.addAction(f"seed {each}", partial(comparisons.choose_seed, each))
        opened.setEnabled(not opened.isEmpty())
    else:
        menu.addAction(f"Open seed {seed} in Train", partial(comparisons.open_in_train, variant, seed))
        menu.addAction(f"Show the environments of seed {seed}", partial(comparisons.choose_seed, seed))
    menu.addSeparator()
    compare = menu.addAction("Compare the others with this", partial(comparisons.choose_reference, variant))
    compare.setEnabled(comparisons.question.reference != variant)
    menu.popup(place)
    return menu


def open_first_seed(comparisons: ComparisonSession, variant: int) -> None:
    """Open the first seed of a variant that has begun in Train."""
    for seed in _begun_seeds(comparisons, variant)[:1]:
        comparisons.open_in_train(variant, seed)


def _begun_seeds(comparisons: ComparisonSession, variant: int) -> list[int]:
    return [seed for seed in _seeds(comparisons) if RunKey(variant, seed) in comparisons.records]


def _seeds(comparisons: ComparisonSession) -> Sequence[int]:
    return () if comparisons.comparison is None else comparisons.comparison.seeds
