"""One line under everything: what is going wrong, what to try, and the way to before it went wrong."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.events import GoodMoment
from ppo_desktop.ppo.hyperparameters import Hyperparameters, changed_fields
from ppo_desktop.ppo.messages import grouped, unbreakable
from ppo_desktop.runs.advice import Advice
from ppo_desktop.runs.history import RECENT_EPISODES, RECENT_UPDATES
from ppo_desktop.runs.marks import change_label
from ppo_desktop.runs.symptoms import Severity, Symptom, best_is_lost, can_be_judged, ended_early, symptom_of
from ppo_desktop.views.controls import explained, laid_out, named, push_button, set_role

SHOWN_SECONDS = 4.0
"""A symptom that is gone stays at least so long, to be read."""
NO_SYMPTOM = f"No sign of trouble in the last {RECENT_UPDATES} updates and {RECENT_EPISODES} episodes."
TOO_EARLY = "Too early to see whether anything goes wrong."
JUST_CHANGED = "Values have just been changed; they show after a few updates."
AT_EARLIER_MOMENT = (
    "An earlier moment of this run: Train does again what happened then. With a value changed, continue from "
    "here in a branch beside it."
)
REPLAYED = "A replay: the run does again what it did, bit for bit. The slider Speed sets how fast."
HAPPENS_AGAIN = "With the same values the same happens again."
GOES_ON_WITHOUT = "came later; from here the run goes on without."
CONTINUE = "continue from here"
UPDATES_BEFORE = 5
"""Before the run was at its best, for there the fall may begin, and new values need a few to show."""
_MOST_NAMED = 3
"""Values changed since that are named; of more it is said how many."""
_CONTINUE = "continue_here"
"""The address of that link; those of others are hyperparameters."""
_WITH_LINKS = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
_PLAIN = Qt.TextInteractionFlag.NoTextInteraction
_ROLES = {Severity.WARNING: "warning", Severity.NOTE: "note"}


@dataclass(frozen=True)
class _Fall:
    """What went wrong in a run as it lost what it had gained, seen after an update, and with which values."""

    run: str
    update: int
    symptom: Symptom
    values: Hyperparameters | None


class _LinkLabel(QLabel):
    """A label whose first link is chosen, and seen to be, as soon as Tab arrives at it."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.TabFocusReason:
            self.focusNextPrevChild(True)


