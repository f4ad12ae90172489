"""One line under everything: what is going wrong, what to try, and the way back."""

from __future__ import annotations

import html
import time

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.runs.symptoms import Severity, Symptom, symptom_of
from ppo_desktop.views.controls import named, push_button, set_role

SHOWN_SECONDS = 4.0
"""A symptom that is gone stays at least so long, to be read."""
NO_SYMPTOM = "No symptom of trouble."
_ROLES = {Severity.WARNING: "warning", Severity.NOTE: "note"}


class SymptomLine(QWidget):
    """Always there, so that nothing jumps when a symptom comes; `refresh` is called a few times a second."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._symptom: Symptom | None = None
        self._seen_at = 0.0
        self._label = named(QLabel(), "symptom_label", "Symptom", "symptom")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = push_button("Go back", "go_back_button", "go_back", role="action")
        self._button.clicked.connect(session.go_back)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 2, 14, 2)
        layout.setSpacing(12)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._button)
        session.run_changed.connect(self._forget)
        session.state_changed.connect(self.refresh)
        session.way_back_changed.connect(self._follow_way_back)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_room()

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
        symptom = self._symptom
        role = "muted" if symptom is None else _ROLES[symptom.severity]
        set_role(self._label, role)
        if symptom is None:
            self._write(NO_SYMPTOM if self._session.history.updates else "", "")
        else:
            self._write(symptom.sentence, symptom.advice)

    def _write(self, sentence: str, advice: str) -> None:
        text = html.escape(sentence, quote=False)
        if advice:
            text = f"● {text} <b>{html.escape(advice, quote=False)}</b>"
        if text != self._label.text():
            self._label.setText(text)
            self._label.setAccessibleDescription(f"{sentence} {advice}".strip())

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
