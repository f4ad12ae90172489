"""Maps that are really trained: every cell once, whatever happens, and what its runs have recorded."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from ppo_desktop.comparison.record import COLUMNS
from ppo_desktop.study.map_order import levels_of
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trials import TrialState, combinations_left
from tests.searches import ended, new_study, planned, searched

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
