"""The comparison shown is renamed and deleted, and what goes on with it does not depend on its name."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.comparison.store import load
from tests.comparisons import kept_files
from tests.comparisons_running import finish, run_on


def test_a_name_is_kept_and_everybody_hears_of_it(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    finish(qtbot, comparisons)
    with qtbot.waitSignal(comparisons.comparison_changed):
        comparisons.rename(" Two\nvalues ")
    assert comparisons.comparison is not None
    assert comparisons.comparison.title == "Two values"
    assert comparisons.path is not None
    assert load(comparisons.path).comparison.title == "Two values"
    qtbot.waitUntil(
        lambda: comparisons.digest is not None and comparisons.digest.comparison == comparisons.comparison
    )


def test_an_empty_name_is_none(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    comparisons.rename("nothing to be named")
    finish(qtbot, comparisons)
    before = comparisons.comparison
    comparisons.rename("  ")
    assert comparisons.comparison == before


def test_under_another_name_it_still_has_more_seeds(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    finish(qtbot, comparisons, n_seeds=1)
    comparisons.rename("Mine")
    assert comparisons.is_planned
    assert not comparisons.continues
    comparisons.planning.set_seeds(2)
    assert not comparisons.is_planned
    assert comparisons.continues
    comparisons.start()
    qtbot.waitUntil(lambda: comparisons.state is JobState.COMPLETE)
    assert comparisons.comparison is not None
    assert comparisons.comparison.title == "Mine"
    assert len(kept_files(comparisons.folder)) == 1


def test_deleted_its_file_is_gone_and_nothing_is_shown(qtbot: QtBot, comparisons: ComparisonSession) -> None:
    comparisons.delete()
    finish(qtbot, comparisons)
    comparisons.delete()
    assert kept_files(comparisons.folder) == []
    assert comparisons.path is None
    assert comparisons.comparison is None
    assert comparisons.digest is None
    assert comparisons.state is JobState.EMPTY


def test_a_run_that_ends_after_it_was_deleted_does_not_make_its_file_again(
    qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons)
    file, (key, record) = comparisons._file, next(iter(comparisons.records.items()))
    comparisons.delete()
    assert file is not None
    file.add(key, record)
    assert kept_files(comparisons.folder) == []


def test_one_under_way_is_stopped_and_deleted(comparisons: ComparisonSession) -> None:
    run_on(comparisons)
    comparisons.delete()
    assert comparisons.state is JobState.EMPTY
    assert not comparisons.is_under_way
    assert kept_files(comparisons.folder) == []
