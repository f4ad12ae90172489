"""Prepare for class: does once what would take time in front of a class, and says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.preparation import Preparation, PreparationState
from ppo_desktop.comparison.store import UnreadableComparison
from ppo_desktop.ppo.messages import counted, listed
from ppo_desktop.views.kit.page import Page

LEAST_SCREEN = QSize(1024, 720)
"""Pixels: the smaller side of each of the two screens for which pages are laid out on a projector."""
_TICK = 20
"""Milliseconds between two steps, in which the window answers."""


@dataclass(frozen=True)
class Finding:
    """What was found out about one thing that a class needs.

    Attributes:
        text: In a sentence.
        is_well: Whether nothing is missing.
    """

    text: str
    is_well: bool = True


class ClassPreparation(QObject):
    """Prepares the fast engine, opens every page, reads recorded runs of lessons, looks at the screen.

    Args:
        window: The main window.
        pages: Those of the window.
        show_page: Shows one of them.
        preparation: Of the fast engine.
        lessons: Whose recorded runs are read.

    Attributes:
        findings: What is known by now.
        is_going_on: Whether more will be.
    """

    changed = Signal()

    def __init__(
        self,
        window: QWidget,
        pages: Sequence[Page],
        show_page: Callable[[Page], None],
        preparation: Preparation,
        lessons: LessonSession,
    ) -> None:
        super().__init__(window)
        self.findings: list[Finding] = []
        self.is_going_on = False
        self._window, self._pages, self._show_page = window, pages, show_page
        self._preparation, self._lessons = preparation, lessons
        self._steps: Iterator[None] = iter(())
        self._timer = QTimer(self, interval=_TICK)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_ready(self) -> bool:
        """Whether all was looked at, and nothing is missing."""
        return not self.is_going_on and bool(self.findings) and all(each.is_well for each in self.findings)

    def text(self) -> str:
        """Return what is known as Markdown."""
        lines = [f"- {'✓' if each.is_well else '✗ **Missing:**'} {each.text}" for each in self.findings]
        if self.is_going_on:
            lines.append("- … this takes a moment")
        else:
            lines.append(f"\n**{'Ready.' if self.is_ready else 'Not ready: see what is missing above.'}**")
        return "\n".join(lines)

    def start(self) -> None:
        """Look at everything anew, unless that is going on."""
        if not self.is_going_on:
            self.findings, self.is_going_on = [], True
            self._steps = self._do()
            self._timer.start()

    @Slot()
    def _go_on(self) -> None:
        n_findings = len(self.findings)
        if next(self._steps, self) is self:
            self._timer.stop()
            self.is_going_on = False
        if not self.is_going_on or len(self.findings) != n_findings:
            self.changed.emit()

    def _do(self) -> Iterator[None]:
        """Do one thing after the other; the window answers in between."""
        self._preparation.start()
        self.findings.append(self._screen())
        yield from self._open_pages()
        yield from self._read_recorded()
        while self._preparation.state is PreparationState.GOING_ON:
            yield
        is_done = self._preparation.state is PreparationState.DONE
        text = "The fast engine is there." if is_done else f"The fast engine: {self._preparation.problem}."
        self.findings.append(Finding(text, is_done))

    def _open_pages(self) -> Iterator[None]:
        """Show each page once, and the one that was shown again."""
        shown = next((page for page in self._pages if page.isVisible()), self._pages[0])
        for page in (*self._pages, shown):
            self._show_page(page)
            yield
        self.findings.append(Finding(f"All {len(self._pages)} pages have been opened."))

    def _read_recorded(self) -> Iterator[None]:
        """Read what stands in for the runs of a lesson if they cannot learn."""
        missing = []
        for opened in self._lessons.course:
            try:
                opened.recorded()
            except (UnreadableComparison, OSError):
                missing.append(f"“{opened.lesson.title}”")
            yield
        n_lessons = counted(len(self._lessons.course), "lesson")
        self.findings.append(
            Finding(f"{listed(missing)} without recorded runs.", is_well=False)
            if missing
            else Finding(f"{n_lessons}, each with recorded runs.")
        )

    def _screen(self) -> Finding:
        """Say whether the screen on which the window is has room for every page in projector mode."""
        size = self._window.screen().size()
        text = f"This screen has {size.width()} × {size.height()} pixels"
        if size.width() >= LEAST_SCREEN.width() and size.height() >= LEAST_SCREEN.height():
            return Finding(f"{text}; F11 is the projector mode.")
        return Finding(f"{text}: set it to 1280 × 720 or 1024 × 768 at least.", is_well=False)
