"""`ppo-desktop compare`: several settings with the same seeds."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.cli import flags
from ppo_desktop.cli.prepare_engine import choose_engine
from ppo_desktop.comparison.draft import DEFAULT_SEEDS, DEFAULT_STEPS
from ppo_desktop.comparison.plan import MOST_SEEDS, PRESET, Comparison, InvalidComparison, RunKey, varied
from ppo_desktop.comparison.values import origin_of, own_value, parse_values
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE, USER_ERROR
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.user_files import comparisons_folder, why_not_writable

if TYPE_CHECKING:
    from ppo_desktop.cli.interruption import Interruption
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.comparison.digest import Digest
    from ppo_desktop.comparison.record import RunRecord
    from ppo_desktop.comparison.store import ComparisonFile
    from ppo_desktop.runs.workload import Workload

SUMMARY = "train several settings with the same seeds"
_NOTHING: dict[str, list[object]] = {"effect": []}
_FINISHING_SECONDS = 0.5
"""Processor time of what is computed of several seeds when all runs have ended; SciPy is loaded for it."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `compare`."""
    parser.description = (
        "Train several values of a hyperparameter with the same seeds, and tell the difference with its "
        "interval. Values not given are those of the environment's preset."
    )
    flags.add_environment(parser)
    parser.add_argument(
        "--vary",
        type=_varied,
        action="append",
        required=True,
        metavar="FIELD=VALUE,…",
        help="what is compared: clip_range=0.1,0.2,off or any other hyperparameter, algorithm=a2c,ppo, or "
        "preset=NAME,NAME",
    )
    parser.add_argument(
        "--seeds",
        type=flags.whole_number(1, MOST_SEEDS),
        default=DEFAULT_SEEDS,
        metavar="K",
        help=f"seeds of each value ({DEFAULT_SEEDS})",
    )
    flags.add_budget(parser, DEFAULT_STEPS)
    flags.add_json(parser)
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep it among the comparisons of the window, each run when it has finished",
    )
    flags.add_values(parser, "hyperparameters of all runs")


def _varied(text: str) -> tuple[str, str]:
    """Read FIELD=VALUE,…; dashes may stand for underscores in FIELD, as in the flags."""
    field, equals, values = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not FIELD=VALUE,… like clip_range=0.1,0.2,off.")
    return field.strip().lower().replace("-", "_"), values


def run(options: argparse.Namespace) -> int:
    """Compare what the user wants to and return the exit status."""
    comparison, reference = _comparison(options)
    folder = comparisons_folder() if options.keep else None
    if folder is not None and (problem := why_not_writable(folder)):
        complain(f"{folder} cannot be written: {problem}.")
        return USER_ERROR
    from ppo_desktop.comparison.comparison_cost import engine_of_comparison

    serves = engine_of_comparison(comparison, COMPILED)
    engine = choose_engine(options.engine, serves, options.env)
    return compare(comparison, reference, engine, options.json, folder)


def _comparison(options: argparse.Namespace) -> tuple[Comparison, int]:
    """Return what is compared, and the number of the variant that the others are measured against.

    That is the one the settings would have had themselves, else the first.
    """
    if len(options.vary) > 1:
        raise InvalidComparison("Only one thing can vary at a time: give --vary once.")
    ((field, text),) = options.vary
    values = parse_values(field, text, options.env)
    if field == PRESET and set(flags.values_given(options)) - {"total_steps"}:
        raise InvalidComparison("Presets bring all their values: leave the other hyperparameters out.")
    base, algorithm = flags.hyperparameters(options, DEFAULT_STEPS), Algorithm(options.algorithm)
    assert base.total_steps is not None
    comparison = varied(options.env, algorithm, base, field, values, options.seeds, base.total_steps)
    own = own_value(field, options.env, algorithm, base)
    return comparison, values.index(own) if own in values else 0


def compare(
    comparison: Comparison, reference: int, engine: str, json_file: Path | None, folder: Path | None
) -> int:
    """Train all runs, report them, return the exit status.

    Args:
        comparison: What is compared.
        reference: Number of the variant that the others are measured against.
        engine: Name of the engine.
        json_file: Where JSON goes, see `Reporter`.
        folder: Where the comparison is kept, to be opened in the window; None if it is not.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        OSError: `json_file` cannot be written.
    """
    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.comparison.comparison_cost import comparison_workload
    from ppo_desktop.ppo.engines.choice import make_engine
    from ppo_desktop.runs.speeds import speeds

    keeper = _Keeper(comparison, folder)
    try:
        with foreground(json_file, _NOTHING) as (reporter, noted):
            make_engine(comparison.settings(RunKey(0, 1)), engine).close()  # all runs would fail if it does
            results = _Results(comparison, reference, reporter)
            after = _FINISHING_SECONDS if comparison.n_seeds > 1 else 0.0
            planned = comparison_workload(comparison, engine, "compare", together=False, after=after)
            if reporter.is_watched:
                _write_workload(comparison, planned)
            reporter.begin(comparison.work, "steps", comparison.title)
            begun_at, used = time.perf_counter(), time.process_time()
            steps = _train(results, keeper, engine, noted)
            results.finish(steps, time.perf_counter() - begun_at)
            if len(results.ended_as(FinishReason.COMPLETED)) == comparison.n_runs:
                planned.learn(speeds(), time.process_time() - used)
    finally:
        keeper.report()
    return max(_complain_of(results), USER_ERROR if keeper.problem else 0)


def _write_workload(comparison: Comparison, planned: Workload) -> None:
    """Say how much there is to do, and how long it takes."""
    from ppo_desktop.comparison.comparison_cost import describe_workload
    from ppo_desktop.runs.workload import measured_seconds

    note = "" if planned.is_fast else " on the PyTorch engine"
    said = describe_workload(comparison, comparison.n_runs, measured_seconds(planned))
    sys.stderr.write(f"{said}{note}\n")


