"""The right column of the Train tab: three linked plots and four small ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.presets import described, uncounted_fields
from ppo_desktop.ppo.quantities import BITS
from ppo_desktop.runs.history import History
from ppo_desktop.runs.symptoms import large_steps
from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curve_legend import NO_VALUE
from ppo_desktop.views.charts.curve_summary import SummaryHeader
from ppo_desktop.views.charts.linked_steps import LinkedSteps
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.scales import nice_end
from ppo_desktop.views.controls import (
    CONTROL,
    EXPLANATION,
    Segments,
    explained,
    laid_out,
    push_button,
    with_role,
)
from ppo_desktop.views.curve_plot import NOTHING_AROUND, CurvePlot, Surroundings
from ppo_desktop.views.kit.card_focus import SAYS_WHAT_IS_DRAWN
from ppo_desktop.views.plot_cards import (
    CLIP_FRACTION_CARD,
    ENTROPY_CARD,
    ENTROPY_UNITS,
    EXPLAINED_VARIANCE_CARD,
    KL_CARD,
    N_SMALL,
    RETURN_CARD,
    SMALL_CARDS,
    entropy_card,
    large_steps_remark,
    return_card,
)
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import ElidedLabel, first_fitting, set_text

_SPACING = 8
_STRETCHES = (25, 20, 20, 20)
_IN_A_ROW = 2
"""Small plots side by side."""
_LINES_FOR_ALL_LABELS = 46
"""Height in text lines from which every plot has its own step labels."""

_BUTTON_PADDING = 8

_HARDLY_VARY = (
    "Grey: returns R hardly vary there, so that it says nothing.",
    "grey: returns hardly vary",
    "grey: R hardly varies",
    "grey: R ≈ const.",
)
_HARDLY_VARY_NOW = (
    f"{NO_VALUE}: returns R hardly vary in the last update, so that it says nothing, as wherever it is grey.",
    f"{NO_VALUE}: returns hardly vary",
    f"{NO_VALUE}: R hardly varies",
    f"{NO_VALUE}: R ≈ const.",
)
"""Why explained variance says nothing: at some time, or now, where no number stands as the last."""
_PALE = ("Pale: from lowest to highest, where samples share a place.", "Pale: lowest to highest.")
_GREY = ("Grey lines: the pinned run.", "Grey: pinned.")
_POINTS = ("Points: single episodes.", "Points: episodes.")
_LATER = ("Faint, after the blue line: what came later.", "Faint: later.")
_BRANCH = ("Broken curves: this branch; faint: the run that it left.", "Broken curves: branch.")
"""What the lines below the plots say, in more and in fewer words."""

_UNCLIPPED = ("Grey areas: ε = off, there is no band.", "Grey areas: ε = off.")

_A2C_NOTE = "A2C does not clip: it takes one gradient step per rollout."
_NO_CLIP_NOTE = "ε = off: there is no band to be outside of."
_NO_BAND = "no band"


class EntropySwitch(Segments):
    """Bits or nats."""

    def __init__(self) -> None:
        super().__init__(is_flat=True)
        for unit in ENTROPY_UNITS:
            self.add(unit, unit, f"entropy_{unit}_button", f"Entropy in {unit}", "entropy_unit")

    def fit(self, bold: QFont) -> None:
        """Make room for names set in `bold`, so that choosing one moves nothing."""
        for unit, button in self.buttons.items():
            button.setFixedWidth(QFontMetrics(bold).horizontalAdvance(unit) + 2 * _BUTTON_PADDING)


class PlotsPanel(QWidget):
    """Shows a history: return, entropy and clip fraction over the same steps, small plots below.

    Which small ones are shown can be chosen. While it is hidden, drawing is put off until it is shown.

    Attributes:
        small_plots: {name: plot} of those that have been shown.
    """

    entropy_unit_changed = Signal(str)
    pin_asked = Signal()
    small_plots_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty(EXPLANATION, "plots")
        self._theme = theme
        self._entropy = BITS
        self._n_actions: int | None = 2
        self._algorithm = Algorithm.PPO
        self._history: History | None = None
        self.return_card = _named_plot(theme, RETURN_CARD)
        self.entropy_card = _named_plot(theme, ENTROPY_CARD)
        self.clip_fraction_card = _named_plot(theme, CLIP_FRACTION_CARD)
        self.small_plots: dict[str, CurvePlot] = {}
        self._redraws = {plot: self._redraw_of(plot) for plot in self._main_plots}
        self._small_shown: list[str] = []
        self._baseline: History | None = None
        self._surroundings = NOTHING_AROUND
        self.pale_legend = with_role(ElidedLabel(Qt.AlignmentFlag.AlignLeft), "muted")
        self.pale_legend.setObjectName("pale_legend")
        self.pale_legend.setProperty(SAYS_WHAT_IS_DRAWN, True)
        self._link()
        self._make_entropy_switch()
        self._make_pin_button()
        self._lay_out()
        self.show_small_plots(())
        self._apply_theme()
        theme.changed.connect(self._apply_theme)

    def _make_entropy_switch(self) -> None:
        self.entropy_switch = EntropySwitch()
        self.entropy_switch.show_value(self._entropy.name)
        self.entropy_switch.chosen.connect(self.set_entropy_unit)
        self.entropy_card.add_tool(self.entropy_switch)

    def _make_pin_button(self) -> None:
        name = "Pin these curves as a baseline"
        self.pin_button = push_button("Pin", "pin_button", "pin", accessible_name=name, role="flat")
        self.pin_button.clicked.connect(self.pin_asked)
        self.return_card.add_tool(self.pin_button)

    def show_baseline(self, history: History | None) -> None:
        """Draw the curves of another run behind the present ones; None for no baseline."""
        self._baseline = history
        self.pin_button.setText("Pin" if history is None else "Unpin")
        explained(self.pin_button, "pin", "" if history is None else f"The grey lines: {_describe(history)}.")
        self.return_card.header.arrange()
        for plot in (*self._main_plots, *self.small_plots.values()):
            plot.set_baseline(history)
        self._advance()

    def _advance(self) -> None:
        """Let the step axis reach to the end of all that is drawn."""
        behind = (self._baseline, *self._surroundings.histories)
        shown = [history for history in (self._history, *behind) if history is not None]
        self.steps.set_end(max(map(_end_of_axis, shown), default=nice_end(0)))
        self._explain_what_is_pale()

    def _explain_what_is_pale(self) -> None:
        """Say below the plots what is drawn in any of those there are that no legend names."""
        ranges = any(plot.shows_ranges for plot in self.plots if not plot.isHidden())
        read_outs = self.return_card.read_outs
        has_run = self._history is not None and not self.return_card.isHidden()
        said = {
            _thin(read_outs["recent_return"].value): has_run and read_outs["recent_return"].isHidden(),
            _POINTS: has_run and read_outs["return"].isHidden(),
            _PALE: ranges,
            _GREY: self._baseline is not None,
            _LATER: self._surroundings.later is not None,
            _BRANCH: self._surroundings.branched_at is not None,
            _UNCLIPPED: bool(self.clip_fraction_card.curves.veiled)
            and not self.clip_fraction_card.isHidden(),
        }
        parts = [words for words, is_drawn in said.items() if is_drawn]
        wordings = ["  ".join(words[brevity] for words in parts) for brevity in (0, 1)]
        metrics, room = self.pale_legend.fontMetrics(), self.width()
        set_text(self.pale_legend, first_fitting(wordings, metrics, room, otherwise=wordings[1]))
        self.pale_legend.setVisible(bool(parts))

    def _lay_out(self) -> None:
        column = laid_out(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=_SPACING)
        self._small_places = QGridLayout()
        self._small_places.setSpacing(_SPACING)
        for place in range(_IN_A_ROW):
            self._small_places.setColumnStretch(place, 1)
        for plot in self._main_plots:
            column.addWidget(plot)
        column.addLayout(self._small_places)
        column.addWidget(self.pale_legend)
        for place, stretch in enumerate(_STRETCHES):
            column.setStretch(place, stretch)

    def _link(self) -> None:
        self.steps = LinkedSteps(self)
        for plot in self._main_plots:
            self.steps.add(plot)
        self.return_card.add_tool(self.steps.whole_run_button)
        self.steps.following_changed.connect(self.return_card.header.arrange)

    @property
    def _main_plots(self) -> tuple[CurvePlot, CurvePlot, CurvePlot]:
        return self.return_card, self.entropy_card, self.clip_fraction_card

    @property
    def plots(self) -> tuple[CurvePlot, ...]:
        """All cards, from top to bottom and left to right."""
        return (*self._main_plots, *(self.small_plots[name] for name in self._small_shown))

    @property
    def small_shown(self) -> list[str]:
        """Names of the small plots that are shown, from left to right and top to bottom."""
        return list(self._small_shown)

    def show_small_plots(self, names: Iterable[str]) -> None:
        """Show these small plots, or the usual ones where they are not as many as there is room for.

        Those that go are kept.
        """
        known = list(dict.fromkeys(name for name in names if name in SMALL_CARDS))
        names = known if len(known) == N_SMALL else list(SMALL_CARDS)[:N_SMALL]
        for name in self._small_shown:
            self.small_plots[name].hide()
            self._small_places.removeWidget(self.small_plots[name])
        plots = tuple(map(self._small_plot, names))
        self._small_shown = names
        for place, plot in enumerate(plots):
            self._small_places.addWidget(plot, *divmod(place, _IN_A_ROW))
            plot.show()

    def _small_plot(self, name: str) -> CurvePlot:
        """Return a small plot, made when it is first asked for."""
        if name not in self.small_plots:
            plot = self.small_plots[name] = _named_plot(self._theme, SMALL_CARDS[name])
            self._redraws[plot] = self._redraw_of(plot)
            plot.set_baseline(self._baseline)
            plot.set_surroundings(self._surroundings)
            self.steps.add(plot)
            assert isinstance(plot.header, SummaryHeader)
            plot.header.choice.clicked.connect(lambda: self._offer_other_plots(name))
        return self.small_plots[name]

    def plot_of(self, quantity: str) -> CurvePlot | None:
        """Return the plot of a number of the run; a small one that is not shown takes the last place."""
        small = next((name for name, card in SMALL_CARDS.items() if card.explanation == quantity), "")
        if small and small not in self._small_shown:
            self.show_small_plots([*self._small_shown[:-1], small])
            self.small_plots_changed.emit()
        return next((plot for plot in self.plots if plot.property(CONTROL) == quantity), None)

    def _offer_other_plots(self, shown: str) -> None:
        """Let one choose what a small place shows; two that are shown change places."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, card in SMALL_CARDS.items():
            action = menu.addAction(card.titles[0])
            action.setCheckable(True)
            action.setChecked(name == shown)
            action.triggered.connect(lambda _checked, name=name: self._exchange(shown, name))
        plot = self.small_plots[shown]
        menu.popup(plot.mapToGlobal(plot.rect().topLeft()))

    def _exchange(self, shown: str, wanted: str) -> None:
        exchanged = {shown: wanted, wanted: shown}
        self.show_small_plots([exchanged.get(name, name) for name in self._small_shown])
        self.small_plots_changed.emit()

    @property
    def entropy_unit(self) -> str:
        """The unit of the entropy plot, "bits" or "nats"."""
        return self._entropy.name

    def show_run(self, environment_id: str, n_actions: int | None, algorithm: Algorithm) -> None:
        """Prepare for another run: empty plots, its ranges, its threshold, its ceiling.

        Args:
            environment_id: The environment.
            n_actions: Number of actions, None if they are continuous.
            algorithm: A2C has no ratios to clip.
        """
        self._n_actions, self._algorithm = n_actions, algorithm
        self._history = None
        for plot in (*self._main_plots, *self.small_plots.values()):
            plot.clear()
        self._advance()
        self.steps.show_whole_run()
        self.return_card.show_card(return_card(environment_id))
        self.entropy_card.show_card(entropy_card(self._entropy, n_actions))
        self.clip_fraction_card.set_note(_A2C_NOTE if algorithm is Algorithm.A2C else "")

    def redraw(self, history: History, surroundings: Surroundings = NOTHING_AROUND) -> None:
        """Show what `history` holds and what surrounds it, when it is seen."""
        self._history, self._surroundings = history, surroundings
        for plot in (*self._main_plots, *self.small_plots.values()):
            plot.set_surroundings(surroundings)
        for plot in self.plots:
            self._redraws[plot].now()

    def redraw_plot(self, place: int, history: History) -> None:
        """Show what `history` holds in one of the plots, when its turn comes."""
        self._history = history
        self._redraws[self.plots[place]].request()

    @Slot(str)
    def set_entropy_unit(self, unit: str) -> None:
        """Plot entropies in "bits" or "nats"."""
        if unit == self._entropy.name:
            return
        self._entropy = ENTROPY_UNITS[unit]
        self.entropy_switch.show_value(unit)
        self.entropy_card.show_card(entropy_card(self._entropy, self._n_actions))
        self.entropy_unit_changed.emit(unit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Label the steps once where there is little room, else under every plot."""
        super().resizeEvent(event)
        self.choose_labels()
        self._explain_what_is_pale()

    def _redraw_of(self, plot: CurvePlot) -> Redraw:
        return Redraw(plot, partial(self._draw, plot))

    def _draw(self, plot: CurvePlot) -> None:
        if self._history is None:
            return
        is_of_clip = plot is self.clip_fraction_card and self._algorithm is Algorithm.PPO
        never_clips = is_of_clip and self._history.never_clipped
        if is_of_clip:
            plot.set_note(_NO_CLIP_NOTE if never_clips else "")
        plot.draw(self._history)
        if is_of_clip and not never_clips:
            off, end = self._history.ranges_without_clip(), self._history.steps
            is_off = bool(off) and off[-1][1] == math.inf
            plot.set_meaningless([(a, min(b, end)) for a, b in off], now=is_off, instead=_NO_BAND)
        elif plot.card is EXPLAINED_VARIANCE_CARD:
            grey, now = self._history.ranges_hardly_varying(), self._history.returns_hardly_vary
            plot.set_grey(grey, _HARDLY_VARY_NOW if now else _HARDLY_VARY, now=now)
        elif plot.card is KL_CARD and self._history.recent:
            plot.set_remark(large_steps_remark(large_steps(self._history), len(self._history.recent)))
        self._advance()

    @Slot()
    def _apply_theme(self) -> None:
        self.entropy_switch.fit(self._theme.font(0.85, bold=True))
        self.entropy_card.header.arrange()
        self.choose_labels()

    def choose_labels(self) -> None:
        """Label the steps below the lowest large plot there is, or below each; a small one has them alone."""
        everywhere = self.height() >= _LINES_FOR_ALL_LABELS * self.fontMetrics().height()
        there = [plot for plot in self._main_plots if not plot.isHidden()]
        for plot in self._main_plots:
            plot.plot.set_steps_labelled(everywhere or plot in there[-1:])
        for plot in self.small_plots.values():
            plot.plot.set_steps_labelled(not there)


def _thin(value: str) -> tuple[str, str]:
    """Return what the thin line of returns is and its number, in more and in fewer words."""
    return f"Thin line: mean of 20: {value}.", f"Thin, mean of 20: {value}."


def _named_plot(theme: Theme, card: PlotCard) -> CurvePlot:
    """Return a plot that is known by the number that it shows."""
    plot = CurvePlot(theme, card)
    plot.setProperty(CONTROL, card.explanation)
    return plot


def _end_of_axis(history: History) -> float:
    """Return up to which step a run is shown: its budget if it has one, else a step of a coarse ladder."""
    budget = None if history.hyperparameters is None else history.hyperparameters.total_steps
    return nice_end(history.steps) if budget is None else max(budget, history.steps)


def _describe(history: History) -> str:
    """Return what the baseline was: its preset, and what was changed from that."""
    settings = history.settings
    if settings is None:
        return "a run that had not begun"
    values = settings.hyperparameters
    set_up_as = described(settings.environment_id, values, uncounted_fields(values))
    return f"{settings.algorithm.label}, seed {settings.seed}, {set_up_as}"
