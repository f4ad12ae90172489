"""Comparisons and studies in TensorBoard, also as the backend of its HParams page sees them."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups

from ppo_desktop.comparison.measures import run_results
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import N_BINS, bin_ends
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.format import CannotExport
from ppo_desktop.exports.studies import ExportedStudy
from ppo_desktop.exports.tensorboard_comparison import write_comparison
from ppo_desktop.exports.tensorboard_study import write_study
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.comparisons import compared, ended_with, episode, finished, record_of, update
from tests.event_files import ReadRun
from tests.judged_trials import drawn, searched

PLAN = searched("clip_range", "learning_rate", "n_epochs")


def told(_share: float) -> None:
    pass


class HParams:
    """The HParams page's backend on a folder, called as TensorBoard's server calls it."""

    def __init__(self, folder: Path) -> None:
        multiplexer = EventMultiplexer()
        multiplexer.AddRunsFromDirectory(str(folder))
        multiplexer.Reload()
        provider = MultiplexerDataProvider(multiplexer, str(folder))
        self._context = backend_context.Context(TBContext(data_provider=provider, logdir=str(folder)))

    def experiment(self) -> api_pb2.Experiment:
        request = api_pb2.GetExperimentRequest()
        return get_experiment.Handler(RequestContext(), self._context, "", request).run()

    def groups(self) -> list[api_pb2.SessionGroup]:
        statuses = [
            getattr(api_pb2, f"STATUS_{name}") for name in ("UNKNOWN", "SUCCESS", "FAILURE", "RUNNING")
        ]
        request = api_pb2.ListSessionGroupsRequest(
            allowed_statuses=statuses, start_index=0, slice_size=1000, col_params=[]
        )
        answer = list_session_groups.Handler(RequestContext(), self._context, "", request).run()
        return list(answer.session_groups)


def value_of(group: api_pb2.SessionGroup, tag: str) -> float:
    (value,) = [metric.value for metric in group.metric_values if metric.name.tag == tag]
    return value


# ---- studies


def test_sixty_trials_are_in_the_hparams_page_with_their_values_and_objectives(tmp_path: Path) -> None:
    trials = drawn(PLAN, 60, lambda at: 100 * at["clip_range"])
    shares: list[float] = []
    write_study(ExportedStudy("Study", PLAN, trials), tmp_path, shares.append)
    assert shares[-1] == 1.0
    page = HParams(tmp_path)
    infos = {info.name: info for info in page.experiment().hparam_infos}
    assert {name for name, info in infos.items() if info.differs} == set(PLAN.fields)
    assert infos["clip_range"].type == api_pb2.DATA_TYPE_FLOAT64
    groups = page.groups()
    assert len(groups) == 60
    found = {
        session.name: (group.hparams, value_of(group, "study/objective"))
        for group in groups
        for session in group.sessions
    }
    for trial in trials:
        values, objective = found[f"trial_{trial.number}"]
        assert {name: values[name].number_value for name in PLAN.fields} == trial.values
        assert objective == pytest.approx(trial.objective, rel=1e-6)
        assert values["environment"].string_value == "CartPole-v1"
        assert values["hidden_units"].number_value == 8


def trial(state: TrialState, **values: object) -> TrialRecord:
    return dataclasses.replace(drawn(PLAN, 1, lambda _at: 1.0)[0], state=state, **values)  # type: ignore[arg-type]


def test_a_trial_has_its_curve_at_its_times(tmp_path: Path) -> None:
    begun = datetime(2026, 11, 30, 10, 15)
    one = trial(
        TrialState.COMPLETE,
        curve=((500, 9.5), (1000, 20.25), (2000, 31.0)),
        objective=40.0,
        begun=begun,
        ended=begun + timedelta(seconds=100),
    )
    write_study(ExportedStudy("Study", PLAN, [one]), tmp_path, told)
    read = ReadRun(tmp_path / "trial_0")
    assert read.scalars["rollout/ep_rew_mean"] == [(500, 9.5), (1000, 20.25), (2000, 31.0)]
    assert read.scalars["study/objective"] == [(2000, 40.0)]
    seconds = [time - begun.timestamp() for time in read.times["rollout/ep_rew_mean"]]
    assert seconds == [25.0, 50.0, 100.0]
    assert read.began.start_time_secs == begun.timestamp()
    assert (read.ended.status, read.ended.end_time_secs) == (1, begun.timestamp() + 100)


def test_what_a_pruned_trial_had_reached_is_no_objective(tmp_path: Path) -> None:
    one = trial(TrialState.PRUNED, curve=((500, 9.5), (1000, 12.0)), objective=12.0)
    write_study(ExportedStudy("Study", PLAN, [one]), tmp_path, told)
    scalars = ReadRun(tmp_path / "trial_0").scalars
    assert scalars["study/last_report"] == [(1000, 12.0)]
    assert "study/objective" not in scalars


@pytest.mark.parametrize(
    ("state", "status"),
    [(TrialState.RUNNING, 3), (TrialState.FAILED, 2), (TrialState.INTERRUPTED, 2), (TrialState.PRUNED, 1)],
)
def test_a_trial_without_a_value_says_what_it_was(tmp_path: Path, state: TrialState, status: int) -> None:
    write_study(
        ExportedStudy("Study", PLAN, [trial(state, objective=None, values={}, reason="α | β")]),
        tmp_path,
        told,
    )
    read = ReadRun(tmp_path / "trial_0")
    assert read.scalars == {}
    assert read.ended.status == status
    assert not set(PLAN.fields) & read.hyperparameters.keys()
    assert r"α \| β" in read.texts["run/about"][0][1]


def test_trials_that_wait_are_left_out(tmp_path: Path) -> None:
    waiting = trial(TrialState.WAITING, objective=None)
    begun = dataclasses.replace(waiting, number=1, state=TrialState.RUNNING)
    write_study(ExportedStudy("Study", PLAN, [waiting, begun]), tmp_path, told)
    assert [folder.name for folder in tmp_path.glob("trial_*")] == ["trial_1"]
    with pytest.raises(CannotExport):
        write_study(ExportedStudy("Study", PLAN, [waiting]), tmp_path / "other", told)


# ---- comparisons


def test_runs_of_a_variant_are_sessions_of_one_group(tmp_path: Path) -> None:
    comparison = compared((0.1, None), n_seeds=3)
    records = {
        key: ended_with(100.0 * (key.variant + 1) + key.seed, FinishReason.COMPLETED)
        for key in comparison.run_keys()
    }
    write_comparison(ExportedComparison(comparison, records), tmp_path, told)
    groups = HParams(tmp_path).groups()
    names = sorted(sorted(session.name.replace("\\", "/") for session in group.sessions) for group in groups)
    assert names == [[f"clip_range={value}/seed={seed}" for seed in (1, 2, 3)] for value in ("0.1", "off")]
    means = sorted(value_of(group, "result/final_return") for group in groups)
    assert means == pytest.approx([102.0, 202.0])
    values = [group.hparams["clip_range"].number_value for group in groups if "clip_range" in group.hparams]
    assert values == [0.1]


def test_a_run_has_a_point_of_each_curve_where_something_ended(tmp_path: Path) -> None:
    comparison = compared((0.1,), n_seeds=1)
    events = [
        episode(5, 10.0),
        episode(8, 20.0),
        episode(95, 7.0),
        update(96, policy_entropy=0.5, max_ratio=1.5),
    ]
    record = record_of([*events, finished()])
    write_comparison(ExportedComparison(comparison, {RunKey(0, 1): record}), tmp_path, told)
    read = ReadRun(tmp_path / "clip_range=0.1" / "seed=1")
    ends = bin_ends(record.total_steps)
    assert len(ends) == N_BINS
    assert read.scalars["rollout/ep_rew_mean"] == [(ends[0], 15.0), (ends[9], 7.0)]
    assert read.scalars["train/entropy_loss"] == [(ends[9], -0.5)]
    assert read.scalars["ppo/max_ratio"] == [(ends[9], 1.5)]
    for name, result in run_results(record, "CartPole-v1").items():
        if math.isnan(result):
            assert f"result/{name}" not in read.scalars
        else:
            assert read.scalars[f"result/{name}"] == [(1000, np.float32(result))]
    assert read.ended.status == 1


def test_runs_that_have_not_begun_are_left_out(tmp_path: Path) -> None:
    comparison = compared((0.1, 0.2), n_seeds=2)
    going_on = record_of([episode(10, 5.0), episode(25, 6.0), update(25)])
    write_comparison(ExportedComparison(comparison, {RunKey(1, 2): going_on}), tmp_path, told)
    (folder,) = tmp_path.glob("clip_range=*/seed=*")
    assert folder == tmp_path / "clip_range=0.2" / "seed=2"
    read = ReadRun(folder)
    assert read.ended.status == 3
    assert read.scalars["rollout/ep_rew_mean"] == [(10, 5.0)]
    with pytest.raises(CannotExport):
        write_comparison(ExportedComparison(comparison, {}), tmp_path / "other", told)


@pytest.mark.parametrize("field", ["algorithm", "activation"])
def test_what_varies_need_not_be_a_number(tmp_path: Path, field: str) -> None:
    values = {"algorithm": ("a2c", "ppo"), "activation": ("tanh", "relu")}[field]
    comparison = compared(values, n_seeds=1, field=field)
    write_comparison(
        ExportedComparison(comparison, {key: ended_with(1.0) for key in comparison.run_keys()}),
        tmp_path,
        told,
    )
    found = {ReadRun(folder / "seed=1").hyperparameters[field] for folder in tmp_path.glob(f"{field}=*")}
    assert found == set(values)
