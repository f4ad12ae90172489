"""The status bars and their labels: they keep their room, or give it up and end with dots."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy

from ppo_desktop.views.controls import named
from ppo_desktop.views.wording_label import cut, first_fitting
from ppo_desktop.views.wrapping_bar import WrappingBar

_SHARE_STEPS = 1000


class ElidedLabel(QLabel):
    """Takes the room that is left, and ends its text with … where that is not enough.

    Args:
        alignment: At which side the text stands.
        lines: How many lines it may have, one or two; it does not grow for the second.
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
        return QSize(self.fontMetrics().horizontalAdvance(self._least), super().minimumSizeHint().height())

    def width_needed(self) -> int:
        """Return the width at which nothing of the text is left out."""
        longest_word = max(map(self.fontMetrics().horizontalAdvance, self.text().split()), default=0)
        return self.fontMetrics().horizontalAdvance(self.text()) // self._lines + longest_word

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment(), "\n".join(self.shown_lines()))

    def shown_lines(self) -> list[str]:
        """Return what is written, line by line."""
        text, metrics = self.text(), self.fontMetrics()
        first = ""
        if self._lines == 2 and metrics.horizontalAdvance(text) > self.width():
            first, text = text[: self._room()].rstrip(), text[self._room() :]
        rest = cut(text, metrics, self.width())
        return [first, rest] if first else [rest]

    def _room(self) -> int:
        """Return how many characters of the text fit into the first line, whole words only."""
        layout = QTextLayout(self.text(), self.font())
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(self.width())
        layout.endLayout()
        return line.textLength()


class CardTitle(ElidedLabel):
    """The title of a card, which gives way to the controls beside it: by a shorter wording, at last by none.

    Args:
        wordings: From the full one to the shortest.
    """

    def __init__(self, *wordings: str) -> None:
        super().__init__(Qt.AlignmentFlag.AlignLeft)
        self._wordings = wordings
        self.setText(wordings[0])
        self.setProperty("role", "title")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def shown_lines(self) -> list[str]:
        """Return the first wording that fits."""
        return [first_fitting(self._wordings, self.fontMetrics(), self.width())]


class StatusBar(WrappingBar):
    """The bar at the lower end of a page; its labels change, its place does not."""

    def __init__(self) -> None:
        super().__init__(gap=12)
        self.setObjectName("footer")
        self.setContentsMargins(12, 3, 12, 3)


class ShareBar(QProgressBar):
    """How much of something is done, without words.

    Args:
        width: Pixels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setFixedWidth(width)
        self.setRange(0, _SHARE_STEPS)

    def show_share(self, share: float) -> None:
        """Show a share, 0 to 1."""
        self.setValue(int(_SHARE_STEPS * share))


def roomy_label(
    object_name: str, accessible_name: str, explanation: str, widest: str, *, bold: bool = False
) -> QLabel:
    """Return a label that keeps room for its widest text, so that nothing jumps as numbers grow."""
    label = named(QLabel(), object_name, accessible_name, explanation)
    label.setProperty("role", "title" if bold else "muted")
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest) * 9 // 10)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return label


def status_label(object_name: str, accessible_name: str, explanation: str) -> ElidedLabel:
    """Return a label for the right end of a status bar, where the share that is prepared is never cut."""
    label = named(ElidedLabel(least=f"{_prepared(1)} …"), object_name, accessible_name, explanation)
    label.setProperty("role", "muted")
    return label


def set_text(label: QLabel, text: str) -> None:
    """Show a text, and say it to screen readers."""
    if label.text() != text:
        label.setText(text)
        label.setAccessibleDescription(text)


def preparation_text(share: float) -> str:
    """Return how far the fast engine is prepared, 0 to 1, in words; the number stands where it is not cut."""
    return f"{_prepared(share)} prepared · first start only"


def _prepared(share: float) -> str:
    return f"fast engine {round(100 * share)} %"
