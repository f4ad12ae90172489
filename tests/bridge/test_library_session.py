"""What the Runs page shows of the library: what is kept, found, labelled, deleted and brought back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.library_items import Kind
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.store import ComparisonFile
from ppo_desktop.library import Labels
from ppo_desktop.runs.keeping import SUMMARY
from ppo_desktop.runs.past import Past
from ppo_desktop.user_files import runs_folder
from tests.comparisons import compared, ended_with
from tests.kept_runs import keep_branch, keep_on, keep_run


@pytest.fixture
def open_library(
    session: Session, comparisons: ComparisonSession, tune: TuneSession, maps: MapSession, qtbot: QtBot
) -> Iterator[Callable[[], LibrarySession]]:
    """Return a function that shows what is kept, once it has been looked at; all are closed."""
    opened: list[LibrarySession] = []

    def open_one() -> LibrarySession:
        opened.append(LibrarySession(session, comparisons, tune, maps, runs_folder()))
        opened[-1].set_visible(True)
        qtbot.waitUntil(lambda: opened[-1].items is not None)
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def shown(session: LibrarySession) -> list[str]:
    """Return the ids of what is shown, in order."""
    return [session.item(number).id for number in session.shown]


def select(session: LibrarySession, *runs: str) -> None:
    """Select runs by their ids."""
    session.select([number for number in session.shown if session.item(number).id in runs])


def a_kept_comparison(folder: Path, title: str) -> Path:
    """Keep a comparison of which one run is done; return its file."""
    file = ComparisonFile(folder / f"{title}.jsonl", compared().titled(title))
    folder.mkdir(parents=True, exist_ok=True)
    file.add(RunKey(0, 1), ended_with(100.0))
    return file.path


def labels(run: str) -> Labels:
    """Return what is said of a run on the disk."""
    return library.labels_of(runs_folder() / run)


def test_a_branch_stands_below_its_run_however_old_and_above_older_runs(
    open_library: Callable[[], LibrarySession],
) -> None:
    oldest, parent = keep_run(seed=1), keep_run(seed=2)
    branch = keep_branch(parent, at=4)
    of_branch = keep_branch(branch, at=6)
    newest = keep_run(seed=3)
    session = open_library()
    below = {newest: 0, parent: 0, branch: 1, of_branch: 2, oldest: 0}
    assert {*shown(session)} == {*below}
    assert {session.item(number).id: depth for number, depth in session.depths.items()} == below
    place = shown(session).index
    assert place(parent) + 1 == place(branch) == place(of_branch) - 1


def test_curves_of_selected_runs_are_their_own_ones_as_soon_as_they_are_read_and_only_while_seen(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    run = keep_run(150, seed=1)
    branch = keep_branch(run, at=75, updates=200)
    session = open_library()
    session.set_visible(False)
    select(session, run, branch)
    first, second = (session.number_of(one) for one in (run, branch))
    assert first is not None
    assert second is not None
    few = np.array(session.run(first).entry.summary.curve)
    assert session.curve(first).tolist() == few.tolist()
    with qtbot.assertNotEmitted(session.curves_changed, wait=100):
        pass
    with qtbot.waitSignals([session.curves_changed] * 2):
        session.set_visible(True)
    whole = Past(library.open_run(run)).whole.curve("mean_return").means()
    assert len(whole[0]) > 2 * len(few)
    np.testing.assert_allclose(session.curve(first), np.stack(whole, axis=1))
    of_branch = Past(library.open_run(branch)).whole.curve("mean_return").means()
    begins = session.curve(second)[0, 0]
    assert begins > 75 * 32
    own = np.stack(of_branch, axis=1)[of_branch[0] >= begins]
    np.testing.assert_allclose(session.curve(second), own)


def test_where_a_run_has_gone_on_since_its_curve_was_read_its_summary_says_how(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    run = keep_run(150)
    session = open_library()
    with qtbot.waitSignal(session.curves_changed):
        select(session, run)
    (number,) = session.selected
    own = session.curve(number)
    keep_on(run, 155)
    before = session.run(number)
    session.look()
    qtbot.waitUntil(lambda: session.run(number) is not before)
    few = np.array(session.run(number).entry.summary.curve)
    assert session.curve(number).tolist() == [*own.tolist(), *few[few[:, 0] > own[-1, 0]].tolist()]
    assert session.curve(number)[-1, 0] > own[-1, 0]
    keep_on(run, 200)
    with qtbot.waitSignal(session.curves_changed):
        session.look()
    whole = Past(library.open_run(run)).whole.curve("mean_return").means()
    np.testing.assert_allclose(session.curve(number), np.stack(whole, axis=1))


def test_it_is_shown_which_run_is_in_train_as_soon_as_that_is_there(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    run = keep_run()
    session = open_library()
    with qtbot.waitSignal(session.changed):
        session.session.open_kept(run)
    assert session.session.kept_run == run


def test_runs_are_found_by_all_words_in_what_is_said_of_them(
    open_library: Callable[[], LibrarySession],
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2, clip_range=0.35)
    library.set_labels(runs_folder() / first, Labels(name="Für Montag", note="steigt spät"))
    session = open_library()
    for sought, found in (
        ("", {first, second}),
        ("FÜR spät", {first}),
        ("cartpole ppo", {first, second}),
        ("seed 2", {second}),
        ("0.35", {second}),
        ("montag 0.35", set()),
    ):
        session.find(sought)
        assert {*shown(session)} == found


def test_what_is_done_to_runs_is_on_the_disk_and_can_be_undone_and_done_again(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2)
    session = open_library()
    select(session, first, second)
    session.rename(" two\nlines ")
    qtbot.waitUntil(lambda: labels(second).name == "two lines")
    session.star_selected()
    qtbot.waitUntil(lambda: labels(first).is_starred and labels(second).is_starred)
    qtbot.waitUntil(lambda: all(item.labels.is_starred for item in session.selected_items))
    session.star_selected()
    qtbot.waitUntil(lambda: not labels(first).is_starred and not labels(second).is_starred)
    for _ in range(3):
        session.undo_stack.undo()
    qtbot.waitUntil(lambda: labels(first) == labels(second) == Labels())
    session.undo_stack.redo()
    qtbot.waitUntil(lambda: labels(first).name == labels(second).name == "two lines")


def test_archived_runs_are_put_away_until_they_are_asked_for(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2)
    session = open_library()
    select(session, first)
    session.archive_selected()
    qtbot.waitUntil(lambda: shown(session) == [second])
    assert list(session.selected) == []
    qtbot.waitUntil(lambda: session.notices.current.action is not None)
    session.show_archived(True)
    assert {*shown(session)} == {first, second}


def test_deleted_runs_come_back_by_undo_and_are_gone_when_the_window_is_closed(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    first, second, third = (keep_run(seed=seed) for seed in (1, 2, 3))
    session = open_library()
    select(session, first, second)
    session.delete_selected()
    qtbot.waitUntil(lambda: shown(session) == [third])
    assert not (runs_folder() / first).exists()
    qtbot.waitUntil(lambda: session.notices.current.action is not None)
    session.notices.act()
    qtbot.waitUntil(lambda: {*shown(session)} == {first, second, third})
    library.open_run(first).restore().engine.close()
    select(session, second)
    session.delete_selected()
    session.close()
    assert {place.name for place in runs_folder().iterdir()} == {first, third}


def test_a_run_that_somebody_learns_on_is_not_deleted_and_others_are(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2)
    session = open_library()
    kept = library.open_run(first)
    run = kept.restore()
    assert kept.keep(run, pytest.fail)
    events = run.events()
    next(events)
    select(session, first, second)
    session.delete_selected()
    qtbot.waitUntil(lambda: shown(session) == [first])
    qtbot.waitUntil(lambda: session.notices.current.is_warning)
    events.close()


def test_the_disk_is_looked_at_while_it_is_seen_only(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    first = keep_run(seed=1)
    session = open_library()
    session.set_visible(False)
    second = keep_run(seed=2)
    session.look()
    with qtbot.waitSignal(session.changed):
        session.set_visible(True)
    assert {*shown(session)} == {first, second}
    third = keep_run(seed=3)  # by whomever: nobody says so
    qtbot.waitUntil(lambda: {*shown(session)} == {first, second, third})


def test_groups_follow_what_is_shown_and_their_runs_are_selected_with_them(
    open_library: Callable[[], LibrarySession], qtbot: QtBot
) -> None:
    ids = {(value, seed): keep_run(seed=seed, clip_range=value) for value in (0.1, 0.3) for seed in (1, 2)}
    session = open_library()
    session.group("clip_range")
    qtbot.waitUntil(lambda: len(session.groups) == 2)
    assert [(group.value, group.n_seeds) for group in session.groups] == [("0.10", 2), ("0.30", 2)]
    session.select_groups([1])
    assert {item.id for item in session.selected_items} == {ids[0.3, 1], ids[0.3, 2]}
    session.find("seed 2")
    qtbot.waitUntil(lambda: [group.n_seeds for group in session.groups] == [1, 1])
    assert {item.id for item in session.selected_items} == {ids[0.3, 2]}


def test_the_settings_of_selected_runs_are_set_up_in_compare_each_once(
    open_library: Callable[[], LibrarySession], comparisons: ComparisonSession
) -> None:
    runs = [keep_run(seed=seed, clip_range=value) for value in (0.1, None) for seed in (4, 7)]
    keep_branch(runs[0], at=4, clip_range=0.3)
    session = open_library()
    session.select(list(session.shown))
    session.compare_selected()
    planned = comparisons.planning.planned
    assert planned is not None
    assert {variant.hyperparameters.clip_range for variant in planned.variants} == {0.1, None, 0.3}
    assert (planned.n_seeds, planned.total_steps) == (2, 1000)
    with_changed = comparisons.notices.current.text
    select(session, runs[0], runs[2])
    session.compare_selected()
    assert len(comparisons.notices.current.text) < len(with_changed), "nothing was changed on the way"
    session.select(list(session.shown))
    session.compare_selected()
    planned = comparisons.planning.planned
    select(session, runs[0], runs[1])
    session.compare_selected()
    assert session.notices.current.is_warning
    assert comparisons.planning.planned is planned


def test_comparisons_and_studies_are_listed_opened_and_deleted_in_the_same_way(
    open_library: Callable[[], LibrarySession], comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    kept = [a_kept_comparison(comparisons.folder, title) for title in ("mine", "yours")]
    session = open_library()
    session.choose_kind(Kind.COMPARISON)
    qtbot.waitUntil(lambda: session.items is not None and len(session.shown) == 2)
    session.find("yours")
    (yours,) = session.shown
    session.open(yours)
    assert comparisons.path == kept[1]
    session.select([yours])
    session.delete_selected()
    assert session.notices.current.is_warning, "it is shown"
    session.find("")
    select(session, str(kept[0]))
    session.delete_selected()
    qtbot.waitUntil(lambda: len(session.shown) == 1)
    assert not kept[0].exists()
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: len(session.shown) == 2)
    assert kept[0].exists()
    session.choose_kind(Kind.STUDY)
    qtbot.waitUntil(lambda: session.items == {})


def test_runs_that_say_to_be_branches_of_each_other_are_all_shown(
    open_library: Callable[[], LibrarySession],
) -> None:
    first, second, third = (keep_run(seed=seed) for seed in (1, 2, 3))
    for run, parent in ((first, second), (second, first), (third, third)):
        summary = json.loads((runs_folder() / run / SUMMARY).read_text(encoding="utf-8"))
        (runs_folder() / run / SUMMARY).write_text(
            json.dumps({**summary, "parent": [parent, 4]}), encoding="utf-8"
        )
    session = open_library()
    assert {*shown(session)} == {first, second, third}
