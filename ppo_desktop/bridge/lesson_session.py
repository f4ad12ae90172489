"""The lesson the window shows: its step, what the pupil answers, the run that plays, and the paired runs."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.bridge.job_session import JobSession, JobState
from ppo_desktop.bridge.notices import Action
from ppo_desktop.bridge.playback import Playback
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord, history_of, steps_after
from ppo_desktop.comparison.statistics import load_scipy
from ppo_desktop.comparison.store import UnreadableComparison
from ppo_desktop.comparison.summary import RunRecords
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.lessons.answers import LONGEST_REASON, AnswerBook, Answers, class_result, going_on
from ppo_desktop.lessons.blocks import LessonError
from ppo_desktop.lessons.claim import REFERENCE
from ppo_desktop.lessons.course import Opened, course, open_lesson
from ppo_desktop.lessons.findings import Finding, findings
from ppo_desktop.lessons.lesson import FIRST_SEED, Begin, Explain, Lesson, Look, Predict, Run, Step, Verdict
from ppo_desktop.ppo.events import Event
from ppo_desktop.ppo.messages import one_line, what_went_wrong
from ppo_desktop.runs.history import History
from ppo_desktop.user_files import lesson_runs_folder

CHANGED = REFERENCE + 1
"""Number of the variant that plays after the change."""
_BEFORE = RunKey(REFERENCE, FIRST_SEED)
"""The paired run whose curves stand behind it."""
WATCHED_SPEED = 1000.0
"""Steps a second of the run that plays, so that it can be followed…"""
_LONGEST_WATCHED = 120_000
"""…unless it has more steps than these."""
_MOST_BYTES = 200_000_000
"""What the runs that have played in lessons may take."""
_SECONDS = 0.4
"""Shortest time between two looks at the paired runs."""
_FAILED = "The runs cannot learn here"
logger = logging.getLogger(__name__)


class LessonSession(JobSession):
    """The course, the lesson that is open, and everything one may ask of it.

    Attributes:
        opened: The lesson; None while the course is shown.
        place: Number of its step that is shown, from 0.
        draft: What is being answered, which counts when it is committed.
        answers: What has been committed in this lesson.
        run: The run that plays in lessons; None before the first lesson.
        records: The paired runs, as far as they are.
        is_recorded: Whether those are shown that were recorded for the lesson.
        playback: How far the recorded run has played.
        has_run: Whether the change has been let run.
    """

    changed = Signal()
    lesson_changed = Signal()
    run_made = Signal()
    findings_changed = Signal()
    opened_in_train = Signal()

    def __init__(self, train: Session, answers: Path) -> None:
        """Show the course.

        Args:
            train: The run of Train, which makes way for one that plays in a lesson.
            answers: The file of what the pupil answers.
        """
        super().__init__()
        self.opened: Opened | None = None
        self.place = 0
        self.draft = self.answers = Answers()
        self.run: Session | None = None
        self.records: dict[RunKey, RunRecord] = {}
        self.is_recorded = self.has_run = False
        self.playback = Playback()
        self.playback.turned.connect(self.changed)
        self._train = train
        self._answers_file = answers
        self._book: AnswerBook | None = None
        self._course: list[Opened] | None = None
        self._experiment: Experiment | None = None
        self._before: History | None = None
        self._is_visible = self._is_ready = self._is_held = self._goes_on = False
        self._inquiry: Inquiry[Lesson, RunRecords, None, tuple[Finding, ...]] = Inquiry(
            None, lambda: dict(self.records), _findings_of, load_scipy, _SECONDS
        )
        self._inquiry.digest_changed.connect(self.findings_changed)
        self.notices.review_at(self.changed, self.lesson_changed)
        for signal in (self.state_changed, self.progress_changed):
            signal.connect(self.changed)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def course(self) -> list[Opened]:
        """The lessons that ship, read when they are asked for first."""
        if self._course is None:
            self._course = course()
        return self._course

    @property
    def book(self) -> AnswerBook:
        """What the pupil has answered, likewise."""
        if self._book is None:
            self._book = AnswerBook(self._answers_file)
            if self._book.remark:
                self.notices.say(self._book.remark, is_warning=True)
        return self._book

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that is open."""
        return None if self.opened is None else self.opened.lesson

    @property
    def step(self) -> Step | None:
        """Its step that is shown."""
        return None if self.lesson is None else self.lesson.steps[self.place]

    @property
    def why_not_next(self) -> str:
        """What is missing before the next step; empty for nothing."""
        match self.step:
            case Predict() if not self.draft.predicted:
                return "Choose an answer first."
            case Predict() if not self.draft.reason.strip():
                return "Write a line of reason first."
            case Run() if not self.has_run:
                return "Let it run first."
            case Look() if len(self.draft.seen) <= self._number_of_look:
                return "Choose an answer first."
            case _:
                return ""

    @property
    def is_last_step(self) -> bool:
        """Whether the lesson ends with the step that is shown."""
        return self.lesson is not None and self.place == len(self.lesson.steps) - 1

    @property
    def point(self) -> str:
        """Id of the card that is lit; empty for none."""
        return self.step.point if isinstance(self.step, Look | Explain) else ""

    @property
    def shows_verdict(self) -> bool:
        """Whether the pairs are shown in the place of the run that plays."""
        return isinstance(self.step, Verdict)

    @property
    def may_try(self) -> bool:
        """Whether the pupil may change what plays: what is to be predicted must not be tried out before.

        A run that is to be saved may be changed as soon as the prediction is committed.
        """
        is_to_be_saved = self.lesson is not None and self.lesson.begin is Begin.COLLAPSED
        may_begin = self.has_run or (is_to_be_saved and not isinstance(self.step, Predict))
        return may_begin and not self.shows_verdict and not self.is_recorded

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the paired runs say; nothing before all have ended, and a moment after that."""
        return self._inquiry.digest or ()

    @property
    def is_playing(self) -> bool:
        """Whether the run that is shown, here or recorded, goes on."""
        if self.is_recorded:
            return self.playback.is_going_on
        return self.run is not None and self.run.state is RunState.RUNNING

    @property
    def steps(self) -> int:
        """Environment steps of the run that is shown."""
        if self.lesson is not None and self.is_recorded:
            return round(steps_after(self.playback.bins, self.lesson.comparison.total_steps))
        return 0 if self.run is None else self.run.steps

    @property
    def recorded_history(self) -> History | None:
        """The curves of the recorded run, as far as it has played; None while a run plays here.

        The one with the change is shown only after that was let run: before, it is to be predicted.
        """
        variant = CHANGED if self.has_run else REFERENCE
        return self._history(variant, self.steps) if self.is_recorded else None

    @property
    def history_before(self) -> History | None:
        """The curves of the run before the change, which stand behind; None where there is none yet."""
        if self.is_recorded:
            return self._history(REFERENCE) if self.has_run else None
        return None if self.run is None else self.run.baseline

    @property
    def has_recorded(self) -> bool:
        """Whether there are recorded runs that can be shown instead."""
        return self.opened is not None and not self.is_recorded and self.opened.recorded_path.exists()

    def is_done(self, lesson_id: str) -> bool:
        """Return whether a lesson has been gone through to its end."""
        return self.book.of(lesson_id).is_finished

    def left_at(self, lesson: Lesson) -> int:
        """Return the number of the step at which a lesson was left, 0 where it would begin anew."""
        return going_on(lesson, self.book.of(lesson.id)).place

    def class_lines(self, text: str) -> list[str]:
        """Return what the lines of many pupils say together, for a teacher to read."""
        return class_result(text).lines({one.lesson.id: one.lesson.title for one in self.course})

    # ---- what is done --------------------------------------------------------------------------

    def open_file(self, path: Path) -> None:
        """Open the lesson in a file; one that is none is refused with a notice, and what is shown stays."""
        try:
            self.open(open_lesson(path))
        except LessonError as error:
            self.notices.say(one_line(f"{path.name}, {error}"), is_warning=True)
        except OSError as error:
            self.notices.say(
                one_line(f"{path.name} cannot be read: {error.strerror or error}."), is_warning=True
            )

    def open(self, opened: Opened) -> None:
        """Show a lesson where it was left, else from its beginning, and let its run play."""
        lesson = opened.lesson
        self._begin(opened, going_on(lesson, self.book.of(lesson.id)))
        if self.place:
            step, where = self.step, f"step {self.place + 1} of {len(lesson.steps)}"
            self.notices.say(
                f"This lesson goes on where it was left, at {where}, with what was answered.",
                holds=lambda: self.step is step,
            )

    @Slot()
    def begin_again(self) -> None:
        """Show the lesson from its beginning, and forget what was answered in it."""
        if self.opened is not None:
            # What was gone through to the end once stays so.
            self._begin(self.opened, Answers(is_finished=self.answers.is_finished))
            self._commit(self.answers)

    def _begin(self, opened: Opened, answers: Answers) -> None:
        """Show the step at which a lesson goes on; the run plays that was let run there."""
        self._leave_runs()
        self.opened, self.place = opened, answers.place
        self.draft = self.answers = answers
        self.notices.withdraw()
        self._inquiry.begin(opened.lesson)
        self._train.make_way("a lesson")
        self.has_run = self.place > opened.lesson.steps.index(opened.lesson.step(Run))
        self._play(CHANGED if self.has_run else REFERENCE, None)
        if self.has_run:
            self.start()
        self.lesson_changed.emit()
        self.changed.emit()

    def close_lesson(self) -> None:
        """Show the course again."""
        self._leave_runs()
        self.opened = None
        self.lesson_changed.emit()
        self.changed.emit()

    def choose(self, letter: str) -> None:
        """Choose an answer of the question that is asked; it counts when it is committed."""
        if isinstance(self.step, Predict):
            self.draft = replace(self.draft, predicted=letter)
        elif isinstance(self.step, Look):
            self.draft = replace(self.draft, seen=(*self.draft.seen[: self._number_of_look], letter))
        self.changed.emit()

    def give_reason(self, reason: str) -> None:
        """Say why that is predicted; what is committed stays."""
        if isinstance(self.step, Predict):
            self.draft = replace(self.draft, reason=reason[:LONGEST_REASON])
        self.changed.emit()

    @Slot()
    def go_on(self) -> None:
        """Do what comes next: let the change run, where it has not; else go to the next step."""
        if isinstance(self.step, Run) and not self.has_run:
            self.run_change()
        else:
            self.next()

    @Slot()
    def next(self) -> None:
        """Commit what is answered and show the next step; after the last one, the course."""
        if self.lesson is None:
            return
        if self.why_not_next:
            step = self.step
            self.notices.say(self.why_not_next, holds=lambda: self.step is step and bool(self.why_not_next))
            return
        if self.is_last_step:
            self._finish()
            return
        self.place += 1
        self._commit(replace(self.draft, place=self.place))
        self.changed.emit()

    def copy_line(self, lesson_id: str) -> None:
        """Put what the pupil has answered in a lesson on the clipboard, as one line for the teacher."""
        QGuiApplication.clipboard().setText(self.book.of(lesson_id).line(lesson_id))
        self.notices.say("Your line is copied: paste it where your teacher collects them.")

    @Slot()
    def run_change(self) -> None:
        """Let the run with the change play, and all paired runs learn: once a prediction is committed."""
        if not isinstance(self.step, Run) or self.has_run or self.opened is None:
            return
        assert self.run is not None
        self.has_run = True
        if self.is_recorded:
            self.playback.begin()
        else:
            self._play(CHANGED, copy.deepcopy(self.run.history) if self._plays_reference else None)
            self.start()
        self.changed.emit()

    @Slot()
    def start(self) -> None:
        """Let the paired runs learn, unless they do so already."""
        if self.lesson is None or self._experiment is not None:
            return
        before = self._before = History()

        def follow(key: RunKey, event: Event) -> None:
            if key == _BEFORE:
                before.add(event)

        self._experiment = Experiment(self.lesson.comparison, together=False, follow=follow)
        self.records = self._experiment.records
        self._begin_job("lesson", self._experiment, _SECONDS, lambda _event: None)

    @Slot()
    def toggle(self) -> None:
        """Freeze the run that plays, or let it go on; one that has ended plays from its beginning."""
        if self.is_recorded:
            self.playback.toggle()
            return
        if self.run is None or self.lesson is None:
            return
        if self.run.state is RunState.FINISHED:
            self.run.reset()
        self.run.toggle_training()

    @Slot()
    def show_recorded(self) -> None:
        """Show the runs that were recorded for the lesson instead of those that learn here."""
        if self.opened is not None and not self.is_recorded:
            try:
                self._show_recorded(self.opened, has_run=not isinstance(self.step, Predict))
            except UnreadableComparison as error:
                self.notices.say(str(error), is_warning=True)

    def open_in_train(self) -> None:
        """Set what the last step names in Train, ready to begin."""
        transfer = None if self.lesson is None else self.lesson.transfer
        if transfer is not None and self.lesson is not None:
            self._train.open_run(transfer.settings, None, f"“{self.lesson.title}”")
            self.opened_in_train.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Let the run that plays rest while nobody looks on, and go on then."""
        self._is_visible = is_visible
        self._inquiry.set_visible(is_visible and self._is_ready)
        if not is_visible:
            self.playback.rest()
        if self.run is None:
            return
        if not is_visible:
            self._goes_on |= self.run.state is RunState.RUNNING
            self.run.pause()
        else:
            self._go_on_if_seen()

    def hold(self, is_held: bool) -> None:
        """Let what is frozen rest, whoever looks on, until that is lifted."""
        self._is_held = is_held
        self.playback.hold(is_held)
        self._go_on_if_seen()

    def let_run_go_on(self) -> None:
        """Let the run that was frozen go on once somebody looks on; of a lesson left meanwhile it rests."""
        if self.lesson is not None:
            self._goes_on = True
            self._go_on_if_seen()

    def close(self) -> None:
        """End the runs and all threads."""
        self._close_experiment()
        self._inquiry.close()
        if self.run is not None:
            self.run.close()
        super().close()

    # ---- how it is done ------------------------------------------------------------------------

    def _go_on_if_seen(self) -> None:
        """Let the run go on that rests only because nobody looked on, or because it was frozen."""
        if not self._goes_on or not self._is_visible or self._is_held or self.run is None:
            return
        self._goes_on = False
        # Running it may be about to pause.
        if not self.is_recorded and self.run.state in (RunState.RUNNING, RunState.PAUSED):
            self.run.train()

    @property
    def _number_of_look(self) -> int:
        """How many questions of what was seen come before the one that is asked."""
        assert self.lesson is not None
        return sum(isinstance(step, Look) for step in self.lesson.steps[: self.place])

    @property
    def _plays_reference(self) -> bool:
        """Whether the run that plays has learnt with the lesson's own settings, as it began."""
        assert self.run is not None
        assert self.lesson is not None
        run = self.run
        is_unchanged = run.run_settings == run.settings == self.lesson.settings()
        return is_unchanged and run.opened.parent is None and run.steps > 0

    def _commit(self, answers: Answers) -> None:
        """Let answers count, and write them down."""
        self.draft = self.answers = answers
        assert self.lesson is not None
        try:
            self.book.keep(self.lesson.id, answers)
        except OSError as error:
            self.notices.say(f"The answers could not be kept: {what_went_wrong(error)}", is_warning=True)

    def _finish(self) -> None:
        assert self.lesson is not None
        lesson_id, title = self.lesson.id, self.lesson.title
        self._commit(replace(self.draft, is_finished=True, place=0))
        self.close_lesson()
        if not self.notices.current.is_warning:
            copy_it = Action("Copy my line for the teacher", partial(self.copy_line, lesson_id))
            self.notices.say(f"“{title}” is done.", action=copy_it, holds=lambda: self.lesson is None)

    def _play(self, variant: int, before: History | None) -> None:
        """Let the run with the settings of a variant play from its beginning.

        Args:
            variant: Its number.
            before: The curves of the run before the change, which stand behind.
        """
        assert self.lesson is not None
        settings = self.lesson.settings(variant)
        is_first, run = self.run is None, self.run or self._new_run(variant)
        if not is_first:
            run.undo_stack.clear()  # nothing of an earlier run is to be brought back
            run.open_run(settings, before, self.lesson.title, can_be_undone=False)
        is_short = settings.hyperparameters.total_steps or 0
        at_once = variant == REFERENCE and self.lesson.begin is Begin.COLLAPSED
        run.set_speed(None if at_once or is_short > _LONGEST_WATCHED else WATCHED_SPEED)
        run.train()

    def _new_run(self, variant: int) -> Session:
        assert self.lesson is not None
        self.run = Session(
            self.lesson.settings(variant), folder=lesson_runs_folder(), preparation=self._train.preparation
        )
        self.run.setParent(self)
        self.run.set_most_bytes(_MOST_BYTES)
        self.run.progress_changed.connect(self._get_ready, Qt.ConnectionType.SingleShotConnection)
        self.run.state_changed.connect(self._follow_run)
        self.run.notices.changed.connect(self._follow_run)
        self.run_made.emit()
        return self.run

    @Slot()
    def _get_ready(self) -> None:
        """Load what the verdict needs once a run plays: those that begin would have to wait for it."""
        self._is_ready = True
        self._inquiry.set_visible(self._is_visible)

    def _show_recorded(self, opened: Opened, *, has_run: bool) -> None:
        kept = opened.recorded()
        self._close_experiment()
        if self.run is not None:
            self.run.pause()
        self.records, self.is_recorded, self.has_run = kept.records, True, has_run
        self._get_ready()
        self._inquiry.begin(opened.lesson)
        self.playback.begin()
        self._set_state(JobState.COMPLETE)
        self._inquiry.ask_again()
        self.changed.emit()

    def _leave_runs(self) -> None:
        """End what runs for the lesson that was open."""
        self.playback.rest()
        self._close_experiment()
        self.is_recorded = self.has_run = self._goes_on = False
        self.progress = None
        self._set_state(JobState.EMPTY)
        if self.run is not None:
            self.run.pause()

    def _close_experiment(self) -> None:
        self._close_thread()
        if self._experiment is not None:
            self._experiment.close()
        self._experiment, self._before, self.records = None, None, {}
        self._inquiry.forget()

    @Slot()
    def _follow_run(self) -> None:
        """Show the recorded runs where the run that plays has failed; say what else went wrong with it."""
        run = self.run
        if run is not None and self.lesson is not None:
            said = run.notices.current
            if run.has_failed:
                self._fall_back(said.text)
            elif said.is_warning:
                self.notices.say(said.text, is_warning=True, holds=lambda: run.notices.current is said)
        self.changed.emit()

    def _follow_progress(self) -> None:
        """Have the whole run before the change stand behind, once it has ended."""
        record = self.records.get(_BEFORE)
        if (
            self.run is not None
            and self._before is not None
            and record is not None
            and record.end is not None
        ):
            before, self._before = self._before, None
            self.run.show_baseline(before)

    def _end_job(self, ended: Ended) -> None:
        self._set_state(JobState.COMPLETE if ended.reason is EndReason.COMPLETED else JobState.RESTING)
        if self._experiment is not None:
            self._experiment.close()
        failed = [
            one.end.message for one in self.records.values() if one.end is not None and not one.is_usable
        ]
        if message := ended.message or next(iter(failed), ""):
            self._fall_back(message)
        self._follow_progress()
        self._inquiry.ask_again()
        self.progress_changed.emit()

    def _fall_back(self, why: str) -> None:
        """Show the recorded runs where those of this lesson failed, and say so."""
        if self.is_recorded:
            return
        logger.warning("Runs of a lesson failed: %s", why)
        instead = ""
        if self.opened is not None and self.has_recorded:
            with suppress(UnreadableComparison):
                self._show_recorded(self.opened, has_run=self.has_run)
                instead = "; the recorded runs are shown"
        self.notices.say(one_line(f"{_FAILED}{instead}: {why}"), is_warning=True)

    def _history(self, variant: int, steps: int | None = None) -> History:
        """Return the curves of a paired run with the seed of the one that plays, up to a step or whole."""
        assert self.lesson is not None
        record = self.records[RunKey(variant, FIRST_SEED)]
        shown = record if steps is None else replace(record, steps=steps)
        return history_of(self.lesson.settings(variant), shown)


def _findings_of(lesson: Lesson) -> Callable[[RunRecords, None], tuple[Finding, ...]]:
    return lambda records, _question: findings(lesson, records)