def _train(results: _Results, keeper: _Keeper, engine: str, noted: Interruption) -> int:
    """Let all runs learn, keep and report each that has ended, and return the steps all have taken."""
    from ppo_desktop.comparison.experiment import Experiment, RunEnded
    from ppo_desktop.jobs.job import Ended

    with Experiment(results.comparison, engine, together=False) as experiment:
        for event in experiment.events():
            match event:
                case RunEnded():
                    # Kept first, so that nothing is reported that could be lost.
                    keeper.add(event.key, event.record)
                    results.take(event.key, event.record)
                case Ended():
                    results.problem = event.message
                case _:
                    pass
            results.advance(experiment.done)
            if noted.requested:
                experiment.cancel()
    return experiment.worked


class _Keeper:
    """Appends each run that has ended to the comparison's file, where the window finds it, if that is wanted.

    Args:
        comparison: What is compared.
        folder: Where the file goes; None if nothing is kept.

    Attributes:
        problem: Why runs that have ended are not in the file; empty if all are.
    """

    def __init__(self, comparison: Comparison, folder: Path | None) -> None:
        from ppo_desktop.comparison.store import new_file

        self.problem = ""
        self._file: ComparisonFile | None = None if folder is None else new_file(folder, comparison)

    def add(self, key: RunKey, record: RunRecord) -> None:
        """Keep a run, and those before it that could not be kept then."""
        if self._file is None:
            return
        try:
            self._file.add(key, record)
            self.problem = ""
        except OSError as error:
            self.problem = error.strerror or str(error)

    def report(self) -> None:
        """Write where it is kept, or why not all of it is."""
        if self._file is None:
            return
        if self.problem:
            complain(f"{self._file.path} cannot be written: {self.problem}.")
        elif self._file.path.exists():
            sys.stderr.write(f"ppo-desktop: kept in {self._file.path}\n")


class _Results:
    """What has ended so far; each run is reported when it has.

    Attributes:
        comparison: What is compared.
        records: The runs that have ended.
        problem: Why the others could not go on; empty if nothing kept them from it.
    """

    def __init__(self, comparison: Comparison, reference: int, reporter: Reporter) -> None:
        self.comparison = comparison
        self.records: dict[RunKey, RunRecord] = {}
        self.problem = ""
        self._reference = reference
        self._reporter = reporter

    def take(self, key: RunKey, record: RunRecord) -> None:
        """Take in and report a run that has ended."""
        from ppo_desktop.comparison.export import run_fields

        self.records[key] = record
        self._reporter.write("run", **run_fields(self.comparison, key, record))

    def advance(self, steps: int) -> None:
        """Show on the bar how many steps are done."""
        runs = counted(self.comparison.n_runs, "run")
        self._reporter.advance(steps, f"{grouped(len(self.records))} of {runs}")

    def finish(self, steps: int, seconds: float) -> None:
        """Report what can be said of the runs that have ended; always the last line."""
        from ppo_desktop.comparison.export import effect_fields

        n_runs, digest = self.comparison.n_runs, self._digest()
        all_ended = len(self.records) == n_runs
        reason = "failed" if self.problem else "completed" if all_ended else "interrupted"
        rate = steps / max(1e-9, seconds)
        fields = effect_fields(digest)
        self._reporter.write("finished", **fields, steps_per_second=round(rate, 1), reason=reason)
        if self._reporter.is_watched:
            done = f"{grouped(len(self.records))} of {counted(n_runs, 'run')}, {grouped(steps)} steps"
            self._reporter.say(f"{reason}: {done}, {grouped(rate)} steps a second")
            if self.records:
                self._reporter.say(*_table(digest))

    def ended_as(self, reason: FinishReason) -> list[str]:
        """Return the message of each run that ended for a reason."""
        return [
            record.end.message
            for _, record in sorted(self.records.items())
            if record.end is not None and record.end.reason is reason
        ]

    def _digest(self) -> Digest:
        """Return what the runs that have ended say, as the window puts it."""
        from ppo_desktop.comparison.digest import Digester, Question
        from ppo_desktop.comparison.measures import FINAL_RETURN
        from ppo_desktop.comparison.statistics import Centre

        question = Question(FINAL_RETURN, self._reference, Centre.MEAN, columns=())
        return Digester(self.comparison).digest(self.records, question)


def _table(digest: Digest) -> list[str]:
    """Return for a person what came of each value, what the others are compared with, and the verdict."""
    from ppo_desktop.comparison.export import results_table
    from ppo_desktop.comparison.verdict import verdict

    comparison, number = digest.comparison, digest.question.reference
    origin = origin_of(comparison, number)
    reference = f"{comparison.variants[number].label}{', ' if origin else ''}{origin}"
    return [
        "",
        *results_table(digest, shutil.get_terminal_size().columns),
        f"The others are compared with {reference}.",
        "",
        *verdict(digest),
        *(statement.text for statement in digest.statements),
    ]


def _complain_of(results: _Results) -> int:
    """Say in a line each that runs diverged or failed, and why it could not go on; return the exit status."""
    runs = counted(results.comparison.n_runs, "run")
    for reason in (FinishReason.DIVERGED, FinishReason.FAILED):
        if messages := results.ended_as(reason):
            complain(f"{grouped(len(messages))} of {runs} {reason.label}: {messages[0]}")
    if results.problem:
        complain(results.problem)
    return OUR_FAILURE if results.problem or results.ended_as(FinishReason.FAILED) else 0
