"""The environments of a comparison side by side, each played by the policy of one variant."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import MOST_VARIANTS
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.compare.stage_card import StageCard
from ppo_desktop.views.controls import EXPLANATION, laid_out
from ppo_desktop.views.figure import Beside, Part
from ppo_desktop.views.theme import Theme

_SPACING = 8


class ComparisonStage(QWidget):
    """A card for each variant; before a comparison has begun, of the one that is set up."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self.setProperty(EXPLANATION, "stage")
        self._comparisons = comparisons
        self._n_variants: int | None = None
        self._frames = Redraw(self, self._show_frames)
        self._cards = [StageCard(comparisons, theme, number) for number in range(MOST_VARIANTS)]
        layout = laid_out(QHBoxLayout(self), margins=(0, 0, 0, 0), spacing=_SPACING)
        for card in self._cards:
            layout.addWidget(card, 1)
            card.left_for.connect(self._reach)
        self._cards[0].setFocusPolicy(Qt.FocusPolicy.TabFocus)
        comparisons.comparison_changed.connect(self._show_variants)
        comparisons.planning.changed.connect(self._show_variants)
        comparisons.digest_changed.connect(self._show_results)
        comparisons.preview.frames_changed.connect(self._frames.request)
        comparisons.preview.resting_changed.connect(self._show_resting)
        comparisons.highlight_changed.connect(self._show_highlight)
        theme.changed.connect(self._show_variants)
        self._show_variants()

    @property
    def cards(self) -> list[StageCard]:
        """The cards that are in use."""
        return [card for card in self._cards if not card.isHidden()]

    def part(self) -> Part:
        """Return it as a part of a figure."""
        return Beside([card.part() for card in self._cards[: self._n_variants or 0]])

    @Slot(int)
    def _reach(self, number: int) -> None:
        """Give a card the focus, and let Tab come back to it: of all cards Tab stops at one."""
        if not 0 <= number < len(self.cards):
            return
        self._let_tab_stop_at(number)
        self._cards[number].setFocus(Qt.FocusReason.TabFocusReason)

    def _let_tab_stop_at(self, number: int) -> None:
        for place, card in enumerate(self._cards):
            is_stop = place == number
            card.setFocusPolicy(Qt.FocusPolicy.TabFocus if is_stop else Qt.FocusPolicy.NoFocus)

    @Slot()
    def _show_variants(self) -> None:
        comparison = self._comparisons.comparison or self._comparisons.planning.planned
        if comparison is None:
            return
        is_other_number = len(comparison.variants) != self._n_variants
        self._n_variants = len(comparison.variants)
        for number, card in enumerate(self._cards):
            if is_other_number:
                card.setVisible(number < len(comparison.variants))
            if number < len(comparison.variants):
                card.show_variant(comparison)
            elif card.focusPolicy() is Qt.FocusPolicy.TabFocus:
                self._let_tab_stop_at(0)
        self._show_results()
        self._frames.now()

    @Slot()
    def _show_results(self) -> None:
        for number, card in enumerate(self.cards):
            card.show_result(self._result_of(number))

    def _result_of(self, variant: int) -> tuple[str, ...]:
        """Return the result of a variant, from more to fewer words."""
        digest = self._comparisons.digest
        if digest is None or variant >= len(digest.comparison.variants):
            return ("",)
        estimate = digest.estimates[FINAL_RETURN.name][variant]
        text = FINAL_RETURN.write(estimate.centre, digest.comparison.environment_id)
        diverged = len(digest.diverged[variant])
        name, share = FINAL_RETURN.header, "last 20 %"
        if not diverged:
            return f"{name}: {text}", f"{share}: {text}", text
        return (
            f"{name}: {text} · ✕ {diverged} diverged",
            f"{share}: {text} ✕{diverged}",
            f"{text} ✕{diverged}",
        )

    def _show_frames(self) -> None:
        frames = self._comparisons.preview.frames
        for number, card in enumerate(self.cards):
            card.show_frame(frames.get(number))

    @Slot()
    def _show_resting(self) -> None:
        for number, card in enumerate(self._cards):
            card.rests.setVisible(number in self._comparisons.preview.resting)

    @Slot()
    def _show_highlight(self) -> None:
        for card in self.cards:
            card.update()
