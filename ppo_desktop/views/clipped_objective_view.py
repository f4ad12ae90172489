"""The clipped surrogate objective with the samples of the current minibatch on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEasingCurve, QPointF, QRectF, Qt, QTimeLine, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPen

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.samples import SITUATIONS, MinibatchSamples, Situation
from ppo_desktop.ppo.update_trace import Passage
from ppo_desktop.views.charts.frame import PlotFrame, bare_frame
from ppo_desktop.views.charts.live import LIVE_FONT, LiveFigure
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.shapes import Columns, Lines, Rules, Scatter, Shape
from ppo_desktop.views.charts.symbols import Circle, Cross, Dot
from ppo_desktop.views.charts.words import Heading, Label, LabelsBelow, Note, Word
from ppo_desktop.views.theme import Theme

FIXED_RANGE: Range = (0.0, 2.0)
"""Holds the band of every ε, so that bands of different ε can be compared."""
_BANDS_SHOWN = 2.5
_NARROWEST = 0.1
_NEAR_ONE = 0.05
_AXIS_TITLES = ("ratio r = π(a|s) / π_old(a|s)", "ratio r", "r")
LARGEST_DRAWN = 400
"""Samples drawn as dots; of a larger minibatch every so many-th is drawn, the histogram has all."""
N_BINS = 41
REVEAL_MILLISECONDS = 33
_TITLES = ("objective J · lines: |Â| = 1 std", "J · lines: |Â| = 1 std", "objective J", "J")
_CUTS = ("× gradient cut", "× cut")
_DEAD, _ALIVE_OUTSIDE = 0.9, 0.4
"""Opacity of ε's colour in the histogram."""
_LEAST_BAR = 3.0
"""Pixels that a bar is high at least, however few samples it stands for."""
_LINES_WITH_SITUATIONS = 15
"""Height from which there is room for the two lines that count samples by situation."""
_HIGHEST = 3.2
"""Objectives shown, in steps of the advantages' deviation."""
POSITIVE, NEGATIVE = SITUATIONS[:3], SITUATIONS[3:]
"""Situations of samples with Â > 0, and with Â < 0: below, inside and above the band."""
GRIP = 7
"""Pixels on either side of an ε bar at which it can be taken hold of."""


def fitted_range(epsilon: float | None) -> Range:
    """Return a range in which the band of `epsilon` is well seen; ratios are never below 0."""
    if epsilon is None:
        return FIXED_RANGE
    reach = max(_NARROWEST, _BANDS_SHOWN * epsilon)
    return max(0.0, 1 - reach), 1 + reach


def ratio_text(ratio: float) -> str:
    """Return a ratio with two decimals, or as 1.23e+05; with three or four where fewer would mislead.

    Three where two would be another number, four within 0.05 of 1, where bands are narrow.
    """
    if ratio == 1:
        return "1"
    if ratio >= 1e4:
        return f"{ratio:.3g}"
    most = 4 if abs(ratio - 1) < _NEAR_ONE else 3
    exact = (digits for digits in range(2, most) if abs(ratio - round(ratio, digits)) < 1e-6)
    return f"{ratio:.{next(exact, most)}f}"


def ratio_labels(shown: Range, epsilon: float | None) -> LabelsBelow:
    """Return what is written below the axis: both ends of the band first, then of the axis, then the 1.

    The band's ends stand on either side of the 1; its symbols give way to numbers.

    Args:
        shown: The ratios at both ends of the axis.
        epsilon: Half the width of the band, None for no band.
    """
    others = [Label(ratio, ratio_text(ratio)) for ratio in (*shown, 1.0)]
    if epsilon is None:
        return LabelsBelow([others], _AXIS_TITLES)
    ends, sides = (1 - epsilon, 1 + epsilon), ((shown[0], 1.0), (1.0, shown[1]))
    bands = [
        [
            Label(end, sign + ratio_text(end), "clip", side)
            for sign, end, side in zip(signs, ends, sides, strict=True)
        ]
        for signs in (("1−ε = ", "1+ε = "), ("", ""))
    ]
    return LabelsBelow([[*band, *others] for band in bands], _AXIS_TITLES)


