"""The widget of a painted figure: drawn once, with what is pointed at drawn over it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextDocumentFragment,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from ppo_desktop.views.charts.canvas import Canvas
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.controls import keeps_moving_key, named
from ppo_desktop.views.theme import Theme, smooth_painter

_NOTE_FONT = 0.85
_PART_MILLISECONDS = 15
"""From one part of a large picture to the next."""
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
"""Places by which arrow keys go on."""


class Chart(QWidget):
    """Shows a picture; says what is pointed at, by mouse or keyboard, and what is to be opened.

    The picture is kept as an image, so that pointing at something draws nothing else anew. One that takes
    long is painted part by part, while the one before is still shown; where there is none, its parts are.

    Attributes:
        picture: What is shown; None while there is nothing but a note.
        empty: The note, where it is always the same.
    """

    empty = ""

    pointed = Signal(object)
    """What is pointed at, None for nothing."""
    opened = Signal(object)
    menu_asked = Signal(object, QPoint)
    """For what, and where on the screen."""
    redrawn = Signal()
    """What is shown now took several turns of the event loop to draw."""

    def __init__(self, theme: Theme, object_name: str, name: str, explanation: str) -> None:
        super().__init__()
        named(self, object_name, name, explanation)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self.setToolTip("")  # it would cover what one looks at
        self._highlighted: Key | None = None
        self._reached: Key | None = None
        self._canvas: Canvas | None = None
        self._coming: tuple[Picture, Canvas] | None = None
        self._parts_timer = QTimer(self)
        self._parts_timer.setInterval(_PART_MILLISECONDS)
        self._parts_timer.timeout.connect(self._paint_part)
        self.picture: Picture | None = None
        theme.changed.connect(self.lay_out)

    # ---- for what extends it -------------------------------------------------------------------

    @abstractmethod
    def picture_in(self, room: QRectF) -> Picture | None:
        """Return what is to be shown in a rectangle; None if there is nothing."""

    def note(self) -> str:
        """Return what is said where there is nothing."""
        return self.empty

    def tip(self, key: Key) -> str:
        """Return what is known of a key, as rich text; empty for nothing."""
        del key
        return ""

    def summary(self) -> str:
        """Return what screen readers say of the whole picture."""
        return ""

    def first_key(self) -> Key | None:
        """Return what the keyboard reaches first; if there is no such, the last is reached first."""
        return None

    # ---- what is shown -------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(160, 90)

    def sizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(420, 240)

    def redraw(self) -> None:
        """Show what there is now: at once if it has one part, else when all its parts are painted."""
        picture = self._laid_out()
        parts = () if picture is None else picture.parts()
        is_unpainted = self.picture is not None and self._canvas is None
        if picture is None or len(parts) == 1 or is_unpainted:
            self._replace(picture, None)
        else:
            self._coming = picture, Canvas(self.size(), self.devicePixelRatioF(), parts)
            self._parts_timer.start()

    def lay_out(self) -> None:
        """Give everything its place, and draw it anew, at once."""
        self._replace(self._laid_out(), None)

    def _laid_out(self) -> Picture | None:
        return self.picture_in(QRectF(self.rect())) if self.width() > 0 and self.height() > 0 else None

    @Slot()
    def _paint_part(self) -> None:
        assert self._coming is not None
        picture, canvas = self._coming
        canvas.paint_part()
        if canvas.is_complete:
            self._replace(picture, canvas)
            self.redrawn.emit()
        elif self.picture is None:
            self.update()

    def _replace(self, picture: Picture | None, canvas: Canvas | None) -> None:
        """Show a picture, painted already or not yet, and no other that is still coming."""
        self.picture, self._canvas = picture, canvas
        self._coming = None
        self._parts_timer.stop()
        self._describe()
        self.update()

    @property
    def highlighted(self) -> Key | None:
        """What is pointed out, None for nothing."""
        return self._highlighted

    def set_highlighted(self, key: Key | None) -> None:
        """Point something out; None for nothing."""
        if key != self._highlighted:
            self._highlighted = key
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all, then what is pointed at."""
        painter = smooth_painter(self)
        if self.picture is None:
            self._paint_what_comes(painter)
            return
        painter.drawPixmap(0, 0, self._kept_canvas(self.picture).pixmap)
        if self._highlighted is not None:
            self.picture.paint_pointed(painter, self._highlighted)

    def _kept_canvas(self, picture: Picture) -> Canvas:
        ratio = self.devicePixelRatioF()
        if self._canvas is None or self._canvas.pixmap.devicePixelRatio() != ratio:
            self._canvas = Canvas(self.size(), ratio, [picture.paint])
            self._canvas.paint_all()
        return self._canvas

    def _paint_what_comes(self, painter: QPainter) -> None:
        """Paint as much as there is of the first picture, or say why there is none."""
        if self._coming is None:
            # In another colour while the keyboard is here: nothing else shows it.
            self._paint_note(painter, QRectF(self.rect()), "accent" if self.hasFocus() else "muted")
        else:
            painter.drawPixmap(0, 0, self._coming[1].pixmap)

    def _paint_note(self, painter: QPainter, room: QRectF, colour: str) -> None:
        painter.setFont(self._theme.font(_NOTE_FONT))
        painter.setPen(self._theme.colour(colour))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room.adjusted(16, 4, -16, -4), flags, self.note())

    def paint_in(self, painter: QPainter, room: QRectF) -> None:
        """Draw all from its numbers into a rectangle of something else than the screen."""
        picture = self.picture_in(QRectF(QPointF(), room.size()))
        painter.translate(room.topLeft())
        if picture is None:
            self._paint_note(painter, QRectF(QPointF(), room.size()), "muted")
        else:
            picture.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self.lay_out()

    # ---- the keyboard --------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at what was reached last."""
        super().focusInEvent(event)
        self._reach(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing, unless it is a menu of what is pointed at that has opened."""
        super().focusOutEvent(event)
        self._describe()
        self.update()
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from key to key by arrow keys; open the one reached by Return."""
        if event.key() in _STEPS and self._keys():
            self._reach(_STEPS[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._reached in self._keys():
            self.opened.emit(self._reached)
        else:
            super().keyPressEvent(event)

    def _keys(self) -> Sequence[Key]:
        return () if self.picture is None else self.picture.keys

    def _reach(self, step: int) -> None:
        """Reach the key so many places on; at first the one that comes first, or the last."""
        keys = self._keys()
        if not keys:
            self.update()
            return
        if self._reached in keys:
            place = min(max(keys.index(self._reached) + step, 0), len(keys) - 1)
        else:
            first = self.first_key()
            place = keys.index(first) if first in keys else len(keys) - 1
        self._reached = keys[place]
        self._describe()
        self.update()
        self.pointed.emit(self._reached)

    def _describe(self) -> None:
        text = self._description()
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _description(self) -> str:
        """Return what is known of the key reached, or of the whole, or else why there is nothing."""
        if self.hasFocus() and self._reached is not None:
            return _in_one_line(self.tip(self._reached))
        return self.note() if self.picture is None else self.summary()

    # ---- the mouse -----------------------------------------------------------------------------

    def tip_at(self, position: QPointF) -> str:
        """Return what is known of what is at a position, empty where nothing is."""
        key = self.key_at(position)
        return "" if key is None else self.tip(key)

    def key_at(self, position: QPointF) -> Key | None:
        """Return what is at a position, None where nothing is."""
        return None if self.picture is None else self.picture.key_at(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what is under the mouse."""
        key = self.key_at(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if key is None else Qt.CursorShape.PointingHandCursor)
        self.pointed.emit(key)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing, unless it is a menu that has opened under the mouse."""
        super().leaveEvent(event)
        if QApplication.activePopupWidget() is None:
            self.pointed.emit(None)

    def event(self, event: QEvent) -> bool:
        """Say what is known of what is under the mouse; elsewhere what the figure shows, if it says so."""
        if keeps_moving_key(event):
            return True
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tip_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
                return True
        return super().event(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what is under the mouse."""
        key = self.key_at(event.position())
        if key is not None:
            self.opened.emit(key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for what can be done with what is under the mouse, or was reached by keyboard."""
        if event.reason() is not QContextMenuEvent.Reason.Keyboard:
            key, place = self.key_at(QPointF(event.pos())), event.globalPos()
        else:
            key = self._reached
            point = None if self.picture is None else self.picture.place_of(key)
            place = self.mapToGlobal((point or QPointF(self.rect().center())).toPoint())
        if key is not None:
            self.menu_asked.emit(key, place)


def _in_one_line(tip: str) -> str:
    """Return a tip, which is rich text, as screen readers read it."""
    return QTextDocumentFragment.fromHtml(tip).toPlainText().replace("\n", "; ")
