"""What a list says of a run: what it has reached, what was changed on its way, and what goes wrong in it."""

from __future__ import annotations

import json

import pytest

from ppo_desktop import library
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.kept import KeptRun, begin
from ppo_desktop.runs.summary import Summary, summary_of
from ppo_desktop.runs.symptoms import _DETECTORS, SYMPTOMS
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL, keep_branch, keep_run


def of(run: str) -> Summary:
    """Return what is said of a run, which is what its journal says."""
    summary = library.entry(run).summary
    assert summary == summary_of(KeptRun(runs_folder() / run).journal)
    return summary


def test_what_was_changed_on_its_way_is_said_also_of_the_run_a_branch_has_left() -> None:
    parent = keep_run(clip_range=0.3)
    assert of(parent).changed == {}
    branch = keep_branch(parent, at=4, clip_range=0.1)
    assert of(branch).hyperparameters["clip_range"] == 0.3
    assert of(branch).changed == {"clip_range": 0.1}
    of_branch = keep_branch(branch, at=8, entropy_coef=0.01)
    assert of(of_branch).changed == {"clip_range": 0.1, "entropy_coef": 0.01}


def test_the_curve_is_the_mean_return_of_which_a_list_says_the_best_and_the_last() -> None:
    summary = of(keep_run())
    means = [mean for _, mean in summary.curve]
    assert (summary.best, summary.last) == (pytest.approx(max(means)), pytest.approx(means[-1]))


def test_what_was_changed_back_is_not_changed() -> None:
    parent = keep_run(clip_range=0.3)
    back = keep_branch(keep_branch(parent, at=4, clip_range=0.1), at=8, clip_range=0.3)
    assert of(back).changed == {}


def test_the_symptom_that_a_run_shows_at_last_is_said_also_when_it_goes_on() -> None:
    settings = RunSettings(
        "CartPole-v1", Algorithm.PPO, SMALL.changed({"learning_rate": 0.1, "clip_range": None}), 1
    )
    run = begin(runs_folder(), settings, pytest.fail)
    for _ in run.events():
        if run.update == 40:
            break
    run_id = run.keeper.folder.name if run.keeper is not None else ""
    run.keeper.close() if run.keeper is not None else None
    assert of(run_id).symptom in SYMPTOMS
    kept = KeptRun(runs_folder() / run_id)
    again = kept.restore()
    assert kept.keep(again, pytest.fail)
    events = again.events()
    for _ in events:
        if again.update == 60:
            break
    events.close()
    assert of(run_id).updates == 60
    assert of(run_id).symptom in SYMPTOMS


def test_every_symptom_has_a_name_for_lists() -> None:
    assert [*SYMPTOMS] == [detect.__name__ for detect in _DETECTORS]


@pytest.mark.parametrize(
    "curve",
    [[[1]], [["1", "2"]], [[1, 2], [3]], [[1, None]], [[1, float("nan")]], [[1, 1e308]], "ab", {"a": 1}],
)
def test_a_curve_that_is_none_is_refused(curve: object) -> None:
    values = json.loads(of(keep_run()).to_json())
    with pytest.raises((ValueError, TypeError)):
        Summary.from_json(json.dumps({**values, "curve": curve}).encode())
