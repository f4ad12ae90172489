"""The right side of a lesson: the cards it shows, and no others, of the run that plays."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import CHANGED, LessonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.watching import Watching
from ppo_desktop.lessons.lesson import CURVES, FIRST_SEED, PICTURES, UPDATE_PICTURES, Axis, Begin, Lesson
from ppo_desktop.lessons.settings import names_of
from ppo_desktop.ppo.quantities import BITS, UPDATE_QUANTITIES
from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curve_legend import Series
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.charts.linked_steps import LinkedSteps
from ppo_desktop.views.charts.redraw import Redraw, RedrawQueue
from ppo_desktop.views.charts.scales import LinearScale, LogScale, Range, ValueScale
from ppo_desktop.views.compare.effect_axis import RoundLogScale
from ppo_desktop.views.controls import Card, laid_out, named, set_role
from ppo_desktop.views.curve_plot import Surroundings
from ppo_desktop.views.environment_panel import EnvironmentPanel
from ppo_desktop.views.kit.overflow import StackedSplitter, WrappingSplitter
from ppo_desktop.views.lessons.lesson_plot import LessonPlot, RunNames, Wordings
from ppo_desktop.views.play_head import PlayHead
from ppo_desktop.views.plot_cards import (
    CLIP_FRACTION_CARD,
    GRADIENT_NORM_CARD,
    SMALL_CARDS,
    entropy_card,
    return_card,
)
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.train_page import REDRAW_MILLISECONDS
from ppo_desktop.views.update_panel import UpdatePanel

_SHARED = {
    "gradient_cut_fraction": CLIP_FRACTION_CARD,
    "clip_fraction": CLIP_FRACTION_CARD,
    "gradient_norm": GRADIENT_NORM_CARD,
    "policy_gradient_norm": GRADIENT_NORM_CARD,
    "value_gradient_norm": GRADIENT_NORM_CARD,
}
"""Curves that stand on a card with others."""
_RECORDED_RETURN = Series(
    "mean_return", ("mean of each hundredth of the run:", "mean:"), colour="episode_return"
)

_BEFORE: Wordings = ("before the change", "before")
_WITH: Wordings = ("with the change", "with it")
_BEGINS = "The run begins."
"""Said before there is anything to see of it."""
_ENVIRONMENT_WIDTH = 34
"""Least width of the environment, in base font sizes: with less the bars of its policy say nothing."""
_OWN: Wordings = ("with your values", "yours")
_BRANCH: Wordings = ("your branch",)
_LEFT: Wordings = ("the run that it left", "former run")
_ONLY_CURVES = (
    "A recorded run has curves only, no samples and no environment. To let runs learn here, leave the "
    "lesson and open it again: it goes on at this step."
)


class LessonCards(QWidget):
    """Made when the first lesson is opened; a card is made when a lesson shows it first, and kept."""

    def __init__(self, lessons: LessonSession, run: Session, theme: Theme) -> None:
        super().__init__()
        self._lessons, self._run, self._theme = lessons, run, theme
        self._watching = Watching(run)
        self._environment: EnvironmentPanel | None = None
        self._update: UpdatePanel | None = None
        self._plots: dict[str, LessonPlot] = {}
        self._redraws: dict[str, Redraw] = {}
        self._shown: list[str] = []
        self._pointed = ""
        self._steps = LinkedSteps(self)
        self._queue = RedrawQueue(REDRAW_MILLISECONDS)
        self._pictures, self._curves = StackedSplitter({}), StackedSplitter({})
        self._body = WrappingSplitter({self._pictures: 1, self._curves: 1})
        self._body.set_compact(True)
        self._play_head = PlayHead(run, theme, has_recent=False)
        self._instead = _instead_of_pictures()
        parts = (self._instead, (self._body, 1), self._play_head)
        laid_out(QVBoxLayout(self), *parts, margins=(0, 0, 0, 0), spacing=4)
        run.run_changed.connect(self._show_run)
        run.settings_changed.connect(self._name_runs)
        theme.changed.connect(self._make_room_for_environment)
        run.progress_changed.connect(self._request_redraws)
        run.baseline_changed.connect(self._show_baseline)
        run.update_shown.connect(self._show_surroundings)
        lessons.lesson_changed.connect(self._show_lesson)
        lessons.changed.connect(self._show_step)
        lessons.playback.advanced.connect(self._request_redraws)
        self._show_lesson()

    def close_down(self) -> None:
        """End what plays."""
        self._watching.close()
        if self._update is not None:
            self._update.close_down()

    def hideEvent(self, event: QHideEvent) -> None:
        """Redraw nothing while it is hidden."""
        super().hideEvent(event)
        self._queue.clear()

    # ---- what is shown -------------------------------------------------------------------------------

    def _show_lesson(self) -> None:
        lesson = self._lessons.lesson
        if lesson is None:
            return
        self._play_head.setVisible(lesson.begin is Begin.COLLAPSED)
        pictures = self._pictures_of(lesson)
        curves = [self._plot(curve) for curve in lesson.show if curve in CURVES]
        curves = list(dict.fromkeys(curves))
        for splitter, widgets in ((self._pictures, pictures), (self._curves, curves)):
            for card in splitter.findChildren(Card, options=Qt.FindChildOption.FindDirectChildrenOnly):
                card.hide()
            for place, widget in enumerate(widgets):
                splitter.insertWidget(place, widget)
                widget.show()
            splitter.setVisible(bool(widgets))
            splitter.setSizes([1000] * splitter.count())
        self._body.setSizes([1000, 1000])
        self._show_run()

    def _pictures_of(self, lesson: Lesson) -> list[Card]:
        """Return the cards of the environment and of the update, where the lesson shows them."""
        pictures: list[Card] = []
        if "environment" in lesson.show:
            if self._environment is None:
                self._environment = EnvironmentPanel(self._run, self._watching, self._theme, _BEGINS)
                self._environment.strip.hide()
                self._make_room_for_environment()
            pictures.append(self._environment)
        names = [name for name in lesson.show if name in UPDATE_PICTURES]
        if names:
            if self._update is None:
                self._update = UpdatePanel(self._run, self._watching, self._theme)
            self._update.offer(names)
            pictures.append(self._update)
        return pictures

    def _make_room_for_environment(self) -> None:
        if self._environment is not None:
            self._environment.setMinimumWidth(round(_ENVIRONMENT_WIDTH * self._theme.base_size))

    def _plot(self, curve: str) -> LessonPlot:
        """Return the card of a curve, which it may share with others."""
        name = self._card_of(curve).name
        if name not in self._plots:
            plot = self._plots[name] = LessonPlot(self._theme, self._card_of(curve))
            self._redraws[name] = Redraw(plot, partial(self._draw, name))
            self._steps.add(plot)
        return self._plots[name]

    def _card_of(self, curve: str) -> PlotCard:
        lesson = self._lessons.lesson
        environment_id = "" if lesson is None else lesson.comparison.environment_id
        n_actions = self._run.n_actions
        card = curve_card(curve, environment_id, n_actions, recorded=self._lessons.is_recorded)
        axes = {} if lesson is None else lesson.axes
        same = (one for one in axes if curve_card(one, environment_id, n_actions).name == card.name)
        axis = axes.get(next(same, ""))
        return card if axis is None else replace(card, scale=fixed(card.scale, axis))

    def _show_run(self) -> None:
        """Begin with empty curves on the lesson's axes."""
        lesson = self._lessons.lesson
        if lesson is None:
            return
        self._shown = []
        for curve in lesson.show:
            if curve in CURVES:
                card = self._card_of(curve)
                if card.name not in self._shown:
                    self._shown.append(card.name)
                    self._plots[card.name].clear()
                    self._plots[card.name].show_card(card)
        self._steps.set_end(float(lesson.comparison.total_steps))
        self._steps.show_whole_run()
        self._show_baseline()
        self._request_redraws()

    def _show_step(self) -> None:
        """Light the card that is pointed at; where recorded runs are shown, draw their curves."""
        point = self._lessons.point
        lit: Card | None = self._plots.get(self._card_of(point).name) if point in CURVES else None
        if point in PICTURES and self._lessons.is_recorded:
            lit = self._instead
        elif point == "environment":
            lit = self._environment
        elif self._update is not None and point in UPDATE_PICTURES:
            lit = self._update
            self._point_at(self._update, point)
        for card in (self._instead, self._environment, self._update, *self._plots.values()):
            if card is not None:
                set_role(card, "lit" if card is lit else "")
        self._pointed = point
        self._play_head.setEnabled(not self._lessons.is_recorded)
        self._show_instead()
        self._name_runs()
        if self._lessons.is_recorded:
            self._show_recorded_series()
            self._show_baseline()
            self._request_redraws()

    def _show_instead(self) -> None:
        """Say in the place of pictures why there are none, for of recorded runs nothing plays in them."""
        lesson, is_recorded = self._lessons.lesson, self._lessons.is_recorded
        has_pictures = lesson is not None and not set(PICTURES).isdisjoint(lesson.show)
        self._instead.setVisible(is_recorded and has_pictures)
        self._pictures.setVisible(has_pictures and not is_recorded)

    def _name_runs(self) -> None:
        """Say in each legend which line is which run."""
        names = self._names()
        for name in self._shown:
            self._plots[name].name_runs(names)

    def _names(self) -> RunNames:
        lessons, run = self._lessons, self._run
        lesson = lessons.lesson
        if lesson is None:
            return RunNames()
        is_branch = not lessons.is_recorded and run.opened.parent is not None
        changed, former = names_of(lesson.comparison, CHANGED)
        before = _BEFORE if lessons.history_before is not None else ()
        left = _LEFT if is_branch else ()
        if before and (lessons.is_recorded or run.settings.seed == FIRST_SEED):
            before = (f"before the change: {former}", f"before: {former}", *before)
        elif before:
            seed = f"{former}, seed {FIRST_SEED}"
            before = (f"before the change: {seed}", f"before: {seed}", *before)
        if is_branch:
            return RunNames(_BRANCH, before, left)
        is_as_told = lessons.is_recorded or replace(run.settings, seed=FIRST_SEED) == lesson.settings(CHANGED)
        own = (f"with the change: {changed}", f"now: {changed}", *_WITH) if is_as_told else _OWN
        return RunNames(own, before)

    def _show_recorded_series(self) -> None:
        """Let legends name what is kept of a recorded run: less than of one that plays."""
        lesson = self._lessons.lesson
        for curve in () if lesson is None else lesson.show:
            if curve in CURVES:
                card = self._card_of(curve)
                if self._plots[card.name].card.series != card.series:
                    self._plots[card.name].show_card(card)

    def _point_at(self, update: UpdatePanel, point: str) -> None:
        """Show what is pointed at of the update, once; another picture of it may be chosen then."""
        if point != self._pointed:
            update.show_view(point)

    def _show_baseline(self) -> None:
        before = self._lessons.history_before
        for name in self._shown:
            self._plots[name].set_baseline(before)
        self._name_runs()

    def _show_surroundings(self) -> None:
        """Draw faint what came later than the moment shown, and the run that a branch has left."""
        run = self._run
        around = Surroundings(run.later, run.opened.of_parent, run.opened.branched_at)
        for name in self._shown:
            self._plots[name].set_surroundings(around)
        self._name_runs()
        self._request_redraws()

    def _request_redraws(self) -> None:
        if self.isVisible():
            for name in self._shown:
                self._queue.request(self._redraws[name].request)
            self._queue.request(self._play_head.refresh)

    def _draw(self, name: str) -> None:
        self._plots[name].draw(self._lessons.recorded_history or self._run.history)


