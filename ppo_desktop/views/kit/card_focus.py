"""Lets one card fill its page: all that stands beside it is hidden until the page is brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QBoxLayout,
    QGridLayout,
    QLayout,
    QSplitter,
    QSplitterHandle,
    QStackedWidget,
    QWidget,
)

from ppo_desktop.views.controls import Card
from ppo_desktop.views.kit.hiding import Hiding
from ppo_desktop.views.kit.overflow import OverflowArea

SAYS_WHAT_IS_DRAWN = "says_what_is_drawn"
"""Property of what names what cards beside it draw, and does so for one that fills the page."""


class CardFocus(QObject):
    """Which card fills a page, if any does; strip and status bar stay where they are.

    What is hidden draws nothing, as it draws nothing while another page is shown. Its owners may show and
    hide it at any time: what they wish is kept, and holds when the page is brought back.

    Args:
        page: The page; its cards stand within an area that scrolls.
    """

    changed = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._card: Card | None = None
        self._hiding = Hiding(self)
        self._undo: list[Callable[[], None]] = []

    @property
    def card(self) -> Card | None:
        """The card that fills the page."""
        return self._card

    def card_around(self, widget: QWidget | None) -> Card | None:
        """Return the outermost card of the page around a widget; None if it is in none that can fill it."""
        card = None
        while widget is not None and widget is not self._page:
            card = widget if isinstance(widget, Card) and widget.can_fill_the_page else card
            widget = widget.parentWidget()
        return card if widget is self._page else None

    def card_meant(self, focused: QWidget | None) -> Card | None:
        """Return the card that has the focus, else the largest in sight."""
        cards = {self.card_around(card) for card in self._page.findChildren(Card) if card.isVisible()} - {
            None
        }
        areas = {card: card.width() * card.height() for card in cards if card is not None}
        return self.card_around(focused) or max(areas, key=areas.__getitem__, default=None)

    def card_titled_at(self, position: QPoint) -> Card | None:
        """Return the card whose title is at a position of the page; None if none is."""
        card = self.card_around(self._page.childAt(position))
        if card is None or (layout := card.layout()) is None or (title := layout.itemAt(0)) is None:
            return None
        return card if card.mapFrom(self._page, position).y() <= title.geometry().bottom() else None

    def toggle(self, card: Card | None) -> None:
        """Let a card fill the page, or bring the page back if one does."""
        if self._card is not None:
            self.leave()
        elif card is not None:
            self.fill_with(card)

    def fill_with(self, card: Card) -> None:
        """Hide all that stands beside a card."""
        self.leave()
        self._card = card
        part: QWidget = card
        beside: list[QWidget] = []
        while (around := part.parentWidget()) is not None and not self._is_body(part):
            self._undo += _without_other_stretches(around.layout(), part)
            if not isinstance(around, (QAbstractScrollArea, QStackedWidget)):
                beside += (child for child in _widgets_in(around) if child is not part)
            part = around
        self._undo += [
            partial(splitter.setSizes, splitter.sizes()) for splitter in part.findChildren(QSplitter)
        ]
        focused = QApplication.focusWidget()
        if focused is not None and self._page.isAncestorOf(focused) and not card.isAncestorOf(focused):
            self._page.setFocus()  # else the focus would go from one hidden widget to the next
        for widget in beside:
            self._hiding.hide(widget)
        card.installEventFilter(self)
        self.changed.emit()

    def leave(self) -> None:
        """Bring the page back as it was."""
        if self._card is None:
            return
        self._card.removeEventFilter(self)
        self._card = None
        self._hiding.let_all_go()
        # Splitters take their sizes only when those they stand in have theirs.
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        for undo in self._undo:
            undo()
        self._undo.clear()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Bring the page back when the card is to be shown no more."""
        if event.type() is QEvent.Type.Hide and watched is self._card:
            QTimer.singleShot(0, self._leave_what_is_not_there)
        return super().eventFilter(watched, event)

    def _leave_what_is_not_there(self) -> None:
        if self._card is not None and self._page.isVisible() and not self._card.isVisible():
            self.leave()

    def _is_body(self, widget: QWidget) -> bool:
        """Whether a widget is the area that holds all cards of the page."""
        return isinstance(widget, OverflowArea) and not any(
            isinstance(around, OverflowArea) for around in _ancestors(widget, self._page)
        )


def _widgets_in(parent: QWidget) -> list[QWidget]:
    """Return what is hidden of a widget's parts; splitters hide their handles by themselves."""
    return [
        child
        for child in parent.children()
        if isinstance(child, QWidget)
        and not (child.isWindow() or isinstance(child, QSplitterHandle))
        and not child.property(SAYS_WHAT_IS_DRAWN)
    ]


def _ancestors(widget: QWidget, end: QWidget) -> list[QWidget]:
    found = []
    while (around := widget.parentWidget()) is not None and around is not end:
        found.append(around)
        widget = around
    return found


def _without_other_stretches(layout: QLayout | None, part: QWidget) -> list[Callable[[], None]]:
    """Let empty rows and columns beside a part take no room; return what undoes that."""
    undo: list[Callable[[], None]] = []
    if isinstance(layout, QBoxLayout):
        for place in range(layout.count()):
            item = layout.itemAt(place)
            inner = None if item is None else item.layout()
            if inner is not None and inner.indexOf(part) < 0:
                undo.append(partial(layout.setStretch, place, layout.stretch(place)))
                layout.setStretch(place, 0)
            elif inner is not None:
                undo += _without_other_stretches(inner, part)
    elif isinstance(layout, QGridLayout):
        row, column = layout.getItemPosition(layout.indexOf(part))[:2]  # type: ignore[index]
        for own, n, stretch, set_stretch in (
            (row, layout.rowCount(), layout.rowStretch, layout.setRowStretch),
            (column, layout.columnCount(), layout.columnStretch, layout.setColumnStretch),
        ):
            for place in set(range(n)) - {own}:
                undo.append(partial(set_stretch, place, stretch(place)))
                set_stretch(place, 0)
    return undo
