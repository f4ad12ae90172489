"""Text that is shortened where there is little room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QTextLayout
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
    """Return a text as far as there is room, in pixels, with … for the rest.

    Words are left out whole, and numbers, of which a part would say something else; only a first word is cut.
    """
    if metrics.horizontalAdvance(text) <= room:
        return text
    elide = Qt.TextElideMode.ElideRight
    left = metrics.elidedText(text, elide, max(int(room - metrics.horizontalAdvance(" ")), 0))
    words = left.removesuffix("…").rstrip()
    if not text[len(words) :].startswith(" "):
        words = words.rpartition(" ")[0]
    if words:
        return f"{words} …"
    return "…" if text[:1].isdigit() else metrics.elidedText(text, elide, max(int(room), 0))


class ElidedLabel(QLabel):
    """Takes the room that is left, and ends its text with … where that is not enough.

    Args:
        alignment: At which side the text stands.
        lines: How many lines it may have, one or two; it keeps room for both.
        least: A text for which it always keeps room.
    """

    def __init__(
        self,
        alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight,
        *,
        lines: Literal[1, 2] = 1,
        least: str = "",
    ) -> None:
        super().__init__()
        self._lines, self._least = lines, least
        self.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHorizontalStretch(1)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:
        margins = self.contentsMargins().left() + self.contentsMargins().right()
        width = self.fontMetrics().horizontalAdvance(self._least) + margins
        lines = self._lines * self.fontMetrics().lineSpacing()
        return QSize(width, max(super().minimumSizeHint().height(), lines))

    def width_needed(self) -> int:
        """Return the width at which nothing of the text is left out."""
        longest_word = max(map(self.fontMetrics().horizontalAdvance, self.text().split()), default=0)
        return self.fontMetrics().horizontalAdvance(self.text()) // self._lines + longest_word

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), "\n".join(self.shown_lines()))

    def shown_lines(self) -> list[str]:
        """Return what is written, line by line."""
        text, metrics = self.text(), self.fontMetrics()
        first = ""
        if self._lines == 2 and metrics.horizontalAdvance(text) > self.contentsRect().width():
            first, text = text[: self._room()].rstrip(), text[self._room() :]
        rest = cut(text, metrics, self.contentsRect().width())
        return [first, rest] if first else [rest]

    def _room(self) -> int:
        """Return how many characters of the text fit into the first line, whole words only."""
        layout = QTextLayout(self.text(), self.font())
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(self.contentsRect().width())
        layout.endLayout()
        return line.textLength()


class WordingLabel(ElidedLabel):
    """A muted remark: the first of several wordings that fits, at the right; nothing if none does.

    Args:
        wordings: From the full one to the shortest.
        alignment: At which side it stands.
    """

    def __init__(self, *wordings: str, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> None:
        super().__init__(alignment)
        self.setProperty("role", "muted")
        self.set_wordings(wordings)

    def set_wordings(self, wordings: Sequence[str]) -> None:
        """Say something, from its full wording to its shortest."""
        self._wordings = tuple(wordings)
        set_text(self, self._wordings[0] if self._wordings else "")

    def shown_lines(self) -> list[str]:
        """Return the first wording that fits."""
        return [first_fitting(self._wordings, self.fontMetrics(), self.width())]


class CardTitle(WordingLabel):
    """The title of a card; it gives way to the controls beside it, by a shorter wording, at last by none."""

    def __init__(self, *wordings: str) -> None:
        super().__init__(*wordings, alignment=Qt.AlignmentFlag.AlignLeft)
        self.setProperty("role", "title")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)


def set_text(label: QLabel, text: str) -> None:
    """Show a text, and say it to screen readers."""
    if label.text() != text:
        label.setText(text)
        label.setAccessibleDescription(text)
