"""The left column of a lesson: its step in words, the question, the answers, and the way on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.lessons.answers import LONGEST_REASON
from ppo_desktop.lessons.claim import REFERENCE
from ppo_desktop.lessons.lesson import (
    Choice,
    Explain,
    Lesson,
    Look,
    Predict,
    Run,
    Step,
    Transfer,
    Verdict,
)
from ppo_desktop.lessons.settings import command_of, names_of
from ppo_desktop.views.controls import Card, laid_out, named, push_button, refresh_at, set_role, with_role
from ppo_desktop.views.kit.overflow import VerticalScrollArea

_FEWEST, _MOST = 38, 43
"""Letters in a line: with fewer it is too short, with more nothing is gained."""
_SHARE = 0.32
"""Of the page, as far as those let it."""
_MARGIN = 12
_NAMES: dict[type[Step], str] = {
    Predict: "Predict",
    Run: "Run",
    Look: "Look",
    Explain: "Why",
    Verdict: "Verdict",
    Transfer: "Elsewhere",
}
"""What each step is called."""


class LessonText(Card):
    """Shows one step at a time; Page Down, as a presenter's remote control sends it, goes on."""

    def __init__(self, lessons: LessonSession) -> None:
        super().__init__("lesson")
        self.can_fill_the_page = False
        self._lessons = lessons
        self._shown: Step | None = None
        self._place = with_role(QLabel(), "muted")
        self._place.setObjectName("lesson_place")
        self._title = _text("", "title")
        self._title.setObjectName("lesson_title")
        self._body = QWidget()
        self._column = laid_out(QVBoxLayout(self._body), margins=(0, 0, 0, 0), spacing=8)
        self._scroll = VerticalScrollArea(self._body)
        self._run = push_button("▶ Run", "lesson_run_button", "lesson_run", lessons.run_change, role="start")
        self._next = push_button("", "lesson_next_button", "lesson_next", self._go_on)
        # Both are there at every step, so that they are always where the hand is.
        self._ways_on = laid_out(QHBoxLayout(), (self._run, 1), (self._next, 2), spacing=6)
        self._tools = laid_out(QVBoxLayout(), margins=(0, 0, 0, 0))
        parts = (self._place, self._title, (self._scroll, 1), self._tools, self._ways_on)
        laid_out(QVBoxLayout(self), *parts, margins=(_MARGIN, 8, _MARGIN, 10), spacing=6)
        refresh_at(self._show_state, lessons.changed, lessons.lesson_changed)

    def fit(self, width: int) -> None:
        """Be as wide as the lines of text and the buttons ask for, in a page of a width in pixels."""
        letter = self.fontMetrics().averageCharWidth()
        buttons = self._ways_on.minimumSize().width() + 2 * _MARGIN
        self.setMinimumWidth(max(buttons, _FEWEST * letter, min(_MOST * letter, round(_SHARE * width))))

    def add_tool(self, tool: QWidget) -> None:
        """Put something between the text and the buttons."""
        self._tools.addWidget(tool)

    def has_room_for(self, tool: QWidget) -> bool:
        """Whether all of the text is seen beside something that was added."""
        room = self._scroll.height() + (0 if tool.isHidden() else tool.height())
        text = self._column.heightForWidth(self._scroll.viewport().width())
        return text + tool.sizeHint().height() <= room

    # ---- what is shown -------------------------------------------------------------------------------

    def _show_state(self) -> None:
        lessons, step = self._lessons, self._lessons.step
        if lessons.lesson is None or step is None:
            self._shown = None
            return
        if step is not self._shown:
            self._shown = step
            self._show_step(lessons.lesson, step)
        self._run.setEnabled(isinstance(step, Run) and not lessons.has_run)
        self._next.setEnabled(not lessons.why_not_next or self._lacks_reason)
        self._next.setText(self._way_on())
        waits = self._lacks_reason or (isinstance(step, Run) and not lessons.has_run)
        set_role(self._next, "" if waits else "start")

    @property
    def _lacks_reason(self) -> bool:
        """Whether an answer is chosen whose reason, for which there may be no room in sight, is missing."""
        lessons = self._lessons
        return isinstance(lessons.step, Predict) and bool(lessons.draft.predicted and lessons.why_not_next)

    @Slot()
    def _go_on(self) -> None:
        """Go to the next step, or to the line for the reason that is missing before it."""
        line = self._body.findChild(QLineEdit, "lesson_reason")
        if self._lacks_reason and line is not None:
            self._scroll.ensureWidgetVisible(line)
            line.setFocus()
        else:
            self._lessons.next()

    def _way_on(self) -> str:
        """Return what the button does."""
        lessons = self._lessons
        match lessons.step:
            case Predict() if self._lacks_reason:
                return "Give a reason"
            case Predict() | Look():
                return "Commit answer"
            case _:
                return "Finish" if lessons.is_last_step else "Next"

    def _show_step(self, lesson: Lesson, step: Step) -> None:
        place = f"Step {self._lessons.place + 1} of {len(lesson.steps)}: {_NAMES[type(step)]}"
        self._place.setText(f"{lesson.part.label} · {place}")
        self._title.setText(lesson.title)
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self._body.setFocus()  # else the first tab of the window gets it, and Space leaves the lesson
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if step.text:
            self._column.addWidget(_text(step.text))
        for part in self._parts(lesson, step):
            self._column.addWidget(part)
        if self._lessons.is_last_step:
            copy_it = partial(self._lessons.copy_line, lesson.id)
            words, name = "Copy my line for the teacher", "copy_line_button"
            self._column.addWidget(push_button(words, name, "class_result", copy_it, role="action"))
        self._column.addStretch(1)
        self._scroll.verticalScrollBar().setValue(0)

    def _parts(self, lesson: Lesson, step: Step) -> Iterator[QWidget]:
        """Yield what a step asks or says, below the text above it."""
        match step:
            case Predict():
                yield from self._question(step.question, step.choices)
                yield _text(step.reason)
                yield self._reason_line(step.reason)
            case Run():
                yield _text(_changed(lesson), "title")
            case Look():
                yield from self._question(step.question, step.choices)
            case Explain():
                yield from self._feedback(lesson)
                for paragraph in step.explanation.split("\n\n"):
                    yield _text(paragraph)
            case Verdict():
                yield _text(
                    "Each line is one seed: the same random numbers, without the change and with it. After ± "
                    "stands half of the 95 % interval of the mean difference."
                )
                yield _text(_changed(lesson))
            case Transfer():
                yield _text(f"Try it in {step.settings.environment_id}:")
                yield push_button(
                    "Open in Train", "lesson_transfer_button", "lesson_transfer", self._lessons.open_in_train
                )
                yield _text("Or at home, in a terminal:")
                yield _command(command_of(step.settings))

    def _question(self, question: str, choices: Sequence[Choice]) -> Iterator[QWidget]:
        yield _text(question, "title")
        yield _Answers(self._lessons, choices)

    def _reason_line(self, question: str) -> QLineEdit:
        line = named(QLineEdit(), "lesson_reason", question, "lesson_reason")
        line.setPlaceholderText("One line is enough.")
        line.setMaxLength(LONGEST_REASON)
        line.textChanged.connect(self._lessons.give_reason)
        line.returnPressed.connect(self._lessons.next)
        return line

    def _feedback(self, lesson: Lesson) -> Iterator[QWidget]:
        """Yield what was predicted and seen, and what there was to see."""
        answers, predict = self._lessons.answers, lesson.step(Predict)
        yield _text(f"You predicted {answers.predicted}: {_said(predict.choices, answers.predicted)}")
        looks = [step for step in lesson.steps if isinstance(step, Look)]
        for look, letter in zip(looks, answers.seen, strict=False):
            yield _text(f"You answered {letter}: {_said(look.choices, letter)}")
            if look.expected and letter != look.expected:
                right = _said(look.choices, look.expected)
                yield _text(f"The expected answer is {look.expected}: {right} Look again.", "correction")
            elif look.expected:
                yield _text("✓ That is the expected answer.")


