"""Text that is shortened where there is little room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

Wording = TypeVar("Wording")


def first_fitting(
    wordings: Sequence[str],
    metrics: QFontMetrics | QFontMetricsF,
    room: float,
    otherwise: str = "",
    *,
    is_cut: bool = False,
) -> str:
    """Return the first of several wordings for which there is room, in pixels.

    Args:
        wordings: From the full wording to the shortest.
        metrics: Measures of the font.
        room: Pixels.
        otherwise: What is returned where none fits.
        is_cut: Whether in that case the shortest is, cut to the room.
    """
    if is_cut:
        otherwise = cut(wordings[-1], metrics, room)
    return first_within(wordings, metrics.horizontalAdvance, room, otherwise)


def first_within(
    wordings: Sequence[Wording], width_of: Callable[[Wording], float], room: float, otherwise: Wording
) -> Wording:
    """Return the first of several wordings, whatever they are made of, that is no wider than the room."""
    return next((wording for wording in wordings if width_of(wording) <= room), otherwise)


def cut(text: str, metrics: QFontMetrics | QFontMetricsF, room: float) -> str:
    """Return a text as far as there is room, in pixels, with … for the rest."""
    if metrics.horizontalAdvance(text) <= room:
        return text
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(int(room), 0))


class WordingLabel(QLabel):
    """A muted remark: the first of several wordings that fits, at the right; nothing if none does."""

    def __init__(self) -> None:
        super().__init__()
        self._wordings: tuple[str, ...] = ()
        self.setProperty("role", "muted")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_wordings(self, wordings: Sequence[str]) -> None:
        """Say something, from its full wording to its shortest."""
        if self._wordings != (wordings := tuple(wordings)):
            self._wordings = wordings
            self._choose()

    def minimumSizeHint(self) -> QSize:
        """Leave the layout free."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Leave the layout free."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        text = first_fitting(self._wordings, self.fontMetrics(), self.contentsRect().width())
        if text != self.text():
            self.setText(text)
