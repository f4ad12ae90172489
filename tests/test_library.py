"""The library of runs: what is kept is listed, labelled, deleted and brought back."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ppo_desktop import library, trash
from ppo_desktop.library import InUse, Labels, NoSuchRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import EpisodeEnded, Event, UpdateFinished
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.keeping import JOURNAL, SUMMARY
from ppo_desktop.runs.kept import begin
from ppo_desktop.runs.summary import Summary
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL, keep_branch, keep_run


def complain(message: str) -> None:
    raise AssertionError(message)


def learn(updates: int = 3, seed: int = 1) -> list[Event]:
    """Keep a run; return what it says."""
    said: list[Event] = []
    run = begin(runs_folder(), RunSettings("CartPole-v1", Algorithm.PPO, SMALL, seed), complain)
    events = run.events()
    for event in events:
        said.append(event)
        if run.update == updates:
            break
    events.close()
    return said


def test_a_run_is_listed_with_what_it_has_reached() -> None:
    assert library.runs() == []
    said = learn(20)
    (entry,) = library.runs()
    returns = [event.episode_return for event in said if isinstance(event, EpisodeEnded)]
    means = [event.mean_return_100 for event in said if isinstance(event, EpisodeEnded)]
    summary = entry.summary
    assert (summary.environment_id, summary.algorithm, summary.seed) == ("CartPole-v1", "ppo", 1)
    assert (summary.updates, summary.steps, summary.episodes) == (20, 640, len(returns))
    assert (summary.best, summary.last) == (max(means), means[-1])
    assert summary.hyperparameters["rollout_length"] == 16
    assert entry.labels == Labels()


def test_a_summary_that_is_lost_or_damaged_is_made_again_from_the_journal() -> None:
    learn()
    (entry,) = library.runs()
    place = library.find(entry.id)
    for contents in (b"", b"[]", b'{"version": 99}', b"\xff"):
        (place / SUMMARY).write_bytes(contents)
        assert library.runs() == [entry]
    (place / SUMMARY).unlink()
    assert library.runs() == [entry]


def test_what_a_killed_program_has_not_summed_up_is_read_from_the_journal_when_nothing_more_comes() -> None:
    place, known = library.find(keep_run(8)), library.find(keep_run(3))
    summary, journal = place / SUMMARY, place / JOURNAL
    assert summary.stat().st_mtime_ns >= journal.stat().st_mtime_ns, "it is written last"
    summary.write_bytes((known / SUMMARY).read_bytes())
    os.utime(summary, (0, 0))
    listing = library.Listing()
    assert [entry.summary.updates for entry in listing.runs()] == [3, 3], "the next lines may be on their way"
    os.utime(journal, (1, 1))
    assert [entry.summary.updates for entry in listing.runs()] == [3, 8]
    assert Summary.from_json(summary.read_bytes()).updates == 8
    journal.write_bytes(b"nonsense")
    for file, time_then in ((summary, 0), (journal, 1)):
        os.utime(file, (time_then, time_then))
    assert [entry.summary.updates for entry in library.runs()] == [3, 8], "as long as that can be read"


def test_an_opened_run_says_what_it_said_and_can_be_restored() -> None:
    said = [event for event in learn(8) if isinstance(event, EpisodeEnded | UpdateFinished)]
    kept = library.open_run(library.runs()[0].id)
    again = list(kept.events())
    assert [repr(event) for event in again if isinstance(event, EpisodeEnded)] == [
        repr(event) for event in said if isinstance(event, EpisodeEnded)
    ]
    for ours, theirs in zip(
        (event for event in again if isinstance(event, UpdateFinished)),
        (event for event in said if isinstance(event, UpdateFinished)),
        strict=True,
    ):
        assert (ours.steps, ours.approx_kl, ours.mean_return_100) == (
            theirs.steps,
            theirs.approx_kl,
            theirs.mean_return_100,
        )
    assert kept.settings.seed == 1
    assert kept.restore(5).update == 5


def test_a_run_is_found_by_id_beginning_or_name_and_nothing_else() -> None:
    learn(seed=1)
    learn(seed=2)
    newer, older = library.runs()
    library.set_labels(library.find(older.id), Labels(name="Ü 3"))
    assert library.find("Ü 3") == library.find(older.id)
    assert library.find(newer.id[:-1]).name == newer.id
    for wrong in ("", "2", "nothing", "../" + newer.id):
        with pytest.raises(NoSuchRun):
            library.find(wrong)


def test_what_the_user_says_of_a_run_is_kept() -> None:
    learn()
    (entry,) = library.runs()
    place = library.find(entry.id)
    labels = Labels("after lunch", "ε off", is_starred=True)
    library.set_labels(place, labels)
    assert library.runs()[0].labels == labels
    (place / library.LABELS).write_bytes(b"{")
    assert library.runs()[0].labels == Labels()


def test_a_deleted_run_can_be_brought_back_until_it_is_purged() -> None:
    learn()
    (entry,) = library.runs()
    deleted = library.delete(library.find(entry.id))
    assert library.runs() == []
    trash.bring_back(deleted)
    assert library.runs() == [entry]
    deleted = library.delete(library.find(entry.id))
    trash.purge(runs_folder(), own=[deleted])
    with pytest.raises(FileNotFoundError):
        trash.bring_back(deleted)


def test_what_is_done_to_a_run_that_another_window_has_deleted_does_not_keep_it_from_coming_back() -> None:
    learn()
    (entry,) = library.runs()
    place = library.find(entry.id)
    deleted = library.delete(place)
    with pytest.raises(NoSuchRun):
        library.delete(place)
    with pytest.raises(NoSuchRun):
        library.set_labels(place, Labels(is_starred=True))
    trash.bring_back(deleted)
    assert library.runs() == [entry]


def test_a_run_that_is_learning_is_not_deleted() -> None:
    run = begin(runs_folder(), RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1), complain)
    events = run.events()
    while not library.runs():
        next(events)
        assert run.keeper is not None
        if run.update == 1:
            run.keeper.take_keyframe(run)
    with pytest.raises(InUse):
        library.delete(library.find(library.runs()[0].id))
    events.close()
    library.delete(library.find(library.runs()[0].id))


def test_the_oldest_runs_make_room_but_none_that_has_a_label() -> None:
    for seed in (1, 2, 3):
        learn(seed=seed)
    newest, middle, oldest = library.runs()
    library.set_labels(library.find(oldest.id), Labels(name="mine"))
    assert library.make_room(10**9) == []
    assert library.make_room(0) == [middle.id, newest.id]
    assert [entry.id for entry in library.runs()] == [oldest.id]


def test_a_run_that_was_gone_on_with_is_not_old() -> None:
    for seed in (1, 2):
        learn(seed=seed)
    newest, oldest = library.runs()
    journal = library.find(newest.id) / JOURNAL
    os.utime(journal, ns=(0, (library.find(oldest.id) / JOURNAL).stat().st_mtime_ns - 1))
    assert library.make_room(0) == [newest.id, oldest.id]


def test_what_another_goes_on_from_makes_room_last() -> None:
    parent, younger = keep_run(), keep_run(seed=2)
    branch = keep_branch(parent, 3)
    library.set_labels(library.find(branch), Labels(name="mine"))
    assert library.make_room(0) == [younger, parent]
    unnamed = keep_branch(branch, 5)
    of_unnamed = keep_branch(unnamed, 6)
    os.utime(library.find(unnamed) / JOURNAL, ns=(0, 0))
    assert library.make_room(0) == [of_unnamed, unnamed]


def test_what_a_window_can_bring_back_makes_no_room_for_the_others_of_any_window() -> None:
    ours, theirs, nobodys = (keep_run(seed=seed) for seed in (1, 2, 3))
    library.offer("theirs", {theirs})
    assert library.make_room(0, spared={ours}) == [nobodys]
    library.offer("theirs", ())
    assert library.make_room(0, spared={ours}) == [theirs]


def test_what_a_killed_window_offered_is_spared_for_a_day() -> None:
    run = keep_run()
    library.offer("killed", {run})
    assert library.make_room(0) == []
    (offered,) = runs_folder().glob(".offered-*")
    long_ago = time.time() - trash.SECONDS - 1
    os.utime(offered, (long_ago, long_ago))
    assert library.make_room(0) == [run]
    assert not offered.exists()


def test_a_folder_that_is_no_run_is_left_alone() -> None:
    learn()
    (runs_folder() / "20260101-000000-aaaa").mkdir()
    damaged = runs_folder() / "20260101-000000-bbbb"
    damaged.mkdir()
    (damaged / JOURNAL).write_bytes(b"nonsense")
    (runs_folder() / "a file").write_bytes(b"")
    assert len(library.runs()) == 1


def test_a_home_without_runs_has_none(tmp_path: Path) -> None:
    assert library.runs(tmp_path / "nothing") == []
    assert library.make_room(0, tmp_path / "nothing") == []
