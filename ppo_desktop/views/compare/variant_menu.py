"""What can be done with a variant of a comparison, or with one of its seeds."""

from __future__ import annotations

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
        _offer_seeds(menu, comparisons, variant)
    else:
        _offer_seed(menu, comparisons, variant, seed)
    menu.addSeparator()
    compare = menu.addAction("Compare the others with this")
    compare.setEnabled(comparisons.question.reference != variant)
    compare.triggered.connect(partial(_compare, comparisons, variant))
    menu.popup(place)
    return menu


def open_first_seed(comparisons: ComparisonSession, variant: int) -> None:
    """Open the first seed of a variant that has begun in Train."""
    comparison = comparisons.comparison
    seeds = () if comparison is None else comparison.seeds
    seed = next((seed for seed in seeds if RunKey(variant, seed) in comparisons.records), None)
    if seed is not None:
        comparisons.open_in_train(variant, seed)


def _offer_seed(menu: QMenu, comparisons: ComparisonSession, variant: int, seed: int) -> None:
    opened = menu.addAction(f"Open seed {seed} in Train")
    opened.triggered.connect(partial(_open, comparisons, variant, seed))
    shown = menu.addAction(f"Show the environments of seed {seed}")
    shown.triggered.connect(partial(_watch, comparisons, seed))


def _offer_seeds(menu: QMenu, comparisons: ComparisonSession, variant: int) -> None:
    """Offer all seeds of a variant that have begun."""
    comparison = comparisons.comparison
    assert comparison is not None
    opened, shown = menu.addMenu("Open in Train"), menu.addMenu("Show the environments of")
    for seed in comparison.seeds:
        if RunKey(variant, seed) in comparisons.records:
            opened.addAction(f"seed {seed}").triggered.connect(partial(_open, comparisons, variant, seed))
        shown.addAction(f"seed {seed}").triggered.connect(partial(_watch, comparisons, seed))
    opened.setEnabled(not opened.isEmpty())


def _open(comparisons: ComparisonSession, variant: int, seed: int, *_: object) -> None:
    comparisons.open_in_train(variant, seed)


def _watch(comparisons: ComparisonSession, seed: int, *_: object) -> None:
    comparisons.choose_seed(seed)


def _compare(comparisons: ComparisonSession, variant: int, *_: object) -> None:
    comparisons.choose_reference(variant)
