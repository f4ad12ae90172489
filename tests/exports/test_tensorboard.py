"""Kept runs as TensorBoard reads them."""

from __future__ import annotations

import math
import os
import shutil
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.exports.format import Cancelled, Offer, save, save_all
from ppo_desktop.exports.formats import format_called
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.exports.tensorboard import write_tensorboard
from ppo_desktop.exports.update_samples import MOST_UPDATES, SomeUpdates
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.events import EpisodeEnded, FinishReason, MinibatchOptimized, RunFinished, UpdateFinished
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE
from ppo_desktop.runs.keeping import JOURNAL, keyframe_file
from ppo_desktop.runs.kept import KeptRun, begin
from ppo_desktop.user_files import runs_folder
from tests.event_files import ReadRun
from tests.kept_runs import SMALL, keep_branch, keep_other_numbers, keep_run

STABLE_BASELINES3 = {
    "approx_kl": "train/approx_kl",
    "clip_fraction": "train/clip_fraction",
    "explained_variance": "train/explained_variance",
    "policy_loss": "train/policy_gradient_loss",
    "value_loss": "train/value_loss",
}


def told(_share: float) -> None:
    pass


def subject(run: str, update: int | None = None) -> ExportedRun:
    return ExportedRun(library.open_run(run), update)


def read(run: ExportedRun, folder: Path) -> ReadRun:
    write_tensorboard(run, folder / "run", told)
    return ReadRun(folder / "run")


def single(values: Any) -> list[float]:
    return np.array(values, np.float32).tolist()


def curve(events: list[UpdateFinished], values: list[float]) -> list[tuple[int, float]]:
    """Return what is known of values at the end of updates, in single precision."""
    pairs = zip(events, single(values), strict=True)
    return [(event.steps, value) for event, value in pairs if not math.isnan(value)]


# ---- scalars


def test_every_number_of_every_update_is_there_under_its_name(tmp_path: Path) -> None:
    run = subject(keep_run(12))
    found = read(run, tmp_path).scalars
    updates = [event for event in run.events() if isinstance(event, UpdateFinished)]
    for name in UPDATE_QUANTITIES:
        values = [getattr(event, name) for event in updates]
        if name == "policy_entropy":
            assert found["train/entropy_loss"] == curve(updates, [-value for value in values])
        else:
            assert found[STABLE_BASELINES3.get(name, f"ppo/{name}")] == curve(updates, values)
    assert found["rollout/ep_rew_mean"] == curve(updates, [event.mean_return_100 for event in updates])


def test_every_episode_is_there_and_the_mean_of_the_last_hundred_lengths(tmp_path: Path) -> None:
    run = subject(keep_run(150))
    found = read(run, tmp_path).scalars
    episodes, lengths = list[EpisodeEnded](), deque[int](maxlen=100)
    updates, means = list[UpdateFinished](), list[float]()
    for event in run.events():
        if isinstance(event, EpisodeEnded):
            episodes.append(event)
            lengths.append(event.length)
        elif isinstance(event, UpdateFinished):
            updates.append(event)
            means.append(fmean(lengths) if lengths else math.nan)
    assert len(episodes) > 150
    assert found["ppo/episode_return"] == [(event.steps, event.episode_return) for event in episodes]
    assert found["ppo/episode_length"] == [(event.steps, event.length) for event in episodes]
    assert found["rollout/ep_len_mean"] == curve(updates, means)


def steps_taken(run: str) -> Iterator[tuple[UpdateFinished, MinibatchOptimized]]:
    """Yield each update with its last gradient step, when it is learnt again."""
    kept = library.open_run(run)
    trainer = kept.resumed(replayed=kept.journal.updates)
    trainer.stride = LONGEST_STRIDE
    step: MinibatchOptimized | None = None
    with closing(trainer.events()) as events:
        for event in events:
            if isinstance(event, MinibatchOptimized):
                step = event
            elif isinstance(event, UpdateFinished):
                assert step is not None
                yield event, step
                if event.update == kept.journal.updates:
                    return


def test_learning_rate_and_clip_range_are_those_that_were_used(tmp_path: Path) -> None:
    parent = keep_run(8, anneal=True, total_steps=500)
    run = keep_branch(parent, 5, 9, learning_rate=0.02, clip_range=0.4)
    found = read(subject(run), tmp_path).scalars
    used = [(update.steps, step.trace.settings) for update, step in steps_taken(run)]
    assert len({settings.learning_rate for _, settings in used}) == 9
    for tag, values in (
        ("train/learning_rate", [settings.learning_rate for _, settings in used]),
        ("train/clip_range", [settings.clip_range for _, settings in used]),
    ):
        assert found[tag] == list(zip([steps for steps, _ in used], single(values), strict=True))


def test_without_a_clip_range_there_is_none(tmp_path: Path) -> None:
    found = read(subject(keep_run(3, algorithm=Algorithm.A2C)), tmp_path)
    assert "train/clip_range" not in found.scalars
    assert len(found.scalars["train/learning_rate"]) == 3