class SymptomLine(QWidget):
    """Always there, so that nothing jumps when a symptom comes; `refresh` is called a few times a second."""

    went_back = Signal()
    """The run is on its way to before a fall."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._symptom: Symptom | None = None
        self._seen_at = 0.0
        self._fall: _Fall | None = None
        self._avoided: _Fall | None = None
        self._went_to: int | None = None
        self._best: GoodMoment | None = None
        self._label = named(_LinkLabel(), "symptom_label", "Symptom", "symptom")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self._label.linkActivated.connect(self._follow_link)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = push_button(
            "Before the fall",
            "before_the_fall_button",
            "before_the_fall",
            self._go_before_the_fall,
            role="action",
        )
        laid_out(QHBoxLayout(self), (self._label, 1), self._button, margins=(14, 2, 14, 2), spacing=12)
        session.run_changed.connect(self._forget)
        session.state_changed.connect(self.refresh)
        session.settings_changed.connect(self.refresh)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_room()
        if event.type() is QEvent.Type.PaletteChange:
            self._label.clear()  # Qt gives links the colour that is theirs when the text is set
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._reserve_room()
        self.refresh()

    def refresh(self) -> None:
        """Show the gravest symptom of now, or before a fall what to try against that."""
        symptom, now = symptom_of(self._session.history), time.monotonic()
        if symptom is not None:
            self._symptom, self._seen_at = symptom, now
            if best_is_lost(self._session.history):
                session, history = self._session, self._session.history
                self._fall = _Fall(session.kept_run, session.shown_update, symptom, history.hyperparameters)
        elif now - self._seen_at >= SHOWN_SECONDS or self._session.state is not RunState.RUNNING:
            self._symptom = None
        self._show_symptom()
        self._show_button()

    def _forget(self) -> None:
        self._symptom = self._fall = None
        self.refresh()

    def _show_symptom(self) -> None:
        symptom, history = self._symptom, self._session.history
        avoided = self._avoided_here
        role = "muted" if symptom is None else _ROLES[symptom.severity]
        if self._session.is_replaying:
            role = "muted"
        elif avoided is not None:
            role = _ROLES[Severity.NOTE]
        set_role(self._label, role)
        if self._session.is_replaying:
            self._write(REPLAYED)
        elif avoided is not None:
            self._write_before(avoided)
        elif symptom is not None:
            self._write_symptom(symptom)
        elif self._session.later is not None:
            self._write(AT_EARLIER_MOMENT)
        elif history.updates:
            self._write(
                f"{NO_SYMPTOM} {ended_early(history)}".strip() if can_be_judged(history) else TOO_EARLY
            )
        else:
            self._write("")

    def _write_symptom(self, symptom: Symptom) -> None:
        """Write its sentence and, as links, the values to try that are not set yet."""
        offers = self._offers(symptom)
        if not symptom.advice:
            self._write(symptom.sentence, sign="● ")
            return
        if not offers:
            self._write(f"{symptom.sentence} {JUST_CHANGED}", sign="● ")
            return
        self._write(symptom.sentence, {advice.field: advice.label for advice in offers}, sign="● ")

    @property
    def _avoided_here(self) -> _Fall | None:
        """What went wrong later, where the run was taken to before it, or elsewhere with the same values."""
        fall, session = self._avoided, self._session
        if fall is None or session.later is None or session.kept_run != fall.run:
            return None
        if session.shown_update != self._went_to and session.history.hyperparameters != fall.values:
            return None
        return fall if session.shown_update < fall.update else None

    def _write_before(self, fall: _Fall) -> None:
        """Write at which moment before a fall the run is and, as links, the values to try against it."""
        place = self._written_place()
        offers, came_later = self._offers(fall.symptom), self._written_since(fall)
        if self._session.changes_here or not (offers or came_later):
            self._write(f"{place}.", {_CONTINUE: CONTINUE}, "Now", sign="● ")
        elif came_later:
            self._write(f"{place}. {came_later} {GOES_ON_WITHOUT}", {_CONTINUE: CONTINUE}, "Now", sign="● ")
        else:
            links = {**{advice.field: advice.label for advice in offers}, _CONTINUE: CONTINUE}
            self._write(f"{place}. {HAPPENS_AGAIN}", links, sign="● ")

    def _written_place(self) -> str:
        """Return which moment before a fall is shown, and what its policy earns, after which means lag."""
        update, mean_return = self._session.shown_update, self._session.history.curve("mean_return").last
        lately = "" if mean_return is None else f"mean of the last 100: {_return(mean_return)}"
        if self._best is not None and update == self._went_to:
            now = f"episodes here return {_return(self._best.mean_return)}"
            lately = f"{now} ({lately})" if lately else now
        return f"Before the fall, update {grouped(update)}" + (f": {lately}" if lately else "")

    def _written_since(self, fall: _Fall) -> str:
        """Return what was changed between the moment shown and a fall."""
        here = self._session.history.hyperparameters
        changes = changed_fields(here, fall.values) if here and fall.values else {}
        labels = [change_label(name, *values) for name, values in changes.items()]
        return ", ".join(labels) if len(labels) <= _MOST_NAMED else f"{len(labels)} changes"

    def _offers(self, symptom: Symptom) -> list[Advice]:
        """Return what one click sets; nothing while the last updates say little of the values in force."""
        if self._session.history.values_are_new and self._session.later is None:
            return []
        wanted = self._session.settings.hyperparameters
        return [one for one in symptom.advice if getattr(wanted, one.field) != one.value]

    def _write(
        self, sentence: str, links: Mapping[str, str] | None = None, lead: str = "Try", *, sign: str = ""
    ) -> None:
        """Write a sentence, after a sign that is not read out, and what to do as links {address: text}."""
        text, said = unbreakable(sign + html.escape(sentence, quote=False)), sentence
        if links:
            anchors = {address: f'<a href="{address}">{label}</a>' for address, label in links.items()}
            text += f" <b>{lead} {_in_a_row(anchors)}.</b>"
            said += f" {lead} {_in_a_row(links)}."
        if text == self._label.text():
            return
        self._label.setText(text)
        self._label.setAccessibleDescription(said)
        # Without a link it would be a stop on the way of Tab at which there is nothing to do.
        self._label.setTextInteractionFlags(_WITH_LINKS if links else _PLAIN)

    def _follow_link(self, address: str) -> None:
        """Set what has been clicked, as moving the sliders would, or go on from there."""
        if address == _CONTINUE:
            self._session.continue_here()
        avoided = self._avoided_here
        symptom = self._symptom if avoided is None else avoided.symptom
        for advice in [] if symptom is None else self._offers(symptom):
            if advice.field == address:
                self._session.change(**{advice.field: advice.value})

    @property
    def _update_before(self) -> int | None:
        """After which update all was well; None where nothing was lost lately, or that is not kept."""
        fall, session, best = self._fall, self._session, self._session.history.best
        if fall is None or best is None or not session.kept_run or session.later is not None:
            return None
        if session.shown_update - fall.update >= RECENT_UPDATES:
            return None
        return max(0, best.update - 1 - UPDATES_BEFORE)

    def _go_before_the_fall(self) -> None:
        update, best = self._update_before, self._session.history.best
        if update is not None:
            self._avoided, self._went_to, self._best = self._fall, update, best
            self._session.show_update(update)
            self.went_back.emit()

    def _show_button(self) -> None:
        update, best = self._update_before, self._session.history.best
        if update is not None and best is not None:
            why = (
                f"Episodes around update {grouped(best.update)} returned most: {_return(best.mean_return)} "
                f"on average. From there it goes {UPDATES_BEFORE} updates further back."
            )
            explained(self._button, "before_the_fall", why)
            self._button.setText(f"Go to before the fall: update {grouped(update)}")
        self._button.setVisible(update is not None)

    def _reserve_room(self) -> None:
        """Be high enough for the button while it is hidden."""
        self.setMinimumHeight(self._button.sizeHint().height() + 4)


def _return(mean_return: float) -> str:
    return grouped(mean_return, decimals=1).replace("-", "−")


def _in_a_row(links: Mapping[str, str]) -> str:
    """Return what to do as a part of a sentence: one of several values to try, then to go on."""
    tried = " or ".join(link for address, link in links.items() if address != _CONTINUE)
    return ", then ".join(filter(None, (tried, links.get(_CONTINUE))))
