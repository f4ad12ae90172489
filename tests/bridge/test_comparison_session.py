"""A comparison on its way: started, paused, stopped, continued, kept, opened, and never lost."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.planning import BEFORE, TRAIN
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.measures import FINAL_ENTROPY, FINAL_RETURN, MEAN_RETURN, STEPS_TO_THRESHOLD
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import Recorder
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.store import load, new_file
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.compiled import CompiledEngine
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.runs.workload import Workload
from tests.comparisons import compared, ended_with, kept_files
from tests.diverging import let_diverge
from tests.other_threads import in_thread, let_orders_be_obeyed

STEPS = 3000
ENDLESS = 10_000_000

Open = Callable[..., ComparisonSession]


def rates(n_seeds: int = 2, total_steps: int = 1000, environment_id: str = "CartPole-v1") -> Comparison:
    """Return a comparison whose runs all differ."""
    return compared((1e-3, 1e-2), n_seeds, total_steps, "learning_rate", environment_id)


def wait_for_digest(qtbot: QtBot, comparisons: ComparisonSession, steps: int) -> None:
    """Wait until there is a digest of what is compared and asked now, after so many steps."""

    def is_there() -> bool:
        digest = comparisons.digest
        return (
            digest is not None
            and digest.comparison == comparisons.comparison
            and digest.steps == steps
            and digest.question == comparisons.question
        )

    qtbot.waitUntil(is_there)


def begin(comparisons: ComparisonSession, comparison: Comparison) -> None:
    comparisons.planning.set_up(comparison)
    comparisons.start()
    assert comparisons.state is JobState.RUNNING


def finish(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    qtbot.waitUntil(lambda: comparisons.state is JobState.COMPLETE)


def do(qtbot: QtBot, comparisons: ComparisonSession, comparison: Comparison) -> dict[RunKey, str]:
    """Do a whole comparison; return the fingerprint of each run."""
    begin(comparisons, comparison)
    finish(qtbot, comparisons)
    return fingerprints(comparisons)


def fingerprints(comparisons: ComparisonSession) -> dict[RunKey, str]:
    ends = {key: record.end for key, record in comparisons.records.items()}
    return {key: end.parameters_sha256 for key, end in ends.items() if end is not None}


def kept(folder: Path) -> dict[RunKey, str]:
    """Return the fingerprint of each run in the only file there is."""
    (path,) = kept_files(folder)
    assert load(path).n_left_out == 0
    records = load(path).records
    return {key: run.end.parameters_sha256 for key, run in records.items() if run.end is not None}


def wait_until_runs_rest(comparisons: ComparisonSession) -> None:
    """Wait until no run goes on any more after a pause."""
    assert comparisons._experiment is not None
    assert comparisons._experiment._runner is not None
    assert comparisons._experiment._runner.wait_for_rest(60)


def runs_in(path: Path) -> int:
    return path.read_text(encoding="utf-8").count('"event": "run"')


@pytest.fixture
def in_the_middle(monkeypatch: pytest.MonkeyPatch) -> Callable[[ComparisonSession], threading.Event]:
    """Return a function that lets runs rest, without the session's doing, as soon as one is half way."""

    def in_the_middle(comparisons: ComparisonSession) -> threading.Event:
        reached = threading.Event()
        take = Recorder.take

        def take_and_rest(recorder: Recorder, *arguments: Any) -> None:
            take(recorder, *arguments)
            if recorder.record.steps >= STEPS // 2 and not reached.is_set():
                assert comparisons._experiment is not None
                comparisons._experiment.pause()
                reached.set()

        monkeypatch.setattr(Recorder, "take", take_and_rest)
        return reached

    return in_the_middle


InTheMiddle = Callable[[ComparisonSession], threading.Event]


# ---- from start to end


def test_before_the_first_there_is_nothing(comparisons: ComparisonSession) -> None:
    assert comparisons.state is JobState.EMPTY
    assert comparisons.comparison is None
    assert comparisons.digest is None
    assert comparisons.records == {}
    assert comparisons.share_done == comparisons.runs_done == 0
    assert comparisons.seconds_left is None
    assert not comparisons.continues
    assert "to come" not in comparisons.estimate
    comparisons.pause()
    comparisons.resume()
    comparisons.stop()
    comparisons.open_in_train(0, 1)
    assert comparisons.state is JobState.EMPTY


