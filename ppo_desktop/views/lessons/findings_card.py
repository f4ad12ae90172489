"""The verdict of a lesson: pairs of runs of one seed, and what they say to its claims."""

from __future__ import annotations

import html
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.record import COLUMNS, bin_ends
from ppo_desktop.lessons.claim import REFERENCE, Claim, Outcome
from ppo_desktop.lessons.findings import Finding
from ppo_desktop.lessons.lesson import Lesson
from ppo_desktop.lessons.settings import change_of
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.quantities import COMPARED, RETURN, Quantity
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import STEPS, FixedScale, LogScale, Range, ValueScale
from ppo_desktop.views.charts.shapes import Key, Lines, Scatter, Shape
from ppo_desktop.views.compare.effect_axis import RoundLogScale
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.controls import Card, Segments, laid_out, named, refresh_at, with_role
from ppo_desktop.views.kit.overflow import WrappingSplitter
from ppo_desktop.views.plot_cards import return_scale, scale_of
from ppo_desktop.views.theme import Theme

_SIGNS = {Outcome.HOLDS: "✓", Outcome.OPEN: "?", Outcome.CONTRADICTED: "✗"}
_LINE_WIDTH, _RADIUS = 1.6, 4.5


class FindingsCard(Card):
    """Sentences above, the curves of every seed left, the pairs right; one claim at a time is drawn."""

    def __init__(self, lessons: LessonSession, theme: Theme) -> None:
        super().__init__("lesson_pairs")
        self._lessons = lessons
        self._words = named(QLabel(), "lesson_findings", "What the pairs say", "lesson_pairs")
        self._words.setWordWrap(True)
        self._choice = QWidget()
        self._choice_row = laid_out(QHBoxLayout(self._choice), margins=(0, 0, 0, 0))
        self._curves, self._pairs = SeedCurves(lessons, theme), PairsChart(lessons, theme)
        for chart, other in ((self._curves, self._pairs), (self._pairs, self._curves)):
            chart.pointed.connect(chart.set_highlighted)
            chart.pointed.connect(other.set_highlighted)
        charts = WrappingSplitter({self._curves: 3, self._pairs: 2})
        title = with_role(QLabel("Pairs of the same seed"), "title")
        parts = (title, self._words, self._choice, (charts, 1))
        laid_out(QVBoxLayout(self), *parts, margins=(12, 8, 12, 10), spacing=6)
        self._finding = 0
        self._offered: list[Claim] = []
        refresh_at(self._show_state, lessons.findings_changed, lessons.changed, lessons.lesson_changed)

    def _show_state(self) -> None:
        if not self._lessons.shows_verdict:
            return
        found = self._lessons.findings
        if not found:
            self._words.setText(self._progress())
        else:
            self._words.setText("<br>".join(map(_in_words, found)))
        self._offer(found)
        self._draw(self._finding)

    def _progress(self) -> str:
        lesson = self._lessons.lesson
        n_runs = 0 if lesson is None else lesson.comparison.n_runs
        ended = sum(record.end is not None for record in list(self._lessons.records.values()))
        if ended == n_runs:
            return "The pairs come in a moment."
        instead = " Recorded runs, above, are there at once." if self._lessons.has_recorded else ""
        return f"{ended} of {counted(n_runs, 'run')} have ended; the pairs come when all have.{instead}"

    def _offer(self, found: tuple[Finding, ...]) -> None:
        """Let one choose which claim is drawn, where there are several results."""
        claims = [finding.claim for finding in found]
        if claims == self._offered:
            return
        self._finding, self._offered = 0, claims
        while (item := self._choice_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._choice.setVisible(len(claims) > 1)
        if len(claims) > 1:
            segments = Segments(is_flat=True)
            for number, claim in enumerate(claims):
                header = claim.measure.header
                segments.add(number, header, f"finding_{number}", header, "lesson_pairs")
            segments.show_value(self._finding)
            segments.chosen.connect(self._draw)
            laid_out(self._choice_row, segments, 1)

    def _draw(self, number: int) -> None:
        self._finding = number
        for chart in (self._curves, self._pairs):
            chart.show_finding(number)


class _FindingChart(Chart):
    """Draws one of the findings."""

    def __init__(self, lessons: LessonSession, theme: Theme, object_name: str, name: str) -> None:
        self._lessons = lessons
        self._number = 0
        super().__init__(theme, object_name, name, "lesson_pairs")

    def show_finding(self, number: int) -> None:
        """Draw another one, or the same anew."""
        self._number = number
        self.redraw()

    @property
    def finding(self) -> Finding | None:
        """What is drawn; None before the runs have ended."""
        found = self._lessons.findings
        return found[self._number] if self._number < len(found) and self._lessons.records else None

    def tip(self, key: Key) -> str:
        finding, lesson = self.finding, self._lessons.lesson
        if finding is None or lesson is None:
            return ""
        write = partial(finding.claim.measure.write, environment_id=lesson.comparison.environment_id)
        lines = [f"Seed {key}"]
        for pair in finding.pairs:
            if pair.seed == key:
                label = _label(lesson.comparison, pair.variant)
                lines.append(html.escape(f"{label}: {write(pair.before)} → {write(pair.after)}"))
        return f"<qt>{'<br>'.join(lines)}</qt>"

    def summary(self) -> str:
        return "" if self.finding is None else "; ".join(self.finding.sentences)


class PairsChart(_FindingChart):
    """A line for each seed, from the result without the change to those with it."""

    def __init__(self, lessons: LessonSession, theme: Theme) -> None:
        super().__init__(lessons, theme, "lesson_pairs_figure", "Results of each seed")

    def picture_in(self, room: QRectF) -> Picture | None:
        finding, lesson, theme = self.finding, self._lessons.lesson, self._theme
        if finding is None or lesson is None:
            return None
        comparison, claim = lesson.comparison, finding.claim
        variants = [REFERENCE, *claim.variants(comparison)]
        scale = _scale(lesson, finding)
        factor = claim.measure.quantity.unit.factor
        results = {pair.seed: np.full(len(variants), np.nan) for pair in finding.pairs}
        for pair in finding.pairs:  # a run that failed leaves a gap
            results[pair.seed][0] = pair.before
            results[pair.seed][variants.index(pair.variant)] = pair.after
        rows = {seed: scale.to_plot(values / factor) for seed, values in results.items()}
        columns = np.arange(len(variants), dtype=np.float64)
        lines: dict[Key, Numbers] = {seed: np.stack([columns, row], axis=1) for seed, row in rows.items()}
        shapes: list[Shape] = [Lines(lines, QPen(theme.colour("muted"), _LINE_WIDTH))]
        for place, variant in enumerate(variants):
            symbol = variant_style(variant, len(comparison.variants)).symbol(theme, _RADIUS)
            values = np.array([row[place] for row in rows.values()])
            shapes.append(Scatter(np.full(len(values), columns[place]), values, symbol, marked=list(rows)))
        names = (_label(comparison, number, is_short=True) for number in variants)
        labels = [(float(place), name) for place, name in enumerate(names)]
        across = Axis(FixedScale(labels), (-0.4, len(variants) - 0.6))
        shown = _shown(scale, np.concatenate(list(rows.values())) if rows else np.zeros(0))
        return plotted(theme, room, across, Axis(scale, shown, claim.measure.header, has_grid=True), shapes)


class SeedCurves(_FindingChart):
    """The curve of every run, in the colour of its variant."""

    def __init__(self, lessons: LessonSession, theme: Theme) -> None:
        super().__init__(lessons, theme, "lesson_seeds_figure", "Curves of each seed")

    def picture_in(self, room: QRectF) -> Picture | None:
        finding, lesson, theme = self.finding, self._lessons.lesson, self._theme
        if finding is None or lesson is None:
            return None
        comparison, quantity = lesson.comparison, finding.claim.measure.quantity
        column = quantity.name if quantity.name in COLUMNS else RETURN.name
        scale = _curve_scale(lesson, column)
        steps = bin_ends(comparison.total_steps)
        shapes: list[Shape] = []
        drawn: list[Numbers] = []
        for number in (REFERENCE, *finding.claim.variants(comparison)):
            lines: dict[Key, Numbers] = {}
            for key, record in self._lessons.records.items():
                if key.variant == number:
                    values = scale.to_plot(record.curve(column))
                    drawn.append(values)
                    lines[key.seed] = np.stack([steps, values], axis=1)
            colour = variant_style(number, len(comparison.variants)).colour(theme)
            label = _label(comparison, number)
            shapes.append(Lines(lines, QPen(colour, _LINE_WIDTH), is_cut=True, legend=label))
        shown = _shown(scale, np.concatenate(drawn))
        across = Axis(STEPS, (0.0, float(comparison.total_steps)), "environment steps")
        name = RETURN.title if column == RETURN.name else quantity.title
        return plotted(theme, room, across, Axis(scale, shown, name, has_grid=True), shapes)


def _label(comparison: Comparison, number: int, *, is_short: bool = False) -> str:
    """Return what the runs of a variant are called: by a value, unless there is one change of several."""
    variant = comparison.variants[number]
    if len(comparison.variants) > 2 or len(change_of(comparison, REFERENCE + 1)) == 1:
        return variant.short_label if is_short else variant.label
    if is_short:
        return "before" if number == REFERENCE else "changed"
    return "before the change" if number == REFERENCE else "with the change"


def _scale(lesson: Lesson, finding: Finding) -> ValueScale:
    """Return the axis of the results of a claim."""
    quantity = finding.claim.measure.quantity
    return return_scale(lesson.comparison.environment_id) if quantity is RETURN else fitting_scale(quantity)


def _curve_scale(lesson: Lesson, column: str) -> ValueScale:
    is_return = column == RETURN.name
    return return_scale(lesson.comparison.environment_id) if is_return else fitting_scale(COMPARED[column])


def fitting_scale(quantity: Quantity) -> ValueScale:
    """Return the axis of a quantity as in Train; a logarithmic one shows no more than what is drawn."""
    scale = scale_of(quantity)
    if not isinstance(scale, LogScale):
        return scale
    return RoundLogScale(floor=scale.floor, highest=scale.highest, first_range=None, write=scale.write)


def _shown(scale: ValueScale, values: Numbers) -> Range:
    known = values[np.isfinite(values)]
    if not len(known):
        return scale.first_range or (0.0, 1.0)
    return scale.widened(scale.first_range, float(known.min()), float(known.max()))


def _in_words(finding: Finding) -> str:
    claim, sentences = finding.claim, "; ".join(finding.sentences)
    claimed = html.escape(f"{_SIGNS[finding.outcome]} {claim.measure.header}: {claim.words}?")
    return f"<b>{claimed}</b> {html.escape(f'{finding.outcome.label}: {sentences}.')}"
