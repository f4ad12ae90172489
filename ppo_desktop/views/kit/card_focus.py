"""Lets one card, or a few, fill their page: all that stands beside is hidden until it is brought back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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
    """Which cards fill a page, if any do; strip and status bar stay where they are.

    One card that fills it gives way to the few that were shown before, if a few were.

    What is hidden draws nothing, as it draws nothing while another page is shown. Its owners may show and
    hide it at any time: what they wish is kept, and holds when the page is brought back.

    Args:
        page: The page; its cards stand within an area that scrolls.
    """

    changed = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._shown: tuple[QWidget, ...] = ()
        self._few: tuple[QWidget, ...] = ()
        self._hiding = Hiding(self)
        self._undo: list[Callable[[], None]] = []

    @property
    def is_on(self) -> bool:
        """Whether anything of the page is hidden."""
        return bool(self._shown)

    @property
    def card(self) -> Card | None:
        """The one card that fills the page."""
        card = self._shown[0] if len(self._shown) == 1 else None
        return card if isinstance(card, Card) else None

    @property
    def few(self) -> tuple[QWidget, ...]:
        """The few cards that are shown, or will be when one fills the page no more."""
        return self._few

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
        """Let a card fill the page, or go back if one does."""
        if self.card is not None or (card is None and self.is_on):
            self.go_back()
        elif card is not None:
            self.fill_with(card)

    def fill_with(self, card: Card) -> None:
        """Hide all that stands beside a card."""
        self._show_alone((card,))

    def show_few(self, parts: Sequence[QWidget]) -> None:
        """Hide all that stands beside a few cards; of none, bring the page back."""
        self._few = tuple(parts)
        self._show_alone(self._few)

    def go_back(self) -> None:
        """Show the few cards that were shown before one filled the page, else all of the page."""
        self.show_few(() if self._shown == self._few else self._few)

    def leave(self) -> None:
        """Bring the page back as it was."""
        self.show_few(())

    def _show_alone(self, parts: tuple[QWidget, ...]) -> None:
        if not parts and not self._shown:
            return
        self._bring_back()
        self._shown = parts
        if parts:
            self._hide_beside(parts)
        self.changed.emit()

    def _hide_beside(self, parts: Sequence[QWidget]) -> None:
        """Hide all that is neither one of these parts, nor in one or around one."""
        lines = [self._line_to_body(part) for part in parts]
        stay = {widget for line in lines for widget in line}
        body = lines[0][-1]
        beside: list[QWidget] = []
        for around in stay - {*parts} | {body}:
            self._undo += _without_other_stretches(around.layout(), stay)
            if not isinstance(around, (QAbstractScrollArea, QStackedWidget)):
                beside += (child for child in _widgets_in(around) if child not in stay)
        self._undo += [
            partial(splitter.setSizes, splitter.sizes()) for splitter in body.findChildren(QSplitter)
        ]
        focused = QApplication.focusWidget()
        is_hidden = focused is not None and not any(part.isAncestorOf(focused) for part in parts)
        if focused is not None and self._page.isAncestorOf(focused) and is_hidden:
            self._page.setFocus()  # else the focus would go from one hidden widget to the next
        for widget in beside:
            self._hiding.hide(widget)
        for part in parts:
            part.installEventFilter(self)

    def _line_to_body(self, part: QWidget) -> list[QWidget]:
        """Return a part and all around it, up to the area that holds all cards of the page."""
        line = [part]
        while not self._is_body(line[-1]) and (around := line[-1].parentWidget()) is not None:
            line.append(around)
        return line

    def _bring_back(self) -> None:
        for part in self._shown:
            part.removeEventFilter(self)
        self._shown = ()
        self._hiding.let_all_go()
        # Splitters take their sizes only when those they stand in have theirs.
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        for undo in self._undo:
            undo()
        self._undo.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go back when what is shown alone is to be shown no more."""
        if event.type() is QEvent.Type.Hide and watched in self._shown:
            QTimer.singleShot(0, self._leave_what_is_not_there)
        return super().eventFilter(watched, event)

    def _leave_what_is_not_there(self) -> None:
        if self._page.isVisible() and self._shown and not any(part.isVisible() for part in self._shown):
            self.go_back()

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


def _without_other_stretches(layout: QLayout | None, parts: Collection[QWidget]) -> list[Callable[[], None]]:
    """Let empty rows and columns beside some parts take no room; return what undoes that."""
    undo: list[Callable[[], None]] = []
    if isinstance(layout, QBoxLayout):
        for place in range(layout.count()):
            item = layout.itemAt(place)
            inner = None if item is None else item.layout()
            if inner is not None and not any(inner.indexOf(part) >= 0 for part in parts):
                undo.append(partial(layout.setStretch, place, layout.stretch(place)))
                layout.setStretch(place, 0)
            elif inner is not None:
                undo += _without_other_stretches(inner, parts)
    elif isinstance(layout, QGridLayout):
        at = [layout.getItemPosition(layout.indexOf(part)) for part in parts if layout.indexOf(part) >= 0]
        rows, columns = ({place[which] for place in at} for which in (0, 1))  # type: ignore[index]
        for own, n, stretch, set_stretch in (
            (rows, layout.rowCount(), layout.rowStretch, layout.setRowStretch),
            (columns, layout.columnCount(), layout.columnStretch, layout.setColumnStretch),
        ):
            for place in set(range(n)) - own:
                undo.append(partial(set_stretch, place, stretch(place)))
                set_stretch(place, 0)
    return undo
