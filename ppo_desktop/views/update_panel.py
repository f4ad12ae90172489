"""The card "Inside the update": where the run is, the clipped objective, its samples, further pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.watching import Watching
from ppo_desktop.bridge.whole_episode import WholeEpisode
from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.events import Frame, MinibatchOptimized
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.labelled import Labelled, Option
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.clipped_objective_view import ClippedObjectiveView
from ppo_desktop.views.controls import (
    CONTROL,
    Card,
    Segments,
    explained,
    laid_out,
    push_button,
    set_role,
    with_role,
)
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.policy_strip import EntropyUnit
from ppo_desktop.views.sample_table import SampleTable, formula_of, ratios_of
from ppo_desktop.views.spread_view import SpreadView, advantage_spread, entropy_spread
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.picture_chart import PICTURE_MILLISECONDS, PictureChart
from ppo_desktop.views.update.pictures import UPDATE_PICTURES
from ppo_desktop.views.update.update_picture import Moment, UpdatePicture
from ppo_desktop.views.update_strip import UpdateStrip
from ppo_desktop.views.wording_label import CardTitle

if TYPE_CHECKING:
    from ppo_desktop.ppo.samples import MinibatchSamples

SLOW_MOTION = 5
"""Minibatches a second up to which their samples appear one by one…"""
REVEAL_SHARE = 0.75
"""…in this share of the time until the next one."""
RATIO_TOLERANCE = 1e-5
"""Ratios nearer to 1 than this are said to be 1."""


class Aspect(Labelled):
    """What is shown of the minibatch."""

    OBJECTIVE = "objective", "Objective"
    SAMPLES = "samples", "Samples"
    SPREAD = "spread", "Spread"


_Page = Aspect | UpdatePicture
VIEWS: dict[str, _Page] = {
    "ratios": Aspect.OBJECTIVE,
    **{aspect.value: aspect for aspect in Aspect},
    **{picture.id: picture for picture in UPDATE_PICTURES},
}
"""What can be shown, by its name; the ratios are below the objective."""
FULL_SPEED_MILLISECONDS = {Aspect.OBJECTIVE: 100, Aspect.SAMPLES: 500, Aspect.SPREAD: 167}
"""At full speed a page stays so long; more cannot be followed, and training goes on."""
FRAME_MILLISECONDS = 100
"""States that are played follow each other faster than their numbers can be read."""
EXPLANATIONS = {Aspect.OBJECTIVE: "clipped_objective", Aspect.SAMPLES: "samples", Aspect.SPREAD: "spread"}


class _Pages(QStackedWidget):
    """Needs no more height than the page that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.currentWidget().minimumSizeHint().height())