@pytest.mark.parametrize("diverges", [False, True])
def test_what_it_cost_is_remembered_if_all_runs_have_been_completed(
    qtbot: QtBot, comparisons: ComparisonSession, monkeypatch: pytest.MonkeyPatch, diverges: bool
) -> None:
    learnt: list[Workload] = []
    monkeypatch.setattr(Workload, "learn", lambda workload, *_: learnt.append(workload))
    if diverges:
        let_diverge(monkeypatch, PyTorchEngine)
        let_diverge(monkeypatch, CompiledEngine)
    do(qtbot, comparisons, rates())
    assert len(learnt) == (0 if diverges else 1)


def test_a_comparison_runs_to_its_end_and_says_what_came_of_it(
    qtbot: QtBot, comparisons: ComparisonSession, folder: Path
) -> None:
    states = []
    comparisons.state_changed.connect(lambda: states.append(comparisons.state))
    do(qtbot, comparisons, rates())
    assert states == [JobState.RUNNING, JobState.COMPLETE]
    assert comparisons.share_done == 1
    assert comparisons.runs_done == 4
    assert comparisons.steps_per_second is None
    wait_for_digest(qtbot, comparisons, 1000)
    digest = comparisons.digest
    assert digest is not None
    assert [len(estimate.samples) for estimate in digest.estimates["final_return"]] == [2, 2]
    assert digest.statements
    assert kept(folder) == fingerprints(comparisons)
    assert len(set(kept(folder).values())) == 4


def test_starting_pauses_train(qtbot: QtBot, session: Session, comparisons: ComparisonSession) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.RUNNING)
    begin(comparisons, rates(total_steps=ENDLESS))
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)


def test_what_cannot_be_compared_is_not_started_and_says_why(
    qtbot: QtBot, session: Session, comparisons: ComparisonSession
) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    shown = comparisons.comparison
    comparisons.planning.set_values("0.1, 0.1")
    assert comparisons.estimate == comparisons.planning.complaint != ""
    assert not comparisons.continues
    comparisons.start()
    assert comparisons.state is JobState.COMPLETE
    assert comparisons.comparison is shown
    assert comparisons.notices.current.is_warning
    assert comparisons.planning.complaint not in comparisons.notices.current.text, "the page says it already"