def test_a_moment_has_nothing_of_what_came_later(tmp_path: Path) -> None:
    run = keep_run(9)
    all_of_it, early = read(subject(run), tmp_path / "all"), read(subject(run, 4), tmp_path / "early")
    last = early.scalars["train/approx_kl"][-1][0]
    assert len(early.scalars["train/approx_kl"]) == 4
    for tag, points in early.scalars.items():
        assert points == [point for point in all_of_it.scalars[tag] if point[0] <= last]
    assert early.ended.status == 3


def test_before_the_first_update_there_are_only_the_hyperparameters(tmp_path: Path) -> None:
    found = read(subject(keep_run(3), 0), tmp_path)
    assert found.scalars == found.histograms == {}
    assert found.hyperparameters["n_envs"] == 2


def test_a_branch_begins_with_the_run_that_it_left(tmp_path: Path) -> None:
    parent = keep_run(8)
    found = read(subject(keep_branch(parent, 5, 9, clip_range=0.05)), tmp_path / "branch")
    of_parent = read(subject(parent), tmp_path / "parent")
    assert len(found.scalars["train/approx_kl"]) == 9
    assert found.scalars["train/approx_kl"][:5] == of_parent.scalars["train/approx_kl"][:5]
    assert found.scalars["rollout/ep_rew_mean"][:5] == of_parent.scalars["rollout/ep_rew_mean"][:5]


def test_a_branch_whose_parent_is_gone_begins_where_it_left_it(tmp_path: Path) -> None:
    parent = keep_run(40)
    branch = keep_branch(parent, 30, 33, learning_rate=0.02)
    shutil.rmtree(runs_folder() / parent)
    run = subject(branch)
    found = read(run, tmp_path)
    updates = [event for event in run.events() if isinstance(event, UpdateFinished)]
    assert [event.update for event in updates] == [31, 32, 33]
    assert found.scalars["rollout/ep_rew_mean"] == curve(updates, [e.mean_return_100 for e in updates])
    assert found.scalars["train/learning_rate"] == curve(updates, [0.02] * 3)
    assert [step for step, _ in found.histograms["ppo/ratio"]] == [event.steps for event in updates]


# ---- hyperparameters, texts, times


def test_hyperparameters_are_those_of_the_beginning_without_what_is_off(tmp_path: Path) -> None:
    found = read(subject(keep_run(2)), tmp_path).hyperparameters
    wanted = {name: value for name, value in asdict(SMALL).items() if value is not None}
    assert found == {"environment": "CartPole-v1", "algorithm": "ppo", **wanted}


def test_runs_are_of_one_group_if_they_differ_in_their_seeds_alone(tmp_path: Path) -> None:
    first, seed, value = keep_run(5, 1), keep_run(3, 2), keep_run(3, 1, clip_range=0.3)
    changed = keep_branch(first, 3, 5, clip_range=0.3)
    groups = [read(subject(run), tmp_path / run).began.group_name for run in (first, seed, value, changed)]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


def test_what_was_changed_on_the_way_is_a_text_where_it_counted(tmp_path: Path) -> None:
    run = keep_branch(keep_run(8), 5, 9, learning_rate=0.02)
    found = read(subject(run), tmp_path)
    ((step, text),) = found.texts["run/changes"]
    assert step == found.scalars["train/approx_kl"][4][0]
    assert "0.02" in text
    assert "update 6" in text


@pytest.mark.parametrize(
    ("reason", "status"), [(FinishReason.SOLVED, 1), (FinishReason.COMPLETED, 1), (FinishReason.DIVERGED, 2)]
)
def test_a_session_ends_as_its_run_did(tmp_path: Path, reason: FinishReason, status: int) -> None:
    run = subject(keep_run(2))
    assert read(run, tmp_path / "open").ended.status == 3
    run.kept.journal.end = RunFinished(reason, 64, "")
    assert read(run, tmp_path / "ended").ended.status == status


def test_times_are_those_of_the_run_as_far_as_its_files_say(tmp_path: Path) -> None:
    parent = keep_run(8)
    run = subject(keep_branch(parent, 5, 9))
    began = library.began_at(parent)
    assert began is not None
    of_branch = library.began_at(run.kept.folder.name)
    assert of_branch is not None
    os.utime(keyframe_file(run.kept.folder, 5), (of_branch.timestamp() + 3.0,) * 2)
    os.utime(run.kept.folder / JOURNAL, (of_branch.timestamp() + 103.0,) * 2)
    found = read(run, tmp_path)
    times = found.times["train/approx_kl"]
    assert found.began.start_time_secs == began.timestamp()
    assert times == sorted(times)
    assert times[4] == pytest.approx(of_branch.timestamp() + 3.0)
    assert times[6] == pytest.approx(of_branch.timestamp() + 53.0)
    assert times[8] == found.ended.end_time_secs == pytest.approx(of_branch.timestamp() + 103.0)


def test_a_run_that_was_kept_in_a_folder_without_a_date_has_the_times_of_its_files(tmp_path: Path) -> None:
    folder = runs_folder() / keep_run(3)
    other = folder.rename(folder.with_name("copied"))
    os.utime(other / JOURNAL, (5000.0, 5000.0))
    found = read(ExportedRun(KeptRun(other)), tmp_path)
    assert found.times["train/approx_kl"] == [5000.0] * 3