class UpdatePanel(Card):
    """Shows the current minibatch; dragging an ε bar there is moving the ε slider."""

    def __init__(self, session: Session, watching: Watching, theme: Theme) -> None:
        super().__init__("update")
        self.setProperty(CONTROL, "update")
        self._session = session
        self._watching = watching
        self._episode = WholeEpisode(session)
        self._entropy_unit: EntropyUnit = "bits"
        self._strip = UpdateStrip(theme)
        self._objective = ClippedObjectiveView(theme)
        self._table = SampleTable(theme)
        self._spread = SpreadView(theme)
        self._chart = PictureChart(theme)
        self._page: _Page = Aspect.OBJECTIVE
        self._lamp = explained(_line("ratio_lamp"), "ratio_is_one")
        self._lamp.setWordWrap(True)
        self._formula = explained(_line("formula_label"), "clipped_objective")
        self._formula.setWordWrap(True)
        self._copy = push_button(
            "Copy CSV", "copy_csv_button", "copy_csv", accessible_name="Copy as CSV", role="flat"
        )
        self._axis = push_button(
            "Axis 0–2", "ratio_axis_button", "ratio_axis", accessible_name="Ratios from 0 to 2", role="flat"
        )
        self._axis.setCheckable(True)
        self._moment = Redraw(self._strip, self._show_strip)
        self._minibatch = Redraw(self, self._show_minibatch, self._stay)
        self._build_pages()
        self._lay_out()
        self._connect()
        self._show_settings()
        self._show_page()

    @property
    def view(self) -> str:
        """The name of what is shown of the update."""
        return self._page.id if isinstance(self._page, UpdatePicture) else self._page.value

    def show_view(self, name: str) -> bool:
        """Show something else of the update; return whether there is anything of that name."""
        page = VIEWS.get(name)
        if page is not None:
            self._choose_page(page)
        return page is not None

    def close_down(self) -> None:
        """End what plays."""
        self._episode.close()

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show entropies in bits or nats."""
        self._entropy_unit = unit
        self._minibatch.now()

    @property
    def has_fixed_axis(self) -> bool:
        """Whether ratios are shown from 0 to 2, whatever ε is."""
        return self._axis.isChecked()

    def fix_axis(self, fixed: bool) -> None:
        """Show ratios from 0 to 2, or a range in which the present band is well seen."""
        self._axis.setChecked(fixed)

    def offer(self, names: Sequence[str]) -> None:
        """Let one choose between what has one of these names only; show the first of them."""
        pages = [VIEWS[name] for name in names]
        for page, button in self._segments.buttons.items():
            button.setVisible(page in pages)
        self._segments.setVisible(len(pages) > 1)
        further = [page for page in pages if page not in self._segments.buttons]
        self._offer_further(further)
        self._more.setVisible(len(pages) > 1 and bool(further))
        self._choose_page(pages[0])

    def _build_pages(self) -> None:
        self._pages = _Pages()
        self._segments = Segments()
        for view in (self._objective, self._table, self._spread, self._chart):
            self._pages.addWidget(view)
        for page in (Aspect.OBJECTIVE, Aspect.SAMPLES):
            self._segments.add(page, page.label, f"{page.value}_page", page.label, EXPLANATIONS[page])
        self._more = FlatCombo("update_picture_combo", "Further picture of the update", "update_pictures")
        self._more.setPlaceholderText("More")
        self._offer_further([Aspect.SPREAD, *UPDATE_PICTURES])
        self._more.show_value(None)
        self._more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)  # the title gives way

    def _offer_further(self, pages: Sequence[_Page]) -> None:
        self._more.offer({page: Option(page.label, GLOSSARY[_key_of(page)].meaning) for page in pages})

    def _lay_out(self) -> None:
        header = laid_out(
            QHBoxLayout(), CardTitle("Inside the update", "Update"), 1, self._segments, self._more
        )
        below = QHBoxLayout()
        below.addWidget(self._lamp, 1)
        below.addWidget(self._axis, alignment=Qt.AlignmentFlag.AlignRight)
        below.addWidget(self._copy, alignment=Qt.AlignmentFlag.AlignRight)
        parts = (header, self._strip, below, (self._pages, 1), self._formula)
        laid_out(QVBoxLayout(self), *parts, margins=(12, 6, 12, 6), spacing=3)

    def _connect(self) -> None:
        session = self._session
        self._segments.chosen.connect(self._choose_page)
        self._more.chosen.connect(self._choose_page)
        self._copy.clicked.connect(self._copy_as_csv)
        self._axis.toggled.connect(self._objective.fix_axis)
        self._axis.toggled.connect(self._minibatch.now)
        self._chart.sample_opened.connect(session.select_sample)
        self._chart.networks_wanted.connect(session.look_closely)
        self._chart.episode_wanted.connect(self._episode.set_visible)
        self._episode.changed.connect(self._minibatch.now)
        self._objective.epsilon_dragged.connect(self._change_epsilon)
        self._objective.sample_clicked.connect(session.select_sample)
        self._table.sample_clicked.connect(session.select_sample)
        session.settings_changed.connect(self._show_settings)
        session.run_changed.connect(self._minibatch.now)
        session.minibatch_changed.connect(self._minibatch.request)
        session.selection_changed.connect(self._follow_selection)
        session.state_changed.connect(self._minibatch.now)
        session.frame_changed.connect(self._show_strip_if_due)
        session.frame_changed.connect(self._follow_frame)
        self._watching.frames_changed.connect(self._follow_frame)
        self._watching.changed.connect(self._follow_frame)

    # ---- what is shown ---------------------------------------------------------------------------

    @property
    def _has_ratio(self) -> bool:
        """Whether there is a ratio to show: A2C has none, its picture is that of the advantages."""
        return self._session.settings.algorithm is Algorithm.PPO

    @property
    def _view(self) -> QWidget:
        """What the chosen page shows."""
        if isinstance(self._page, UpdatePicture):
            return self._chart
        if self._page is Aspect.OBJECTIVE:
            return self._objective if self._has_ratio else self._spread
        return self._table if self._page is Aspect.SAMPLES else self._spread

    def _stay(self) -> int:
        """Return how many milliseconds a page stays at least."""
        if not self._session.is_at_full_speed:
            return FRAME_MILLISECONDS if self._follows_frames else 0
        if isinstance(self._page, UpdatePicture):
            return PICTURE_MILLISECONDS
        return FULL_SPEED_MILLISECONDS[self._page]

    @property
    def _reveal_seconds(self) -> float:
        """In slow motion the samples of a minibatch appear one by one; faster they could not be followed."""
        speed = self._session.speed
        is_slow = self._session.state is RunState.RUNNING and speed is not None and speed <= SLOW_MOTION
        return REVEAL_SHARE / speed if is_slow and speed is not None else 0.0

    def _choose_page(self, page: _Page) -> None:
        self._page = page
        self._segments.show_value(page)
        self._more.show_value(page)
        set_role(self._more, "" if page in self._more.values else "flat")
        self._show_page()

    def _show_page(self) -> None:
        view, page = self._view, self._page
        self._pages.setCurrentWidget(view)
        self._formula.setMinimumHeight(0)
        is_of_ratios = isinstance(page, UpdatePicture) and page.has_ratio_axis and self._has_ratio
        self._axis.setVisible(view is self._objective or is_of_ratios)
        explained(self._formula, page.explanation if isinstance(page, UpdatePicture) else "clipped_objective")
        self._minibatch.now()

    @property
    def _has_numbers(self) -> bool:
        """Whether what is shown has numbers to be copied."""
        if self._view is self._chart:
            return self._chart.figure is not None
        return self._view is self._table and self._session.minibatch is not None

    def _copy_as_csv(self) -> None:
        """Copy the numbers of what is shown."""
        (self._chart if self._view is self._chart else self._table).copy_as_csv()

    def _show_settings(self) -> None:
        settings = self._session.settings
        self._objective.show_epsilon(
            settings.hyperparameters.clip_range, clips=settings.algorithm is Algorithm.PPO
        )
        self._show_page()

    def _show_strip(self) -> None:
        settings = self._session.settings
        plan = update_plan(settings.algorithm, settings.hyperparameters)
        self._strip.show_moment(
            self._session.latest, plan, settings.hyperparameters.n_envs, is_over=self._update_is_over
        )

    @property
    def _update_is_over(self) -> bool:
        """Whether the newest moment is the last gradient step of an update."""
        session, recent = self._session, self._session.history.recent
        is_step = isinstance(session.latest, MinibatchOptimized) and not session.is_looking_back
        return is_step and bool(recent) and recent[-1].steps == session.history.steps

    def _show_strip_if_due(self) -> None:
        if not self._session.is_at_full_speed:  # there it follows with the minibatch
            self._moment.request()

    def _show_minibatch(self) -> None:
        minibatch = self._session.minibatch
        samples = None if minibatch is None else minibatch.samples
        if self._view is self._table:
            run = self._session.run_settings
            self._table.show_samples(samples, run.environment_id, run.algorithm)
        elif self._view is self._spread:
            self._show_spreads(samples)
        elif isinstance(self._page, UpdatePicture):
            moment = None if minibatch is None else self._moment_of(minibatch)
            self._chart.show_moment(self._page, moment, has_ratio=self._has_ratio, frame=self._frame_shown)
        self._copy.setVisible(self._has_numbers)
        self._moment.now()
        self._show_lamp()
        self._show_selection()

    def _show_spreads(self, samples: MinibatchSamples | None) -> None:
        """Show the advantages, and the entropies too unless they only stand in for the objective."""
        spreads = [advantage_spread(samples)]
        if self._page is Aspect.SPREAD:
            session = self._session
            spreads.append(entropy_spread(session.state_entropies, session.n_actions, self._entropy_unit))
        self._spread.show_spreads(*spreads)

    def _moment_of(self, minibatch: MinibatchOptimized) -> Moment:
        return Moment(
            minibatch, self.has_fixed_axis, self._session.selected_row or 0, played=self._episode.played
        )

    @property
    def _frame_shown(self) -> Frame | None:
        """The state shown of the environment; None while another is followed, a sample of a run going on."""
        session = self._session
        is_followed = session.state is RunState.RUNNING and session.selected_row is not None
        return None if is_followed else self._watching.frame_shown

    @property
    def _follows_frames(self) -> bool:
        """Whether what is shown is made of the state shown of the environment."""
        return isinstance(self._page, UpdatePicture) and self._page.of_frame is not None

    def _follow_frame(self) -> None:
        if self._follows_frames:
            self._minibatch.request()

    def _follow_selection(self) -> None:
        if isinstance(self._page, UpdatePicture):
            self._minibatch.now()
        else:
            self._show_selection()

    def _show_selection(self) -> None:
        """Ring the dot, mark the row, and put the sample's numbers into the formula."""
        minibatch, row = self._session.minibatch, self._session.selected_row
        if self._view is self._objective:
            self._objective.show_minibatch(minibatch, self._session.selected, self._reveal_seconds)
        elif self._view is self._table:
            self._table.select_row(row)
        text = self._chart.summary() if self._view is self._chart else self._about_selected()
        self._formula.setText(text)
        self._formula.setVisible(bool(text))
        if self._view is self._chart:  # a line more or less of numbers must not move the picture
            label = self._formula
            label.setMinimumHeight(max(label.minimumHeight(), label.heightForWidth(label.width())))

    def _about_selected(self) -> str:
        """Return the numbers of the sample that is followed, at this step and before; else nothing."""
        minibatch, row, sample = self._session.minibatch, self._session.selected_row, self._session.selected
        if minibatch is None or sample is None:
            return ""
        algorithm = self._session.run_settings.algorithm
        texts = [] if row is None else [formula_of(minibatch.samples, row, algorithm)]
        passages = minibatch.trace.passages_of(sample)
        if self._has_ratio and len(passages) > 1 - len(texts):
            texts.append(ratios_of(passages))
        return " · ".join(texts)

    def _show_lamp(self) -> None:
        text = self._why_all_ratios_are_one()
        self._lamp.setText(f"● {text}" if text else f"○ r is not always 1: {self._gradients()}")
        self._lamp.setVisible(self._session.minibatch is not None)

    def _gradients(self) -> str:
        """Return of how many samples the gradient is alive, and of how many the clip has removed it."""
        minibatch = self._session.minibatch
        if minibatch is None:
            return ""
        samples = minibatch.samples
        alive, dead = int(samples.gradient_alive.sum()), int(samples.gradient_cut.sum())
        return f"{grouped(alive)} gradients alive, {grouped(dead)} dead in this step"

    def _why_all_ratios_are_one(self) -> str:
        """Return why every ratio is 1 (within 1e-5), or nothing where they are not."""
        minibatch = self._session.minibatch
        if minibatch is None or not (abs(minibatch.samples.ratios - 1) < RATIO_TOLERANCE).all():
            return ""
        return _why(minibatch, self._session.run_settings.algorithm, self._ratios_after_the_update())

    def _ratios_after_the_update(self) -> str:
        """Return the smallest and the largest ratio to which the last update has led, nothing before it."""
        recent = self._session.history.recent
        return f"{recent[-1].min_ratio:.2f} to {recent[-1].max_ratio:.2f}" if recent else ""

    def _change_epsilon(self, epsilon: float) -> None:
        declaration = DECLARATIONS["clip_range"]
        assert declaration.scale is not None
        inside = min(max(epsilon, declaration.scale.low), declaration.scale.high)
        self._session.change(clip_range=declaration.stops[declaration.nearest_stop(inside)])


def _key_of(page: _Page) -> str:
    """Return the key of the explanation of a page."""
    return page.explanation if isinstance(page, UpdatePicture) else EXPLANATIONS[page]


def _why(minibatch: MinibatchOptimized, algorithm: Algorithm, after: str) -> str:
    """Return the reason in so few words that they fit beside each other on a small screen.

    Args:
        minibatch: The gradient step that is shown.
        algorithm: What it is a step of.
        after: The ratios after the last update; they are named where at its step all were 1.
    """
    if algorithm is Algorithm.A2C:
        return "A2C has no ratio: it uses a rollout once, only Â counts"
    if not minibatch.is_one_of_many:
        text = "all ratios are 1: ε does nothing"
        return f"{text}; after the last step {after}" if after else text
    if (minibatch.epoch, minibatch.minibatch) == (1, 1):
        return "all ratios are 1 before step 1: π is π_old"
    return "all ratios are 1 before this step: the policy has not moved"


def _line(name: str) -> QLabel:
    """Return a line of small print that never makes the card wider."""
    label = with_role(QLabel(), "muted")
    label.setObjectName(name)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
