"""Comparisons without a window: a JSON object for each finished run, or a progress bar and a table."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from tqdm import tqdm

from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.estimate import comparison_workload, describe_workload
from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.export import effect_fields, results_table, run_fields
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.store import ComparisonFile, new_file
from ppo_desktop.comparison.values import origin_of
from ppo_desktop.comparison.verdict import statements, verdict
from ppo_desktop.complaints import complain
from ppo_desktop.exit_status import OUR_FAILURE, USER_ERROR
from ppo_desktop.interruption import Interruption, interruption
from ppo_desktop.json_lines import JsonLines, json_lines
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload, measured_seconds
from ppo_desktop.screen import Screen, own_screen

_FINISHING_SECONDS = 0.5
"""Processor time of what is computed of several seeds when all runs have ended; SciPy is loaded for it."""
_LOOK_SECONDS = 0.1
"""Time between two looks at what has ended, and at Ctrl+C."""

Ended = SimpleQueue[tuple[RunKey, RunRecord]]


def compare(
    comparison: Comparison, reference: int, engine: str, json_file: Path | None, folder: Path | None
) -> int:
    """Train all runs, report them, return the exit status.

    Args:
        comparison: What is compared.
        reference: Number of the variant that the others are measured against.
        engine: Name of the engine.
        json_file: Where JSON goes, see `json_lines`.
        folder: Where the comparison is kept, to be opened in the window; None if it is not.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        OSError: `json_file` cannot be written.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # what goes wrong is one line, not a log
    keeper = _Keeper(comparison, folder)
    try:
        with own_screen(json_file) as screen:
            results = _train(comparison, reference, engine, json_file, screen, keeper)
            if screen.is_watched:
                _show(results, screen.output)
    finally:
        keeper.report()
    return max(_complain_of_runs(results), USER_ERROR if keeper.problem else 0)


def _train(
    comparison: Comparison,
    reference: int,
    engine: str,
    json_file: Path | None,
    screen: Screen,
    keeper: _Keeper,
) -> _Results:
    """Let all runs learn, unless the user interrupts, and return what came of them."""
    with ExitStack() as stack:
        noted = stack.enter_context(interruption())
        make_engine(comparison.settings(RunKey(0, 1)), engine).close()  # all runs would fail if it does
        results = _Results(comparison, reference, stack.enter_context(json_lines(json_file, screen)))
        after = _FINISHING_SECONDS if comparison.n_seeds > 1 else 0.0
        planned = comparison_workload(comparison, engine, "compare", together=False, after=after)
        if screen.is_watched:
            _write_workload(comparison, planned)
        begun_at, used = time.perf_counter(), time.process_time()
        with _bar(comparison, screen) as bar:
            steps = _learn(results, keeper, engine, noted, bar)
        results.finish(steps, time.perf_counter() - begun_at)
        if len(results.ended_as(FinishReason.COMPLETED)) == comparison.n_runs:
            planned.learn(speeds(), time.process_time() - used)
    return results


def _learn(
    results: _Results, keeper: _Keeper, engine: str, noted: Interruption, bar: tqdm[Any] | None
) -> int:
    """Let all runs learn, keep and report each that has ended, and return the steps all have taken."""
    ended: Ended = SimpleQueue()

    def take(key: RunKey, record: RunRecord) -> None:
        keeper.add(key, record)  # first, so that nothing is reported that could still be lost
        ended.put((key, record))

    experiment = Experiment(results.comparison, take, engine, together=False)
    try:
        experiment.start()
        while not experiment.wait(_LOOK_SECONDS) and not noted.requested:
            results.take_all(ended)
            _advance(bar, experiment, results)
    finally:
        experiment.stop()
    results.take_all(ended)
    _advance(bar, experiment, results)
    return sum(record.steps for record in experiment.records.values())


def _advance(bar: tqdm[Any] | None, experiment: Experiment, results: _Results) -> None:
    if bar is not None:
        runs = counted(results.comparison.n_runs, "run")
        bar.set_postfix_str(f"{grouped(len(results.records))} of {runs}", refresh=False)
        bar.update(experiment.steps_done - bar.n)


