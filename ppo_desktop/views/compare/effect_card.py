"""The card with the effect curve: the chosen result of every value, and what can be said of it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.compare.effect_axis import value_scale
from ppo_desktop.views.compare.effect_picture import Target, effect_picture
from ppo_desktop.views.compare.result_tip import seed_tip, variant_tip
from ppo_desktop.views.compare.statement_list import StatementList
from ppo_desktop.views.compare.variant_menu import open_first_seed, show_variant_menu
from ppo_desktop.views.controls import Card, explained, laid_out, with_role
from ppo_desktop.views.figure import Below, Drawing, Panel, Part, Text
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.theme import Theme

_LEAST_LINES = 6
"""Height in which points and labels can still be read, in lines of text."""
_WIDE = 70
"""Width in base font sizes from which words may stand beside the plot…"""
_FLAT = 1.7
"""…if the card is so many times as wide as high."""
_MOST_OF_HEIGHT = 0.4
"""The part of the card that words below the plot may take."""


class EffectPlot(Chart):
    """Draws the digest it is given; its keys are variants and their seeds.

    The range of results only widens, until another comparison or another result is shown.
    """

    empty = "Every value's result appears here as the runs learn: one point a seed."

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "effect_plot", "Result of each value", "effect")
        self._digest: Digest | None = None
        self._summary = ""
        self._shown: tuple[object, ...] = ()
        self._scale: ValueScale | None = None
        self._range: Range | None = None
        self._lit: int | None = None

    def minimumSizeHint(self) -> QSize:
        """Return the least in which points and labels can be read."""
        return QSize(200, _LEAST_LINES * self.fontMetrics().lineSpacing())

    @property
    def value_range(self) -> Range | None:
        """The range of results shown, in plotted units; None before there is any."""
        return self._range

    def show_digest(self, digest: Digest | None, summary: str = "") -> None:
        """Show what a comparison says, None for nothing; `summary` is said of the whole to screen readers."""
        self._digest, self._summary = digest, summary
        if digest is not None:
            self._widen(digest)
        self.redraw()

    def _widen(self, digest: Digest) -> None:
        """Make room for every point and every end of an interval."""
        measure = digest.question.measure
        shown = (digest.comparison.with_seeds(1), measure)
        if shown != self._shown or self._scale is None:
            self._shown, self._scale = shown, value_scale(measure, digest.comparison)
            self._range = self._scale.first_range
        numbers = [
            number
            for result in digest.estimates.get(measure.name, ())
            for number in (result.low, result.high, result.centre, *result.samples.values())
            if math.isfinite(number)
        ]
        if numbers:
            ends = self._scale.to_plot(np.array([min(numbers), max(numbers)]))
            self._range = self._scale.widened(self._range, float(ends[0]), float(ends[1]))

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the results in a rectangle; None before there is any."""
        digest, scale, shown = self._digest, self._scale, self._range
        if digest is None or not digest.estimates or scale is None or shown is None:
            return None
        return effect_picture(self._theme, room, digest, scale, shown, self._lit)

    def set_highlighted(self, key: Key | None) -> None:
        """Let all variants but one be faint, None for none."""
        lit = key.variant if isinstance(key, Target) else None
        if lit != self._lit:
            self._lit = lit
            self.lay_out()

    def first_key(self) -> Key | None:
        """Return the variant that stands at the left."""
        return next(iter(self._keys()), None)

    def summary(self) -> str:
        """Return what is said of all."""
        return self._summary

    def tip(self, key: Key) -> str:
        """Return the numbers of a variant, or of one of its seeds."""
        if self._digest is None or not isinstance(key, Target):
            return ""
        if key.seed is not None:
            return seed_tip(self._digest, key.variant, key.seed)
        return variant_tip(self._digest, key.variant, self._digest.question.measure)


