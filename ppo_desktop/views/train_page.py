"""The Train page: hyperparameters left, environment and update in the middle, plots right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.watching import Watching
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.presets import nearest_preset, uncounted_fields
from ppo_desktop.views.breakpoint_strip import BreakpointButton, BreakpointStrip
from ppo_desktop.views.charts.redraw import Redraw, RedrawQueue
from ppo_desktop.views.controls import Card
from ppo_desktop.views.curve_plot import Surroundings
from ppo_desktop.views.environment_panel import EnvironmentPanel
from ppo_desktop.views.hyperparameter_panel import HyperparameterPanel
from ppo_desktop.views.kit.lock import control_name
from ppo_desktop.views.kit.overflow import OverflowArea, StackedSplitter, VerticalScrollArea, WrappingSplitter
from ppo_desktop.views.kit.page import Page, PagePart
from ppo_desktop.views.play_head import PlayHead
from ppo_desktop.views.plot_cards import N_SMALL
from ppo_desktop.views.plots_panel import PlotsPanel
from ppo_desktop.views.policy_strip import EntropyUnit
from ppo_desktop.views.run_export_menu import run_export_button
from ppo_desktop.views.symptom_line import SymptomLine
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.train_bar import TrainBar
from ppo_desktop.views.train_footer import TrainFooter
from ppo_desktop.views.update_panel import UpdatePanel

REDRAW_MILLISECONDS = 42
"""Plots and counters are redrawn in turn, one of them this often, so that none holds up the others."""


_ENVIRONMENT_SHARE = 60
"""Percent of the width that it has beside a single plot."""


class TrainPage(Page):
    """Lays out the panels; while there is news, plots and counters are redrawn one after the other.

    While another page is shown no plot, picture or table is drawn; when it is shown again, each panel
    catches up.

    Args:
        session: The run.
        theme: Fonts and colours.
        tools: What else can be done from the moment at which the play head stands.

    Attributes:
        watching: The policy of the moment shown, played.
        update_panel: The card of the update.
    """

    def __init__(self, session: Session, theme: Theme, *tools: QWidget) -> None:
        bar = TrainBar(session, theme)
        super().__init__("train", "Train", bar, "train_page", session.notices)
        self._session = session
        self._bar = bar
        self.watching = Watching(session)
        self.environment = EnvironmentPanel(session, self.watching, theme)
        self.plots = PlotsPanel(theme)
        self._pause_when = BreakpointStrip(session)
        self._footer = TrainFooter(session, BreakpointButton(session, self._pause_when))
        self.update_panel = UpdatePanel(session, self.watching, theme)
        self._run_shown = ""
        self.export_button = export = run_export_button(session, self)
        self._play_head = PlayHead(session, theme, *tools, export)
        self._symptoms = SymptomLine(session)
        self._hyperparameters = HyperparameterPanel(session, theme)
        self._lay_out(self._hyperparameters, self.update_panel)
        self._make_parts()
        self.less = (*self._footer.details, *self._play_head.recent, self.environment.strip)
        self._queue = RedrawQueue(REDRAW_MILLISECONDS)
        plots = (partial(self._redraw_plot, place) for place in range(len(self.plots.plots)))
        counters = Redraw(self._footer, self._redraw_counters)
        self._redraws: tuple[Callable[[], None], ...] = (*plots, counters.request)
        self.plots.entropy_unit_changed.connect(self.environment.set_entropy_unit)
        self.plots.entropy_unit_changed.connect(self.update_panel.set_entropy_unit)
        self.plots.pin_asked.connect(session.pin_baseline)
        session.baseline_changed.connect(lambda: self.plots.show_baseline(session.baseline))
        self.card_focus.changed.connect(self.plots.choose_labels)
        self._symptoms.went_back.connect(self._play_head.take_focus)
        session.run_changed.connect(self._show_run)
        session.update_shown.connect(self._show_curves)
        session.progress_changed.connect(self._request_redraws)
        session.settings_changed.connect(self.hint_changed)
        self._make_shortcuts()
        self._make_actions()
        self._show_run()

    @property
    def hint(self) -> str:
        """What the preset is for, or what differs from the nearest."""
        settings = self._session.settings
        ignored = uncounted_fields(settings.hyperparameters)
        preset, differing = nearest_preset(settings.environment_id, settings.hyperparameters, ignored)
        if not differing:
            return f"{preset.name}: {preset.note}"
        values = f"{preset.name} with {differing}"
        return f"{values}. A double click on a slider returns to the preset; a change can be undone."

    def toggle(self) -> None:
        """Train, or pause."""
        self._session.toggle_training()

    def close_down(self) -> None:
        """End what is watched or played."""
        self.watching.close()
        self.update_panel.close_down()

    def hideEvent(self, event: QHideEvent) -> None:
        """Redraw nothing while it is hidden."""
        super().hideEvent(event)
        self._queue.clear()

    @property
    def view(self) -> str:
        """The name of the card that fills the page, empty where none does."""
        card = self.card_focus.card
        if card is self.update_panel:
            return self.update_panel.view
        return "" if card is None else control_name(card)

    def show_view(self, name: str) -> bool:
        """Let a card, or a picture of the update, fill the page; return whether there is one of that name.

        No name brings the page back.
        """
        card: Card | None = {"environment": self.environment, "update": self.update_panel}.get(name)
        if self.update_panel.show_view(name):
            card = self.update_panel
        card = card or self.plots.plot_of(name)
        self.card_focus.leave()
        if card is not None:
            self.card_focus.fill_with(card)
        return card is not None or not name

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show entropies in bits or nats."""
        self.plots.set_entropy_unit(unit)
        self.environment.set_entropy_unit(unit)
        self.update_panel.set_entropy_unit(unit)

    def _lay_out(self, hyperparameters: QWidget, update: QWidget) -> None:
        middle = StackedSplitter({self.environment: 480, update: 420})
        # Sliders stay where they are while what they change is scrolled to.
        pictures = WrappingSplitter({middle: 3, self.plots: 4})
        pictures.setSizes([540, 680])
        columns = WrappingSplitter({hyperparameters: 0, VerticalScrollArea(pictures): 1})
        columns.setSizes([340, 1188])
        self.columns = (columns, pictures)
        self.lay_out(
            OverflowArea(columns),
            self._play_head,
            self._pause_when,
            self._symptoms,
            self._footer,
            margins=(7, 0, 7, 0),
        )

    def _make_parts(self) -> None:
        """Let each question be asked with its sliders, and what answers it, alone."""
        sliders, plots = self._hyperparameters, self.plots
        self.set_parts(
            PagePart("Learning", lambda: (sliders, self.environment, plots.return_card)),
            PagePart("Update", lambda: (sliders, self.update_panel, plots.clip_fraction_card)),
            PagePart(
                "Curves", lambda: (sliders, plots.return_card, plots.entropy_card, plots.clip_fraction_card)
            ),
            PagePart("Numbers", lambda: (sliders, *plots.plots[len(plots.plots) - N_SMALL :])),
        )
        # When the columns have turned, if they do.
        self.card_focus.changed.connect(partial(QTimer.singleShot, 0, self, self._share_room))

    def _share_room(self) -> None:
        """Have a few cards that are shown all in sight; the environment needs more room for its texts."""
        pictures, few = self.columns[1], self.card_focus.few
        pictures.set_compact(bool(few))
        if self.environment in few and not pictures.is_stacked:
            pictures.setSizes([_ENVIRONMENT_SHARE, 100 - _ENVIRONMENT_SHARE])

    # ---- keys and menu -------------------------------------------------------------------------------

    def _make_shortcuts(self) -> None:
        session, change_speed = self._session, self._bar.change_speed
        for keys, what, slot in (
            ("Left", "One step back, where it is kept", session.look_back),
            ("Right", "One environment step", partial(session.step, StepKind.ENVIRONMENT_STEP)),
            ("Shift+Right", "One minibatch", partial(session.step, StepKind.MINIBATCH)),
            ("Ctrl+Right", "One update", partial(session.step, StepKind.UPDATE)),
            ("Ctrl+Left", "One update back", self._go_back_one_update),
            ("+", "Faster", partial(change_speed, +1)),
            ("=", "Faster", partial(change_speed, +1)),
            ("-", "Slower", partial(change_speed, -1)),
        ):
            self.add_shortcut(keys, what, slot, repeats=True)
        self.add_shortcut("R", "Reset, with the same seed", session.reset)
        self.add_shortcut("N", "New seed", session.new_seed)
        watch = "Watch the policy play without learning, or show the run again"
        self.add_shortcut("W", watch, self.watching.toggle)

    def _go_back_one_update(self) -> None:
        if self._session.asked_update > 0:
            self._session.show_update(self._session.asked_update - 1)

    def _make_actions(self) -> None:
        stack = self._session.undo_stack
        undo, redo = stack.createUndoAction(self, "Undo"), stack.createRedoAction(self, "Redo")
        for action, turn, keys in (
            (undo, self._session.undo, QKeySequence.StandardKey.Undo),
            (redo, self._session.redo, QKeySequence.StandardKey.Redo),
        ):
            action.triggered.disconnect()  # from the stack, which would ask nothing
            action.triggered.connect(turn)
            action.setShortcuts(keys)
            self.addAction(action)

    # ---- what the session says -----------------------------------------------------------------------

    def _show_run(self) -> None:
        """Show another run, or another moment of the same, for which the plots stay zoomed in."""
        session, settings = self._session, self._session.settings
        if not session.kept_run or session.kept_run != self._run_shown:
            self.plots.show_run(settings.environment_id, session.n_actions, settings.algorithm)
        self._show_curves()
        self._footer.refresh()

    def _show_curves(self) -> None:
        """Draw the run up to what is shown, what came later, and the run of which this is a branch."""
        session = self._session
        around = Surroundings(session.later, session.opened.of_parent, session.opened.branched_at)
        self.plots.redraw(session.history, around)

    def _request_redraws(self) -> None:
        """Give every plot and the footer a turn from now on, if they can be seen."""
        self._run_shown = self._session.kept_run
        if self.isVisible():
            for redraw in self._redraws:
                self._queue.request(redraw)

    def _redraw_plot(self, place: int) -> None:
        self.plots.redraw_plot(place, self._session.history)

    def _redraw_counters(self) -> None:
        self._footer.refresh()
        self._play_head.refresh()
        self._symptoms.refresh()
