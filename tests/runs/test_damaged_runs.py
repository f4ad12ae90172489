"""200 run folders that are damaged, of other programs, or made to do harm: a line for each, and no more."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
import io
import json
import os
import pickle
import random
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import UnsupportedEnvironment
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import keeping
from ppo_desktop.runs.kept import UnreadableRun, begin
from tests.kernels import give_kernels

resource = pytest.importorskip("resource")
UPDATES = 12
SMALL = Hyperparameters(n_envs=2, rollout_length=16, n_minibatches=2, n_epochs=2, hidden_units=8)
MADE = RunSettings("GridWorld-v0", Algorithm.PPO, SMALL, 1)
FORBIDDEN = "antigravity"
"""A module that no file may have imported."""

Damage = Callable[[Path], None]


class Harm:
    """What would be done if it were unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, (FORBIDDEN,)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, prepared_kernels: Path) -> Path:
    """A run in its folder, of which each update is known; it says its fingerprints in a file of its own."""
    folder, home = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("home") / "own"
    give_kernels(home, prepared_kernels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PPO_DESKTOP_HOME", str(home))
        patch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
        patch.setattr(keeping, "FLUSH_SECONDS", 0.0)
        run = begin(folder, MADE, lambda why: pytest.fail(why))
        assert run.engine.name == COMPILED
        fingerprints = {0: run.parameters_sha256()}
        events = run.events()
        for event in events:
            if isinstance(event, UpdateFinished):
                fingerprints[run.update] = run.parameters_sha256()
            if run.update == UPDATES:
                break
        events.close()
        for engine in (COMPILED, PYTORCH):  # what they load late is not memory that a damaged run takes
            make_engine(MADE, engine).close()
    (place,) = folder.iterdir()
    (folder / "fingerprints.json").write_text(json.dumps(fingerprints), encoding="utf-8")
    return place


# ---- damages -------------------------------------------------------------------------------------


def in_journal(change: Callable[[bytes], bytes]) -> Damage:
    def damage(place: Path) -> None:
        journal = place / keeping.JOURNAL
        journal.write_bytes(change(journal.read_bytes()))

    return damage


def in_line(chosen: Callable[[dict[str, Any]], bool], **values: Any) -> Damage:
    """Give the first line that is `chosen` other values; those that are ... it does not have any more."""

    def change(contents: bytes) -> bytes:
        lines = [json.loads(line) for line in contents.splitlines()]
        line = next(filter(chosen, lines))
        for name, value in values.items():
            if value is ...:
                line.pop(name)
            else:
                line[name] = value
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    return in_journal(change)


def in_first(**values: Any) -> Damage:
    return in_line(lambda line: "format" in line, **values)


def in_event(event: str, **values: Any) -> Damage:
    return in_line(lambda line: line.get("event") == event, **values)


def with_line(**values: Any) -> Damage:
    return in_journal(lambda contents: contents + json.dumps({"version": 1, **values}).encode() + b"\n")


def in_keyframes(change: Callable[[bytes], bytes], *, is_told: bool = False) -> Damage:
    """Change every keyframe, and its checksum, too, if it `is_told`."""

    def damage(place: Path) -> None:
        lines = [json.loads(line) for line in (place / keeping.JOURNAL).read_bytes().splitlines()]
        for file in place.glob("*.npz"):
            contents = change(file.read_bytes())
            file.write_bytes(contents)
            for line in lines if is_told else ():
                if line.get("event") == "keyframe" and f"{line['update']:09}" in file.name:
                    line["sha256"], line["size"] = hashlib.sha256(contents).hexdigest(), len(contents)
        (place / keeping.JOURNAL).write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    return damage


def with_arrays(change: Callable[[dict[str, Any]], None]) -> Damage:
    """Change the arrays of every keyframe; pickle those that are objects."""

    def changed(contents: bytes) -> bytes:
        with np.load(io.BytesIO(contents), allow_pickle=False) as members:
            arrays = {name: members[name] for name in members.files}
        change(arrays)
        file = io.BytesIO()
        np.savez(file, allow_pickle=True, **arrays)
        return file.getvalue()

    return in_keyframes(changed, is_told=True)


def with_facts(**values: Any) -> Damage:
    def change(arrays: dict[str, Any]) -> None:
        facts = json.loads(arrays["facts"].tobytes()) | values
        arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)

    return with_arrays(change)


def with_array(name: str, array: Any) -> Damage:
    def change(arrays: dict[str, Any]) -> None:
        if array is ...:
            arrays.pop(name, None)
        else:
            arrays[name] = array(arrays.get(name)) if callable(array) else array

    return with_arrays(change)