def _write_workload(comparison: Comparison, planned: Workload) -> None:
    """Say how much there is to do, and how long it takes."""
    seconds = measured_seconds(planned)
    note = "" if planned.is_fast else " on the PyTorch engine"
    sys.stderr.write(f"{describe_workload(comparison, comparison.n_runs, seconds)}{note}\n")


@contextmanager
def _bar(comparison: Comparison, screen: Screen) -> Iterator[tqdm[Any] | None]:
    """Where a person looks on, open a bar over the steps of all runs."""
    if not screen.is_watched:
        yield None
        return
    with tqdm(total=comparison.work, unit=" steps", desc=comparison.title) as bar:
        yield bar


class _Keeper:
    """Appends each run that has ended to the comparison's file, where the window finds it, if that is wanted.

    Args:
        comparison: What is compared.
        folder: Where the file goes; None if nothing is kept.

    Attributes:
        problem: Why runs that have ended are not in the file; empty if all are.
    """

    def __init__(self, comparison: Comparison, folder: Path | None) -> None:
        self.problem = ""
        self._file: ComparisonFile | None = None if folder is None else new_file(folder, comparison)
        self._lock = threading.Lock()

    def add(self, key: RunKey, record: RunRecord) -> None:
        """Keep a run, and those before it that could not be kept then; any thread may."""
        if self._file is None:
            return
        with self._lock:
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
    """What has ended so far; each run is written as JSON when it has.

    Attributes:
        comparison: What is compared.
        records: The runs that have ended.
        summary: How it went, in a line; empty before the end.
    """

    def __init__(self, comparison: Comparison, reference: int, lines: JsonLines) -> None:
        self.comparison = comparison
        self.records: dict[RunKey, RunRecord] = {}
        self.summary = ""
        self._question = Question(FINAL_RETURN, reference, Centre.MEAN, columns=())
        self._lines = lines

    def take_all(self, ended: Ended) -> None:
        """Take what has ended meanwhile."""
        while not ended.empty():
            key, record = ended.get()
            self.records[key] = record
            self._lines.write("run", **run_fields(self.comparison, key, record))

    def digest(self) -> Digest:
        """Return what the runs that have ended say, as the window puts it."""
        return Digester(self.comparison).digest(self.records, self._question)

    def finish(self, steps: int, seconds: float) -> None:
        """Write what can be said of the runs that have ended; always the last line."""
        n_runs = self.comparison.n_runs
        reason = "completed" if len(self.records) == n_runs else "interrupted"
        rate = steps / max(1e-9, seconds)
        fields = effect_fields(self.digest())
        self._lines.write("finished", **fields, steps_per_second=round(rate, 1), reason=reason)
        self.summary = (
            f"{reason}: {grouped(len(self.records))} of {counted(n_runs, 'run')}, {grouped(steps)} steps, "
            f"{grouped(rate)} steps a second"
        )

    def ended_as(self, reason: FinishReason) -> list[str]:
        """Return the message of each run that ended for a reason."""
        return [
            record.end.message
            for _, record in sorted(self.records.items())
            if record.end is not None and record.end.reason is reason
        ]


def _show(results: _Results, output: IO[str]) -> None:
    """Show a person how it went."""
    print(results.summary, file=output)
    if results.records:
        digest = results.digest()
        table = results_table(digest, shutil.get_terminal_size().columns)
        print("", *table, _reference(digest), "", sep="\n", file=output)
        said = (*verdict(digest), *(statement.text for statement in statements(digest)))
        print(*said, sep="\n", file=output)


def _reference(digest: Digest) -> str:
    """Return which value the others are compared with, and where it comes from."""
    comparison, number = digest.comparison, digest.question.reference
    origin = origin_of(comparison, number)
    what = f"{comparison.variants[number].label}{', ' if origin else ''}{origin}"
    return f"The others are compared with {what}."


def _complain_of_runs(results: _Results) -> int:
    """Say in a line each that runs diverged or failed, and why the first did; return the exit status."""
    runs = counted(results.comparison.n_runs, "run")
    for reason in (FinishReason.DIVERGED, FinishReason.FAILED):
        if messages := results.ended_as(reason):
            complain(f"{grouped(len(messages))} of {runs} {reason.label}: {messages[0]}")
    return OUR_FAILURE if results.ended_as(FinishReason.FAILED) else 0