class _Answers(QWidget):
    """Answers of which one is chosen; long ones wrap."""

    def __init__(self, lessons: LessonSession, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        column = laid_out(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=6)
        for choice in choices:
            button = named(QRadioButton(), f"answer_{choice.id}", choice.text, "lesson_answer")
            button.clicked.connect(lambda _checked, letter=choice.id: lessons.choose(letter))
            self._group.addButton(button)
            words = _Words(choice, button)
            column.addLayout(laid_out(QHBoxLayout(), button, (words, 1), spacing=4))


class _Words(QLabel):
    """What an answer says; a click on it chooses it."""

    def __init__(self, choice: Choice, button: QRadioButton) -> None:
        super().__init__(f"{choice.id}: {choice.text}")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._button = button

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._button.click()


def _text(words: str, role: str = "") -> QLabel:
    """Return a paragraph; whatever stands in a file, it is shown as it is."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return with_role(label, role) if role else label


def _command(command: str) -> QLabel:
    """Return a command that can be marked and copied."""
    label = named(_text(command, "formula"), "lesson_command", "Command", "lesson_transfer")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _changed(lesson: Lesson) -> str:
    """Return all that is changed, from what to what; the run that plays may not have it yet."""
    comparison = lesson.comparison
    others = (number for number in range(len(comparison.variants)) if number != REFERENCE)
    names = (names_of(comparison, number) for number in others)
    return f"The change: {'; '.join(f'from {former} to {changed}' for changed, former in names)}."


def _said(choices: Sequence[Choice], letter: str) -> str:
    return next((choice.text for choice in choices if choice.id == letter), "")