def curve_card(curve: str, environment_id: str, n_actions: int | None, *, recorded: bool = False) -> PlotCard:
    """Return how a curve is drawn in a lesson: as in Train, and large.

    Args:
        curve: Which.
        environment_id: What is learnt.
        n_actions: How many actions there are; None if they are continuous.
        recorded: Whether the run was recorded: of its episodes the means of stretches are kept.
    """
    if curve == "mean_return":
        card = return_card(environment_id)
        if recorded:
            card = replace(card, series=(_RECORDED_RETURN,))
    elif curve == "policy_entropy":
        card = entropy_card(BITS, n_actions)
        quantity = UPDATE_QUANTITIES[curve]
        card = replace(card, scale=replace(card.scale, write=quantity.text, widest="−0.000 bits"))
    else:
        card = _SHARED.get(curve) or SMALL_CARDS[f"{curve}_plot"]
        series = (
            replace(one, stroke=Stroke.BOLD) if one.stroke is Stroke.THIN else one for one in card.series
        )
        card = replace(card, series=tuple(series))
    return replace(card, name=f"lesson_{card.name}", small=False, remark=(), empty=_BEGINS)


def _instead_of_pictures() -> Card:
    card = Card("recorded_runs")
    card.can_fill_the_page = False
    words = named(QLabel(_ONLY_CURVES), "recorded_note", "What is not recorded", "recorded_runs")
    words.setWordWrap(True)
    laid_out(QVBoxLayout(card), words, margins=(12, 8, 12, 8))
    return card


class _FixedLogScale(RoundLogScale):
    """Whose range stays as it is first, also where that ends on no round number."""

    def widened(self, shown: Range | None, low: float, high: float) -> Range:
        """Return the same range, whatever is drawn."""
        return self.first_range or super().widened(shown, low, high)


def fixed(scale: ValueScale, axis: Axis) -> ValueScale:
    """Return an axis that always has the same ends; what is beyond is drawn there."""
    if isinstance(scale, LogScale):
        low = max(axis.low, scale.floor)
        high = axis.high if axis.high > low else 10 * low
        ends = (float(np.log10(low)), float(np.log10(high)))
        return _FixedLogScale(write=scale.write, first_range=ends, floor=low, highest=high)
    assert isinstance(scale, LinearScale)
    low, high = sorted((scale.factor * axis.low, scale.factor * axis.high))
    return replace(scale, first_range=(low, high), limits=(low, high))