class EffectCard(Card):
    """Shows the answer to the question that is asked of the comparison."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__("effect")
        self._comparisons = comparisons
        self._theme = theme
        self.header = EffectHeader(comparisons)
        explained(self.header.title, "effect")
        self.plot = EffectPlot(theme)
        self.words = StatementList(theme)
        self._words_height = 0
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(4)
        self._body.addWidget(self.plot, 3)
        self._body.addWidget(self.words, 2)
        laid_out(QVBoxLayout(self), self.header, (self._body, 1), margins=(10, 7, 10, 8), spacing=2)

    def _connect(self) -> None:
        comparisons = self._comparisons
        redraw = Redraw(self, self._show)
        comparisons.digest_changed.connect(redraw.request)
        comparisons.comparison_changed.connect(self._forget_height)
        comparisons.comparison_changed.connect(redraw.now)
        comparisons.highlight_changed.connect(self._show_highlight)
        self._theme.changed.connect(self._arrange_anew)
        self.words.pointed.connect(comparisons.highlight)
        self.plot.pointed.connect(self._point_at)
        self.plot.opened.connect(self._open)
        self.plot.menu_asked.connect(self._show_menu)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the words stand beside the plot where the card is wide and flat."""
        super().resizeEvent(event)
        self._arrange_anew()

    def part(self) -> Part:
        """Return it as a part of a figure, seen or not."""
        self._show()
        theme = self._theme
        title = Text(theme, self.header.title.text(), 1.0, "text", is_bold=True)
        plot = Drawing(self.plot.paint_in, share=0.7)
        return Panel(theme, Below([title, Text(theme, self.header.asked), plot, *self.words.parts()]))

    @Slot()
    def _forget_height(self) -> None:
        self._words_height = 0

    def _show(self) -> None:
        self.words.show_digest(self._comparisons.digest)
        self.words.setVisible(self._comparisons.digest is not None)
        self.plot.show_digest(self._comparisons.digest, self.words.verdict.text())
        self._show_highlight()
        self._arrange()

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            highlighted = self._comparisons.highlighted
            self.plot.set_highlighted(None if highlighted is None else Target(highlighted))
            self.words.set_highlighted(highlighted)

    @Slot()
    def _arrange_anew(self) -> None:
        self._words_height = 0
        self._arrange()

    def _arrange(self) -> None:
        """Give the words their place; below the plot they only grow, so that it does not jump."""
        is_wide = self.width() > max(_WIDE * self._theme.base_size, _FLAT * self.height())
        if is_wide:
            self._body.setDirection(QBoxLayout.Direction.LeftToRight)
            self.words.setMinimumHeight(0)
            self.words.setMaximumHeight(10_000)
            return
        self._body.setDirection(QBoxLayout.Direction.TopToBottom)
        width = self.width() - 20
        most = max(round(_MOST_OF_HEIGHT * self.height()), self.words.least_height(width))
        self._words_height = max(self._words_height, min(self.words.height_needed(width), most))
        self.words.setFixedHeight(self._words_height)

    @Slot(object)
    def _point_at(self, target: Target | None) -> None:
        self._comparisons.highlight(None if target is None else target.variant)

    @Slot(object)
    def _open(self, target: Target) -> None:
        """Open a seed in Train, of a variant the first."""
        if target.seed is None:
            open_first_seed(self._comparisons, target.variant)
        else:
            self._comparisons.open_in_train(target.variant, target.seed)

    @Slot(object, QPoint)
    def _show_menu(self, target: Target, place: QPoint) -> None:
        show_variant_menu(self._comparisons, target.variant, target.seed, self, place)


class EffectHeader(QWidget):
    """Asks the comparison another question, and shows the one that is asked."""

    def __init__(self, comparisons: ComparisonSession) -> None:
        super().__init__()
        self._comparisons = comparisons
        self.title = with_role(QLabel(), "title")
        self.progress = with_role(QLabel(), "muted")
        self.progress.setObjectName("effect_progress")
        self._measure = FlatCombo("measure_combo", "Result shown", "effect_measure")
        centres = {centre: centre.label for centre in Centre}
        self._centre = FlatCombo("centre_combo", "What stands for several seeds", "effect_centre", centres)
        self._reference = FlatCombo(
            "reference_combo", "Value the others are compared with", "effect_reference"
        )
        self._lay_out()
        self._connect()
        self.show_question()

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.title)
        above.addWidget(self._measure)
        above.addStretch(1)
        below.addWidget(self._centre)
        below.addWidget(self._reference)
        below.addStretch(1)
        below.addWidget(self.progress)
        rows = laid_out(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=0)
        for row in (above, below):
            row.setSpacing(4)
            rows.addLayout(row)

    def _connect(self) -> None:
        comparisons = self._comparisons
        self._measure.chosen.connect(comparisons.choose_measure)
        self._centre.chosen.connect(comparisons.choose_centre)
        self._reference.chosen.connect(comparisons.choose_reference)
        for changed in (
            comparisons.question_changed,
            comparisons.comparison_changed,
            comparisons.planning.changed,
        ):
            changed.connect(self.show_question)
        comparisons.digest_changed.connect(self.show_progress)
        comparisons.comparison_changed.connect(self.show_progress)

    def show_question(self) -> None:
        """Show what is asked, and what else could be."""
        comparisons = self._comparisons
        question, measures = comparisons.question, comparisons.measures
        self._measure.offer({measure: measure.label for measure in measures})
        self._measure.show_value(question.measure if question.measure in measures else measures[0])
        self._centre.show_value(question.centre)
        comparison = comparisons.comparison
        self._reference.setVisible(comparison is not None and len(comparison.variants) > 1)
        self.title.setText("Effect")
        if comparison is not None:
            symbol = comparison.field_symbol
            named_so = symbol if comparison.field in DECLARATIONS else f"the {symbol.lower()}"
            self.title.setText(f"Effect of {named_so}")
            texts = (f"against {variant.short_label}" for variant in comparison.variants)
            self._reference.offer(dict(enumerate(texts)))
            self._reference.show_value(question.reference)

    @property
    def asked(self) -> str:
        """What is asked, in words."""
        combos = (self._measure, self._centre, self._reference)
        return " · ".join(combo.currentText() for combo in combos if not combo.isHidden())

    def show_progress(self) -> None:
        """Say how far the runs are, as long as not all have ended."""
        digest = self._comparisons.digest
        self.progress.setText("" if digest is None or digest.is_final else f"so far: {digest.progress}")
