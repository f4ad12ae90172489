"""The comparison the window shows: what is being set up, what is running, and what it says so far."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from ppo_desktop.bridge.comparison_estimate import ComparisonEstimate
from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.notices import Action
from ppo_desktop.bridge.planned_session import PlannedSession
from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.policy_preview import FRAMES_PER_SECOND, PolicyPreview
from ppo_desktop.bridge.rate import Rate
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.comparison_cost import engine_of_comparison
from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.experiment import Experiment, RunEnded, RunEvent
from ppo_desktop.comparison.measures import FINAL_RETURN, Measure, measures_for
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord, history_of
from ppo_desktop.comparison.statistics import Centre, load_scipy
from ppo_desktop.comparison.store import ComparisonFile, UnreadableComparison, load, new_file
from ppo_desktop.comparison.summary import RunRecords
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.messages import counted, one_line, what_went_wrong
from ppo_desktop.ppo.quantities import RETURN

FRAMES_WHILE_LEARNING = 15
"""Frames a second of each environment while runs learn."""
DELIVERY_SECONDS = 0.4
"""Shortest time between two looks at the records of the runs: the rate at which curves are drawn."""
FIRST_COLUMNS = (RETURN.name, "policy_entropy", "clip_fraction", "approx_kl")

logger = logging.getLogger(__name__)


class ComparisonSession(PlannedSession[Question, Digest]):
    """A comparison, and everything one may ask of it.

    Attributes:
        planning: What is set up for the next start.
        highlighted: Number of the variant that is pointed at, None for none.
        seed: Whose policies play in the preview.
        preview: The environments side by side.
        shows_seeds: Whether the curves of single seeds are drawn.
    """

    comparison_changed = Signal()
    seed_changed = Signal()

    _estimate: ComparisonEstimate

    def __init__(self, session: Session, folder: Path) -> None:
        self.planning = Planning(session)
        inquiry: Inquiry[Comparison, RunRecords, Question, Digest] = Inquiry(
            Question(FINAL_RETURN, 0, Centre.MEAN, FIRST_COLUMNS),
            lambda: dict(self.records),
            lambda comparison: Digester(comparison).digest,
            load_scipy,
            DELIVERY_SECONDS,
        )
        estimate = ComparisonEstimate(session, self.planning, lambda: self._growing, lambda: self.records)
        super().__init__(session, folder, self.planning, estimate, inquiry)
        self.seed = 1
        self.shows_seeds = False
        self.preview = PolicyPreview()
        self._experiment: Experiment | None = None
        self._file: ComparisonFile | None = None
        self._can_grow = True
        self._problem: Exception | None = None
        self._shown_problem: object = None
        self._rate = Rate()
        application = QCoreApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._rest_behind)
        self.notices.review_at(self.comparison_changed, self.progress_changed)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def comparison(self) -> Comparison | None:
        """The comparison shown."""
        return None if self._experiment is None else self._experiment.comparison

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The results there can be of the comparison shown, or of the one that is set up."""
        shown = self.comparison
        return measures_for(self.planning.draft.environment_id if shown is None else shown.environment_id)

    @property
    def records(self) -> dict[RunKey, RunRecord]:
        """The record of each run that has begun."""
        return {} if self._experiment is None else self._experiment.records

    @property
    def share_done(self) -> float:
        """The part of all steps that is done, 0…1."""
        return 0.0 if self._experiment is None else self._experiment.done / self._experiment.total

    @property
    def runs_done(self) -> int:
        """How many runs have ended."""
        keys = () if self.comparison is None else self.comparison.run_keys()
        return sum(key in self.records and self.records[key].end is not None for key in keys)

    @property
    def steps_per_second(self) -> float | None:
        """Environment steps a second of all runs together; None when it is not running."""
        return self._rate.per_second if self.state is JobState.RUNNING else None

    @property
    def estimate(self) -> str:
        """What the next start would do, in words, or why it cannot."""
        return self._estimate.text

    @property
    def continues(self) -> bool:
        """Whether the next start goes on with the comparison shown: unfinished runs, or more seeds."""
        return self.n_missing > 0

    @property
    def n_missing(self) -> int:
        """How many runs the next start would do of the comparison shown."""
        return len(self._estimate.missing)

    @property
    def is_planned(self) -> bool:
        """Whether the comparison shown is the one that is set up, whatever it is called."""
        shown, plan = self.comparison, self.planning.planned
        return shown is not None and plan is not None and shown.titled(plan.title) == plan

    @property
    def engine(self) -> str:
        """Name of the engine that does the arithmetic of the comparison shown; empty before the first."""
        if self._experiment is None:
            return ""
        return engine_of_comparison(self._experiment.comparison, self._experiment.engine)

    @property
    def path(self) -> Path | None:
        """The file of the comparison shown; None before its first run has ended."""
        return self._file.path if self._file is not None and self._file.path.exists() else None

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        return self._estimate.is_waiting_for_engine

    # ---- what is done --------------------------------------------------------------------------

    def set_up(self, comparison: Comparison, measure: Measure, reference: int) -> None:
        """Set up a ready-made comparison; when it starts it is asked for this measure."""
        self.planning.set_up(comparison)
        if self.is_under_way:
            return
        self._forget()
        self.inquiry.ask(replace(self.question, measure=measure, reference=reference))

    @Slot()
    def start(self) -> None:
        """Train what is set up; with the comparison shown, train only what is missing of it."""
        self._start(anew=False)

    def _start(self, *, anew: bool) -> None:
        """Train what is missing of the comparison shown, or, `anew`, all runs that are set up."""
        if self.is_under_way:
            return
        plan = self.planning.planned
        if plan is None:
            draft = self.planning.draft
            self.notices.say(
                "This cannot be compared as it is set up.",
                is_warning=True,
                holds=lambda: self.planning.draft is draft,
            )
            return
        if self._waits_for_engine("The comparison", self.start):
            return
        goes_on = self.continues and not anew
        if goes_on and self.engine == COMPILED and self._estimate.engine == PYTORCH:
            self.notices.say(
                "These runs were done by the fast engine, which cannot be used here.",
                is_warning=True,
                action=Action("Compare anew on the PyTorch engine", partial(self._start, anew=True)),
                holds=lambda: self.continues,
            )
            return
        self.notices.withdraw()
        seconds = self._estimate.begin(plan)
        self.session.make_way("a comparison")
        if not goes_on:
            self._choose_usual_question()
            self._begin(Experiment(plan, self._estimate.engine), new_file(self.folder, plan))
            self._keep_question()
        assert self._experiment is not None
        self._extend(plan.n_seeds)
        self._let_learn(self._experiment, seconds)

    @Slot()
    def stop(self) -> None:
        """Call it a day: what is done stays, and while the window is open the rest can go on from there."""
        if not self.is_under_way:
            return
        self._wish(Experiment.cancel)
        self._estimate.forget()
        self._end(JobState.RESTING)
        finished = counted(self.runs_done, "run is", "runs are")
        self._announce_at_rest(
            f"Stopped: {finished} finished and kept. The rest can go on until another comparison begins."
        )

    def open(self, path: Path) -> None:
        """Show a comparison that was kept; while one is under way, offer to stop that.

        A file that cannot be read is refused with a notice, and what is shown stays.
        """
        if self.is_under_way:
            self.offer_to_stop("Stop it and open the other", partial(self.open, path))
            return
        self.notices.withdraw()
        try:
            kept = load(path)
        except UnreadableComparison as error:
            self.notices.say(str(error), is_warning=True)
            return
        # A run that failed before it began has no engine.
        engines = {run.end.engine for run in kept.records.values() if run.end is not None and run.end.engine}
        engine = PYTORCH if engines == {PYTORCH} else COMPILED
        experiment = Experiment(kept.comparison, engine, kept.records)
        self.inquiry.question = replace(self.question, measure=kept.measure, reference=kept.reference)
        file = ComparisonFile(path, kept.comparison)
        self._begin(experiment, file, can_grow=not kept.unknown.changes_training)
        self.planning.set_up(kept.comparison)
        self._end(JobState.COMPLETE if experiment.is_complete else JobState.RESTING)
        if remark := kept.remark(path.name):
            self._complain(remark)

    def rename(self, title: str) -> None:
        """Call the comparison shown something else, here and in its file."""
        title = one_line(title)
        if self._experiment is None or self._file is None or not title:
            return
        try:
            self._file.rename(title)
        except OSError as error:
            self._complain(f"The name could not be kept: {what_went_wrong(error)}")
            return
        self._experiment.comparison = self._experiment.comparison.titled(title)
        self.inquiry.begin(self._experiment.comparison)
        self.comparison_changed.emit()
        self.inquiry.ask_again()

    def delete(self) -> None:
        """Delete the file of the comparison shown, and show none; if it is under way it is stopped."""
        if self._experiment is None or self._file is None:
            return
        self.stop()
        self._close_experiment()
        try:
            self._file.delete()
        except OSError as error:
            self._complain(f"It could not be deleted: {what_went_wrong(error)}")
            return
        self._forget()
        self.progress_changed.emit()
        self.estimate_changed.emit()

    def open_in_train(self, variant: int, seed: int) -> None:
        """Show one of the runs in Train, ready to begin, its curves pinned behind those to come."""
        key = RunKey(variant, seed)
        if self.comparison is None or key not in self.records:
            return
        settings = self.comparison.settings(key)
        label = self.comparison.variants[variant].label
        name = f"{label} with seed {seed} of {self.comparison.title}"
        self._open_in_train(settings, history_of(settings, self.records[key]), name)

    # ---- what is asked -------------------------------------------------------------------------

    def choose_measure(self, measure: Measure) -> None:
        """Show another result."""
        self.inquiry.ask(replace(self.question, measure=measure))
        self._keep_question()

    def choose_reference(self, variant: int) -> None:
        """Compare the others with another variant."""
        self.inquiry.ask(replace(self.question, reference=variant))
        self._keep_question()

    def choose_centre(self, centre: Centre) -> None:
        """Let the mean or the interquartile mean stand for several seeds."""
        self.inquiry.ask(replace(self.question, centre=centre))

    def choose_columns(self, columns: Sequence[str]) -> None:
        """Draw other curves."""
        self.inquiry.ask(replace(self.question, columns=tuple(columns)))

    def show_seeds(self, shown: bool) -> None:
        """Draw the curves of single seeds, or not."""
        self.shows_seeds = shown
        self.question_changed.emit()

    def highlight(self, number: int | None) -> None:
        """Point at a variant everywhere, and let it play if it rests; None at none."""
        if number is not None and number != self.highlighted:
            self.preview.play_again(number)
        super().highlight(number)

    def choose_seed(self, seed: int) -> None:
        """Show the policies of another seed in the preview."""
        if seed != self.seed:
            self.seed = seed
            self._set_preview()
            self.seed_changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Also let the players rest while the page is hidden."""
        super().set_visible(is_visible)
        self._play()

    def close(self) -> None:
        """End the runs, the players and all threads."""
        self._close_experiment()
        self.preview.close()
        super().close()

    # ---- how it is done ------------------------------------------------------------------------

    @property
    def _growing(self) -> Comparison | None:
        """The comparison shown, if runs can be added to it."""
        return self.comparison if self._can_grow else None

    def _begin(self, experiment: Experiment, file: ComparisonFile, *, can_grow: bool = True) -> None:
        """Show another comparison.

        Args:
            experiment: Its runs.
            file: Where it is kept.
            can_grow: Whether runs can be added: not where those it has depend on what is not known here.
        """
        self._forget()
        self._experiment, self._file, self._can_grow = experiment, file, can_grow
        reference = min(self.question.reference, len(experiment.comparison.variants) - 1)
        measure = self.question.measure if self.question.measure in self.measures else FINAL_RETURN
        self.inquiry.question = replace(self.question, measure=measure, reference=reference)
        self.seed = 1
        self.inquiry.begin(experiment.comparison)
        self.comparison_changed.emit()
        self.question_changed.emit()
        self._set_preview()

    def _forget(self) -> None:
        self._close_experiment()
        self._experiment = self._file = self.progress = None
        self.inquiry.forget()
        self.highlighted = None
        self._problem = self._shown_problem = None
        self._set_state(JobState.EMPTY)
        self.comparison_changed.emit()
        self.preview.set_runs({}, picture=False)

    def _let_learn(self, experiment: Experiment, seconds: float | None) -> None:
        """Let all runs learn that have not ended; those that were stopped go on.

        Args:
            experiment: The runs.
            seconds: How long they are expected to take; None if that is unknown.
        """
        assert self._file is not None
        left = experiment.total - experiment.done
        experiment.expect(seconds / left if seconds and left else None)
        self._begin_job("comparison", experiment, DELIVERY_SECONDS, partial(self._attend, self._file))

    def _close_experiment(self) -> None:
        """End all runs where they are."""
        self._close_thread()
        if self._experiment is not None:
            self._experiment.close()

    def _extend(self, n_seeds: int) -> None:
        """Have so many seeds from now on."""
        assert self._experiment is not None
        assert self._file is not None
        if n_seeds == self._experiment.comparison.n_seeds:
            return
        self._experiment.extend(n_seeds)
        self.inquiry.begin(self._experiment.comparison)
        try:
            self._file.set_seeds(n_seeds)
        except OSError as error:
            self._problem = error
        self.comparison_changed.emit()

    def _attend(self, file: ComparisonFile, event: RunEvent) -> None:
        """Write down a run that has ended; called in the thread that follows the runs."""
        if not isinstance(event, RunEnded):
            return
        try:
            file.add(event.key, event.record)
            self._problem = None  # what could not be written before is there, too
        except Exception as error:  # whatever it is, the user must see that the run is not kept
            logger.exception("A run could not be written down")
            self._problem = error

    def _choose_usual_question(self) -> None:
        """Ask for the final return beside the settings' own value; a ready-made comparison knows better."""
        if not self.planning.is_ready_made:
            reference = self.planning.reference
            self.inquiry.question = replace(self.question, measure=FINAL_RETURN, reference=reference)

    def _keep_question(self) -> None:
        """Write down what is asked, so that it is asked again when the comparison is opened."""
        if self._file is None:
            return
        try:
            self._file.set_question(self.question.measure, self.question.reference)
        except OSError as error:
            self._problem = error
            self._show_problem()

    def _follow_progress(self) -> None:
        """Look at the records of the runs, which are as they are by now."""
        assert self._experiment is not None
        self._rate.count(self._experiment.worked)
        self._update_preview()
        self._show_problem()
        self.inquiry.ask_again()

    def _end_job(self, ended: Ended) -> None:
        assert self._experiment is not None
        if ended.reason is EndReason.CANCELLED and not self._experiment.is_complete:
            return  # which has been shown at once
        self._close_experiment()
        self._estimate.learn()
        self._end(JobState.COMPLETE if self._experiment.is_complete else JobState.RESTING)
        if ended.message:
            self._complain(ended.message)

    def _end(self, state: JobState) -> None:
        self._set_state(state)
        self._update_preview()
        self.inquiry.ask_again()
        self.progress_changed.emit()
        self.estimate_changed.emit()
        self._show_problem()

    def _show_problem(self) -> None:
        """Say that runs could not be written down, once for each kind of problem."""
        problem, before = self._problem, self._shown_problem
        self._shown_problem = None if problem is None else (type(problem), getattr(problem, "errno", None))
        if problem is not None and self._shown_problem != before:
            self.notices.say(
                f"The comparison could not be kept: {what_went_wrong(problem)}",
                is_warning=True,
                holds=lambda: self._problem is not None,
            )

    def _previewed(self) -> dict[RunKey, int]:
        """Return {run whose policy plays: its place in the preview}."""
        n_variants = 0 if self.comparison is None else len(self.comparison.variants)
        return {RunKey(number, self.seed): number for number in range(n_variants)}

    def _set_preview(self) -> None:
        shown = self.comparison
        if shown is None:
            return
        runs = {number: shown.settings(key) for key, number in self._previewed().items()}
        assert self._experiment is not None
        self._experiment.watch(frozenset(self._previewed()))
        self.preview.set_runs(runs, picture=shown.environment_id not in KNOWN_ENVIRONMENTS)
        self._play()
        self._update_preview()

    def _play(self) -> None:
        """Play the preview while the page is visible; slowly while runs learn, for the processors are theirs.

        When nothing learns any more, nothing goes on for ever: each player plays for a while and rests.
        """
        is_learning = self.state is JobState.RUNNING
        rate = FRAMES_WHILE_LEARNING if is_learning else FRAMES_PER_SECOND
        self.preview.play(rate if self._is_visible else 0, on=is_learning)

    @Slot(Qt.ApplicationState)
    def _rest_behind(self, state: Qt.ApplicationState) -> None:
        """Let the players rest when another program comes to the front, unless runs learn."""
        is_in_front = state is Qt.ApplicationState.ApplicationActive
        if not is_in_front and self.state is not JobState.RUNNING:
            self.preview.rest()

    def _update_preview(self) -> None:
        """Give the preview the weights that the runs shown have by now."""
        records = self.records
        policies = {
            number: records[key].policy for key, number in self._previewed().items() if key in records
        }
        self.preview.set_weights({number: known for number, known in policies.items() if known is not None})

    def _follow_state(self) -> None:
        super()._follow_state()
        self._rate.clear()
        self._play()

    @property
    def _shown(self) -> object:
        return self._experiment

    def _in_the_way(self, doing: str) -> str:
        assert self.comparison is not None
        return f"“{self.comparison.title}” {doing}; what is done of it is kept."