def test_before_it_starts_one_hears_how_much_it_is(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    comparisons.planning.set_up(rates(n_seeds=3, total_steps=10_000))
    assert comparisons.estimate.startswith("2 values × 3 seeds = 6 runs · 60")
    assert comparisons.estimate.endswith("steps · time not known yet")
    comparisons.set_visible(True)
    qtbot.waitUntil(lambda: "steps · about" in comparisons.estimate)
    assert "PyTorch" not in comparisons.estimate


def test_the_first_comparison_of_a_window_has_more_to_load_than_the_next(
    qtbot: QtBot, comparisons: ComparisonSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[Workload] = []
    monkeypatch.setattr(comparisons._estimate, "seconds", planned.append)
    comparisons.planning.set_up(rates(n_seeds=1))
    assert comparisons.estimate
    do(qtbot, comparisons, rates(n_seeds=1))
    assert comparisons.estimate
    assert planned[0].beside > planned[-1].beside > 0
    assert planned[0].parts == planned[-1].parts


# ---- pause, stop, continue


def test_paused_it_rests_and_goes_on_to_the_same_numbers(
    qtbot: QtBot, open_comparisons: Open, tmp_path: Path, in_the_middle: InTheMiddle
) -> None:
    whole = do(qtbot, open_comparisons(tmp_path / "other"), rates(total_steps=STEPS))
    comparisons = open_comparisons()
    reached = in_the_middle(comparisons)
    begin(comparisons, rates(total_steps=STEPS))
    qtbot.waitUntil(reached.is_set)
    comparisons.toggle()
    assert comparisons.state is JobState.PAUSED
    assert comparisons.steps_per_second is None
    wait_until_runs_rest(comparisons)
    assert 0 < comparisons.share_done < 1
    comparisons.toggle()
    finish(qtbot, comparisons)
    assert fingerprints(comparisons) == whole


def test_stopped_it_keeps_what_is_done_and_continued_it_does_the_rest_alone(
    qtbot: QtBot, open_comparisons: Open, tmp_path: Path, folder: Path, in_the_middle: InTheMiddle
) -> None:
    whole = do(qtbot, open_comparisons(tmp_path / "other"), rates(n_seeds=2, total_steps=STEPS))
    comparisons = open_comparisons()
    first = do(qtbot, comparisons, rates(n_seeds=1, total_steps=STEPS))
    comparisons.planning.set_seeds(2)
    reached = in_the_middle(comparisons)
    comparisons.start()
    qtbot.waitUntil(reached.is_set)
    comparisons.stop()
    assert comparisons.state is JobState.RESTING
    assert fingerprints(comparisons) == first == kept(folder)
    assert comparisons.runs_done == 2
    assert comparisons.continues
    assert "2 of them to come" in comparisons.estimate
    comparisons.start()
    finish(qtbot, comparisons)
    assert fingerprints(comparisons) == whole == kept(folder)
    assert not comparisons.continues
    (path,) = kept_files(folder)
    assert runs_in(path) == 4, "no run was done twice"


def test_stopped_while_paused_it_can_go_on_too(
    qtbot: QtBot, comparisons: ComparisonSession, in_the_middle: InTheMiddle
) -> None:
    reached = in_the_middle(comparisons)
    begin(comparisons, rates(total_steps=STEPS))
    qtbot.waitUntil(reached.is_set)
    comparisons.pause()
    comparisons.stop()
    assert comparisons.state is JobState.RESTING
    assert comparisons.continues
    before = dict(comparisons.records)
    comparison = rates(total_steps=STEPS)
    left = comparison.work - sum(record.steps for record in before.values())
    assert 0 < left < comparison.work
    assert f" · {grouped(left)} steps · " in comparisons.estimate, "what was done is not to be done again"
    comparisons.start()
    finish(qtbot, comparisons)
    assert comparisons.runs_done == 4
    assert comparisons.records == before, "no run has begun anew"


def test_stopped_when_its_last_run_has_just_ended_it_is_complete(
    qtbot: QtBot, comparisons: ComparisonSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Recorder.take

    def take_and_stop_at_the_end(recorder: Recorder, *arguments: Any) -> None:
        take(recorder, *arguments)
        assert comparisons._experiment is not None
        if comparisons._experiment.is_complete:
            comparisons._experiment.cancel()

    monkeypatch.setattr(Recorder, "take", take_and_stop_at_the_end)
    begin(comparisons, rates(n_seeds=1))
    finish(qtbot, comparisons)
    assert comparisons.runs_done == 2


def test_more_seeds_later_repeat_nothing(
    qtbot: QtBot, open_comparisons: Open, tmp_path: Path, folder: Path
) -> None:
    whole = do(qtbot, open_comparisons(tmp_path / "other"), rates(n_seeds=3))
    comparisons = open_comparisons()
    do(qtbot, comparisons, rates(n_seeds=2))
    before = dict(comparisons.records)
    changes: list[None] = []
    comparisons.comparison_changed.connect(lambda: changes.append(None))
    comparisons.planning.set_seeds(3)
    assert comparisons.continues
    assert "2 of them to come" in comparisons.estimate
    comparisons.start()
    assert len(changes) == 1
    finish(qtbot, comparisons)
    assert all(comparisons.records[key] is record for key, record in before.items())
    assert fingerprints(comparisons) == whole == kept(folder)
    assert comparisons.comparison == rates(n_seeds=3) == load(kept_files(folder)[0]).comparison
    qtbot.waitUntil(lambda: comparisons.digest is not None and comparisons.digest.runs_done == 6)
    assert comparisons.digest is not None
    assert len(comparisons.digest.estimates["final_return"][0].samples) == 3


def test_fewer_seeds_are_another_comparison(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    do(qtbot, comparisons, rates(n_seeds=2))
    comparisons.planning.set_seeds(1)
    assert not comparisons.continues
    comparisons.start()
    finish(qtbot, comparisons)
    assert comparisons.runs_done == 2


def test_run_again_it_comes_to_equal_numbers_in_a_file_of_its_own(
    qtbot: QtBot, comparisons: ComparisonSession, folder: Path
) -> None:
    first = do(qtbot, comparisons, rates())
    assert not comparisons.continues
    comparisons.start()
    assert comparisons.digest is None, "what the first one said is not what this one says"
    assert comparisons.runs_done < 4
    finish(qtbot, comparisons)
    assert fingerprints(comparisons) == first
    paths = kept_files(folder)
    assert len(paths) == 2
    assert [runs_in(path) for path in paths] == [4, 4]
    assert paths[0].name != paths[1].name


# ---- kept and opened


def test_a_kept_comparison_is_opened_as_it_was(qtbot: QtBot, open_comparisons: Open, folder: Path) -> None:
    first = open_comparisons()
    do(qtbot, first, rates())
    wait_for_digest(qtbot, first, 1000)
    other = open_comparisons()
    other.open(kept_files(folder)[0])
    assert other.state is JobState.COMPLETE
    assert other.comparison == rates() == other.planning.planned
    assert fingerprints(other) == fingerprints(first)
    assert other.share_done == 1
    wait_for_digest(qtbot, other, 1000)
    assert first.digest is not None
    assert other.digest is not None
    assert other.digest.statements == first.digest.statements
    for one, same in zip(first.digest.bands["return"], other.digest.bands["return"], strict=True):
        np.testing.assert_array_equal(one.mean, same.mean)
        np.testing.assert_array_equal(one.low, same.low)


def test_a_kept_comparison_that_was_stopped_is_continued_in_its_file(
    qtbot: QtBot, open_comparisons: Open, folder: Path
) -> None:
    whole = do(qtbot, open_comparisons(), rates())
    (path,) = kept_files(folder)
    lines = path.read_text().splitlines(keepends=True)
    first, second, third = [line for line in lines if '"event": "run"' in line][:3]
    path.write_text(lines[0] + first + second + third[:100])  # killed while it wrote
    other = open_comparisons()
    other.open(path)
    assert other.state is JobState.RESTING
    assert other.notices.current.is_warning
    assert "1 line" in other.notices.current.text
    assert other.runs_done == 2
    assert other.continues
    other.start()
    finish(qtbot, other)
    assert fingerprints(other) == whole
    assert len(kept_files(folder)) == 1
    assert len(load(path).records) == 4


def test_a_kept_comparison_can_have_more_seeds(qtbot: QtBot, open_comparisons: Open, folder: Path) -> None:
    do(qtbot, open_comparisons(), rates(n_seeds=1))
    other = open_comparisons()
    other.open(kept_files(folder)[0])
    other.planning.set_seeds(2)
    assert other.continues
    other.start()
    finish(qtbot, other)
    assert len(kept(folder)) == 4
    assert load(kept_files(folder)[0]).comparison.n_seeds == 2


@pytest.mark.parametrize("content", ["", "no comparison", '{"format": "ppo-desktop comparison"}', None])
def test_a_file_that_is_no_comparison_is_refused_in_one_line_and_what_is_shown_stays(
    qtbot: QtBot, comparisons: ComparisonSession, tmp_path: Path, content: str | None
) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    wait_for_digest(qtbot, comparisons, 1000)
    shown, records, digest = comparisons.comparison, comparisons.records, comparisons.digest
    path = tmp_path / "broken.jsonl"
    if content is not None:
        path.write_text(content)
    comparisons.open(path)
    assert comparisons.notices.current.is_warning
    assert "broken.jsonl" in comparisons.notices.current.text
    assert "\n" not in comparisons.notices.current.text
    assert comparisons.comparison is shown
    assert comparisons.records is records
    assert comparisons.digest is digest
    assert comparisons.state is JobState.COMPLETE
    assert comparisons.planning.planned == shown


def test_what_was_left_out_of_a_file_and_what_only_a_newer_version_knows_are_told(
    comparisons: ComparisonSession, tmp_path: Path
) -> None:
    path = tmp_path / "newer.jsonl"
    golden = Path(__file__).resolve().parents[1] / "golden" / "0.1" / "algorithms.jsonl"
    path.write_bytes(golden.read_bytes() + b'{"event": "star"}\n[[[\n')
    comparisons.open(path)
    assert comparisons.notices.current.is_warning
    assert "1 line that could not be understood" in comparisons.notices.current.text
    assert "event star" in comparisons.notices.current.text
    assert "\n" not in comparisons.notices.current.text
    assert len(comparisons.records) == 2


def test_no_run_is_added_to_those_that_were_trained_with_an_unknown_hyperparameter(
    qtbot: QtBot, comparisons: ComparisonSession, folder: Path, tmp_path: Path
) -> None:
    file = new_file(tmp_path, rates())
    file.add(RunKey(0, 1), ended_with(100.0))
    head, run = file.path.read_text(encoding="utf-8").splitlines()
    values = json.loads(head)
    values["variants"][1]["hyperparameters"]["momentum"] = 0.9
    file.path.write_text(f"{json.dumps(values)}\n{run}\n", encoding="utf-8")
    before = file.path.read_bytes()
    comparisons.open(file.path)
    assert comparisons.runs_done == 1
    assert "hyperparameter momentum" in comparisons.notices.current.text
    assert not comparisons.continues
    comparisons.planning.set_seeds(3)
    assert not comparisons.continues
    comparisons.planning.set_seeds(2)
    comparisons.start()
    finish(qtbot, comparisons)
    assert len(kept(folder)) == 4, "all of them anew"
    assert file.path.read_bytes() == before


def test_another_is_opened_over_one_that_is_running_when_that_is_wanted(
    qtbot: QtBot, open_comparisons: Open, folder: Path
) -> None:
    do(qtbot, open_comparisons(), rates(n_seeds=1))
    comparisons = open_comparisons()
    begin(comparisons, rates(total_steps=ENDLESS))
    comparisons.open(kept_files(folder)[0])
    assert comparisons.state is JobState.RUNNING
    assert comparisons.comparison == rates(total_steps=ENDLESS)
    comparisons.notices.act()
    assert comparisons.state is JobState.COMPLETE
    assert comparisons.comparison == rates(n_seeds=1)
    assert comparisons.notices.current.text == ""


def test_a_disk_that_takes_nothing_is_told_and_nothing_is_lost(
    qtbot: QtBot, open_comparisons: Open, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = do(qtbot, open_comparisons(tmp_path / "other"), rates())
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be", encoding="utf-8")
    comparisons = open_comparisons()
    with caplog.at_level(logging.ERROR):
        assert do(qtbot, comparisons, rates()) == whole
    assert comparisons.notices.current.is_warning
    assert "could not be kept" in comparisons.notices.current.text
    assert "\n" not in comparisons.notices.current.text
    wait_for_digest(qtbot, comparisons, 1000)
    assert comparisons.digest is not None
    assert len(comparisons.digest.estimates["final_return"][0].samples) == 2


def test_what_a_full_disk_refused_is_kept_when_there_is_room_again(
    qtbot: QtBot, comparisons: ComparisonSession, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.parent.mkdir(parents=True)
    folder.touch()
    with caplog.at_level(logging.ERROR):
        do(qtbot, comparisons, rates(n_seeds=1))
    folder.unlink()
    comparisons.notices.withdraw()
    comparisons.planning.set_seeds(2)
    comparisons.start()
    finish(qtbot, comparisons)
    assert len(kept(folder)) == 4
    assert comparisons.notices.current.text == ""


# ---- renamed and deleted


def test_a_comparison_is_called_something_else_here_and_in_its_file(
    qtbot: QtBot, open_comparisons: Open, folder: Path
) -> None:
    comparisons = open_comparisons()
    do(qtbot, comparisons, rates(n_seeds=1))
    comparisons.rename("What the\nrate does")
    assert comparisons.comparison is not None
    assert comparisons.comparison.title == "What the rate does"
    qtbot.waitUntil(
        lambda: comparisons.digest is not None and comparisons.digest.comparison.title[:4] == "What"
    )
    (path,) = kept_files(folder)
    assert comparisons.path == path
    assert load(path).comparison == rates(n_seeds=1).titled("What the rate does")
    comparisons.planning.set_seeds(2)
    assert comparisons.continues, "the name makes no other comparison of it"
    comparisons.start()
    finish(qtbot, comparisons)
    assert len(kept(folder)) == 4
    assert comparisons.comparison.title == "What the rate does"


def test_renaming_while_it_runs_disturbs_no_run(qtbot: QtBot, open_comparisons: Open, tmp_path: Path) -> None:
    whole = do(qtbot, open_comparisons(tmp_path / "other"), rates(total_steps=STEPS))
    comparisons = open_comparisons()
    begin(comparisons, rates(total_steps=STEPS))
    comparisons.rename("Another")
    finish(qtbot, comparisons)
    assert fingerprints(comparisons) == whole == kept(comparisons.folder)
    assert load(kept_files(comparisons.folder)[0]).comparison.title == "Another"


def test_a_name_that_cannot_be_kept_is_refused(
    qtbot: QtBot, comparisons: ComparisonSession, folder: Path
) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    (path,) = kept_files(folder)
    path.unlink()
    folder.rmdir()
    folder.touch()
    comparisons.rename("Another")
    assert comparisons.comparison == rates(n_seeds=1)
    assert comparisons.notices.current.is_warning


def test_a_deleted_comparison_is_gone(qtbot: QtBot, comparisons: ComparisonSession, folder: Path) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    comparisons.delete()
    assert kept_files(folder) == []
    assert comparisons.comparison is None
    assert comparisons.path is None
    assert comparisons.digest is None
    assert comparisons.state is JobState.EMPTY
    let_orders_be_obeyed(comparisons.inquiry._thread)  # an answer on its way is of nothing
    assert comparisons.digest is None
    assert not comparisons.continues
    comparisons.delete()
    comparisons.start()
    finish(qtbot, comparisons)
    assert len(kept(folder)) == 2


def test_one_that_is_running_is_stopped_and_deleted(comparisons: ComparisonSession, folder: Path) -> None:
    begin(comparisons, rates(total_steps=ENDLESS))
    comparisons.delete()
    assert comparisons.state is JobState.EMPTY
    assert kept_files(folder) == []


# ---- two windows, closing


def test_two_windows_with_one_folder_do_not_disturb_each_other(
    qtbot: QtBot, open_comparisons: Open, folder: Path
) -> None:
    first, second = open_comparisons(), open_comparisons()
    begin(first, rates(n_seeds=1))
    begin(second, rates(n_seeds=2))
    finish(qtbot, first)
    finish(qtbot, second)
    contents = {load(path).comparison.n_seeds: load(path) for path in kept_files(folder)}
    assert set(contents) == {1, 2}
    assert len(contents[1].records) == 2
    assert len(contents[2].records) == 4
    assert [runs_in(path) for path in kept_files(folder)].count(4) == 1


def test_closing_in_the_middle_ends_everything(qtbot: QtBot, open_comparisons: Open, folder: Path) -> None:
    comparisons = open_comparisons()
    comparisons.set_visible(True)
    begin(comparisons, rates(n_seeds=3, total_steps=ENDLESS))
    qtbot.waitUntil(lambda: len(comparisons.preview.frames) == 2 and comparisons.share_done > 0)
    comparisons.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("runner")]
    QCoreApplication.processEvents()  # nothing that is still on its way does any harm
    comparisons.close()
    assert kept_files(folder) == []


def test_closing_while_paused_ends_everything(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    begin(comparisons, rates(total_steps=ENDLESS))
    qtbot.waitUntil(lambda: comparisons.share_done > 0)
    comparisons.pause()
    comparisons.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("runner")]


# ---- ready-made comparisons


def test_a_ready_made_comparison_waits_to_be_started(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    comparisons.set_up(rates(n_seeds=3), FINAL_ENTROPY, 1)
    assert comparisons.comparison is None
    assert comparisons.digest is None
    assert comparisons.state is JobState.EMPTY
    assert comparisons.planning.planned == rates(n_seeds=3)
    assert (comparisons.question.measure, comparisons.question.reference) == (FINAL_ENTROPY, 1)
    comparisons.start()
    finish(qtbot, comparisons)
    wait_for_digest(qtbot, comparisons, 1000)
    assert comparisons.question.measure is FINAL_ENTROPY
    assert comparisons.question.reference == 1


def test_a_ready_made_comparison_does_not_disturb_one_that_is_running(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    running = rates(total_steps=ENDLESS)
    begin(comparisons, running)
    question, records = comparisons.question, comparisons.records
    comparisons.set_up(rates(n_seeds=3), FINAL_ENTROPY, 1)
    assert comparisons.state is JobState.RUNNING
    assert comparisons.comparison == running
    assert comparisons.records is records
    assert comparisons.question == question
    assert comparisons.planning.planned == rates(n_seeds=3)
    qtbot.waitUntil(lambda: comparisons.share_done > 0)
    comparisons.stop()
    comparisons.start()
    finish(qtbot, comparisons)
    assert comparisons.comparison == rates(n_seeds=3)


# ---- what is asked of it


def test_what_runs_say_is_found_out_only_while_somebody_looks(
    qtbot: QtBot, comparisons: ComparisonSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Question] = []
    digest = Digester.digest

    def digest_and_note(digester: Digester, records: Any, question: Question) -> Digest:
        asked.append(question)
        return digest(digester, records, question)

    monkeypatch.setattr(Digester, "digest", digest_and_note)
    comparisons.set_visible(False)
    do(qtbot, comparisons, rates())
    comparisons.choose_measure(MEAN_RETURN)
    assert asked == []
    comparisons.set_visible(True)
    wait_for_digest(qtbot, comparisons, 1000)
    assert {question.measure for question in asked} == {MEAN_RETURN}


def test_another_question_gets_another_answer(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    do(qtbot, comparisons, rates())
    comparisons.choose_measure(MEAN_RETURN)
    comparisons.choose_reference(1)
    comparisons.choose_centre(Centre.INTERQUARTILE_MEAN)
    comparisons.choose_columns(["max_ratio"])
    wait_for_digest(qtbot, comparisons, 1000)
    digest = comparisons.digest
    assert digest is not None
    assert set(digest.bands) == {"max_ratio"}
    assert [statement.variant for statement in digest.statements] == [0]
    assert np.isfinite(digest.estimates["mean_return"][0].low)


def test_a_reference_that_the_next_comparison_does_not_have_gives_way(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    comparisons.choose_reference(1)
    do(qtbot, comparisons, compared((0.2,), 1))
    assert comparisons.question.reference == 0
    wait_for_digest(qtbot, comparisons, 1000)


def test_a_result_that_the_next_environment_does_not_have_gives_way(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    comparisons.choose_measure(STEPS_TO_THRESHOLD)
    do(qtbot, comparisons, rates(n_seeds=1, environment_id="Pendulum-v1"))
    assert comparisons.question.measure is FINAL_RETURN
    assert STEPS_TO_THRESHOLD not in comparisons.measures


def test_pointing_at_a_variant_is_told_once(comparisons: ComparisonSession) -> None:
    told: list[int | None] = []
    comparisons.highlight_changed.connect(lambda: told.append(comparisons.highlighted))
    for variant in (1, 1, 0, None, None):
        comparisons.highlight(variant)
    assert told == [1, 0, None]


def test_the_policies_of_another_seed_can_play(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    comparisons.set_visible(True)
    do(qtbot, comparisons, rates())
    qtbot.waitUntil(lambda: len(comparisons.preview.frames) == 2)
    comparisons.choose_seed(2)
    assert comparisons.preview.frames == {}
    qtbot.waitUntil(lambda: len(comparisons.preview.frames) == 2)
    experiment: Any = comparisons._experiment
    frame = comparisons.preview.frames[1]
    engine = PyTorchEngine(rates().settings(RunKey(1, 2)))
    engine.act_as(experiment.records[RunKey(1, 2)].policy)
    own = float(engine.survey(frame.observation[None]).values[0])
    engine.close()
    assert frame.value == pytest.approx(own, rel=1e-4, abs=1e-6)


def test_nobody_plays_while_nobody_looks(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    players = comparisons.preview._thread
    assert not in_thread(qtbot, players, players.worker._timer.isActive)
    assert comparisons.preview.frames == {}
    comparisons.set_visible(True)
    qtbot.waitUntil(lambda: len(comparisons.preview.frames) == 2)


def test_a_run_is_handed_to_train_with_its_settings_and_curves(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    do(qtbot, comparisons, rates())
    opened: list[bool] = []
    comparisons.opened_in_train.connect(lambda: opened.append(True))
    comparisons.open_in_train(1, 3)
    assert not opened, "there is no such run"
    comparisons.open_in_train(1, 2)
    assert opened == [True]
    session = comparisons.session
    assert session.settings == rates().settings(RunKey(1, 2))
    assert session.baseline is not None
    assert session.baseline.settings == session.settings


# ---- engines


class Still(gymnasium.Env[Any, Any]):
    """Episodes of ten steps with a return of ten; fails in step `failing_at` of its life."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    failing_at = 0

    def __init__(self, **_: Any) -> None:
        self._steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        self._steps += 1
        if self._steps == self.failing_at:
            raise RuntimeError("motor\nburnt out")
        return np.zeros(1, np.float32), 1.0, self._steps % 10 == 0, False, {}


@pytest.fixture
def still() -> Iterator[str]:
    gymnasium.register("Still-v0", Still)
    yield "Still-v0"
    del gymnasium.registry["Still-v0"]


def engines(comparisons: ComparisonSession) -> set[str]:
    return {record.end.engine for record in comparisons.records.values() if record.end is not None}


def test_another_environment_is_compared_on_the_pytorch_engine(
    qtbot: QtBot, comparisons: ComparisonSession, still: str, folder: Path
) -> None:
    comparisons.set_visible(True)
    comparisons.planning.set_up(rates(environment_id=still))
    assert comparisons.estimate.endswith("on the PyTorch engine")
    do(qtbot, comparisons, rates(environment_id=still))
    assert engines(comparisons) == {PYTORCH}
    wait_for_digest(qtbot, comparisons, 1000)
    assert comparisons.digest is not None
    assert comparisons.digest.estimates["final_return"][0].centre == 10
    qtbot.waitUntil(lambda: len(comparisons.preview.frames) == 2)
    assert len(kept(folder)) == 4


def test_runs_whose_environment_fails_are_told_and_the_comparison_ends(
    qtbot: QtBot,
    comparisons: ComparisonSession,
    still: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Still, "failing_at", 300)
    with caplog.at_level(logging.CRITICAL):
        do(qtbot, comparisons, rates(environment_id=still))
        wait_for_digest(qtbot, comparisons, 0)
    assert comparisons.digest is not None
    assert len(comparisons.digest.failed) == 4
    assert all("motor burnt out" in why for why in comparisons.digest.failed.values())
    assert not comparisons.digest.estimates["final_return"][0].samples
    ends = [record.end for record in comparisons.records.values()]
    assert all(end is not None and end.reason is FinishReason.FAILED for end in ends)


def test_known_environments_are_compared_on_the_fast_engine(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    assert engines(comparisons) == {COMPILED}


def test_without_the_fast_engine_all_runs_are_done_by_pytorch(
    qtbot: QtBot, session: Session, comparisons: ComparisonSession
) -> None:
    session.preparation._set(PreparationState.FAILED, "no compiler")
    assert comparisons.estimate.endswith("on the PyTorch engine")
    comparisons.planning.set_up(rates(n_seeds=1))
    do(qtbot, comparisons, rates(n_seeds=1))
    assert engines(comparisons) == {PYTORCH}


def test_while_the_fast_engine_is_being_prepared_a_comparison_waits_for_it(
    session: Session, comparisons: ComparisonSession
) -> None:
    told: list[str] = []
    comparisons.estimate_changed.connect(lambda: told.append(comparisons.estimate))
    session.preparation._set(PreparationState.GOING_ON)
    comparisons.start()
    assert comparisons.comparison is None
    assert comparisons.notices.current.action is not None
    assert told[-1].endswith("once the fast engine is prepared")
    session.preparation._set(PreparationState.DONE)
    assert "prepared" not in told[-1]
    assert comparisons.state is JobState.RUNNING


def test_a_comparison_that_waits_does_not_begin_once_that_is_no_longer_said(
    session: Session, comparisons: ComparisonSession
) -> None:
    session.preparation._set(PreparationState.GOING_ON)
    comparisons.start()
    comparisons.open(comparisons.folder / "none.jsonl")
    session.preparation._set(PreparationState.DONE)
    assert comparisons.state is JobState.EMPTY


def test_values_from_train_are_those_of_train_as_it_is_now(comparisons: ComparisonSession) -> None:
    planning, session = comparisons.planning, comparisons.session
    planning.choose_base(next(base for base in planning.bases() if base.id == TRAIN))
    session.change(gamma=0.5)
    assert planning.draft.base.hyperparameters.gamma == 0.5
    assert [base.id for base in planning.bases()].count(TRAIN) == 1
    planning.choose_algorithm(Algorithm.A2C)
    assert planning.draft.base in planning.bases()
    session.choose_environment("Pendulum-v1")
    assert planning.draft.base.id == BEFORE
    assert planning.draft.base.hyperparameters.gamma == 0.5


def test_others_are_compared_with_the_value_the_settings_have_themselves(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    planning = comparisons.planning
    planning.choose_field("clip_range")
    planning.set_values("0.1, 0.2, 0.4")
    planning.set_seeds(1)
    planning.set_total_steps(1_000)
    comparisons.start()
    finish(qtbot, comparisons)
    assert comparisons.question.reference == 1


def test_what_is_asked_is_asked_again_when_the_comparison_is_opened(
    qtbot: QtBot, open_comparisons: Open, folder: Path
) -> None:
    comparisons = open_comparisons()
    do(qtbot, comparisons, rates())
    comparisons.choose_measure(MEAN_RETURN)
    comparisons.choose_reference(1)
    other = open_comparisons()
    other.open(kept_files(folder)[0])
    assert (other.question.measure, other.question.reference) == (MEAN_RETURN, 1)


def test_a_complaint_goes_when_its_cause_is_gone(comparisons: ComparisonSession) -> None:
    comparisons.planning.set_values("0.1 0.1")
    comparisons.start()
    assert comparisons.notices.current.is_warning
    assert "twice" in comparisons.estimate
    comparisons.planning.set_values("0.1 0.2")
    assert comparisons.notices.current.text == ""


def test_another_question_begins_with_the_return(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    do(qtbot, comparisons, rates(n_seeds=1))
    comparisons.choose_measure(FINAL_ENTROPY)
    comparisons.planning.choose_field("clip_range")
    comparisons.planning.set_values("0.1 0.2")
    comparisons.planning.set_total_steps(1_000)
    comparisons.start()
    assert comparisons.question.measure is FINAL_RETURN
    finish(qtbot, comparisons)


def test_a_run_that_failed_before_it_began_does_not_decide_which_engine_goes_on(
    comparisons: ComparisonSession, folder: Path
) -> None:
    file = new_file(folder, rates())
    for seed, engine, reason in ((1, PYTORCH, FinishReason.COMPLETED), (2, "", FinishReason.FAILED)):
        record = ended_with(5, reason)
        assert record.end is not None
        file.add(RunKey(0, seed), replace(record, end=replace(record.end, engine=engine)))
    comparisons.open(file.path)
    assert comparisons.engine == PYTORCH
