"""Explains in place, on F1, what is pointed at or has the focus."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QCursor
from PySide6.QtWidgets import QApplication, QFormLayout, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.ppo.explanation import Explanation
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.views.controls import (
    EXPLANATION,
    EXPLANATION_NOTE,
    add_shortcut,
    laid_out,
    push_button,
    with_role,
)
from ppo_desktop.views.theme import Theme

_GAP = 8
_WIDTH_IN_CHARACTERS = 56
_EDGE_SHARE = 0.12
"""What lies this near to the window's upper or lower edge is explained below or above, not beside it."""


@runtime_checkable
class ExplainsParts(Protocol):
    """A painted widget of several parts, each with an explanation of its own."""

    def explanation_at(self, point: QPointF) -> str:
        """Return the key for the part at `point`, empty for the widget as a whole."""
        ...


class Subject(NamedTuple):
    """What is explained: the widget that has an explanation, and the explanation's key."""

    widget: QWidget
    key: str


def subject_at(widget: QWidget | None, position: QPoint | None = None) -> Subject | None:
    """Return what explains `widget`: itself, or the nearest around it; None if nothing does.

    Args:
        widget: Where to begin.
        position: The point meant, on the screen; None for the widget as a whole.
    """
    while widget is not None:
        if position is not None and isinstance(widget, ExplainsParts):
            key = widget.explanation_at(QPointF(widget.mapFromGlobal(position)))
            if key:
                return Subject(widget, key)
        key = widget.property(EXPLANATION)
        if key:
            return Subject(widget, key)
        widget = widget.parentWidget()
    return None


def place_beside(subject: QRect, size: QSize, room: QRect) -> QPoint:
    """Return where a panel of `size` stands inside `room` so that it leaves the subject free.

    It stands to the right or left, but of what lies at the upper or lower edge, below or above.
    Where it fits nowhere it covers as little of the subject as it can.
    """
    right = QPoint(subject.right() + _GAP, subject.top())
    left = QPoint(subject.left() - size.width() - _GAP, subject.top())
    below = QPoint(subject.left(), subject.bottom() + _GAP)
    above = QPoint(subject.left(), subject.top() - size.height() - _GAP)
    middle = (subject.center().y() - room.top()) / max(1, room.height())
    at_the_edge = not _EDGE_SHARE < middle < 1 - _EDGE_SHARE
    order = (below, above, right, left) if at_the_edge else (right, left, below, above)
    return min(
        (_inside(room, place, size) for place in order), key=lambda place: _covered(subject, place, size)
    )


def _inside(room: QRect, place: QPoint, size: QSize) -> QPoint:
    """Return the place nearest to `place` at which all of the panel is in the room."""
    lowest, highest = room.topLeft(), room.bottomRight() - QPoint(size.width() - 1, size.height() - 1)
    return QPoint(
        max(lowest.x(), min(place.x(), highest.x())),
        max(lowest.y(), min(place.y(), highest.y())),
    )


def _covered(subject: QRect, place: QPoint, size: QSize) -> int:
    covered = subject.intersected(QRect(place, size))
    return max(0, covered.width()) * max(0, covered.height())


