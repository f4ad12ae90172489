"""One line under everything: what is going wrong, and what to try."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.messages import unbreakable
from ppo_desktop.runs.advice import Advice
from ppo_desktop.runs.history import RECENT_EPISODES, RECENT_UPDATES
from ppo_desktop.runs.symptoms import Severity, Symptom, can_be_judged, symptom_of
from ppo_desktop.views.controls import laid_out, named, set_role

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
        laid_out(QHBoxLayout(self), (self._label, 1), margins=(14, 2, 14, 2), spacing=12)
        session.run_changed.connect(self._forget)
        session.state_changed.connect(self.refresh)
        session.settings_changed.connect(self.refresh)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._label.clear()  # Qt gives links the colour that is theirs when the text is set
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Show the gravest symptom of now."""
        symptom, now = symptom_of(self._session.history), time.monotonic()
        if symptom is not None:
            self._symptom, self._seen_at = symptom, now
        elif now - self._seen_at >= SHOWN_SECONDS or self._session.state is not RunState.RUNNING:
            self._symptom = None
        self._show_symptom()

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
        self._write(symptom.sentence, {advice.field: advice.label for advice in offers}, sign="● ")

    def _offers(self, symptom: Symptom) -> list[Advice]:
        """Return what one click sets; nothing while the last updates say little of the values in force."""
        if self._session.history.values_are_new:
            return []
        wanted = self._session.settings.hyperparameters
        return [one for one in symptom.advice if getattr(wanted, one.field) != one.value]

    def _write(self, sentence: str, links: Mapping[str, str] | None = None, *, sign: str = "") -> None:
        """Write a sentence, after a sign that is not read out, and what to try as links {address: text}."""
        text, said = unbreakable(sign + html.escape(sentence, quote=False)), sentence
        if links:
            anchors = (f'<a href="{address}">{label}</a>' for address, label in links.items())
            text += f" <b>Try {' or '.join(anchors)}.</b>"
            said += f" Try {' or '.join(links.values())}."
        if text == self._label.text():
            return
        self._label.setText(text)
        self._label.setAccessibleDescription(said)
        # Without a link it would be a stop on the way of Tab at which there is nothing to do.
        self._label.setTextInteractionFlags(_WITH_LINKS if links else _PLAIN)

    def _follow_link(self, address: str) -> None:
        """Set what has been clicked, as moving the sliders would."""
        offers = [] if self._symptom is None else self._offers(self._symptom)
        for advice in offers:
            if advice.field == address:
                self._session.change(**{advice.field: advice.value})
