"""One environment of a comparison, played by the policy of one variant."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.charts.curves import FAINT
from ppo_desktop.views.compare.variant_menu import show_variant_menu
from ppo_desktop.views.compare.variant_style import VariantStyle, variant_style
from ppo_desktop.views.controls import Card, explained, keeps_moving_key, laid_out, with_role
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.figure import Below, Drawing, Panel, Part, Text
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.wording_label import ElidedLabel

_BAR = 4
_FOCUS_WIDTH = 2
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
_ROOM_FOR_MARKERS = 63
"""Pixels of a card's header beside its words."""


class StageCard(Card):
    """One variant: its name and result, and its environment.

    Signals:
        left_for: Number of the card that an arrow key asks for; there may be none.
    """

    left_for = Signal(int)

    def __init__(self, comparisons: ComparisonSession, theme: Theme, number: int) -> None:
        super().__init__()
        self._comparisons = comparisons
        self._theme = theme
        self._number = number
        self._style: VariantStyle | None = None
        self._frame: Frame | None = None
        self._labels = ("", "")
        self._results: tuple[str, ...] = ("",)
        self.label = VariantLabel(theme)
        self.result = with_role(QLabel(), "muted")
        self.rests = with_role(QLabel("▶"), "muted")
        self.rests.setAccessibleName("Rests; point at it to let it play")
        policy = self.rests.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.rests.setSizePolicy(policy)
        self.rests.hide()
        self.view = EnvironmentView(theme, empty_text="")
        self.view.setObjectName(f"stage_view_{number + 1}")
        self.view.setMinimumSize(60, 75)
        header = laid_out(QHBoxLayout(), (self.label, 1), self.result, self.rests, spacing=4)
        laid_out(QVBoxLayout(self), header, (self.view, 1), margins=(8, 6 + _BAR, 8, 8), spacing=4)
        for part in (self, self.label, self.result, self.rests, self.view):
            part.setMouseTracking(True)
        explained(self, "stage")
        self.setToolTip("")  # it would cover what one looks at

    def show_variant(self, comparison: Comparison) -> None:
        """Show the variant that stands here."""
        variant = comparison.variants[self._number]
        self._style = variant_style(self._number, len(comparison.variants))
        self._labels = (variant.label, variant.short_label)
        self.view.setAccessibleName(f"Environment of {variant.label}")
        self._choose_wording()
        self.update()

    def show_result(self, wordings: tuple[str, ...]) -> None:
        """Say how it does, in the first of these wordings there is room for."""
        if wordings != self._results:
            self._results = wordings
            self._choose_wording()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_wording()

    def _choose_wording(self) -> None:
        """Say as much as there is room for; what the result is of is weightier than the long name."""
        if self._style is None:
            return
        name_width = QFontMetrics(self._theme.font(bold=True)).horizontalAdvance
        result_width = self.result.fontMetrics().horizontalAdvance
        room = self.width() - _ROOM_FOR_MARKERS
        whole, *shorter = self._results
        wordings = [
            (self._labels[0], whole),
            *((label, result) for result in shorter or (whole,) for label in self._labels),
        ]
        fitting = (words for words in wordings if name_width(words[0]) + result_width(words[1]) <= room)
        # On a projector six numbers may be wider than the screen; the legend of the curves has them, too.
        least = (self._labels[1], "") if self._theme.projector else wordings[-1]
        label, result = next(fitting, least)
        self.label.show_variant(self._style, label)
        self.result.setText(result)
        self.setAccessibleName(": ".join(filter(None, (self._labels[0], self._results[0]))))

    def part(self) -> Part:
        """Return it as a part of a figure."""
        theme = self._theme
        assert self._style is not None
        name = Text(theme, self._labels[0], 1.0, "text", is_bold=True, marker=self._style)
        scene = Drawing(self.view.paint_in, least=9 * theme.base_size)
        return Panel(theme, Below([name, Text(theme, self._results[0]), scene]))

    def show_frame(self, frame: Frame | None) -> None:
        """Show what its player sees; where it has not moved since, nothing is painted anew."""
        if frame is not self._frame:
            self._frame = frame
            self.view.show_frame(frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._style is None:
            return
        painter = QPainter(self)
        painter.fillRect(1, 1, self.width() - 2, _BAR, self._bar_colour(self._style))
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), _FOCUS_WIDTH))
            half = _FOCUS_WIDTH // 2
            painter.drawRect(self.rect().adjusted(half, half, -half - 1, -half - 1))

    def _bar_colour(self, style: VariantStyle) -> QColor:
        colour = style.colour(self._theme)
        if self._comparisons.highlighted not in (None, self._number):
            colour.setAlphaF(FAINT)
        return colour

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the variant; a mouse that only lies there when a menu closes points at nothing."""
        self._comparisons.highlight(self._number)

    def leaveEvent(self, event: QEvent) -> None:
        self._comparisons.highlight(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let the run that stands here play again."""
        self._comparisons.preview.play_again(self._number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the run that plays here in Train; a double click on the title is the page's."""
        if event.button() is Qt.MouseButton.LeftButton and event.position().y() >= self.view.y():
            self._open()
        else:
            event.ignore()

    # ---- the keyboard --------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        return keeps_moving_key(event) or super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the variant."""
        super().focusInEvent(event)
        self.update()
        self._comparisons.highlight(self._number)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing, unless it is the menu of this card that has opened."""
        super().focusOutEvent(event)
        self.update()
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._comparisons.highlight(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next card by an arrow key; open the run that plays here in Train by Return."""
        if event.key() in _STEPS:
            self.left_for.emit(self._number + _STEPS[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the run that plays here."""
        comparison = self._comparisons.comparison
        if comparison is not None and self._number < len(comparison.variants):
            seed = self._comparisons.seed
            show_variant_menu(self._comparisons, self._number, seed, self, event.globalPos())

    def _open(self) -> None:
        self._comparisons.open_in_train(self._number, self._comparisons.seed)


class VariantLabel(ElidedLabel):
    """A marker and a name in bold; a name that is too long ends with …."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(Qt.AlignmentFlag.AlignLeft, least="0.00")
        with_role(self, "title")
        self._theme = theme
        self._style: VariantStyle | None = None

    def show_variant(self, style: VariantStyle, text: str) -> None:
        """Show another variant."""
        self._style = style
        self.setContentsMargins(round(0.9 * self.fontMetrics().height()), 0, 0, 0)
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._style is not None:
            radius = 0.28 * self.fontMetrics().height()
            place = QPointF(radius + 2, self.height() / 2)
            self._style.paint_marker(smooth_painter(self), self._theme, place, radius)
