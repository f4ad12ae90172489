"""The curves of a comparison: the return above, three figures of the updates below."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import FIRST_COLUMNS, ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import COLUMNS, N_BINS, RunRecord
from ppo_desktop.comparison.summary import Band
from ppo_desktop.ppo.messages import counted, grouped, shortened
from ppo_desktop.views.charts.curve_legend import Series
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.charts.linked_steps import LinkedSteps
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.compare.band_headers import ColumnHeader, ReturnHeader
from ppo_desktop.views.compare.band_plot import BandPlot
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.controls import EXPLANATION, laid_out
from ppo_desktop.views.figure import Below, Beside, Part, Text
from ppo_desktop.views.plot_cards import column_card
from ppo_desktop.views.theme import Theme

_SPACING = 8
_LARGE, _SMALL = 5, 4
"""Shares of the height."""

_LATER = "Appears after the first updates."
_DIVERGED = Series(None, ("✕ diverged",), Stroke.NONE, has_value=False)
_LONGEST_NAME = len("A: explores more")
_LATEST = ("Latest point", "Latest")
"""What the values are, from more to fewer words, while no step is pointed at…"""
_POINTED = ("Pointed at", "Here")
"""…and while one is pointed at."""
ENDED = (JobState.RESTING, JobState.COMPLETE)
"""States in which nothing more will come."""

_HOW_TO_BEGIN = "Press Compare: all values learn side by side, with the same seeds, and each becomes a curve."
_BEGUN = "The first points come when every run has done a hundredth of its steps."
_TOO_EARLY = "It was stopped before there was anything to draw."
_TOO_SHORT = "The runs ended before there was anything to draw."
_LOADING = "The curves come in a moment."


class ComparisonCurves(QWidget):
    """Draws the digest of the comparison shown; while it is hidden, drawing is put off."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self.setProperty(EXPLANATION, "comparison_curves")
        self._comparisons = comparisons
        self._theme = theme
        self._environment_id = ""
        self._columns: tuple[str, ...] = ()
        self.steps = LinkedSteps(self)
        self._make_plots()
        draw_small = [partial(self._draw_plot, place) for place in range(1, len(self.plots))]
        self._redraws = [Redraw(self, self._draw), *map(Redraw, self.small, draw_small)]
        self._lay_out()
        self._link()
        self._connect()
        self._show_comparison()
        self._ask_otherwise()

    def _make_plots(self) -> None:
        cards = [column_card(column, self._set_up[0]) for column in FIRST_COLUMNS]
        self.header = ReturnHeader(self._theme, cards[0].titles[0], self.steps.whole_run_button)
        self.large = BandPlot(self._theme, "comparison_return_plot", self.header, cards[0])
        self.headers = [ColumnHeader(self._theme, number) for number in range(2, len(cards) + 1)]
        self.small = [
            BandPlot(self._theme, f"comparison_plot_{number}", header, card)
            for number, (header, card) in enumerate(zip(self.headers, cards[1:], strict=True), start=2)
        ]

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(_SPACING)
        for plot in self.small:
            row.addWidget(plot, stretch=1)
        column = laid_out(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=_SPACING)
        column.addWidget(self.large, stretch=_LARGE)
        column.addLayout(row, stretch=_SMALL)

    def _link(self) -> None:
        for plot in self.plots:
            self.steps.add(plot)
            plot.pointed_at.connect(self._comparisons.highlight)

    def _connect(self) -> None:
        session, header = self._comparisons, self.header
        session.comparison_changed.connect(self._show_comparison)
        session.planning.changed.connect(self._show_set_up)
        session.question_changed.connect(self._ask_otherwise)
        session.digest_changed.connect(self.redraw)
        session.state_changed.connect(self._write_notes)
        session.highlight_changed.connect(self._show_highlight)
        header.legend.pointed_at.connect(session.highlight)
        header.seeds_button.clicked.connect(session.show_seeds)
        for place, column_header in enumerate(self.headers, start=1):
            column_header.combo.chosen.connect(lambda column, place=place: self._choose(place, column))

    @property
    def plots(self) -> tuple[BandPlot, ...]:
        """All cards, the large one first."""
        return (self.large, *self.small)

    @property
    def _set_up(self) -> tuple[str, int]:
        """Environment and steps of the comparison shown, before there is one of that which is set up."""
        shown = self._comparisons.comparison or self._comparisons.planning.draft
        return shown.environment_id, shown.total_steps

    def part(self) -> Part:
        """Return them as a part of a figure, seen or not."""
        for place in range(len(self.plots)):
            self._draw_plot(place)
        theme = self._theme
        names = [
            Text(theme, read_out.text(), marker=read_out.series.marker)
            for read_out in self.large.legend.read_outs.values()
        ]
        widths = [name.width for name in names]
        legend = Beside([*names, Text(theme, "")], [*widths, max(50 * theme.base_size - sum(widths), 1.0)])
        titles = (self.header.title.text(), *(plot.card.titles[-1] for plot in self.small))
        title, *others = (Text(theme, words, 1.0, "text", is_bold=True) for words in titles)
        large = self.large.part(title, Text(theme, self.header.remark.text()), legend)
        small = Beside([plot.part(title) for plot, title in zip(self.small, others, strict=True)])
        return Below([large, small])

    # ---- what is shown -------------------------------------------------------------------------

    @Slot()
    def _show_comparison(self) -> None:
        """Prepare for another comparison: its axes; empty plots unless there is something of it already."""
        environment_id, total_steps = self._set_up
        self.steps.set_end(float(total_steps))
        if environment_id != self._environment_id:
            self._environment_id, self._columns = environment_id, ()
        if self._comparisons.digest is None:
            self._columns = ()
        self._ask_otherwise()

    @Slot()
    def _show_set_up(self) -> None:
        """Follow what is being set up, as long as it is all there is."""
        if self._comparisons.comparison is None:
            self._show_comparison()

    @Slot()
    def _ask_otherwise(self) -> None:
        """Draw the columns asked for, with or without single seeds."""
        columns = self._comparisons.question.columns
        self.header.seeds_button.setChecked(self._comparisons.shows_seeds)
        before = self._columns or ("",) * len(columns)
        for plot, column, old in zip(self.plots, columns, before, strict=True):
            if column != old:
                plot.show_card(column_card(column, self._environment_id))
        self._columns = columns
        for header, shown in zip(self.headers, columns[1:], strict=True):
            offered = [column for column in COLUMNS if column == shown or column not in columns]
            titles = {column: column_card(column, self._environment_id).titles[-1] for column in offered}
            header.combo.offer(titles)
            header.combo.show_value(shown)
        self.redraw()

    def _choose(self, place: int, column: str) -> None:
        columns = list(self._comparisons.question.columns)
        columns[place] = column
        self._comparisons.choose_columns(columns)

    @Slot()
    def redraw(self) -> None:
        """Draw what there is, one plot after the other, when it is seen."""
        for redraw in self._redraws:
            redraw.request()

    def _draw(self) -> None:
        """Draw the large plot, and write all there is to say."""
        digest = self._comparisons.digest
        self._draw_plot(0)
        self._write_legend(digest)
        self._write_remark(digest)
        self._write_notes()
        self._show_highlight()

    def _draw_plot(self, place: int) -> None:
        digest, column = self._comparisons.digest, self._columns[place]
        if digest is None or column not in digest.bands:
            return
        with_seeds = self._comparisons.shows_seeds
        records = self._comparisons.records
        crosses = [
            crosses_of(records, variant, seeds, band, column, on_seeds=with_seeds)
            for variant, (seeds, band) in enumerate(zip(digest.diverged, digest.bands[column], strict=True))
        ]
        self.plots[place].draw(digest.bands[column], crosses, with_seeds=with_seeds)

    @Slot()
    def _show_highlight(self) -> None:
        highlighted = self._comparisons.highlighted
        for plot in self.plots:
            plot.set_highlighted(highlighted)

    # ---- words ---------------------------------------------------------------------------------

    def _write_legend(self, digest: Digest | None) -> None:
        variants = () if digest is None else digest.comparison.variants
        named = [
            Series(number, (f"{name}:", name), marker=variant_style(number, len(variants)))
            for number, name in enumerate(shortened(each.short_label, _LONGEST_NAME) for each in variants)
        ]
        what_varies = "" if digest is None else digest.comparison.field_symbol
        leads = [
            (f"{latest}  {what_varies}", f"{here}  {what_varies}")
            for latest, here in zip(_LATEST, _POINTED, strict=True)
        ]
        self.header.legend.set_leads(leads if variants else (), (what_varies, what_varies))
        has_diverged = digest is not None and any(digest.diverged)
        for plot in self.plots:
            plot.show_legend([*named, _DIVERGED] if has_diverged and plot is self.large else named)

    def _write_remark(self, digest: Digest | None) -> None:
        wordings = (
            ()
            if digest is None
            else remark_wordings(digest, self._columns[0], with_seeds=self._comparisons.shows_seeds)
        )
        self.header.remark.set_wordings(wordings)
        whole = f"{wordings[0][0].upper()}{wordings[0][1:]}." if wordings else ""
        for plot in self.plots:
            plot.explain(whole)

    @Slot()
    def _write_notes(self) -> None:
        digest = self._comparisons.digest
        bands = () if digest is None else digest.bands.get(self._columns[0], ())
        nothing = all(len(band.steps) == 0 for band in bands)
        has_ended = self._comparisons.state in ENDED
        self.large.note.set_text(why_nothing_is_drawn(self._comparisons.state, digest) if nothing else "")
        for plot in self.small:
            plot.note.set_text(_LATER if nothing and not has_ended else "")


