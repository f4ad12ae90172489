"""A lesson: its text and sliders left; right what it shows, and how the run is driven."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.lessons.lesson import Look, Run
from ppo_desktop.views.controls import laid_out, refresh_at
from ppo_desktop.views.hyperparameter_panel import HyperparameterPanel
from ppo_desktop.views.kit.overflow import VerticalScrollArea, WrappingSplitter
from ppo_desktop.views.lessons.findings_card import FindingsCard
from ppo_desktop.views.lessons.lesson_cards import LessonCards
from ppo_desktop.views.lessons.lesson_controls import LessonControls
from ppo_desktop.views.lessons.lesson_text import LessonText
from ppo_desktop.views.theme import Theme


class LessonView(WrappingSplitter):
    """Text and sliders left; right the cards of the run that plays, and its controls, or the verdict.

    Attributes:
        cards: Those of the run that plays.
    """

    def __init__(self, lessons: LessonSession, run: Session, theme: Theme) -> None:
        self._lessons, self._run, self._theme = lessons, run, theme
        self.cards = LessonCards(lessons, run, theme)
        self._findings = FindingsCard(lessons, theme)
        self._sliders: HyperparameterPanel | None = None
        self._controls = LessonControls(run, theme)
        self._text, right, self._stage = LessonText(lessons), QWidget(), QStackedWidget()
        for part in (self.cards, self._findings):
            self._stage.addWidget(part)
        parts = (VerticalScrollArea(self._stage), 1), self._controls
        laid_out(QVBoxLayout(right), *parts, margins=(0, 0, 0, 0), spacing=4)
        super().__init__({self._text: 0, right: 1})
        lessons.changed.connect(self._show_step)
        refresh_at(self._show_lesson, lessons.lesson_changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._text.fit(self.width())
        super().resizeEvent(event)
        self._show_sliders()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._text.fit(self.width())

    def _show_lesson(self) -> None:
        """Show the sliders of the lesson, and no others."""
        lesson = self._lessons.lesson
        if lesson is None:
            return
        if self._sliders is not None:
            self._sliders.hide()
            self._sliders.deleteLater()
            self._sliders = None
        self._controls.hide_locked(lesson.locked)
        if lesson.sliders:
            before = lesson.settings().hyperparameters
            self._sliders = HyperparameterPanel(self._run, self._theme, lesson.sliders, before)
            self._sliders.can_fill_the_page = False
            self._text.add_tool(self._sliders)
        self._show_step()

    def _show_step(self) -> None:
        self._stage.setCurrentWidget(self._findings if self._lessons.shows_verdict else self.cards)
        may_try = self._lessons.may_try
        self._controls.setVisible(may_try and self._controls.has_any)
        if isinstance(self._lessons.step, Run):
            self._show_sliders()
        elif self._sliders is not None:
            self._sliders.hide()
            QTimer.singleShot(0, self, self._show_sliders)  # when the text of the step is laid out

    @Slot()
    def _show_sliders(self) -> None:
        """Show them where the run is let go, and beside a text that leaves room, but at no question."""
        lessons = self._lessons
        if self._sliders is None:
            return
        may_be_seen = lessons.may_try and not isinstance(lessons.step, Look)
        has_room = isinstance(lessons.step, Run) or self._text.has_room_for(self._sliders)
        self._sliders.setVisible(may_be_seen and has_room)
