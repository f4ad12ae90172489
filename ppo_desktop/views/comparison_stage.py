"""The environments of a comparison side by side, each played by the policy of one variant."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import MOST_VARIANTS, Comparison
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.controls import EXPLANATION, explained
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.variant_label import VariantLabel
from ppo_desktop.views.variant_style import VariantStyle, variant_style

_BAR = 4
_FAINT = 0.35
_SPACING = 8
_ROOM_FOR_MARKER = 60
"""Pixels of a card's header beside its words."""


class StageCard(QFrame):
    """One variant: its name and result, and its environment."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme, number: int) -> None:
        super().__init__()
        self.setObjectName("card")
        self._comparisons = comparisons
        self._theme = theme
        self._number = number
        self._style: VariantStyle | None = None
        self._labels = ("", "")
        self._results = ("", "")
        self.label = VariantLabel(theme)
        self.result = QLabel()
        self.result.setProperty("role", "muted")
        self.view = EnvironmentView(theme, empty_text="")
        self.view.setObjectName(f"stage_view_{number + 1}")
        self.view.setMinimumSize(60, 50)
        header = QHBoxLayout()
        header.setSpacing(4)
        header.addWidget(self.label, 1)
        header.addWidget(self.result)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6 + _BAR, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(header)
        layout.addWidget(self.view, 1)
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

    def show_result(self, wordings: tuple[str, str]) -> None:
        """Say how it does, in the longer or the shorter wording."""
        if wordings != self._results:
            self._results = wordings
            self._choose_wording()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_wording()

    def _choose_wording(self) -> None:
        """Say all in full where there is room for it, else as short as it can be said."""
        if self._style is None:
            return
        metrics = QFontMetrics(self._theme.font(bold=True))
        needed = metrics.horizontalAdvance(self._labels[0] + self._results[0])
        is_short = needed + _ROOM_FOR_MARKER > self.width()
        self.label.show_variant(self._style, self._labels[is_short])
        self.result.setText(self._results[is_short])

    def show_frame(self, frame: Frame | None) -> None:
        """Show what its player sees."""
        self.view.show_frame(frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._style is None:
            return
        painter = QPainter(self)
        painter.fillRect(1, 1, self.width() - 2, _BAR, self._bar_colour(self._style))

    def _bar_colour(self, style: VariantStyle) -> QColor:
        colour = style.colour(self._theme)
        if self._comparisons.highlighted not in (None, self._number):
            colour.setAlphaF(_FAINT)
        return colour

    def enterEvent(self, event: QEnterEvent) -> None:
        self._comparisons.highlight(self._number)

    def leaveEvent(self, event: QEvent) -> None:
        self._comparisons.highlight(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the run that plays here in Train."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._comparisons.open_in_train(self._number, self._comparisons.seed)


class ComparisonStage(QWidget):
    """A card for each variant; before a comparison has begun, of the one that is set up."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self.setProperty(EXPLANATION, "stage")
        self._comparisons = comparisons
        self._cards = [StageCard(comparisons, theme, number) for number in range(MOST_VARIANTS)]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING)
        for card in self._cards:
            layout.addWidget(card, 1)
        comparisons.comparison_changed.connect(self._show_variants)
        comparisons.planning.changed.connect(self._show_variants)
        comparisons.digest_changed.connect(self._show_results)
        comparisons.stage.frames_changed.connect(self._show_frames)
        comparisons.highlight_changed.connect(self._show_highlight)
        theme.changed.connect(self._show_variants)
        self._show_variants()

    @property
    def cards(self) -> list[StageCard]:
        """The cards that are in use."""
        return [card for card in self._cards if not card.isHidden()]

    @Slot()
    def _show_variants(self) -> None:
        comparison = self._comparisons.comparison or self._comparisons.planning.planned
        if comparison is None:
            return
        for number, card in enumerate(self._cards):
            card.setVisible(number < len(comparison.variants))
            if number < len(comparison.variants):
                card.show_variant(comparison)
        self._show_results()
        self._show_frames()

    @Slot()
    def _show_results(self) -> None:
        for number, card in enumerate(self.cards):
            card.show_result(self._result_of(number))

    def _result_of(self, variant: int) -> tuple[str, str]:
        digest = self._comparisons.digest
        if digest is None or variant >= len(digest.comparison.variants):
            return "", ""
        estimate = digest.estimates[FINAL_RETURN.name][variant]
        text = FINAL_RETURN.write(estimate.centre, digest.comparison.environment_id)
        diverged = len(digest.diverged[variant])
        if not diverged:
            return f"return {text}", text
        return f"return {text} · ✕ {diverged} diverged", f"{text} ✕{diverged}"

    @Slot()
    def _show_frames(self) -> None:
        if not self.isVisible():
            return
        frames = self._comparisons.stage.frames
        for number, card in enumerate(self.cards):
            card.show_frame(frames.get(number))

    @Slot()
    def _show_highlight(self) -> None:
        for card in self.cards:
            card.update()
