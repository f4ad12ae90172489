"""Tune's bar in the header: which study, sampler and pruner, how many trials, and what drives them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QMenu,
    QSizePolicy,
)

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import grouped, shortened
from ppo_desktop.ppo.typed_numbers import AmbiguousNumber, parse_whole
from ppo_desktop.study.samplers import pruners, samplers
from ppo_desktop.study.study_plan import MOST_AT_ONCE
from ppo_desktop.views.controls import captioned, menu_button, named, refresh_at
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.kit.choice_combo import ChoiceCombo, FittingCombo
from ppo_desktop.views.kit.fields import NumberBox
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.library_button import LibraryButton
from ppo_desktop.views.tune.study_menu import study_menu

_STOP_NOW = "Now; what is running is tried again later"
_GIVE_UP = "Wait no longer for the study"
_LONGEST_NAME = 24
"""Characters of a study's name on the button."""
MOST_TRIALS = 100_000
UNTIL_STOPPED = "until stopped"
_FIELD_MARGIN = 22
"""Around the text that is typed, pixels."""
_OFFERED = (10, 30, 60, 100, 200, 500, 1_000, None)


class TuneBar(JobBar):
    """Studies; sampler, pruner, trials, trials at once; Start, Stop.

    Attributes:
        studies: The menu of studies.
    """

    def __init__(self, tune: TuneSession) -> None:
        super().__init__()
        self._tune = tune
        self.studies = study_menu(tune, self)
        self._form = DraftForm(self, tune.drafting.changed)
        self._build()
        refresh_at(self._show_buttons, tune.state_changed, tune.study_changed, tune.estimate_changed)

    # ---- its parts -----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._studies = LibraryButton("studies_button", "Studies", "studies", self.studies)
        drafting, add = self._tune.drafting, self._form.add
        sampler = ChoiceCombo("sampler_combo", "Sampler", "sampler", samplers())
        add(sampler, lambda: drafting.strategy.sampler, drafting.choose_sampler)
        pruner = ChoiceCombo("pruner_combo", "Pruner", "pruner", pruners())
        add(pruner, lambda: drafting.strategy.pruner, drafting.choose_pruner)
        trials = add(TrialsCombo(), lambda: drafting.n_trials, drafting.set_trials)
        trials.complained.connect(drafting.refuse)
        at_once = NumberBox(1, MOST_AT_ONCE, " at once")
        at_once.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        named(at_once, "at_once_box", "Trials at once", "trials_at_once")
        add(at_once, lambda: drafting.trials_at_once, drafting.set_trials_at_once)
        self.start = StartButton("tune_button", "tune", self._tune.toggle)
        self._stop = menu_button("Stop ▾", "tune_stop_button", "Stop", "stop_study", self._stop_menu())
        for combo in (sampler, pruner):
            combo.let_be_cut()
        combos = (("Sampler", sampler), ("Pruner", pruner), ("More trials", trials))
        choices = [part for caption, combo in combos for part in captioned(caption, combo)]
        self.set_groups((self._studies, *choices, at_once), (self.start, self._stop), gives_way=choices[-2])

    def _stop_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("tune_stop_menu")
        self._finish = menu.addAction("After the running trials", self._tune.finish)
        self._stop_now = menu.addAction(_STOP_NOW, self._tune.stop)
        return menu

    # ---- what it shows -------------------------------------------------------------------------------

    def _show_buttons(self) -> None:
        state, place = self._tune.state, self._tune.place
        self._studies.show_name("New study" if place is None else shortened(place.name, _LONGEST_NAME))
        is_under_way, is_opening = self._tune.is_under_way, state is JobState.OPENING
        self.start.show_state(state, "Start" if place is None else _more_text(self._tune))
        self.start.setEnabled(self.start.isEnabled() and not self._tune.why_no_more)
        self.start.setToolTip(self._tune.why_no_more)
        self._stop.setEnabled(is_under_way or is_opening)
        self._finish.setEnabled(state in (JobState.RUNNING, JobState.PAUSED))
        self._stop_now.setText(_GIVE_UP if is_opening else _STOP_NOW)
        self._form.set_enabled(not is_under_way and not is_opening)


def _more_text(tune: TuneSession) -> str:
    """Return how many trials the next go does of the study shown: what was left, or so many more."""
    n_trials = tune.n_trials_to_come
    if n_trials is None:
        return "Continue until stopped"
    return f"Continue, {n_trials} left" if n_trials == tune.n_left else f"{n_trials} more"


def parse_trials(text: str) -> int:
    """Return the number of trials that is meant.

    Raises:
        ValueError: It is none; the message is one line.
    """
    try:
        number = parse_whole(text)
    except AmbiguousNumber as error:
        raise ValueError(f"More trials: {error}; write it plainly.") from error
    except ValueError:
        number = 0
    if not (1 <= number <= MOST_TRIALS and number.is_integer()):
        raise ValueError(
            f"How many more trials? Write a whole number from 1 to {grouped(MOST_TRIALS)}, or choose "
            f"“{UNTIL_STOPPED}” from the list."
        )
    return int(number)


class TrialsCombo(FittingCombo):
    """How many more trials are wanted: a number that may be typed, or until stopped, which is chosen."""

    chosen = Signal(object)
    complained = Signal(str)

    def __init__(self) -> None:
        super().__init__("trials_combo", "More trials", "n_trials")
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]  # it would change what is typed
        self.addItems([_text(n_trials) for n_trials in _OFFERED])
        self._shown: int | None = None
        line = self.lineEdit()
        assert line is not None
        self._line = line
        self._line.setAccessibleName("More trials")
        self._line.editingFinished.connect(self._take)
        self.activated.connect(self._choose)

    def show_value(self, n_trials: int | None) -> None:
        """Show a number of trials, None for until stopped, unless one is being typed."""
        self._shown = n_trials
        if not (self._line.hasFocus() and self._line.isModified()):
            self._show()

    def sizeHint(self) -> QSize:
        """Wide enough for the text, which stands in a field with margins of its own."""
        hint = super().sizeHint()
        return QSize(hint.width() + _FIELD_MARGIN, hint.height())

    def _least_text(self) -> int:
        return self._widest_item()

    def _take(self) -> None:
        if not self._line.isModified():
            return
        self._line.setModified(False)
        try:
            wanted = parse_trials(self._line.text())
        except ValueError as error:
            self._show()
            self.complained.emit(str(error))
        else:
            self.chosen.emit(wanted)
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves what is being typed, Enter takes it."""
        if event.key() == Qt.Key.Key_Escape:
            self._show()
            self._line.clearFocus()
        else:
            super().keyPressEvent(event)

    def _choose(self, index: int) -> None:
        self._line.setModified(False)
        self.chosen.emit(_OFFERED[index])

    def _show(self) -> None:
        text = _text(self._shown)
        self.setCurrentIndex(_OFFERED.index(self._shown) if self._shown in _OFFERED else -1)
        if self._line.text() != text:
            self._line.setText(text)
            self._line.setCursorPosition(0)
        self._line.setModified(False)
        self.updateGeometry()


def _text(n_trials: int | None) -> str:
    return UNTIL_STOPPED if n_trials is None else grouped(n_trials)
