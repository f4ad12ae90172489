"""Maps that are really trained: every cell once, whatever happens, and what its runs have recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState as OptunaState

from ppo_desktop.comparison.record import COLUMNS
from ppo_desktop.study.map_order import levels_of
from ppo_desktop.study.samplers import make_sampler
from ppo_desktop.study.sampling import MapSampler
from ppo_desktop.study.storage import OpenStudy, open_study
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trials import COMBINATION, TrialState, combinations_left
from tests.searches import ended, new_study, planned, searched
from tests.studies import begin

MAP = Strategy("map")
TWO_BY_THREE = "clip_range=0.1:0.4:3,learning_rate=1e-3:1e-2:2"


def test_a_map_measures_every_cell_once_from_coarse_to_fine_and_is_over(tmp_path: Path) -> None:
    plan = planned("clip_range=0.1:0.4:4,learning_rate=1e-3:1e-2:4")
    with closing(new_study(tmp_path, plan, MAP)) as study:
        trials = ended(searched(study, None))
        assert combinations_left(plan, study.trials()) == 0
        assert ended(searched(study, None)) == []
    cells = [trial.combination for trial in trials]
    assert sorted(cells) == list(range(16))
    levels = [levels_of((4, 4)).flat[cell] for cell in cells]
    assert levels == sorted(levels)
    for trial in trials:
        assert trial.combination is not None
        assert trial.values == plan.combination_values(trial.combination)


def test_what_the_runs_of_a_trial_recorded_is_kept_with_it(tmp_path: Path) -> None:
    plan = planned(TWO_BY_THREE, n_seeds=2)
    with closing(new_study(tmp_path, plan, MAP)) as study:
        (trial,) = ended(searched(study, 1))
    with closing(open_study(study.place)) as study:
        (read,) = study.trials()
    assert len(read.runs) == plan.n_seeds
    for told, kept in zip(trial.runs, read.runs, strict=True):
        assert (told.end, told.steps, told.total_steps) == (kept.end, kept.steps, plan.total_steps)
        for column in COLUMNS:
            np.testing.assert_array_equal(told.curve(column), kept.curve(column))
    objectives = [np.nanmean(run.curve("return")) for run in read.runs]
    np.testing.assert_allclose(objectives, read.seed_objectives, rtol=1e-6)


def test_a_map_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    plan = planned(TWO_BY_THREE)
    with closing(new_study(tmp_path, plan, MAP)) as study:
        searched(study, 2, 2)
    with closing(open_study(study.place)) as study:
        searched(study, None, 2)
        trials = study.trials()
    assert sorted(trial.combination or 0 for trial in trials) == list(range(6))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}


# ---- several programs at one map -----------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[OpenStudy, OpenStudy]]:
    """The same map, opened by two."""
    plan = planned(TWO_BY_THREE)
    with closing(new_study(tmp_path, plan, MAP)) as one, closing(open_study(one.place)) as other:
        for study in (one, other):
            study.optuna.sampler = make_sampler(plan, MAP)
        yield one, other


def meanwhile(study: OpenStudy, patch: pytest.MonkeyPatch, happens: Callable[[int | None], object]) -> None:
    """Let something happen, once, between a study's choice of a cell and its writing that down."""
    sampler = study.optuna.sampler
    assert isinstance(sampler, MapSampler)
    choose = sampler.choose

    def choosing(trials: Any) -> int | None:
        cell = choose(trials)
        patch.setattr(sampler, "choose", choose)
        happens(cell)
        return cell

    patch.setattr(sampler, "choose", choosing)


def cells_of(study: OpenStudy) -> list[int | None]:
    return [trial.combination for trial in study.trials()]


def test_of_two_who_choose_the_same_cell_one_chooses_another(
    two: tuple[OpenStudy, OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    meanwhile(one, monkeypatch, lambda _: begin(other))
    mine = begin(one)
    theirs, kept = one.trials()
    assert (theirs.number, mine.number) == (0, 1)
    assert theirs.combination != mine.combination
    assert (kept.combination, dict(kept.values)) == (mine.combination, dict(mine.values))


def test_a_cell_that_a_program_writes_down_late_is_not_taken_as_well(
    two: tuple[OpenStudy, OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    storage, study_id = other._database.storage, other._id
    undecided = storage.create_new_trial(
        study_id
    )  # as a version before chose its cells: when the trial was running
    meanwhile(one, monkeypatch, lambda cell: storage.set_trial_user_attr(undecided, COMBINATION, cell))
    begin(one)
    theirs, mine = cells_of(one)
    assert None not in (theirs, mine)
    assert theirs != mine


def test_of_two_who_begin_a_cell_that_waits_one_gets_it(
    two: tuple[OpenStudy, OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    record = one._database.record_heartbeat

    def steal(trial_id: int) -> None:
        record(trial_id)
        monkeypatch.undo()
        assert begin(other).number == 0  # which waits at this moment

    monkeypatch.setattr(one._database, "record_heartbeat", steal)
    assert begin(one).number == 1
    assert len(set(cells_of(one))) == 2
    assert [trial.state for trial in one.trials()] == [TrialState.RUNNING] * 2


def test_all_cells_that_two_begin_by_turns_are_different_until_none_is_left(
    two: tuple[OpenStudy, OpenStudy],
) -> None:
    one, other = two
    for study in (one, other, one, one, other, other):
        begin(study)
    assert one.begin() is None
    assert other.begin() is None
    assert sorted(cell for cell in cells_of(one) if cell is not None) == list(range(6))


def test_a_cell_that_a_program_died_at_before_it_had_values_is_begun_by_the_next(
    two: tuple[OpenStudy, OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    with monkeypatch.context() as patch:
        patch.setattr(other, "_has_taken", lambda trial_id: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            other.begin()
    (waiting,) = one.trials()
    assert waiting.state is TrialState.WAITING
    begun = begin(one)
    assert (begun.number, begun.combination) == (0, waiting.combination)
    assert waiting.combination is not None
    assert begun.values == one.plan.combination_values(waiting.combination)
    assert begun.worker == one.worker


def test_a_cell_is_begun_and_ended_with_one_look_at_all_trials(
    two: tuple[OpenStudy, OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = two
    looks: list[optuna.Study] = []
    get_trials = optuna.Study.get_trials

    def look(study: optuna.Study, *given: Any, **named: Any) -> Any:
        looks.append(study)
        return get_trials(study, *given, **named)

    monkeypatch.setattr(optuna.Study, "get_trials", look)
    for number in range(6):
        trial = begin(one)
        assert one.end(trial, TrialState.COMPLETE, float(number))
        assert len(looks) == number + 1
    monkeypatch.undo()
    stored = one.optuna.get_trials()
    assert [trial.value for trial in stored] == [*map(float, range(6))]
    assert {trial.state for trial in stored} == {OptunaState.COMPLETE}
    assert [trial.params for trial in stored] == [dict(trial.values) for trial in one.trials()]