def why_nothing_is_drawn(state: JobState, digest: Digest | None) -> str:
    """Return why there are no curves: nothing has begun, is loaded or got far enough, or all failed."""
    if state is JobState.EMPTY:
        return _HOW_TO_BEGIN
    if state not in ENDED:
        return _BEGUN
    if digest is None:
        return _LOADING
    if failures := tuple(digest.failed.values()):
        return f"No run could be trained. {failures[0]}"
    return _TOO_EARLY if state is JobState.RESTING else _TOO_SHORT


def remark_wordings(digest: Digest, column: str, *, with_seeds: bool = False) -> tuple[str, ...]:
    """Return what the curves of a column are, from the full wording to the shortest; none before any run."""
    numbers = {len(band.seeds) for band in digest.bands.get(column, ())} - {0}
    if not numbers:
        return ()
    few, many = min(numbers), max(numbers)
    steps = grouped(digest.comparison.total_steps / N_BINS)
    points = f"each point: episodes that ended in {steps} steps"
    if many == 1:
        return f"one seed, so no interval; {points}", "one seed, so no interval", "one seed"
    thin = ", thin: each seed" if with_seeds else ""
    mean = f"mean of {counted(many, 'seed') if few == many else f'{few} to {many} seeds'}"
    if not digest.is_final:
        band = f"{mean} so far, band: bootstrap over seeds{thin}"
        return f"{band}; {points}", band, f"so far, band: bootstrap{thin}"
    band = f"{mean}, band: 95 % bootstrap interval{thin}"
    return f"{band}; {points}", band, f"{mean}, band: 95 %{thin}", f"band: 95 %{thin}"


def crosses_of(
    records: Mapping[RunKey, RunRecord],
    variant: int,
    seeds: tuple[int, ...],
    band: Band,
    column: str,
    *,
    on_seeds: bool,
) -> list[tuple[float, float]]:
    """Return where seeds of a variant diverged: on their own curves if those are drawn, else on the mean."""
    crosses = []
    for seed in seeds:
        record = records.get(RunKey(variant, seed))
        if record is not None and record.end is not None:
            own = float(record.curve(column)[-1])
            mean = float(np.interp(record.end.steps, band.steps, band.mean)) if len(band.steps) else own
            crosses.append((float(record.end.steps), own if on_seeds else mean))
    return crosses