class Frames(NamedTuple):
    """Where ratios lie, and objectives or numbers of samples: no text stands where samples are drawn.

    Between the upper part, which is all that is said of objectives, and the histogram stands its heading.
    """

    upper: PlotFrame
    above: PlotFrame
    curves: PlotFrame
    histogram: PlotFrame


class ClippedObjectiveView(LiveFigure):
    """min(r·Â, clip(r)·Â) for advantages of ± one standard deviation, the samples, and their ratios.

    Each dot is a sample at its true ratio and objective; those whose gradient is cut are crosses in
    ε's colour. Above and below them it is counted how many are in which of the six situations, where there
    is room for that. The sample that is followed has a path through the gradient steps so far, which goes on
    outside the band. Below, on the same axis, the histogram of all ratios. How many samples lie beyond the
    view is said between both. The two ε bars can be dragged; they stand where annealing puts the slider's ε
    in the update shown.
    """

    epsilon_dragged = Signal(float)
    sample_clicked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            "clipped_objective_view",
            "Clipped surrogate objective",
            "clipped_objective",
            "Each dot is a sample of the minibatch at its ratio r and its objective. Its gradient is alive, "
            "or dead where the clip has removed it (×): above the band with Â > 0, below it with Â < 0. "
            "Outside on the other side it is pulled back. Drag the ε bars; click a dot to follow its sample.",
        )
        self.setMouseTracking(True)
        self._epsilon: float | None = None
        self._clips = True
        self._minibatch: MinibatchOptimized | None = None
        self._selected: int | None = None
        self._deviation = 1.0
        self._reveal = QTimeLine(parent=self)
        self._reveal.setUpdateInterval(REVEAL_MILLISECONDS)
        self._reveal.setEasingCurve(QEasingCurve.Type.Linear)
        self._reveal.valueChanged.connect(self.update)
        self._has_fixed_axis = False
        self._range_while_dragging: Range | None = None

    def show_epsilon(self, epsilon: float | None, *, clips: bool) -> None:
        """Show the band of `epsilon` (None: off); `clips` is false for A2C."""
        if (epsilon, clips) != (self._epsilon, self._clips):
            self._epsilon, self._clips = epsilon, clips
            self.update()

    def fix_axis(self, fixed: bool) -> None:
        """Show ratios from 0 to 2 whatever ε is, or a range in which its band is well seen."""
        self._has_fixed_axis = fixed
        self.update()

    def show_minibatch(
        self, minibatch: MinibatchOptimized | None, selected: int | None, reveal_seconds: float = 0.0
    ) -> None:
        """Show the samples of a minibatch, or none.

        Args:
            minibatch: The minibatch.
            selected: The sample that is followed, by its position in the rollout.
            reveal_seconds: A minibatch not shown before appears sample by sample in this time.
        """
        is_new = minibatch is not self._minibatch
        self._minibatch, self._selected = minibatch, selected
        if is_new:
            self._deviation = _advantage_deviation(minibatch)
            self.setAccessibleDescription("" if minibatch is None else situations_text(minibatch.samples))
            self._reveal.stop()
            if minibatch is not None and reveal_seconds > 0:
                self._reveal.setDuration(round(1000 * reveal_seconds))
                self._reveal.start()
        self.update()

    @property
    def samples_shown(self) -> int:
        """How many of the minibatch's samples have appeared so far."""
        if self._minibatch is None:
            return 0
        size = len(self._minibatch.samples)
        if self._reveal.state() is not QTimeLine.State.Running:
            return size
        return max(1, round(self._reveal.currentValue() * size))

    def explanation_at(self, point: QPointF) -> str:
        """Return the key for the histogram of ratios, empty for the objective above it."""
        return "probability_ratio" if point.y() > self.frames().histogram.area.top() else ""

    # ---- the mouse ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of an ε bar, or say which sample is clicked, None for none."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._is_on_bar(event.position()):
            self._range_while_dragging = self._ratios_shown()
        elif self._minibatch is not None:
            curves = self.frames().curves
            samples = Picture(curves, self._samples(curves, self._minibatch.samples))
            self.sample_clicked.emit(samples.key_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the bar that is held."""
        if self._range_while_dragging is not None:
            half_width = abs(self.frames().curves.number_at(event.position().x()) - 1)
            self.epsilon_dragged.emit(half_width / self._annealed)
        is_on_bar = self._is_on_bar(event.position())
        self.setCursor(Qt.CursorShape.SplitHCursor if is_on_bar else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the bar go."""
        self._range_while_dragging = None
        self.update()

    def _is_on_bar(self, point: QPointF) -> bool:
        column = self.frames().curves.column
        return any(abs(column(ratio) - point.x()) <= GRIP for ratio in self._bars)

    # ---- what is shown -----------------------------------------------------------------------------

    def frames(self, room: QRectF | None = None) -> Frames:
        """Return where everything lies in a rectangle, or else in the widget."""
        line = QFontMetricsF(self._theme.font(LIVE_FONT)).height()
        inner = (room or QRectF(self.rect())).adjusted(8, line + 4, -8, -line - 4)
        counts = line + 4 if inner.height() >= _LINES_WITH_SITUATIONS * line else 0.0
        drawn, highest = inner.height() - line - 3 - 2 * counts, _HIGHEST * self._advantage_scale()
        upper, above, curves, histogram = QRectF(inner), QRectF(inner), QRectF(inner), QRectF(inner)
        above.setHeight(0.0)
        curves.setTop(inner.top() + counts)
        curves.setHeight(0.66 * drawn)
        histogram.setTop(inner.bottom() - 0.34 * drawn)
        upper.setBottom(curves.bottom() + counts)
        return Frames(
            *(
                bare_frame(self._theme, area, self._ratios_shown(), rows, LIVE_FONT)
                for area, rows in (
                    (upper, (0.0, 1.0)),
                    (above, (0.0, 1.0)),
                    (curves, (-highest, highest)),
                    (histogram, (0.0, 1.0)),
                )
            )
        )

    def pictures_in(self, room: QRectF) -> Iterable[Picture]:
        """Return the band of ε, the objectives on it, and the histogram."""
        frames = self.frames(room)
        parts: list[tuple[PlotFrame, list[Shape]]] = [
            (frames.upper, self._band()),
            (frames.histogram, self._band()),
            (frames.above, [self._heading()]),
            (frames.curves, self._objectives(frames.curves)),
            (frames.histogram, self._histogram(frames.histogram)),
        ]
        if frames.curves.area.top() > frames.above.area.top() and self._minibatch is not None:
            counts = situation_counts(self._minibatch.samples)
            parts += [
                (frames.above, [self._situations(frames.above, counts, POSITIVE)]),
                (frames.curves, [self._situations(frames.curves, counts, NEGATIVE)]),
            ]
        for frame, shapes in parts:
            yield Picture(frame, shapes, has_axes=False)

    def _ratios_shown(self) -> Range:
        """Return the range of ratios; it rests while a bar is dragged, or the bar would flee the mouse."""
        if self._range_while_dragging is not None:
            return self._range_while_dragging
        if self._has_fixed_axis or not self._clips:
            return FIXED_RANGE
        both = (self._epsilon_of_slider, self._epsilon_in_force)
        known = [epsilon for epsilon in both if epsilon is not None]
        return fitted_range(max(known, default=None))

    @property
    def _epsilon_in_force(self) -> float | None:
        """ε of the samples shown, which may lag behind the slider; None for no clip."""
        if not self._clips:
            return None
        return self._epsilon if self._minibatch is None else self._minibatch.samples.clip_range

    @property
    def _annealed(self) -> float:
        """The part of ε that annealing has left in the update shown."""
        return 1.0 if self._minibatch is None else self._minibatch.trace.settings.annealed

    @property
    def _epsilon_of_slider(self) -> float | None:
        """The slider's ε, as it would be annealed in the update shown; None for no clip."""
        if self._epsilon is None or not self._clips:
            return None
        if self._minibatch is not None:
            step = self._minibatch.trace.settings
            if step.hyperparameters.clip_range == self._epsilon:
                return step.clip_range  # to the last bit, as it is compared
        return self._epsilon * self._annealed

    @property
    def _bars(self) -> Sequence[float]:
        """Ratios at both ends of the slider's band; none where nothing is clipped."""
        epsilon = self._epsilon_of_slider
        return () if epsilon is None else (1 - epsilon, 1 + epsilon)

    def _advantage_scale(self) -> float:
        """The deviation in steps of a factor 2, so that axes do not jitter."""
        return float(2.0 ** np.round(np.log2(self._deviation)))

    # ---- shapes ------------------------------------------------------------------------------------

    def _band(self) -> list[Shape]:
        """Return the band in which these samples are not clipped."""
        in_force = self._epsilon_in_force
        if in_force is None:
            return []
        edges = np.clip([1 - in_force, 1 + in_force], *self._ratios_shown())
        return [Columns(edges, np.ones(1), np.zeros(1), self._theme.colour("clip", 0.12))]

    def _rules(self) -> list[Shape]:
        """Return the bars of the slider's ε, and lines at 1 and at 0.

        Bars whose ε is not yet in force are dashed.
        """
        is_in_force = self._epsilon_of_slider == self._epsilon_in_force
        style = Qt.PenStyle.SolidLine if is_in_force else Qt.PenStyle.DashLine
        return [
            Rules(QPen(self._theme.colour("clip"), 2, style), columns=self._bars),
            Rules(QPen(self._theme.colour("border"), 1), columns=[1.0], rows=[0.0]),
        ]

    def _objectives(self, frame: PlotFrame) -> list[Shape]:
        """Return the curves and the samples on them."""
        shapes = self._rules()
        for sign, colour in ((+1, "rollout"), (-1, "value")):
            line = self._curve(frame, sign * self._deviation)
            shapes.append(Lines({None: line}, QPen(self._theme.colour(colour), 2), is_cut=True))
        if self._minibatch is not None:
            shapes += self._samples(frame, self._minibatch.samples)
            shapes += self._path(frame, self._minibatch)
        return shapes

    def _heading(self) -> Heading:
        """Return what stands above the curves: what is drawn."""
        signs = [Word("━ Â > 0", "rollout"), Word("━ Â < 0", "value")]
        cuts = [[Word(cut, "clip")] for cut in _CUTS] if self._epsilon_in_force is not None else [[]]
        return Heading([[Word(title), *signs, *cut] for title in _TITLES for cut in cuts])

    def _curve(self, frame: PlotFrame, advantage: float) -> Numbers:
        """Return the corners of min(r·Â, clip(r)·Â)."""
        ratios, epsilon = np.array(frame.columns.shown), self._epsilon_in_force
        if epsilon is None:
            return np.stack([ratios, ratios * advantage], axis=1)
        bend = np.clip(1 + np.sign(advantage) * epsilon, *ratios)
        ratios = np.sort(np.append(ratios, bend))
        clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon)
        return np.stack([ratios, np.minimum(ratios * advantage, clipped * advantage)], axis=1)

    def _samples(self, frame: PlotFrame, samples: MinibatchSamples) -> list[Shape]:
        """Return those samples that are drawn; each is called by its position in the rollout."""
        every = slice(0, self.samples_shown, -(-len(samples) // LARGEST_DRAWN))
        ratios, objectives, indices = samples.ratios[every], samples.objectives[every], samples.indices[every]
        advantages, cut = samples.advantages[every], samples.gradient_cut[every]
        seen = ~np.any(list(_beyond(frame, ratios, objectives).values()), axis=0)
        kinds = (
            (seen & ~cut & (advantages >= 0), Dot(2.25, self._theme.colour("rollout", 0.75))),
            (seen & ~cut & (advantages < 0), Dot(2.25, self._theme.colour("value", 0.75))),
            (seen & cut, Cross(3.0, QPen(self._theme.colour("clip"), 1.6))),
        )
        return [
            Scatter(ratios[kind], objectives[kind], symbol, indices[kind].tolist()) for kind, symbol in kinds
        ]

    def _path(self, frame: PlotFrame, minibatch: MinibatchOptimized) -> list[Shape]:
        """Return where the sample that is followed has been, and a ring around it where it is now.

        Beyond the view the ring sits at its edge; around a sample of another minibatch it is thin.
        """
        passages = [] if self._selected is None else minibatch.trace.passages_of(self._selected)
        if not passages:
            return []
        places = np.array([_place(passage) for passage in passages])
        is_now = passages[-1].samples is minibatch.samples
        pen = QPen(self._theme.colour("text"), 2 if is_now else 1)
        column, row = (
            np.clip(place, *shown)
            for place, shown in zip(places[-1:].T, (frame.columns.shown, frame.rows.shown), strict=True)
        )
        within = _within(frame, places)
        return [
            Lines({None: places}, QPen(self._theme.colour("text"), 1.2), is_cut=True),
            Scatter(within[:, 0], within[:, 1], Dot(2.0, self._theme.colour("text"))),
            Scatter(column, row, Circle(7.0, pen)),
        ]

    def _situations(
        self, frame: PlotFrame, counts: Mapping[Situation, int], row: Sequence[Situation]
    ) -> LabelsBelow:
        """Return how many samples with advantages of one sign are below, inside and above the band."""
        (low, high), epsilon = frame.columns.shown, self._epsilon_in_force
        edges = (low, low, high, high) if epsilon is None else (low, 1 - epsilon, 1 + epsilon, high)
        sides = [pair for pair in zip(row, pairwise(edges), strict=True) if pair[1][0] < pair[1][1]]
        sides.sort(key=lambda pair: not pair[0].is_cut)  # the most important first
        colour = "rollout" if row is POSITIVE else "value"
        return LabelsBelow(
            [
                [
                    Label(
                        (side[0] + side[1]) / 2,
                        words.format(count=counts[situation], gradient=_gradient(situation)),
                        "clip" if situation.is_cut else colour,
                        side,
                    )
                    for situation, side in sides
                ]
                for words in ("{count} {gradient}", "{count}")
            ]
        )

    def _histogram(self, frame: PlotFrame) -> list[Shape]:
        """Return how many samples have which ratio; those outside the band stand on those inside it."""
        labels = ratio_labels(frame.columns.shown, self._epsilon_of_slider)
        words = [self._histogram_heading(), labels]
        if self._minibatch is None:
            level = Rules(QPen(self._theme.colour("border"), 1), rows=[0.0])
            return [level, Note("The samples of each minibatch appear here."), *words]
        edges = np.linspace(*frame.columns.shown, N_BINS + 1)
        bars = ratio_bars(self._theme, edges, self._minibatch.samples, n_shown=self.samples_shown)
        return [*self._rules(), *bars, *words]

    def _histogram_heading(self) -> Heading:
        """Return what the bars are and how many samples lie beyond the view, as far as there is room."""
        shades = (("outside, alive", _ALIVE_OUTSIDE), ("dead", _DEAD))
        bars = [Word(text, "clip", [self._theme.colour("clip", shade)] * 2) for text, shade in shades]
        kinds = [[]] if self._epsilon_in_force is None else [bars, []]
        remarks = [[Word(text, "clip")] for text in self.not_shown()] + [[]]
        return Heading([[Word("samples"), *kind, *remark] for remark in remarks for kind in kinds])

    def not_shown(self) -> tuple[str, ...]:
        """Return how many samples lie beyond the view, and where, in three wordings; nothing if none does."""
        if self._minibatch is None:
            return ()
        shown, samples = slice(self.samples_shown), self._minibatch.samples
        frame = self.frames().curves
        sides = _beyond(frame, samples.ratios[shown], samples.objectives[shown])
        counts = {arrow: int(beyond.sum()) for arrow, beyond in sides.items() if beyond.any()}
        if not counts:
            return ()
        low, high = map(ratio_text, frame.columns.shown)
        words = {"◂": f"r < {low}", "▸": f"r > {high}", "▴": "J beyond the top", "▾": "J beyond the bottom"}
        in_words = ", ".join(f"{grouped(count)} with {words[arrow]}" for arrow, count in counts.items())
        with_arrows = " · ".join(f"{arrow} {grouped(count)}" for arrow, count in counts.items())
        text = f"{counted(sum(counts.values()), 'sample')} not shown"
        return (f"not shown: {in_words}", f"{text}: {with_arrows}", text)


def _advantage_deviation(minibatch: MinibatchOptimized | None) -> float:
    """Return one standard deviation of the advantages; 1 where there is none."""
    if minibatch is None or len(minibatch.samples) < 2:
        return 1.0
    deviation = float(np.std(minibatch.samples.advantages))
    return deviation if deviation > 1e-9 else 1.0


def ratio_bars(
    theme: Theme,
    edges: Numbers,
    samples: MinibatchSamples,
    *,
    n_shown: int | None = None,
    bottom: float = 0.0,
    height: float = 1.0,
) -> list[Columns]:
    """Return how many ratios are between edges: inside the band, outside and alive, dead, on each other.

    Args:
        theme: Colours.
        edges: Where bars begin, and where the last ends.
        samples: Whose ratios.
        n_shown: How many of them; None for all.
        bottom: What the bars stand on.
        height: Of the tallest one, with all samples: while they appear, bars grow and the scale rests.
    """
    shown, n_bins = slice(n_shown), len(edges) - 1
    ends = (float(edges[0]), float(edges[-1]))  # with these NumPy is much faster than with all edges
    tallest = max(1, int(np.histogram(samples.ratios, n_bins, ends)[0].max()))
    ratios, is_cut = samples.ratios[shown], samples.gradient_cut[shown]
    is_outside = ratios != samples.clipped_ratios[shown]
    bars: list[Columns] = []
    bottoms = np.full(n_bins, bottom)
    for kind, colour in (
        (~is_outside, theme.colour("neutral", 0.6)),
        (is_outside & ~is_cut, theme.colour("clip", _ALIVE_OUTSIDE)),
        (is_cut, theme.colour("clip", _DEAD)),
    ):
        heights = np.histogram(ratios[kind], n_bins, ends)[0] * (height / tallest)
        bars.append(Columns(edges, heights, bottoms, colour, least=_LEAST_BAR))
        bottoms = bottoms + heights
    return bars


def situation_counts(samples: MinibatchSamples) -> dict[Situation, int]:
    """Return how many samples are in each of the six situations, but for those whose advantage is 0."""
    counts = np.bincount(samples.situations[samples.advantages != 0], minlength=len(SITUATIONS))
    return dict(zip(SITUATIONS, counts.tolist(), strict=True))


def situations_text(samples: MinibatchSamples) -> str:
    """Return in words how many samples are in each situation, and what becomes of their gradient."""
    return "; ".join(
        f"{situation.label}: {count} {_gradient(situation)}"
        for situation, count in situation_counts(samples).items()
    )


def _gradient(situation: Situation) -> str:
    return "dead" if situation.is_cut else "alive"


def _place(passage: Passage) -> tuple[float, float]:
    return float(passage.samples.ratios[passage.row]), float(passage.samples.objectives[passage.row])


def _within(frame: PlotFrame, places: Numbers) -> Numbers:
    """Return those places, (n, 2), that lie within the view."""
    is_beyond = np.any(list(_beyond(frame, places[:, 0], places[:, 1]).values()), axis=0)
    within: Numbers = places[~is_beyond]
    return within


def _beyond(frame: PlotFrame, ratios: Numbers, objectives: Numbers) -> dict[str, NDArray[np.bool_]]:
    """Return {arrow: the samples that lie beyond that edge}; none lies beyond two."""
    left, right = ratios < frame.columns.shown[0], ratios > frame.columns.shown[1]
    inside = ~(left | right)
    low, high = (
        inside & beyond for beyond in (objectives < frame.rows.shown[0], objectives > frame.rows.shown[1])
    )
    return {"◂": left, "▸": right, "▴": high, "▾": low}
