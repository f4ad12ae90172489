"""Comparisons on the command line: what is told of each run, of the difference, and of mistakes."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from ppo_desktop.cli import run
from ppo_desktop.cli.interruption import ANSWER
from ppo_desktop.comparison.digest import Digester, Question
from ppo_desktop.comparison.draft import DEFAULT_STEPS, first_draft
from ppo_desktop.comparison.measures import FINAL_RETURN, MEASURES
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.store import load
from ppo_desktop.comparison.verdict import verdict
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.runs.workload import Workload
from ppo_desktop.user_files import comparisons_folder
from tests.command_line import (
    SMALL,
    complaint,
    desktop,
    desktop_here,
    environments_known_here,
    fails_before_it_begins,
    flags_of,
    heavy_imports,
    lines,
    posix_only,
    running,
)
from tests.diverging import let_diverge

VARY = ["--vary", "clip_range=0.1,0.4"]
SHORT = [*SMALL, "--total-steps=2000", "--seeds=2"]
RUN_FIELDS = [
    "event",
    "value",
    "seed",
    "final_return",
    "steps_to_threshold",
    "steps_to_threshold_censored",
    "mean_return",
    "final_entropy_bits",
    "collapsed",
    "final_clip_fraction",
    "final_approx_kl",
    "final_max_ratio",
    "reason",
    "steps",
    "engine",
    "parameters_sha256",
]
FINISHED_FIELDS = [
    "event",
    "environment",
    "field",
    "total_steps",
    "seeds",
    "measure",
    "complete",
    "effect",
    "reference",
    "differences",
    "sentences",
    "steps_per_second",
    "reason",
]


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Comparison, int]]:
    """What would have been compared, and with which variant; nothing is trained."""
    asked: list[tuple[Comparison, int]] = []
    monkeypatch.setattr(
        "ppo_desktop.cli.compare.compare",
        lambda comparison, reference, *_: asked.append((comparison, reference)),
    )
    return asked


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """What a comparison told, the last line last."""
    assert run(["compare", *arguments, "--json", "-"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return lines(said.out)


# ---- help and mistakes


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--vary", "clip_range"], ["--vary", "clip_range=7"], ["--vary", "preset=x"]]
)
def test_help_and_complaints_import_nothing_heavy(arguments: list[str]) -> None:
    assert heavy_imports("compare", *arguments) == "[]"


def test_every_hyperparameter_but_when_to_stop_has_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    flags = {declaration.flag for declaration in DECLARATIONS.values()}
    assert flags - flags_of("compare", capsys) == {"--stop-when-solved"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: --vary"),
        (["--vary", "clip_range"], "clip_range is not FIELD=VALUE,… like clip_range=0.1,0.2,off"),
        (["--vary", "clip=0.1"], '"clip" cannot be compared; choose one of clip_range,'),
        (["--vary", "x\ny=0.1"], '"x y" cannot be compared'),
        (["--vary", "clip_range="], "Clip range ε: give the values to compare."),
        (["--vary", "clip_range=0.1,7"], 'must be a number from 0.01 to 1.00 or "off"'),
        (["--vary", "clip_range=0.1,0.10"], "0.10 is there twice"),
        (["--vary", "clip_range=" + "0.1," * 5000], "the line is too long"),
        (["--vary", "n_epochs=1,2,3,4,5,6,7,8,9"], "9 values are too many to be told apart"),
        (["--vary", "total_steps=1000,2000"], "all runs of a comparison learn equally long"),
        (["--vary", "algorithm=a2c,dqn"], "Algorithm is dqn, but must be a2c or ppo."),
        (["--vary", "preset=Fast"], "Preset is Fast, but must be one of: Demonstration; Fastest;"),
        (["--vary", "preset=Fastest", "--gamma", "0.9"], "leave the other hyperparameters out"),
        ([*VARY, "--vary", "gamma=0.9,0.99"], "Only one thing can vary at a time"),
        ([*VARY, "--seeds", "10000"], "10000 is not a whole number from 1 to 20"),
        ([*VARY, "--seeds", "0"], "0 is not a whole number from 1 to 20"),
        ([*VARY, "--seeds", "9" * 5000], "is not a whole number from 1 to 20"),
        ([*VARY, "--total-steps", "off"], "must be a whole number from 1 000 to 10 000 000"),
        ([*VARY, "--total-steps", "10"], "must be a whole number from 1 000 to 10 000 000"),
        ([*VARY, "--stop-when-solved"], "unrecognized arguments: --stop-when-solved"),
        ([*VARY, "--seed", "1"], "unrecognized arguments: --seed"),
        (["--vary", "n_minibatches=1,256", "--n-envs=1"], "256 minibatches cannot be cut from 32 samples"),
        ([*VARY, "--env", "CartPole-v99"], "CartPole-v99"),
        ([*VARY, "--env", ""], '"" cannot be made'),
        ([*VARY, "--json", "no/such/folder/file.jsonl"], "cannot be written"),
    ],
    ids=lambda value: repr(str(value)[-24:]),
)
def test_a_mistake_is_answered_with_status_2_and_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: Any = run(["compare", *arguments])
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert said.err.startswith("ppo-desktop")
    assert len(said.err) < 400
    assert reason in said.err


def test_a_mistake_does_not_destroy_yesterdays_results(tmp_path: Path) -> None:
    kept = tmp_path / "of_yesterday.jsonl"
    kept.write_text("kept")
    assert run(["compare", *VARY, "--env", "CartPole-v99", "--json", str(kept)]) == 2
    assert kept.read_text() == "kept"


# ---- what is compared


def test_without_flags_three_seeds_learn_with_the_environments_preset(
    asked_for: list[tuple[Comparison, int]],
) -> None:
    run(["compare", "--env", "Acrobot-v1", "--vary", "clip-range=0.1, 0.2; off"])
    run(["compare", *VARY])
    (acrobot, _), (cartpole, _) = asked_for
    preset = presets_for("Acrobot-v1")[0].hyperparameters
    assert [variant.hyperparameters for variant in acrobot.variants] == [
        preset.changed({"clip_range": value}) for value in (0.1, 0.2, None)
    ]
    assert {variant.algorithm for variant in acrobot.variants} == {Algorithm.PPO}
    assert (acrobot.n_seeds, acrobot.total_steps, cartpole.total_steps) == (
        3,
        500_000,
        DEFAULT_STEPS,
    )


@pytest.mark.parametrize(
    ("environment_id", "field"),
    [
        ("CartPole-v1", "clip_range"),
        ("CartPole-v1", "preset"),
        ("Acrobot-v1", "algorithm"),
        ("Pendulum-v1", "n_epochs"),
    ],
)
def test_the_same_question_is_the_same_comparison_as_in_the_window(
    environment_id: str, field: str, asked_for: list[tuple[Comparison, int]]
) -> None:
    draft = first_draft(environment_id, field)
    run(["compare", "--env", environment_id, "--vary", f"{field}={draft.values}"])
    assert [comparison for comparison, _ in asked_for] == [draft.comparison()]


def test_help_says_how_long_runs_learn_where_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["compare", "--help"])
    assert f"(the preset's, else {DEFAULT_STEPS})" in " ".join(capsys.readouterr().out.split())


def test_flags_take_the_place_of_the_presets_values(asked_for: list[tuple[Comparison, int]]) -> None:
    flags = ["--algorithm", "a2c", "--gamma", "0.9", "--anneal", "--total-steps", "5,000", "--seeds", "7"]
    run(["compare", "--vary", "n_envs=1,4", *flags])
    ((comparison, _),) = asked_for
    preset = presets_for("CartPole-v1")[0].hyperparameters
    given = {"gamma": 0.9, "anneal": True, "total_steps": 5000}
    assert [variant.hyperparameters for variant in comparison.variants] == [
        preset.changed({**given, "n_envs": n_envs}) for n_envs in (1, 4)
    ]
    assert {variant.algorithm for variant in comparison.variants} == {Algorithm.A2C}
    assert comparison.n_seeds == 7


@pytest.mark.parametrize(
    ("arguments", "reference"),
    [
        (["--vary", "clip_range=0.1,0.2,0.4"], 1),
        (["--vary", "clip_range=0.1,0.2,0.4", "--clip-range=0.4"], 2),
        (["--vary", "clip_range=0.1,0.4"], 0),
        (["--vary", "algorithm=a2c,ppo"], 1),
        (["--vary", "algorithm=a2c,ppo", "--algorithm=a2c"], 0),
        (["--vary", "preset=Fastest,Demonstration", "--total-steps=5000"], 1),
    ],
    ids=lambda value: str(value[1:]) if isinstance(value, list) else str(value),
)
def test_what_the_settings_have_themselves_is_what_others_are_measured_against(
    arguments: list[str], reference: int, asked_for: list[tuple[Comparison, int]]
) -> None:
    run(["compare", *arguments])
    assert [number for _, number in asked_for] == [reference]


# ---- what is told


def test_every_run_and_the_effect_are_told_with_the_fields_that_scripts_rely_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    *runs, finished = compared(capsys, "--vary", "clip_range=0.4,0.1,off", *SHORT)
    assert all([name for name in told if name in RUN_FIELDS] == RUN_FIELDS for told in runs)
    assert all(measure.field in told for told in runs for measure in MEASURES.values())
    assert {(told["value"], told["seed"]) for told in runs} == {
        (value, seed) for value in (0.4, 0.1, None) for seed in (1, 2)
    }
    assert {(told["event"], told["reason"], told["steps"]) for told in runs} == {("run", "completed", 2048)}
    assert {told["engine"] for told in runs} == {"compiled"}
    assert list(finished) == FINISHED_FIELDS
    assert (finished["event"], finished["reason"]) == ("finished", "completed")
    assert finished["measure"] == "final_return"
    assert [point["value"] for point in finished["effect"]] == [0.4, 0.1, None]
    for point in finished["effect"]:
        returns = [told["final_return"] for told in runs if told["value"] == point["value"]]
        assert point["n"] == 2
        assert point["mean"] == pytest.approx(fmean(returns))
        assert min(returns) <= point["low"] <= point["mean"] <= point["high"] <= max(returns)


def test_the_last_line_is_understood_alone(capsys: pytest.CaptureFixture[str]) -> None:
    *runs, finished = compared(capsys, "--vary", "clip_range=0.4,0.2,off", *SHORT)
    told = {name: finished[name] for name in ("environment", "field", "total_steps", "seeds", "reference")}
    assert told == {
        "environment": "CartPole-v1",
        "field": "clip_range",
        "total_steps": 2000,
        "seeds": 2,
        "reference": 0.2,
    }
    returns = {(told["value"], told["seed"]): told["final_return"] for told in runs}
    assert [gap["value"] for gap in finished["differences"]] == [0.4, None]
    for gap, sentence in zip(finished["differences"], finished["sentences"], strict=True):
        pairs = [returns[gap["value"], seed] - returns[0.2, seed] for seed in (1, 2)]
        assert gap["mean"] == pytest.approx(fmean(pairs))
        assert gap["half_width"] == pytest.approx(12.7062 * abs(pairs[0] - pairs[1]) / 2, rel=1e-4)
        assert gap["n"] == 2
        assert ("ε = off" if gap["value"] is None else "ε = 0.40") in sentence


def test_of_one_seed_no_difference_has_an_interval(capsys: pytest.CaptureFixture[str]) -> None:
    bold = "--learning-rate=0.02"
    *_, finished = compared(capsys, *VARY, *SMALL, bold, "--total-steps=2000", "--seeds=1")
    ((gap,), (sentence,)) = finished["differences"], finished["sentences"]
    assert (gap["value"], gap["half_width"], gap["n"]) == (0.4, None, 1)
    assert sentence.endswith("with one seed, which proves nothing")


def test_runs_that_are_the_same_to_the_last_bit_are_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    once = ["--n-envs=2", "--rollout-length=32", "--n-minibatches=1", "--n-epochs=1", "--hidden-units=8"]
    *_, finished = compared(capsys, *VARY, *once, "--total-steps=2000", "--seeds=2")
    assert finished["sentences"] == [
        "ε = 0.40 and 0.10 are the very same runs: every weight is equal at the end"
    ]


def test_a_run_of_a_comparison_is_the_run_it_is_alone(capsys: pytest.CaptureFixture[str]) -> None:
    bold = "--learning-rate=0.02"
    *runs, _ = compared(capsys, *VARY, *SHORT, bold)
    alone = ["--clip-range=0.4", "--seed=2", *SMALL, "--total-steps=2000", bold]
    assert run(["train", *alone, "--json", "-"]) == 0
    fingerprint = lines(capsys.readouterr().out)[-1]["parameters_sha256"]
    assert [told["value"] for told in runs if told["parameters_sha256"] == fingerprint] == [0.4]
    assert len({told["parameters_sha256"] for told in runs}) == 4


def test_the_same_comparison_twice_tells_the_same_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sorted_lines(output: str) -> list[str]:
        told = lines(output)
        return sorted(str({k: v for k, v in line.items() if k != "steps_per_second"}) for line in told)

    process = desktop("compare", *VARY, *SHORT, "--json", "-")
    assert (process.returncode, process.stderr) == (0, "")
    assert run(["compare", *VARY, *SHORT, "--json", str(tmp_path / "again.jsonl")]) == 0
    assert capsys.readouterr().out == ""
    assert sorted_lines((tmp_path / "again.jsonl").read_text()) == sorted_lines(process.stdout)


@pytest.mark.parametrize(
    ("vary", "values"),
    [
        ("algorithm=PPO,a2c", ["ppo", "a2c"]),
        ("anneal=on,off", [True, False]),
        ("preset=Stepwise, as on the slides; Demonstration", ["Stepwise", "Demonstration"]),
        ("hidden_units=8,16", [8, 16]),
    ],
)
def test_values_are_told_as_they_are(
    vary: str, values: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    small = [] if vary.startswith("preset") else [flag for flag in SMALL if "hidden" not in flag]
    *_, finished = compared(capsys, "--vary", vary, *small, "--total-steps=1000", "--seeds=1")
    assert [point["value"] for point in finished["effect"]] == values
    assert [(point["n"], point["low"], point["high"]) for point in finished["effect"]] == [
        (1, None, None)
    ] * 2


def test_what_is_not_defined_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    endless = ["--env", "Pendulum-v1", "--n-envs=8", "--rollout-length=32", "--n-minibatches=1"]
    *runs, finished = compared(capsys, *VARY, *endless, "--total-steps=1000", "--seeds=1")
    assert {(told["final_return"], told["mean_return"], told["steps_to_threshold"]) for told in runs} == {
        (None, None, None)
    }, "no episode has ended"
    assert all(isinstance(told["final_entropy_bits"], float) for told in runs)
    assert [(point["mean"], point["n"]) for point in finished["effect"]] == [(None, 0), (None, 0)]


def test_the_other_engine_serves_if_it_is_asked_for_or_the_environment_is_not_built_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for other in (["--engine=pytorch"], ["--env=CartPole-v0"]):
        *runs, _ = compared(capsys, *VARY, *SMALL, "--total-steps=1000", "--seeds=1", *other)
        assert [told["engine"] for told in runs] == ["pytorch", "pytorch"]


def test_a_person_at_a_terminal_sees_a_bar_a_table_and_the_difference_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # no thread that watches the bar
    assert run(["compare", "--vary", "clip_range=0.1,0.2,off", *SHORT]) == 0
    said = capsys.readouterr()
    work, *_ = said.err.splitlines()
    assert re.fullmatch(r"3 values × 2 seeds = 6 runs · 12 288 steps · about \d+ s", work)
    assert "Clip range ε on CartPole-v1: 100%" in said.err
    assert "{" not in said.out
    summary, _, header, *rows = said.out.splitlines()
    assert re.fullmatch(r"completed: 6 of 6 runs, 12 288 steps, \d[\d ]* steps a second", summary)
    assert re.split(" {2,}", header) == [
        "ε",
        "Return, last 20 %",
        "Steps until solved",
        "Entropy, bits",
        "Collapsed",
    ]
    assert [row.split()[0] for row in rows[:3]] == ["0.10", "0.20", "off"]
    for row in rows[:3]:
        assert re.fullmatch(r"\S+ +[\d.]+ \([\d.]+ to [\d.]+\) +— \(0 of 2\) +[\d.]+ +0 of 2", row)
    sentences = rows[-2:]
    assert "ε = 0.10" in sentences[0]
    assert "ε = off" in sentences[1]
    assert all("0.20" in sentence for sentence in sentences), "the preset's own value is the reference"
    assert "ε = 0.20, the value of the preset Demonstration" in said.out


def test_a_person_is_told_the_verdict_and_the_sentences_that_the_window_tells_of_the_same_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # no thread that watches the bar
    bold = "--learning-rate=0.02"
    assert run(["compare", "--vary", "clip_range=0.1,0.2,off", *SHORT, bold, "--keep"]) == 0
    *_, said = capsys.readouterr().out.split("\n\n")
    kept = load(kept_comparison())
    question = Question(FINAL_RETURN, reference=1, centre=Centre.MEAN, columns=())
    digest = Digester(kept.comparison).digest(kept.records, question)
    sentences = [statement.text for statement in digest.statements]
    assert said.splitlines() == [*verdict(digest), *sentences]
    assert verdict(digest)
    assert len(sentences) == 2


# ---- what is kept


def kept_comparison() -> Path:
    """The one file there is among the comparisons of the window."""
    (path,) = comparisons_folder().iterdir()
    return path


def test_nothing_is_kept_unless_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    compared(capsys, *VARY, *SMALL, "--total-steps=1000", "--seeds=1")
    assert not comparisons_folder().exists()


def test_what_is_kept_has_every_run_that_was_told_and_where_it_is_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["compare", "--vary", "clip_range=0.1,off", *SHORT, "--keep", "--json", "-"]) == 0
    said = capsys.readouterr()
    *runs, _ = lines(said.out)
    path = kept_comparison()
    assert said.err == f"ppo-desktop: kept in {path}\n"
    kept = load(path)
    assert (kept.comparison.n_seeds, kept.comparison.total_steps, kept.n_left_out) == (2, 2000, 0)
    assert {variant.hyperparameters.hidden_units for variant in kept.comparison.variants} == {8}
    assert {
        (kept.comparison.variants[key.variant].value, key.seed): record.end and record.end.parameters_sha256
        for key, record in kept.records.items()
    } == {(told["value"], told["seed"]): told["parameters_sha256"] for told in runs}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
def test_killed_in_the_middle_it_has_kept_every_run_it_told() -> None:
    arguments = [*VARY, *SMALL, "--seeds=20", "--total-steps=50000", "--keep", "--json", "-"]
    with running("compare", *arguments) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(3)]
        process.kill()
        told += process.stdout.readlines()
    whole = [line for line in told if line.endswith("\n")]
    runs = lines("".join(whole))
    assert {line["event"] for line in runs} == {"run"}, "it has come to an end before it could be killed"
    kept = load(kept_comparison())
    fingerprints = {record.end.parameters_sha256 for record in kept.records.values() if record.end}
    assert {line["parameters_sha256"] for line in runs} <= fingerprints
    assert (len(kept.comparison.variants), kept.comparison.n_seeds) == (2, 20)


def test_a_folder_that_cannot_be_made_is_a_mistake_and_nothing_begins(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_home / "runs").write_text("a file")
    told = tmp_path / "told.jsonl"
    assert run(["compare", *VARY, *SHORT, "--keep", "--json", str(told)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"ppo-desktop: {comparisons_folder()} cannot be written: ")
    assert said.err.count("\n") == 1
    assert not told.exists()


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_there_but_closed_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    comparisons_folder().mkdir(parents=True)
    comparisons_folder().chmod(0o500)
    assert run(["compare", *VARY, *SHORT, "--keep"]) == 2
    assert capsys.readouterr().err.endswith("cannot be written: Permission denied.\n")


def test_a_disk_that_refuses_later_is_told_at_the_end_with_all_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    assert run(["compare", *VARY, *SHORT, "--keep", "--json", "-"]) == 2
    said = capsys.readouterr()
    assert lines(said.out)[-1]["reason"] == "completed"
    assert said.err.endswith("cannot be written: No space left on device.\n")
    assert said.err.count("\n") == 1


# ---- failures and interruptions


def test_runs_whose_environment_fails_are_told_and_the_status_is_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment = ["--env", "failing_environments:FailsInStep300-v0", "--n-envs=1", "--total-steps=1000"]
    with environments_known_here():
        process = desktop_here(capsys, "compare", *VARY, *environment, "--seeds=2", "--json", "-")
    *runs, finished = lines(process.stdout)
    assert process.returncode == 1
    assert len(runs) == 4
    for told in runs:
        assert (told["reason"], told["steps"], told["final_return"]) == ("failed", 299, None)
        assert told["message"].endswith("RuntimeError: motor burnt out")
    assert finished["reason"] == "completed"
    assert [(point["mean"], point["n"]) for point in finished["effect"]] == [(None, 0), (None, 0)]
    assert complaint(process).startswith("ppo-desktop: 4 of 4 runs failed: ")


@fails_before_it_begins
def test_an_environment_that_fails_before_the_runs_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], name: str, status: int, reason: str
) -> None:
    with environments_known_here():
        process = desktop_here(
            capsys, "compare", *VARY, "--env", f"failing_environments:{name}", "--json", "-"
        )
    assert process.returncode == status
    ends = [(line["event"], line["reason"]) for line in lines(process.stdout)]
    assert ends == ([("finished", "failed")] if status == 1 else [])
    assert complaint(process).endswith(reason)


def test_a_run_that_diverges_is_told_and_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppo_desktop.ppo.engines.compiled import CompiledEngine

    let_diverge(monkeypatch, CompiledEngine, lambda settings: settings.clip_range == 0.4)
    assert run(["compare", *VARY, *SHORT, "--json", "-"]) == 0
    said = capsys.readouterr()
    *runs, finished = lines(said.out)
    assert [(told["value"], told["reason"]) for told in sorted(runs, key=lambda told: told["value"])] == [
        (0.1, "completed"),
        (0.1, "completed"),
        (0.4, "diverged"),
        (0.4, "diverged"),
    ]
    assert finished["reason"] == "completed"
    assert said.err.startswith("ppo-desktop: 2 of 4 runs diverged: ")
    assert said.err.count("\n") == 1


def test_a_comparison_that_cannot_go_on_is_told_as_failed_and_the_status_is_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppo_desktop.comparison.experiment import Experiment

    def break_down(_experiment: Experiment) -> None:
        raise RuntimeError("no more threads")

    monkeypatch.setattr(Experiment, "_let_learn", break_down)
    assert run(["compare", *VARY, *SHORT, "--json", "-"]) == 1
    said = capsys.readouterr()
    (finished,) = lines(said.out)
    assert (finished["event"], finished["reason"]) == ("finished", "failed")
    assert said.err.startswith("ppo-desktop: ")
    assert "no more threads" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("diverges", [False, True])
def test_what_a_comparison_cost_is_remembered_if_all_of_its_runs_have_been_completed(
    monkeypatch: pytest.MonkeyPatch, diverges: bool
) -> None:
    from ppo_desktop.ppo.engines.compiled import CompiledEngine

    learnt: list[Workload] = []
    monkeypatch.setattr(Workload, "learn", lambda workload, *_: learnt.append(workload))
    if diverges:
        let_diverge(monkeypatch, CompiledEngine)
    assert run(["compare", *VARY, *SHORT, "--json", "-"]) == 0
    assert len(learnt) == (0 if diverges else 1)


@posix_only
def test_ctrl_c_ends_with_the_last_line_and_what_has_finished_has_been_told() -> None:
    with running("compare", *VARY, *SMALL, "--seeds=20", "--total-steps=200000", "--json", "-") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=60)
    *told, finished = lines(first + rest)
    assert {(run["event"], run["reason"]) for run in told} == {("run", "completed")}
    assert 1 <= len(told) < 40
    assert (finished["event"], finished["reason"]) == ("finished", "interrupted")
    assert not finished["complete"]
    assert {(point["low"], point["high"]) for point in finished["effect"]} == {(None, None)}
    assert (process.returncode, complaints) == (0, f"{ANSWER}\n")


@posix_only
def test_ctrl_c_before_any_run_has_finished_is_no_failure(environments: str) -> None:
    endless = ["--env", "failing_environments:Endless-v0", *SMALL, "--total-steps", "10000000"]
    begun = Path(environments, "evaluating")
    with running("compare", *VARY, *endless, "--json", "-", modules=environments) as process:
        while not begun.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, f"{ANSWER}\n")
    (finished,) = lines(output)
    assert (finished["event"], finished["reason"]) == ("finished", "interrupted")
    assert [(point["mean"], point["n"]) for point in finished["effect"]] == [(None, 0), (None, 0)]


def test_a_reader_that_has_seen_enough_ends_the_comparison_quietly() -> None:
    with running("compare", *VARY, *SHORT, "--json", "-") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", *VARY, *SHORT, "--json", "/dev/full"]) == 2
    assert capsys.readouterr().err == "ppo-desktop: /dev/full cannot be written: No space left on device.\n"
