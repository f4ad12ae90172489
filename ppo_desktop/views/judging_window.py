"""How good is it really? Policies judged on start states that are the same for all: histograms and means."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPen
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from ppo_desktop.bridge.judging_session import JudgingSession
from ppo_desktop.comparison.judgement import (
    JudgedReturns,
    Judgement,
    judgement_sentences,
    judgements_csv,
    moment_name,
)
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.hyperparameters import changed_fields, values_line
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.player import Acting
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import Axis, PlotFrame, room_below
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.scales import FixedScale
from ppo_desktop.views.charts.shapes import Columns, Intervals, Key, Scatter, Shape
from ppo_desktop.views.charts.symbols import Upright
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.controls import Card, captioned, laid_out, menu_button, named, push_button, refresh_at
from ppo_desktop.views.figure import Drawing, Figure, Panel
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.fields import UpdateBox
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.job_window import JobWindow, job_footer
from ppo_desktop.views.plot_cards import return_scale
from ppo_desktop.views.theme import Theme

_KEY = "judgement"
_FLATNESS = 0.55
"""Height of an exported figure, as a share of its width."""
_SIZE = QSize(860, 560)
_LEAST_MILLISECONDS = 100
"""Between two redraws; the eye sees no more."""
_FONT = 0.9
_GAP = 16.0
"""Pixels between two columns."""
_HEADING = 0.45
"""Height of the line above both histograms of a moment, as a share of the height of one."""
_FOOT, _HEIGHT = 0.88, 0.74
"""Where in its row a histogram stands, and how high it is at most, likewise."""
_MOST_FOR_WORDS = 0.65
"""Part of the width that a line above histograms may take from them; a longer one runs into them."""
_N_BINS = 50
_HEADERS = ("", "Episodes", "Mean return", "95 % interval")


class JudgingBar(JobBar):
    """Judge, Stop; the same run after another update; Export."""

    def __init__(self, judging: JudgingSession, export: QMenu) -> None:
        super().__init__()
        self.start = StartButton("judging_button", _KEY, judging.toggle)
        stop = push_button("Stop", "judging_stop_button", "judging_stop", judging.stop)
        menu = menu_button("Export ▾", "judging_export_button", "Export", "export_judgements", export)
        update = named(
            UpdateBox(lambda: judging.last_update), "judging_update", "After which update", "judging_update"
        )
        DraftForm(self, judging.changed).add(update, lambda: judging.moment.update, judging.judge_update)
        self.set_groups((self.start, stop, *captioned("Same run after update", update)), (menu,))
        words = "Judge the moment shown in Train"
        refresh_at(lambda: self.start.show_state(judging.state, words), judging.changed)
        refresh_at(lambda: stop.setEnabled(judging.is_under_way), judging.changed)
        refresh_at(lambda: update.setEnabled(bool(judging.moment.run)), judging.changed)


class JudgingChart(Chart):
    """For each moment two histograms on one axis, one for each way of acting; the key is their place."""

    empty = "What the policies reach is drawn here."

    def __init__(self, judging: JudgingSession, theme: Theme) -> None:
        self._judging = judging
        super().__init__(theme, "judging_figure", "Returns from the same start states", _KEY)
        self.pointed.connect(self.set_highlighted)

    @property
    def _judged(self) -> list[tuple[Acting, JudgedReturns]]:
        """What stands in each row."""
        return [one for judgement in self._judging.judgements for one in judgement.by_acting.items()]

    def picture_in(self, room: QRectF) -> Picture | None:
        judgements, judged = self._judging.judgements, self._judged
        returns = [number for _, one in judged for number in one.returns]
        if not returns:
            return None
        theme, scale = self._theme, return_scale(_environment_id(judgements))
        columns = [(header, *texts) for header, texts in zip(_HEADERS, self._texts(), strict=True)]
        metrics = QFontMetricsF(theme.font(_FONT))
        widths = [max(map(metrics.horizontalAdvance, column)) + _GAP for column in columns]
        heading = max(map(metrics.horizontalAdvance, judgement_names(judgements))) + _GAP
        widths[0] += max(0.0, min(heading, _MOST_FOR_WORDS * room.width()) - sum(widths))
        area = room.adjusted(
            sum(widths), 1.3 * metrics.height(), -room_below(metrics), -2.4 * metrics.height()
        )
        shown = scale.widened(scale.first_range, min(returns), max(returns))
        total = len(judgements) * (_HEADING + len(Acting))
        across = Axis(scale, shown, "return of an episode", has_grid=True)
        frame = PlotFrame(theme, area, across, Axis(FixedScale(), (total, 0.0)), room, _FONT)
        shapes: list[Shape] = []
        rows = _rows(len(judgements))
        for right, width, (header, *texts) in zip(accumulate(widths), widths, columns, strict=True):
            side, keys = (
                (Qt.AlignmentFlag.AlignRight, ())
                if shapes
                else (Qt.AlignmentFlag.AlignLeft, range(len(rows)))
            )
            edges = room.left() + right - width, room.left() + right - _GAP
            top = 0.6 * metrics.height() / area.height() * total
            shapes.append(RowTexts([header], [-top], edges, side, "muted"))
            shapes.append(RowTexts(texts, [row + 0.5 for row in rows], edges, side, named=keys))
        for number, name in enumerate(judgement_names(judgements)):
            heading = rows[len(Acting) * number] - _HEADING / 2
            shapes.append(
                RowTexts([name], [heading], (room.left(), room.right()), Qt.AlignmentFlag.AlignLeft)
            )
        for place, (row, (_, one)) in enumerate(zip(rows, judged, strict=True)):
            colour = variant_style(place // len(Acting), len(judgements)).colour(theme)
            shapes += _histogram(frame, one, row, colour)
        return Picture(frame, shapes)

    def _texts(self) -> Iterator[list[str]]:
        """Yield what stands in each column."""
        environment_id = _environment_id(self._judging.judgements)
        yield [acting.label for acting, _ in self._judged]
        yield [str(len(one.returns)) for _, one in self._judged]
        yield [FINAL_RETURN.write(one.mean, environment_id) for _, one in self._judged]
        yield [_interval(one, environment_id) for _, one in self._judged]

    def tip(self, key: Key) -> str:
        """Return what one way of acting has reached, in more numbers."""
        if not isinstance(key, int) or key >= len(self._judged):
            return ""
        acting, one = self._judged[key]
        if not one.returns:
            return ""
        environment_id = _environment_id(self._judging.judgements)
        lowest, median, highest = (
            FINAL_RETURN.write(float(number), environment_id)
            for number in np.quantile(one.returns, (0.0, 0.5, 1.0))
        )
        name = judgement_names(self._judging.judgements)[key // len(Acting)]
        return (
            f"<qt><b>{html.escape(name)}, {acting.label}</b><br>{counted(len(one.returns), 'episode')}: "
            f"lowest {lowest}, median {median}, highest {highest}</qt>"
        )

    def summary(self) -> str:
        """Return all numbers."""
        named_judgements = zip(
            judgement_names(self._judging.judgements), self._judging.judgements, strict=True
        )
        return " ".join(
            f"{name}. {' '.join(judgement_sentences(one)[:-1])}" for name, one in named_judgements
        )


def _environment_id(judgements: Sequence[Judgement]) -> str:
    return judgements[-1].moment.settings.environment_id if judgements else ""


def _interval(judged: JudgedReturns, environment_id: str) -> str:
    if math.isnan(judged.low):
        return "—"
    return " to ".join(FINAL_RETURN.write(end, environment_id) for end in (judged.low, judged.high))


def _rows(n_judgements: int) -> list[float]:
    """Return where each row begins."""
    each = _HEADING + len(Acting)
    return [
        number * each + _HEADING + place for number in range(n_judgements) for place in range(len(Acting))
    ]


def _histogram(frame: PlotFrame, judged: JudgedReturns, row: float, colour: QColor) -> Iterator[Shape]:
    """Yield the histogram of a row, with the mean and its interval."""
    theme, (first, last), foot = frame.theme, frame.columns.shown, np.array([row + _FOOT])
    yield Intervals(np.array([first]), np.array([last]), foot, QPen(theme.colour("border"), 1))
    if not judged.returns:
        return
    edges = np.linspace(first, last, _N_BINS + 1)
    counts, _ = np.histogram(judged.returns, bins=edges)
    pale = QColor(colour)
    pale.setAlphaF(0.45)
    yield Columns(edges, -_HEIGHT * counts / counts.max(), np.full(_N_BINS, row + _FOOT), pale)
    yield Intervals(np.array([judged.low]), np.array([judged.high]), foot, QPen(colour, 4.0))
    height = _HEIGHT * frame.area.height() / frame.rows.shown[0]
    yield Scatter(np.array([judged.mean]), foot, Upright(3.0, height, QPen(colour, 3.0)))


class JudgingWindow(JobWindow):
    """Shows what is known of up to three moments.

    Args:
        parent: The main window.
        judging: What it shows.
        theme: Fonts and colours.
    """

    def __init__(self, parent: QWidget, judging: JudgingSession, theme: Theme) -> None:
        chart, card = JudgingChart(judging, theme), Card(_KEY)
        said = named(QLabel(), "judging_sentences", "What can be said", _KEY)
        said.setWordWrap(True)
        laid_out(QVBoxLayout(card), (chart, 1), said, margins=(12, 8, 12, 8), spacing=6)
        export = _export_menu(judging, chart, theme, parent)
        footer = job_footer(judging, "judging", "all episodes", _KEY, judging.changed)
        parts = JudgingBar(judging, export), (card, 1), footer
        title = "How good is it really?"
        super().__init__(parent, judging, "judging_window", title, _SIZE, theme, _KEY, *parts)
        redraw = Redraw(chart, chart.redraw, lambda: _LEAST_MILLISECONDS)
        judging.changed.connect(redraw.request)
        refresh_at(lambda: said.setText(_sentence(judging)), judging.changed)


def _export_menu(judging: JudgingSession, chart: JudgingChart, theme: Theme, parent: QWidget) -> ExportMenu:
    def figure() -> Figure:
        chart.set_highlighted(None)  # what the mouse rests on is no part of the result
        panel = Panel(theme, Drawing(chart.paint_in, _FLATNESS))
        return Figure(theme, panel, heading, judgement_sentences(judging.judgements[-1])[-1])

    heading = "How good is it really"
    exported = Exported("judgement", lambda: judging.judgements or None, lambda: heading)
    menu = ExportMenu("judging_export_menu", exported, judging.notices, parent)
    menu.add_figure(figure)
    menu.add_table("Returns", lambda: judgements_csv(judging.judgements))
    return menu


# ---- words -------------------------------------------------------------------------------------------


def judgement_names(judgements: Sequence[Judgement]) -> list[str]:
    """Return what each moment is called, with the values that are others than those of the first."""
    return [_name(one, judgements[0]) for one in judgements]


def _name(judgement: Judgement, first: Judgement) -> str:
    moment, settings = judgement.moment, judgement.moment.settings
    is_of_runs = not (moment.file or first.moment.file)
    changes = changed_fields(first.moment.hyperparameters, moment.hyperparameters) if is_of_runs else {}
    parts = (
        judgement.run,
        settings.environment_id,
        settings.algorithm.label,
        "" if moment.file else f"seed {settings.seed}",
        moment_name(moment),
        values_line({name: new for name, (_, new) in changes.items()}),
    )
    return ", ".join(filter(None, parts))


def _sentence(judging: JudgingSession) -> str:
    if not judging.judgements:
        return (
            f"A policy is played from {len(START_SEEDS)} start states that are the same for all: sampled, as "
            "in learning, and deterministic, always the most probable action. Nothing is learnt from it."
        )
    return judgement_sentences(judging.judgements[-1])[-1]
