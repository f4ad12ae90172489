"""Hides parts of a page for a while, whatever their owners show and hide meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class Hiding(QObject):
    """Keeps widgets hidden; what their owners wish meanwhile is kept, and holds when they are let go."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_wanted: dict[QWidget, bool] = {}

    def hide(self, widget: QWidget) -> None:
        """Hide a widget until it is let go."""
        if widget in self._is_wanted:
            return
        self._is_wanted[widget] = not widget.isHidden()
        if self._is_wanted[widget]:
            _hide_for_now(widget)
        widget.installEventFilter(self)

    def let_go(self, widget: QWidget) -> None:
        """Show a widget again, if its owner wishes that by now."""
        is_wanted = self._is_wanted.pop(widget)
        widget.removeEventFilter(self)
        if is_wanted:
            widget.show()

    def let_all_go(self) -> None:
        """Likewise, all that are hidden."""
        for widget in tuple(self._is_wanted):
            self.let_go(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what is wished of what is hidden."""
        if isinstance(watched, QWidget) and watched in self._is_wanted:
            if event.type() is QEvent.Type.ShowToParent:
                _hide_for_now(watched)
                self._is_wanted[watched] = True
            elif event.type() is QEvent.Type.HideToParent:
                self._is_wanted[watched] = False
        return super().eventFilter(watched, event)


def _hide_for_now(widget: QWidget) -> None:
    """Hide a widget as if nobody had asked for it: then Qt tells also when its owner hides it."""
    widget.hide()
    widget.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