def as_file(name: str, contents: bytes) -> Damage:
    def damage(place: Path) -> None:
        (place / name).write_bytes(contents)

    return damage


def as_link(name: str, target: str) -> Damage:
    def damage(place: Path) -> None:
        (place / name).unlink(missing_ok=True)
        (place / name).symlink_to(target)

    return damage


def as_pipe(name: str) -> Damage:
    def damage(place: Path) -> None:
        (place / name).unlink(missing_ok=True)
        os.mkfifo(place / name)

    return damage


def as_folder(name: str) -> Damage:
    def damage(place: Path) -> None:
        (place / name).unlink(missing_ok=True)
        (place / name).mkdir()

    return damage


@functools.cache
def bomb() -> bytes:
    """Return a keyframe that is small and would become 300 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("parameters.npy", bytes(300_000_000))
        archive.writestr("facts.npy", b"")
    return file.getvalue()


@functools.cache
def bomb_at_once() -> bytes:
    """Return one that says that it is small, and whose first bytes become 30 MB at once."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("parameters.npy", bytes(30_000_000))
        archive.writestr("facts.npy", b"")
    return file.getvalue().replace((30_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))


def of_huge_shape(_: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"
        header += b" " * (64 - (len(header) + 11) % 64) + b"\n"
        member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        for name in ("facts", "parameters", "returns"):
            archive.writestr(f"{name}.npy", member)
    return file.getvalue()


def packed(numbers: list[float]) -> str:
    return base64.b64encode(zlib.compress(np.array(numbers, "<f8").tobytes())).decode()


def damages() -> dict[str, Damage]:
    """Return 200 ways, most of them without a care for what is where."""
    nested = b"[" * 100_000
    ways: dict[str, Damage] = {
        "nothing in it": as_file(keeping.JOURNAL, b""),
        "nonsense": as_file(keeping.JOURNAL, bytes(range(256)) * 40),
        "a list": as_file(keeping.JOURNAL, b"[]\n"),
        "nested": as_file(keeping.JOURNAL, nested),
        "nested in a line": in_journal(lambda contents: contents + nested + b"\n"),
        "another program's": as_file(keeping.JOURNAL, b'{"format": "ppo-desktop comparison"}\n'),
        "a pickle": as_file(keeping.JOURNAL, pickle.dumps(Harm())),
        "a huge number": in_journal(lambda c: c.replace(b'"seed": 1', b'"seed": 1' + b"0" * 5000)),
        "of Windows": in_journal(lambda contents: contents.replace(b"\n", b"\r\n")),
        "UTF-16": in_journal(lambda contents: contents.decode().encode("utf-16")),
        "zeros at the end": in_journal(lambda contents: contents + bytes(10_000)),
        "twice": in_journal(lambda contents: contents * 2),
        "backwards": in_journal(lambda contents: b"\n".join(reversed(contents.splitlines()))),
        "without line ends": in_journal(lambda contents: contents.replace(b"\n", b" ")),
        "a pipe": as_pipe(keeping.JOURNAL),
        "a folder": as_folder(keeping.JOURNAL),
        "a device": as_link(keeping.JOURNAL, "/dev/zero"),
        "a link into nowhere": as_link(keeping.JOURNAL, "/nowhere"),
        "a link to itself": as_link(keeping.JOURNAL, keeping.JOURNAL),
        "a newer version": in_first(version=99),
        "version 0": in_first(version=0),
        "version text": in_first(version="1"),
        "a module": in_first(environment_id=f"{FORBIDDEN}:Thing-v0"),
        "no environment": in_first(environment_id="../../etc/passwd"),
        "a long environment": in_first(environment_id="x" * 100_000),
        "another environment": in_first(environment_id="CartPole-v1"),
        "environment 7": in_first(environment_id=7),
        "an algorithm": in_first(algorithm="dqn"),
        "seed −1": in_first(seed=-1),
        "seed 1e30": in_first(seed=10**30),
        "seed none": in_first(seed=None),
        "seed true": in_first(seed=True),
        "no hyperparameters": in_first(hyperparameters={}),
        "hyperparameters list": in_first(hyperparameters=[]),
        "engine none": in_first(engine=None),
        "engine of a god": in_first(engine="../x\ny"),
        "parent text": in_first(parent="me"),
        "parent far": in_first(parent={"run": "..", "update": 10**11}),
        "parent lists": in_first(parent={"run": [], "update": []}),
        "returns nan": in_first(returns=[float("nan")]),
        "returns text": in_first(returns="many"),
        "returns many": in_first(returns=[1.0] * 100_000),
        "first 10¹²": in_event("updates", first=10**12),
        "first −3": in_event("updates", first=-3),
        "first text": in_event("updates", first="one"),
        "n 10¹²": in_event("updates", n=10**12),
        "n 0": in_event("updates", n=0),
        "columns list": in_event("updates", columns=[]),
        "columns none": in_event("updates", columns=...),
        "columns empty": in_event("updates", columns={}),
        "steps nan": in_event("episodes", n=1, columns={"steps": packed([float("nan")])}),
        "steps not base64": in_event("episodes", n=1, columns={"steps": "ÄÖÜ" * 99}),
        "length negative": in_event(
            "episodes", n=1, columns={"steps": packed([1]), "agent": packed([0]), "length": packed([-1])}
        ),
        "a bomb in a column": in_event(
            "episodes", n=100_000, columns={"steps": packed([0.0] * 3_000_000), "agent": "", "length": ""}
        ),
        "no event": with_line(),
        "event 7": with_line(event=7),
        "an event of tomorrow": with_line(event="applause", loud=True),
        "a wish of 10¹² agents": with_line(
            event="wish", update=13, gradient_steps=-1, values={"n_envs": 10**12}
        ),
        "a wish for nothing": with_line(event="wish", update=13, gradient_steps=-1, values=None),
        "a wish for lists": with_line(event="wish", update=2, gradient_steps=-1, values={"gamma": []}),
        "a wish in the past": with_line(event="wish", update=2, gradient_steps=0, values={"gamma": 2.0}),
        "a wish of tomorrow": with_line(event="wish", update=13, gradient_steps=-1, values={"charm": 1}),
        "an engine": with_line(event="engine", update=3, steps=64, engine="quantum"),
        "an end": with_line(event="end", reason="bored", steps=1, message="x"),
        "an end of 10⁹ letters": with_line(event="end", reason="completed", steps=1, message="x\n" * 10**6),
        "resumed nowhere": with_line(event="resumed", update=-1, program=None),
        "a keyframe elsewhere": with_line(
            event="keyframe", update=11, steps=1, size=1, sha256="../../../etc/passwd"
        ),
        "a keyframe of 10¹²": with_line(event="keyframe", update=10**12, steps=1, size=1, sha256=""),
        "keyframes gone": in_keyframes(lambda _: b""),
        "keyframes other": in_keyframes(lambda contents: contents[::-1]),
        "keyframes pickled": in_keyframes(lambda _: pickle.dumps(Harm()), is_told=True),
        "keyframes a bomb": in_keyframes(lambda _: bomb(), is_told=True),
        "keyframes a bomb at once": in_keyframes(lambda _: bomb_at_once(), is_told=True),
        "keyframes huge": in_keyframes(of_huge_shape, is_told=True),
        "keyframes no zip": in_keyframes(lambda _: b"PK\x05\x06" + bytes(18), is_told=True),
        "keyframes without facts": with_array("facts", ...),
        "facts nested": with_array("facts", np.frombuffer(nested, np.uint8)),
        "facts pickled": with_array("facts", np.array([Harm()], dtype=object)),
        "facts long": with_array("facts", np.zeros(2_000_000, np.uint8)),
        "parameters pickled": with_array("parameters", np.array([Harm()], dtype=object)),
        "parameters nan": with_array("parameters", lambda array: array * np.float32(np.nan)),
        "parameters fewer": with_array("parameters", lambda array: array[:-1]),
        "parameters one": with_array("parameters", np.zeros((), np.float32)),
        "parameters texts": with_array("parameters", np.array(["a"])),
        "parameters complex": with_array("parameters", lambda array: array.astype(complex)),
        "moments gone": with_array("adam.exp_avg", ...),
        "moments one": with_array("adam.exp_avg", np.zeros(1, np.float32)),
        "steps of Adam many": with_array("adam.step", np.zeros(3, np.float32)),
        "discounted many": with_array("discounted", np.zeros(99)),
        "rewards many": with_array("rewards.mean", np.zeros(99)),
        "observations one": with_array("observations.mean", np.zeros(())),
        "returns of 10⁶ episodes": with_array("returns", np.zeros(10**6)),
        "a thousand agents": with_array("agents.returns", np.zeros(1_000)),
        "no agents": with_array("agents.returns", np.zeros(0)),
        "a cell far away": with_array("agents.extra.states", lambda array: array + 1e9),
        "a cell that is none": with_array("agents.extra.states", lambda array: array * np.nan),
        "a cell before the first": with_array("agents.extra.final_states", lambda array: array - 100),
        "starts used": with_array("agents.extra.used", lambda array: array + 1_000),
        "starts not used": with_array("agents.extra.used", lambda array: array - 1_000),
        "an action far away": with_array("agents.actions", lambda array: array + 1_000_000),
        "lengths text": with_array("agents.lengths", np.array(["1", "2"])),
        "over numbers": with_array("agents.over", np.zeros(2)),
        "generators none": with_facts(generators=[]),
        "generators texts": with_facts(generators=["a", "b"]),
        "generators other": with_facts(generators=[{"bit_generator": "MT19937"}] * 2),
        "a generator too large": with_facts(
            actions={
                "bit_generator": "PCG64",
                "state": {"state": -1, "inc": 2**200},
                "has_uint32": 0,
                "uinteger": 0,
            }
        ),
        "minibatches none": with_facts(minibatches=None),
        "another engine": with_facts(engine="quantum"),
        "another update": with_facts(update=5_000),
        "10²⁰ steps": with_facts(steps=10**20),
        "in force other": with_facts(in_force={"n_envs": 256}),
        "wanted none": with_facts(wanted=None),
        "best text": with_facts(best="the one"),
        "waiting deep": with_facts(waiting=[[[[1]]]]),
        "a newer keyframe": with_facts(version=2),
        "summary nested": as_file(keeping.SUMMARY, nested),
        "summary long": as_file(keeping.SUMMARY, bytes(1_000_000)),
        "summary pickled": as_file(keeping.SUMMARY, pickle.dumps(Harm())),
        "summary a list": as_file(keeping.SUMMARY, b"[1, 2]"),
        "summary of nothing": as_file(keeping.SUMMARY, b'{"version": 1}'),
        "summary a pipe": as_pipe(keeping.SUMMARY),
        "summary a folder": as_folder(keeping.SUMMARY),
        "summary a device": as_link(keeping.SUMMARY, "/dev/zero"),
        "labels nested": as_file(library.LABELS, nested),
        "labels long": as_file(library.LABELS, b'"' + b"x" * 1_000_000 + b'"'),
        "labels numbers": as_file(library.LABELS, b'{"version": 1, "name": 7, "note": [], "is_starred": 2}'),
        "labels lines": as_file(library.LABELS, json.dumps({"version": 1, "name": "a\nb\x1b[2J"}).encode()),
        "labels a pipe": as_pipe(library.LABELS),
        "labels a device": as_link(library.LABELS, "/dev/zero"),
        "a lock that is a folder": as_folder("open"),
    }  # fmt: skip
    generator = random.Random(1)
    while len(ways) < 200:
        ways[f"{len(ways)} by chance"] = by_chance(generator.random())
    return ways


def by_chance(seed: float) -> Damage:
    """Cut a file off somewhere, or write other bytes into the middle of it."""

    def damage(place: Path) -> None:
        generator = random.Random(seed)
        files = sorted(file for file in place.iterdir() if file.stat().st_size)
        file = generator.choice([place / keeping.JOURNAL, generator.choice(files)])
        contents = bytearray(file.read_bytes())
        at = generator.randrange(len(contents))
        if generator.random() < 0.4:
            del contents[at:]
        else:
            length = generator.choice([1, 1, 10, 1_000])
            contents[at : at + length] = generator.randbytes(length)
        file.write_bytes(contents)

    return damage


DAMAGES = damages()


@pytest.mark.skipif(
    sys.platform != "linux", reason="made of pipes, devices and limits that others do not have"
)
@pytest.mark.parametrize("tenth", range(10))
def test_a_damaged_run_costs_what_it_held_and_says_so_in_one_line(
    tenth: int, whole: Path, tmp_path: Path
) -> None:
    fingerprints = json.loads((whole.parent / "fingerprints.json").read_text(encoding="utf-8"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(DAMAGES) == 200
    for number, (way, damage) in enumerate(DAMAGES.items()):
        if number % 10 != tenth:
            continue
        place = shutil.copytree(whole, tmp_path / str(number) / whole.name)
        damage(place)
        said: list[str] = []
        library.runs(place.parent, said.append)
        try:
            kept = library.open_run(place.name, place.parent)
            list(kept.events())
            run = kept.restore()
        except (UnreadableRun, NotResumable, UnsupportedEnvironment, library.NoSuchRun) as error:
            said.append(str(error))
        else:
            run.engine.close()
            if kept.settings == MADE and not kept.journal.wishes:
                assert run.parameters_sha256() == fingerprints[str(run.update)], way
        for line in said:
            assert line.isprintable(), way
            assert len(line) < 600, way
        with suppress(OSError):
            library.make_room(0, place.parent)
    assert FORBIDDEN not in sys.modules
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "kB"