def test_nothing_in_a_text_is_markup(tmp_path: Path) -> None:
    run = keep_run(2)
    folder = runs_folder() / run
    library.set_labels(folder, library.Labels(name="a|b\n<i>*c*"))
    ((_, text),) = read(subject(run), tmp_path).texts["run/about"]
    assert r"a\|b \<i\>\*c\*" in text


# ---- histograms


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_histograms_are_of_the_ratios_and_advantages_of_their_updates(tmp_path: Path, engine: str) -> None:
    run = keep_run(4, engine=engine, clip_range=0.02, learning_rate=0.01)
    found = read(subject(run), tmp_path).histograms
    learnt = list(steps_taken(run))
    assert len(learnt) == 4
    assert [step for step, _ in found["ppo/ratio"]] == [update.steps for update, _ in learnt]
    for (update, step), (_, ratios), (_, advantages) in zip(
        learnt, found["ppo/ratio"], found["ppo/advantage"], strict=True
    ):
        wanted = np.concatenate([samples.ratios for samples in step.trace.minibatches]).astype(float)
        assert (ratios.num, advantages.num) == (2 * 32, 32)
        assert (ratios.min, ratios.max) == (wanted.min(), wanted.max())
        assert ratios.sum == pytest.approx(wanted.sum())
        assert np.mean(np.abs(wanted - 1) > 0.02) == pytest.approx(update.clip_fraction)
        assert advantages.sum == pytest.approx(step.trace.evaluated.advantages.sum(dtype=float))


def test_histograms_of_a_long_run_are_spread_over_it(tmp_path: Path) -> None:
    some = SomeUpdates(subject(keep_run(100), 90))
    updates = [samples.update for samples in some.samples(told)]
    assert len(updates) == MOST_UPDATES
    assert (updates[0], updates[-1]) == (1, 90)
    assert max(np.diff(updates)) <= 4
    assert some.why_not == ""


def test_where_the_way_is_long_the_update_after_a_keyframe_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    run = keep_branch(keep_run(12), 8, 100)
    monkeypatch.setattr("ppo_desktop.exports.update_samples._LONGEST_WAY", 0.0)
    kept = library.open_run(run)
    keyframes = {update for one, _ in kept.line for update in one.journal.keyframes}
    updates = [samples.update for samples in SomeUpdates(ExportedRun(kept)).samples(told)]
    assert {update - 1 for update in updates} <= {0, *keyframes}
    assert 9 in updates


def test_where_updates_take_long_there_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    run = subject(keep_run(20))
    monkeypatch.setattr("ppo_desktop.exports.update_samples._LONGEST", 0.0)
    assert [samples.update for samples in SomeUpdates(run).samples(told)] == [20]


def test_a_run_that_comes_out_otherwise_here_has_no_histograms_and_says_why(tmp_path: Path) -> None:
    run = keep_run(5)
    keep_other_numbers(runs_folder() / run)
    found = read(subject(run), tmp_path)
    assert found.histograms == {}
    assert "no more histograms" in found.texts["run/about"][0][1]


def test_environments_of_others_are_not_played_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = RunSettings("CartPole-v0", Algorithm.PPO, SMALL, 1)
    trainer = begin(runs_folder(), settings, lambda message: None)
    assert trainer.keeper is not None
    with closing(trainer.events()) as events:
        while trainer.update < 2:
            next(events)
    run = subject(trainer.keeper.folder.name)
    monkeypatch.setattr("ppo_desktop.ppo.environments.make_environment", None)
    found = read(run, tmp_path)
    assert len(found.scalars["train/approx_kl"]) == 2
    assert found.histograms == {}


# ---- writing


def test_a_run_is_a_folder_with_one_file(tmp_path: Path) -> None:
    place = tmp_path / "Übung"
    save(format_called("tensorboard"), Offer("run", partial(subject, keep_run(3))), place, told)
    assert [file.suffix for file in place.iterdir()] == [".ppo-desktop"]
    assert len(ReadRun(place).scalars["train/approx_kl"]) == 3


def test_progress_never_goes_back_and_ends_with_all(tmp_path: Path) -> None:
    shares: list[float] = []
    write_tensorboard(subject(keep_branch(keep_run(8), 5, 9)), tmp_path / "run", shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, pytest.approx(1.0))


def test_one_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        if share > 0.6:
            raise Cancelled

    folder = tmp_path / "exports"
    folder.mkdir()
    with pytest.raises(Cancelled):
        save(
            format_called("tensorboard"), Offer("run", partial(subject, keep_run(8))), folder / "run", cancel
        )
    assert list(folder.iterdir()) == []


def test_several_runs_are_folders_that_tensorboard_tells_apart(tmp_path: Path) -> None:
    offers = [Offer("Run", partial(subject, keep_run(n_updates))) for n_updates in (2, 3)]
    save_all(format_called("tensorboard"), offers, tmp_path / "all", told)
    lengths = [
        len(ReadRun(tmp_path / "all" / name).scalars["train/approx_kl"]) for name in ("Run", "Run (2)")
    ]
    assert lengths == [2, 3]