class ExplanationPanel(QFrame):
    """A card over the window that says what one thing is; it takes no focus and stops nothing.

    F1 or ? explains what was meant last: what the mouse has moved to since the focus moved, else
    what has the focus. Asking again for the same closes it, and so does Escape.

    Args:
        window: What is explained, with all its parts.
        whole: What is explained where nothing else is, and covered rather than other parts of the window.
        theme: Fonts and colours.
    """

    def __init__(self, window: QWidget, whole: Subject, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("explanation_panel")
        self._window = window
        self._whole = whole
        self._subject: Subject | None = None
        self._pointer_at_focus = QCursor.pos()
        self._build()
        for keys in ("F1", "?"):
            add_shortcut(window, keys, "Explain what is pointed at or has the focus", self.toggle)
        self._escape = add_shortcut(window, "Esc", "Close the explanation", self.hide)
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_changed)
        theme.changed.connect(self._fit)
        window.installEventFilter(self)

    def _build(self) -> None:
        self._title = _label("title")
        close = push_button("✕", "explanation_close", "close_explanation", self.hide, role="flat")
        close.setAccessibleName("Close the explanation")
        self._meaning = _label("plain")
        self._formula = _label("formula")
        self._rows = [(_label("muted"), _label("plain")) for _ in range(3)]
        self._usage, self._source = _label("muted"), _label("muted")
        header = laid_out(QHBoxLayout(), (self._title, 1))
        header.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        rows = QFormLayout()
        rows.setHorizontalSpacing(10)
        rows.setVerticalSpacing(4)
        for caption, text in self._rows:
            caption.setWordWrap(False)
            rows.addRow(caption, text)
        parts = (header, self._meaning, self._formula, rows, self._usage, self._source)
        laid_out(QVBoxLayout(self), *parts, margins=(14, 8, 10, 12), spacing=6)

    @property
    def key(self) -> str:
        """The key of what is explained, empty while nothing is."""
        return self._subject.key if self._subject is not None and self.isVisible() else ""

    def toggle(self) -> None:
        """Explain what is meant now; close if that is explained already, or if the panel itself is meant."""
        pointed_at = QApplication.widgetAt(QCursor.pos())
        if self.isVisible() and pointed_at is not None and _is_inside(pointed_at, self):
            self.hide()
            return
        subject = self._meant(pointed_at)
        if self.isVisible() and subject == self._subject:
            self.hide()
        else:
            self.explain(subject)

    def set_whole(self, whole: Subject) -> None:
        """Take note that another page is shown; what was explained may be there no more."""
        self._whole = whole
        self.hide()

    def explain_whole(self) -> None:
        """Explain the page as a whole, and how to have its parts explained."""
        self.explain(self._whole)

    def explain(self, subject: Subject) -> None:
        """Show the explanation of `subject` beside it."""
        self._subject = subject
        note = (
            subject.widget.property(EXPLANATION_NOTE)
            if subject.widget.property(EXPLANATION) == subject.key
            else ""
        )
        self._write(GLOSSARY[subject.key], note or "")
        self._fit()
        self.show()
        self.raise_()
        self._escape.setEnabled(True)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def hideEvent(self, event: QEvent) -> None:
        self._escape.setEnabled(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay inside the window when its size changes."""
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._fit()
        return super().eventFilter(watched, event)

    def _meant(self, pointed_at: QWidget | None) -> Subject:
        """Return what was meant last by pointing or by moving the focus, else the page."""
        pointer = QCursor.pos()
        by_pointer = subject_at(pointed_at, pointer) if self._is_ours(pointed_at) else None
        focused = QApplication.focusWidget()
        by_focus = subject_at(focused) if self._is_ours(focused) else None
        in_order = (by_pointer, by_focus) if pointer != self._pointer_at_focus else (by_focus, by_pointer)
        return next((subject for subject in in_order if subject), self._whole)

    def _is_ours(self, widget: QWidget | None) -> bool:
        return (
            widget is not None
            and widget.isVisible()
            and widget.window() is self._window
            and not _is_inside(widget, self)
        )

    def _focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None:
            self._pointer_at_focus = QCursor.pos()

    def _write(self, explanation: Explanation, note: str) -> None:
        captions = (*explanation.ends, "On screen")
        texts = (explanation.high, explanation.low, note)
        for (caption, label), name, text in zip(self._rows, captions, texts, strict=True):
            _show(caption, name if text else "")
            _show(label, text)
        _show(self._title, explanation.title)
        _show(self._meaning, explanation.meaning)
        _show(self._formula, explanation.formula)
        _show(self._usage, explanation.usage)
        _show(self._source, explanation.source)
        self.setAccessibleName(f"Explanation: {explanation.title}")
        named_texts = [f"{name}: {text}" for name, text in zip(captions, texts, strict=True) if text]
        parts = (
            explanation.meaning,
            explanation.formula,
            *named_texts,
            explanation.usage,
            explanation.source,
        )
        self.setAccessibleDescription("\n".join(part for part in parts if part))

    def _fit(self) -> None:
        """Take the size the text needs, and the place beside what is explained."""
        if self._subject is None:
            return
        room = self._rect_of(self._whole.widget)
        width = min(room.width(), _WIDTH_IN_CHARACTERS * self.fontMetrics().averageCharWidth())
        layout = self.layout()
        assert layout is not None
        layout.activate()
        size = QSize(width, layout.totalHeightForWidth(width))
        if size.height() > room.height():
            room = self._rect_of(self._window)
        if self._subject.widget is self._whole.widget:
            place = room.center() - QPoint(size.width() // 2, size.height() // 2)
        else:
            place = place_beside(self._rect_of(self._subject.widget), size, room)
        self.setGeometry(QRect(place, size))

    def _rect_of(self, widget: QWidget) -> QRect:
        """Return where a widget is in the window."""
        return QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())


def _is_inside(widget: QWidget, other: QWidget) -> bool:
    return widget is other or other.isAncestorOf(widget)


def _label(role: str) -> QLabel:
    label = with_role(QLabel(), role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _show(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
