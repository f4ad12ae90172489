"""One line under everything: what is going wrong, what to try, and the way back."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.messages import grouped, unbreakable
from ppo_desktop.runs.advice import Advice
from ppo_desktop.runs.history import RECENT_EPISODES, RECENT_UPDATES
from ppo_desktop.runs.symptoms import Severity, Symptom, can_be_judged, symptom_of
from ppo_desktop.views.controls import laid_out, named, push_button, set_role

SHOWN_SECONDS = 4.0
"""A symptom that is gone stays at least so long, to be read."""
NO_SYMPTOM = f"No sign of trouble in the last {RECENT_UPDATES} updates and {RECENT_EPISODES} episodes."
TOO_EARLY = "Too early to see whether anything goes wrong."
JUST_CHANGED = "Values have just been changed; they show after a few updates."
_WITH_LINKS = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
_PLAIN = Qt.TextInteractionFlag.NoTextInteraction
_ROLES = {Severity.WARNING: "warning", Severity.NOTE: "note"}


class _LinkLabel(QLabel):
    """A label whose first link is chosen, and seen to be, as soon as Tab arrives at it."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.TabFocusReason:
            self.focusNextPrevChild(True)


class SymptomLine(QWidget):
    """Always there, so that nothing jumps when a symptom comes; `refresh` is called a few times a second."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._symptom: Symptom | None = None
        self._seen_at = 0.0
        self._label = named(_LinkLabel(), "symptom_label", "Symptom", "symptom")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self._label.linkActivated.connect(self._follow_link)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = push_button("Go back", "go_back_button", "go_back", session.go_back, role="action")
        laid_out(QHBoxLayout(self), (self._label, 1), self._button, margins=(14, 2, 14, 2), spacing=12)
        session.run_changed.connect(self._forget)
        session.state_changed.connect(self.refresh)
        session.settings_changed.connect(self.refresh)
        session.way_back_changed.connect(self._follow_way_back)
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
        """Show the gravest symptom of now."""
        symptom, now = symptom_of(self._session.history), time.monotonic()
        if symptom is not None:
            self._symptom, self._seen_at = symptom, now
        elif now - self._seen_at >= SHOWN_SECONDS or self._session.state is not RunState.RUNNING:
            self._symptom = None
        self._show_symptom()
        self._show_way_back()

    def _follow_way_back(self) -> None:
        """Say where the way back has got to; at its end nothing said before is true any more."""
        if self._session.is_going_back:
            self.refresh()
        else:
            self._forget()

    def _forget(self) -> None:
        self._symptom = None
        self.refresh()

    def _show_symptom(self) -> None:
        symptom, history = self._symptom, self._session.history
        set_role(self._label, "muted" if symptom is None else _ROLES[symptom.severity])
        if symptom is not None:
            self._write_symptom(symptom)
        elif history.updates:
            self._write(NO_SYMPTOM if can_be_judged(history) else TOO_EARLY)
        else:
            self._write("")

    def _write_symptom(self, symptom: Symptom) -> None:
        """Write its sentence and, as links, the values to try that are not set yet."""
        offers = self._offers(symptom)
        if not offers:
            self._write(f"{symptom.sentence} {JUST_CHANGED}", sign="● ")
            return
        lead = "Set the values of then:" if symptom.values_of_then else "Try"
        links = {_names(offer): ", ".join(advice.label for advice in offer) for offer in offers}
        self._write(symptom.sentence, lead, links, sign="● ")

    def _offers(self, symptom: Symptom) -> list[list[Advice]]:
        """Return what one click sets; nothing while the last updates say little of the values in force."""
        if self._session.history.values_are_new:
            return []
        wanted = self._session.settings.hyperparameters
        advice = [one for one in symptom.advice if getattr(wanted, one.field) != one.value]
        if symptom.values_of_then:
            return [advice] if advice else []
        return [[one] for one in advice]

    def _write(
        self, sentence: str, lead: str = "", links: Mapping[str, str] | None = None, *, sign: str = ""
    ) -> None:
        """Write a sentence, after a sign that is not read out, and offers as links {address: text}."""
        text, said = unbreakable(sign + html.escape(sentence, quote=False)), sentence
        if links:
            anchors = (f'<a href="{address}">{label}</a>' for address, label in links.items())
            text += f" <b>{lead} {' or '.join(anchors)}.</b>"
            said += f" {lead} {' or '.join(links.values())}."
        if text == self._label.text():
            return
        self._label.setText(text)
        self._label.setAccessibleDescription(said)
        # Without a link it would be a stop on the way of Tab at which there is nothing to do.
        self._label.setTextInteractionFlags(_WITH_LINKS if links else _PLAIN)

    def _follow_link(self, address: str) -> None:
        """Set what has been clicked, as moving the sliders would."""
        offers = [] if self._symptom is None else self._offers(self._symptom)
        chosen = next((offer for offer in offers if _names(offer) == address), [])
        self._session.change(**{advice.field: advice.value for advice in chosen})

    def _show_way_back(self) -> None:
        session, best = self._session, self._session.history.best
        going = session.is_going_back
        self._button.setEnabled(not going)
        if going and session.state is RunState.RUNNING:
            self._button.setText("Going back at the next rollout…")
        elif going:
            self._button.setText("Goes back at the next rollout: press Train")
        elif best is not None:
            mean_return = grouped(best.mean_return, decimals=1).replace("-", "−")
            self._button.setText(f"Go back to step {grouped(best.steps)} (return {mean_return})")
        is_lost = self._symptom is not None and self._symptom.best_is_lost
        self._button.setVisible(going or (is_lost and session.can_go_back))

    def _reserve_room(self) -> None:
        """Be high enough for the button while it is hidden."""
        self.setMinimumHeight(self._button.sizeHint().height() + 4)


def _names(offer: Iterable[Advice]) -> str:
    return ",".join(advice.field for advice in offer)
