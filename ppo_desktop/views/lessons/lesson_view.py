"""A lesson: its text and sliders left, what it shows right."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.views.controls import laid_out, refresh_at
from ppo_desktop.views.hyperparameter_panel import HyperparameterPanel
from ppo_desktop.views.kit.overflow import VerticalScrollArea, WrappingSplitter
from ppo_desktop.views.lessons.findings_card import FindingsCard
from ppo_desktop.views.lessons.lesson_cards import LessonCards
from ppo_desktop.views.lessons.lesson_controls import LessonControls
from ppo_desktop.views.lessons.lesson_text import LessonText
from ppo_desktop.views.theme import Theme


class LessonView(WrappingSplitter):
    """Text and sliders left; right the cards of the run that plays, or the verdict.

    Attributes:
        cards: Those of the run that plays.
    """

    def __init__(self, lessons: LessonSession, run: Session, theme: Theme) -> None:
        self._lessons, self._run, self._theme = lessons, run, theme
        self.cards = LessonCards(lessons, run, theme)
        self._findings = FindingsCard(lessons, theme)
        self._sliders: HyperparameterPanel | None = None
        self._controls = LessonControls(run, theme)
        left, self._stage = QWidget(), QStackedWidget()
        parts = (LessonText(lessons), 1), self._controls
        self._left = laid_out(QVBoxLayout(left), *parts, margins=(0, 0, 0, 0), spacing=8)
        for part in (self.cards, self._findings):
            self._stage.addWidget(part)
        super().__init__({left: 0, VerticalScrollArea(self._stage): 1})
        self.setSizes([360, 900])
        lessons.changed.connect(self._show_step)
        refresh_at(self._show_lesson, lessons.lesson_changed)

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
            self._sliders = HyperparameterPanel(self._run, self._theme, lesson.sliders)
            self._sliders.can_fill_the_page = False
            self._left.addWidget(self._sliders)
        self._show_step()

    def _show_step(self) -> None:
        self._stage.setCurrentWidget(self._findings if self._lessons.shows_verdict else self.cards)
        may_try = self._lessons.may_try
        self._controls.setVisible(may_try and self._controls.has_any)
        if self._sliders is not None:
            self._sliders.setVisible(may_try)
