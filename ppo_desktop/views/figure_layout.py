"""How a part of the window is while it is drawn as a figure: all of its words, and nothing to click on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QFrame,
    QGraphicsItem,
    QScrollBar,
    QSplitter,
    QWidget,
)

from ppo_desktop.views.controls import SEGMENTS, set_role

ONLY_ON_SCREEN = "onlyOnScreen"
"""Property of what says how to use the mouse, and so is no part of a figure."""
MISSING_HEIGHT = "missingHeight"
"""Property of what shows its words shortened: how much higher it has to be to show them whole, pixels."""
_MOST_TRIES = 20
"""How often the figure is made higher until nothing is left to scroll."""


@contextmanager
def laid_out_as_figure(widget: QWidget) -> Iterator[None]:
    """Let a part of the window be as a figure shows it; nothing of it is seen on the screen.

    It is as high as its scrolled parts need to be whole. No event is handled in between, so that
    the window has its old layout again before it is painted the next time.
    """
    with ExitStack() as stack:
        for change in (_unscrolled, _without_focus, _without_controls, _drawn_anew):
            stack.enter_context(change(widget))
        yield


def combos_of(widget: QWidget) -> list[QComboBox]:
    """Return the choices in a part of the window, whose texts belong to the figure."""
    return [combo for combo in widget.findChildren(QComboBox) if combo.isVisible()]


# ---- all of its words ------------------------------------------------------------------------------


@contextmanager
def _unscrolled(widget: QWidget) -> Iterator[None]:
    """Give what scrolls, or shortens its words, the height at which it need not."""
    size = widget.size()
    splits = [(splitter, splitter.sizes()) for splitter in _splitters(widget)]
    scrolled = [(bar, bar.value()) for bar in (area.verticalScrollBar() for area in _areas(widget))]
    for _ in range(_MOST_TRIES):
        if not _grow_once(widget):
            break
    try:
        yield
    finally:
        widget.resize(size)
        for splitter, sizes in splits:
            splitter.setSizes(sizes)
        _activate_layouts(widget)
        for bar, value in scrolled:
            bar.setValue(value)


def _grow_once(widget: QWidget) -> bool:
    """Make room for what the first part that scrolls or is shortened hides; return whether there is one."""
    for area in _areas(widget):
        hidden = _hidden_height(area.verticalScrollBar())
        if hidden:
            _grow(widget, area, hidden)
            return True
    for part in (widget, *widget.findChildren(QWidget)):
        missing = part.property(MISSING_HEIGHT)
        if missing and part.isVisible():
            _grow(widget, part, missing)
            return True
    return False


def _grow(widget: QWidget, area: QWidget, by: int) -> None:
    """Make the widget higher, to the benefit of the part that has the area."""
    around = [splitter for splitter in _splitters(widget) if splitter.isAncestorOf(area)]
    wanted = [_sizes_with_more(splitter, area, by) for splitter in around]
    widget.resize(widget.width(), widget.height() + by)
    for splitter, sizes in zip(around, wanted, strict=True):
        splitter.setSizes(sizes)
    _activate_layouts(widget)


def _sizes_with_more(splitter: QSplitter, area: QWidget, by: int) -> list[int]:
    parts = [splitter.widget(place) for place in range(splitter.count())]
    has_area = [part is area or (part is not None and part.isAncestorOf(area)) for part in parts]
    return [size + by * more for size, more in zip(splitter.sizes(), has_area, strict=True)]


def _splitters(widget: QWidget) -> list[QSplitter]:
    """Return the splitters that share out heights, the outer before the inner ones."""
    found = [widget] if isinstance(widget, QSplitter) else []
    found += widget.findChildren(QSplitter)
    return [splitter for splitter in found if splitter.orientation() is Qt.Orientation.Vertical]


def _areas(widget: QWidget) -> list[QAbstractScrollArea]:
    areas = widget.findChildren(QAbstractScrollArea)
    return [area for area in areas if area.isVisible() and not isinstance(area, pg.GraphicsView)]


def _hidden_height(bar: QScrollBar) -> int:
    return bar.maximum() - bar.minimum()


def _activate_layouts(widget: QWidget) -> None:
    for part in (widget, *widget.findChildren(QWidget)):
        layout = part.layout()
        if layout is not None and part.isVisible():
            layout.activate()


# ---- nothing to click on ---------------------------------------------------------------------------


@contextmanager
def _without_focus(widget: QWidget) -> Iterator[None]:
    """Let nothing in it have the focus, nor be pointed out because of that."""
    focused: QWidget | None = widget.window().focusWidget()
    if focused is None or not widget.isAncestorOf(focused):
        yield
        return
    focused.clearFocus()
    try:
        yield
    finally:
        focused.setFocus(Qt.FocusReason.OtherFocusReason)


class _Unpainted(QObject):
    """Keeps what it filters from painting itself; its place stays free."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() is QEvent.Type.Paint


@contextmanager
def _without_controls(widget: QWidget) -> Iterator[None]:
    """Leave the places of buttons, choices, scroll bars and hints empty."""
    unpainted = _Unpainted()
    kinds = (QAbstractButton, QComboBox, QScrollBar)
    controls = [
        part
        for part in widget.findChildren(QWidget)
        if isinstance(part, kinds) or part.property(ONLY_ON_SCREEN)
    ]
    frames = [frame for frame in widget.findChildren(QFrame) if frame.property("role") == SEGMENTS]
    for control in controls:
        control.installEventFilter(unpainted)
    for frame in frames:
        set_role(frame, "")
    try:
        yield
    finally:
        for control in controls:
            control.removeEventFilter(unpainted)
        for frame in frames:
            set_role(frame, SEGMENTS)


# ---- as sharp as the figure ------------------------------------------------------------------------


@contextmanager
def _drawn_anew(widget: QWidget) -> Iterator[None]:
    """Let plots be drawn from their numbers, not from images made for the window."""
    items = [item for view in widget.findChildren(pg.GraphicsView) for item in view.scene().items()]
    cached = [(item, item.cacheMode()) for item in items]
    for item in items:
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    try:
        yield
    finally:
        for item, mode in cached:
            item.setCacheMode(mode)
