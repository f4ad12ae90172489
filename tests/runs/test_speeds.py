"""What runs cost here is kept from one start to the next, and every run refines it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import speeds as module
from ppo_desktop.runs.cost import Cost, RunKind, Work
from ppo_desktop.runs.speeds import MeasuredTrainer, Speeds, speeds

KIND = RunKind(COMPILED, "CartPole-v1", 2, 64)
COST = Cost(0.0, 0.0, 1e-3, 0.0, 0.0, 0.0)
WORK = Work(samples=1000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "speeds.json"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[RunKind]:
    """What has been measured; each costs the same."""
    kinds: list[RunKind] = []

    def measure(kind: RunKind) -> Cost:
        kinds.append(kind)
        return COST

    monkeypatch.setattr(module, "measure_cost", measure)
    return kinds


def test_a_kind_is_measured_once_and_known_at_the_next_start(file: Path, measured: list[RunKind]) -> None:
    first = Speeds(file)
    assert not first.is_known(KIND)
    first.measure(KIND)
    first.measure(KIND)
    assert Speeds(file).seconds(KIND, WORK) == pytest.approx(1.0)
    assert measured == [KIND]


def test_what_was_taken_last_weighs_most_and_is_kept(file: Path, measured: list[RunKind]) -> None:
    known = Speeds(file)
    known.measure(KIND)
    known._saved_at = 0.0
    known.learn(KIND, WORK, taken=2.0)
    once = known.seconds(KIND, WORK)
    assert 1.0 < once < 2.0
    assert Speeds(file).seconds(KIND, WORK) == pytest.approx(once)
    for _ in range(9):
        known.learn(KIND, WORK, taken=2.0)
    assert known.seconds(KIND, WORK) == pytest.approx(2.0, rel=0.02)
    for _ in range(3):
        known.learn(KIND, WORK, taken=1.0)
    assert known.seconds(KIND, WORK) == pytest.approx(1.0, rel=0.2)


def test_other_networks_and_environments_are_known_by_themselves(file: Path, measured: list[RunKind]) -> None:
    known = Speeds(file)
    other = KIND._replace(hidden_units=128)
    for kind in (KIND, other):
        known.measure(kind)
    known.learn(KIND, WORK, taken=3.0)
    assert known.seconds(other, WORK) == pytest.approx(1.0)


def test_nonsense_and_moments_teach_nothing_much(file: Path, measured: list[RunKind]) -> None:
    known = Speeds(file)
    known.measure(KIND)
    known.learn(KIND, Work(samples=1), taken=10.0)
    assert known.seconds(KIND, WORK) == pytest.approx(1.0)
    known.learn(KIND, WORK, taken=1e9)
    assert known.seconds(KIND, WORK) <= 2.5


def _spoil(change: Callable[[dict[str, object]], None]) -> Callable[[Path], None]:
    def spoil(file: Path) -> None:
        kept = json.loads(file.read_text(encoding="utf-8"))
        change(kept)
        file.write_text(json.dumps(kept), encoding="utf-8")

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b"\xff\x00"),
        lambda file: file.write_text("[" * 100_000),
        lambda file: file.write_text("[1, 2]"),
        lambda file: file.write_text("{}"),
        _spoil(lambda kept: kept.update(schema=999)),
        _spoil(lambda kept: kept.update(machine=["another"])),
        _spoil(lambda kept: kept.update(costs=[["compiled", "CartPole-v1", 2, 64, [1, 2]]])),
        _spoil(lambda kept: kept.update(costs=[["compiled", "CartPole-v1", 2, 64, [-1.0] * 6]])),
        _spoil(lambda kept: kept.update(costs=[["compiled", "CartPole-v1", 2, 64, [float("nan")] * 6]])),
        _spoil(lambda kept: kept.update(factors={"Compare": 1e9})),
        _spoil(lambda kept: kept.update(factors=7)),
    ],
    ids=range(12),
)
def test_a_file_that_is_missing_damaged_or_not_of_here_is_measured_anew(
    spoil: Callable[[Path], None], file: Path, measured: list[RunKind]
) -> None:
    Speeds(file).measure(KIND)
    spoil(file)
    known = Speeds(file)
    assert not known.is_known(KIND)
    assert known.factor("Compare") == 1.0
    known.measure(KIND)
    assert Speeds(file).is_known(KIND)


def test_where_nothing_can_be_written_all_goes_on(tmp_path: Path, measured: list[RunKind]) -> None:
    (tmp_path / "cache").write_text("a file")
    known = Speeds(tmp_path / "cache" / "speeds.json")
    known.measure(KIND)
    assert known.is_known(KIND)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> MeasuredTrainer:
    """A run of a kind that is known, whose every moment counts."""
    monkeypatch.setattr(module, "_SHORTEST_SECONDS", 0.0)
    monkeypatch.setattr(module, "_MEASURED_SAMPLES", 128)
    values = Hyperparameters(n_envs=2, rollout_length=64, n_minibatches=2, n_epochs=2, total_steps=1280)
    settings = RunSettings("CartPole-v1", Algorithm.PPO, values, seed=1)
    speeds()._costs[KIND] = COST
    return MeasuredTrainer(settings, make_engine(settings, COMPILED))


def test_a_run_teaches_what_its_kind_costs(trainer: MeasuredTrainer) -> None:
    trainer.stride = 256
    list(trainer.events())
    assert trainer._work_done() == Work(0, 9 * 64, 9 * 128, 9, 9 * 4, 9 * 256), (
        "the first update loads libraries"
    )
    assert trainer._seconds > 0
    assert speeds().seconds(KIND, WORK) < 1.0, "it was estimated at a millisecond a sample"


@pytest.mark.parametrize(("samples", "updates"), [(2 * 128, 8), (4 * 128, 8), (5 * 128, 5), (100 * 128, 0)])
def test_of_small_updates_one_is_measured_and_stands_for_several(
    samples: int, updates: int, trainer: MeasuredTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MEASURED_SAMPLES", samples)
    trainer.stride = 256
    list(trainer.events())
    assert trainer._work_done() == Work(0, 64, 128, 1, 4, 256).times(updates)


def test_a_run_whose_every_step_is_looked_at_teaches_nothing(trainer: MeasuredTrainer) -> None:
    trainer.stride = 1
    list(trainer.events())
    assert speeds().seconds(KIND, WORK) == pytest.approx(1.0)


def test_a_run_that_is_stopped_teaches_what_it_did(trainer: MeasuredTrainer) -> None:
    trainer.stride = 256
    events = trainer.events()
    while trainer.update < 4:
        next(events)
    events.close()
    assert trainer._work_done().updates == 3
    assert speeds().seconds(KIND, WORK) < 1.0


def test_a_run_that_changes_its_engine_teaches_only_what_the_second_one_costs(
    trainer: MeasuredTrainer,
) -> None:
    slow = MeasuredTrainer(trainer.settings, make_engine(trainer.settings, PYTORCH))
    slow.stride = 256
    events = slow.events()
    while slow.update < 3:
        next(events)
    slow.use_fast_engine()
    list(events)
    assert slow._work_done().updates == 10 - 3 - 1
    assert slow.engine.name == COMPILED


def test_runs_that_ask_at_once_are_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, both = threading.Barrier(2), threading.Barrier(2)

    class SlowSpeeds(Speeds):
        def __init__(self, file: Path) -> None:
            with suppress(threading.BrokenBarrierError):  # nobody else comes here at the same time
                both.wait(0.2)
            super().__init__(file)

    def ask(_number: int) -> Speeds:
        asked.wait()
        return speeds()

    monkeypatch.setattr(module, "Speeds", SlowSpeeds)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, range(2))
    assert first is second
