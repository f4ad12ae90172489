"""What is done by hand to the environment that is watched: pushes, another place, another map."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen

from ppo_desktop.bridge.playing import Playing
from ppo_desktop.ppo.catalogue.grid_layout import (
    COLUMN_STEPS,
    COLUMNS,
    DOWN,
    LEFT,
    RIGHT,
    ROW_STEPS,
    ROWS,
    UP,
    place_of,
)
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.scenes import Point
from ppo_desktop.views.theme import Theme

_MOVES = {Qt.Key.Key_Up: UP, Qt.Key.Key_Right: RIGHT, Qt.Key.Key_Down: DOWN, Qt.Key.Key_Left: LEFT}
_PUSHES = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
_PLACING = (Qt.Key.Key_A, Qt.Key.Key_G, Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass
class _Drag:
    """A button is down.

    Attributes:
        start: Where it was pressed.
        now: Where the mouse is.
        held: What is dragged over a grid: "agent", "goal", or whether walls are drawn or removed; None for a
            push.
    """

    start: QPointF
    now: QPointF
    held: str | bool | None = None


class EnvironmentHand(QObject):
    """Gives the environment's picture mouse and keys while its policy is watched, and paints what they do.

    Args:
        view: The picture.
        watching: What is watched.
        theme: Fonts and colours.
    """

    def __init__(self, view: EnvironmentView, watching: Playing, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._watching, self._theme = view, watching, theme
        self._drag: _Drag | None = None
        self._mark = 0
        view.installEventFilter(self)
        view.let_paint_over(self._paint)
        watching.changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        watching = self._watching
        self._view.show_map(watching.grid_map)
        can_act = watching.pushed is not None or watching.has_grid
        self._view.setFocusPolicy(Qt.FocusPolicy.StrongFocus if can_act else Qt.FocusPolicy.NoFocus)
        if not can_act:
            self._drag = None
            self._view.clearFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take mouse and keys of the picture where something can be done by hand."""
        del watched
        if self._watching.pushed is None and not self._watching.has_grid:
            return False
        if isinstance(event, QKeyEvent):
            return self._take_key(event)
        if isinstance(event, QMouseEvent):
            return self._take_mouse(event)
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._view.update()
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        known = (*_MOVES, *_PLACING) if self._watching.has_grid else tuple(_PUSHES)
        if self._watching.has_grid and self._view.world is None:
            return False
        if key not in known or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:  # else the window's shortcuts would take it
            event.accept()
        elif event.type() is QEvent.Type.KeyPress:
            self._press(key)
        return True

    def _press(self, key: Qt.Key) -> None:
        watching = self._watching
        if watching.pushed is not None:
            watching.push(_PUSHES[key] * watching.pushed.to_the_right)
        elif key in _MOVES:
            row, column = divmod(self._mark, COLUMNS)
            row = min(max(row + ROW_STEPS[_MOVES[key]], 0), ROWS - 1)
            column = min(max(column + COLUMN_STEPS[_MOVES[key]], 0), COLUMNS - 1)
            self._mark = row * COLUMNS + column
            self._view.update()
        elif key == Qt.Key.Key_A:
            watching.place_agent(self._mark)
        elif key == Qt.Key.Key_G:
            self._put_goal(self._mark)
        else:
            self._draw_wall(self._mark, is_wall=self._mark not in watching.grid_map.walls)

    def _take_mouse(self, event: QMouseEvent) -> bool:
        if self._view.world is None:
            return False
        place, drag = event.position(), self._drag
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() is Qt.MouseButton.LeftButton:
                self._view.setFocus(Qt.FocusReason.MouseFocusReason)
                self._drag = _Drag(place, place, self._grasp(place))
                self._draw_over(place)
            case QEvent.Type.MouseMove if drag is not None:
                drag.now = place
                self._draw_over(place)
            case QEvent.Type.MouseButtonRelease if drag is not None:
                drag.now = place
                self._let_go(drag)
                self._drag = None
            case _:
                return False
        self._view.update()
        return True

    def _let_go(self, drag: _Drag) -> None:
        cell = self._cell_at(drag.now)
        if self._watching.pushed is not None:
            if change := self._change(drag):
                self._watching.push(change)
        elif drag.held == "agent" and cell is not None:
            self._watching.place_agent(cell)
        elif drag.held == "goal" and cell is not None:
            self._put_goal(cell)

    # ---- pushes ----------------------------------------------------------------------------------------

    def _change(self, drag: _Drag) -> float:
        """Return what a drag adds, rounded, at most the largest push."""
        pushed = self._watching.pushed
        if pushed is None:
            return 0.0
        (x, y), (to_x, to_y) = self._place(drag.start), self._place(drag.now)
        swept = math.remainder(math.atan2(to_y, to_x) - math.atan2(y, x), 2 * math.pi)
        change = pushed.per_drag * (swept if pushed.has_pivot else to_x - x)
        return round(max(-pushed.largest, min(pushed.largest, change)), pushed.decimals)

    def _place(self, pixel: QPointF) -> Point:
        assert self._view.world is not None
        world, rect = self._view.world
        return world.place_at(pixel, rect)

    # ---- the grid --------------------------------------------------------------------------------------

    @property
    def _agent_cell(self) -> int | None:
        """Where the agent is seen; None where its episode is over."""
        frame = self._view.frame
        if frame is None or frame.episode_over:
            return None
        column, row = place_of((float(frame.observation[0]), float(frame.observation[1])))
        return round(row) * COLUMNS + round(column)

    def _cell_at(self, pixel: QPointF) -> int | None:
        """Return the cell at a pixel; None where there is none, or no grid."""
        if not self._watching.has_grid or self._view.world is None:
            return None
        x, y = self._place(pixel)
        column, row = math.floor(x + 0.5), math.floor(0.5 - y)
        return row * COLUMNS + column if 0 <= row < ROWS and 0 <= column < COLUMNS else None

    def _grasp(self, pixel: QPointF) -> str | bool | None:
        """Return what is taken hold of in a grid."""
        cell, grid_map = self._cell_at(pixel), self._watching.grid_map
        if cell is None:
            return None
        self._mark = cell
        if cell == self._agent_cell:
            return "agent"
        return "goal" if cell == grid_map.goal else cell not in grid_map.walls

    def _draw_over(self, pixel: QPointF) -> None:
        """Draw or remove a wall where the mouse is, if that is what it does."""
        cell = self._cell_at(pixel)
        if self._drag is not None and isinstance(self._drag.held, bool) and cell is not None:
            self._draw_wall(cell, is_wall=self._drag.held)

    def _draw_wall(self, cell: int, *, is_wall: bool) -> None:
        if cell != self._agent_cell:
            self._watching.change_map(self._watching.grid_map.with_wall(cell, is_wall=is_wall))

    def _put_goal(self, cell: int) -> None:
        if cell != self._agent_cell:
            self._watching.change_map(self._watching.grid_map.with_goal(cell))

    # ---- what is seen of it ----------------------------------------------------------------------------

    def _paint(self, painter: QPainter) -> None:
        """Paint the mark of the keys, and what the mouse is about to do."""
        watching, drag = self._watching, self._drag
        if watching.pushed is None and (not watching.has_grid or self._view.world is None):
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.colour("accent"), 2.0))
        if self._view.hasFocus():
            around = self._cell_rect(self._mark) if watching.has_grid else QRectF(self._view.rect())
            painter.drawRoundedRect(around.adjusted(1.5, 1.5, -1.5, -1.5), 5.0, 5.0)
        if drag is None or isinstance(drag.held, bool):
            return
        if drag.held is not None:
            painter.drawEllipse(drag.now, 10.0, 10.0)
        elif watching.pushed is not None and (change := self._change(drag)):
            painter.drawLine(drag.start, drag.now)
            painter.drawEllipse(drag.now, 4.0, 4.0)
            pushed = watching.pushed
            text = f"{pushed.name} {change:+.{pushed.decimals}f} {pushed.unit}".replace("-", "−")
            self._view.frames.paint_chip(painter, QPointF(8.0, self._view.height() - 32.0), text)

    def _cell_rect(self, cell: int) -> QRectF:
        assert self._view.world is not None
        world, rect = self._view.world
        row, column = divmod(cell, COLUMNS)
        scale = world.scale_in(rect)
        centre = rect.center() + QPointF(
            (column - (world.left + world.right) / 2) * scale, ((world.bottom + world.top) / 2 + row) * scale
        )
        around = QRectF(0.0, 0.0, scale, scale)
        around.moveCenter(centre)
        return around
