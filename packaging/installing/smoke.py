"""Tries what people download: installs it, uses it as they do, removes it; one line for each check."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from installing.clean_place import PATIENCE, CleanPlace, Screen, run
from installing.target import version
from launching.processes import Problem, say

DRIVER = Path(__file__).with_name("smoke_driver.py")
SHORT = ["--env", "CartPole-v1", "--total-steps", "4000"]
COMMANDS = {
    "--help": ["--help"],
    "train, fast engine": ["train", *SHORT, "--engine", "compiled", "--json", "-"],
    "train, PyTorch": ["train", *SHORT, "--engine", "pytorch", "--json", "-"],
    "compare": ["compare", *SHORT, "--vary", "clip_range=0.1,0.3", "--seeds", "2", "--json", "-"],
    "tune": [
        *("tune", *SHORT, "--study", "smoke", "--vary", "clip_range,learning_rate", "--sampler", "tpe"),
        *("--trials", "2", "--seeds", "1", "--json", "-"),
    ],
    "prepare-engine": ["prepare-engine", "--json", "-"],
}
"""What is run without a window: by what it is called in the report."""
GOES_WRONG = re.compile(r" WARNING qt: | (ERROR|CRITICAL) |^Traceback")
"""What no line of a log may be like."""
LONGEST_DRIVE = 3600.0
"""Seconds after which what presses the widgets is ended, even on a machine that does much else."""


class Checks:
    """What was tried and how it went."""

    def __init__(self) -> None:
        self.failed = 0

    @contextmanager
    def check(self, what: str) -> Iterator[list[str]]:
        """Say how the block went; it adds to the list what is worth telling."""
        details: list[str] = []
        try:
            yield details
        except Problem as problem:
            self.tell(what, ok=False, detail=str(problem))
        except Exception as error:  # whatever it is, the program is removed in the end
            self.tell(what, ok=False, detail=f"{type(error).__name__}: {error}")
        else:
            self.tell(what, ok=True, detail=", ".join(details))

    def tell(self, what: str, *, ok: bool, detail: str) -> None:
        """Say how something went that was tried."""
        self.failed += not ok
        say(f"{'ok     ' if ok else 'FAILED '}{what}{f': {detail}' if detail else ''}")


def smoke(place: CleanPlace, installer: Path) -> int:
    """Try a file that people download in a clean place; return 0 if all was well."""
    checks = Checks()
    with checks.check("installed") as details, timed(details):
        place.install(installer)
    if not checks.failed:
        try:
            use(place, checks)
        finally:
            remove(place, checks)
    say(f"{checks.failed} of the checks failed." if checks.failed else "All is well.")
    return 1 if checks.failed else 0


def use(place: CleanPlace, checks: Checks) -> None:
    """Use the installed program, with its window and without."""
    with checks.check("its version is told"):
        if version() not in (said := run(place.program("--version"))):
            raise Problem(said)
    with place.screen() as shown:
        open_and_close(place, checks, shown, "opened from the menu the first time")
        open_and_close(place, checks, shown, "opened from the menu again", place.longest_start)
        drive(place, checks, shown)
    for name, arguments in COMMANDS.items():
        with checks.check(f"command {name}") as details, timed(details):
            check_output(arguments, run(place.program(*arguments)), details)
    with checks.check("command worker joins the study") as details, timed(details):
        join(place)
    with checks.check("the log tells of nothing that went wrong"):
        if wrong := [line for line in place.log().splitlines() if GOES_WRONG.search(line)]:
            raise Problem(" | ".join(wrong[:5]))
    for what, tried in place.further_checks():
        with checks.check(what) as details:
            details.append(tried())


def open_and_close(
    place: CleanPlace, checks: Checks, shown: Screen, what: str, longest: float = PATIENCE
) -> None:
    """Do as the menu does, wait for the window, which may take `longest` seconds, and close it."""
    with checks.check(what) as details:
        begun = time.monotonic()
        with subprocess.Popen(
            place.menu(), env=shown.variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            try:
                shown.wait_for_window(lambda: process.poll() is None)
                seconds = time.monotonic() - begun
                details.append(f"window after {seconds:.1f} s")
                picture, _there = place.shared("window.png")
                shown.take_picture(picture)
                details.append(str(picture))
                shown.close_window()
                status = process.wait(PATIENCE)
            except (Problem, subprocess.SubprocessError) as problem:
                process.kill()
                said = process.communicate()[1].decode("utf-8", "replace").strip()
                raise Problem(f"{problem}: {said}") from None
            if status:
                raise Problem(f"it ended with status {status}")
            if seconds > longest:
                raise Problem(f"window after {seconds:.1f} s, which may take {longest:g} s")


def drive(place: CleanPlace, checks: Checks, shown: Screen) -> None:
    """Press what is in the window."""
    picture, name = place.shared("driven.png")
    command = place.python(DRIVER, name)
    # Its errors go into a file: a pipe that nobody reads meanwhile may be full, and then it would wait.
    with checks.check("it was driven quietly to the end"), tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, env=shown.variables, stdout=subprocess.PIPE, stderr=errors) as process:
            assert process.stdout
            deadline = Timer(LONGEST_DRIVE, process.kill)
            deadline.start()
            try:
                for line in process.stdout:
                    told = json.loads(line)
                    checks.tell(told["what"], ok=told["ok"], detail=told["detail"])
                status = process.wait()
            finally:
                deadline.cancel()
                deadline.join()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
        if status or said:
            raise Problem(said or f"it ended with status {status}")
    say(f"        {picture}")


def check_output(arguments: Sequence[str], said: str, details: list[str]) -> None:
    """Check that lines of JSON end as they should, where the arguments of the command ask for them.

    Raises:
        Problem: They do not.
    """
    if "--json" not in arguments:
        return
    try:
        last = json.loads(said.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Problem(f"there is no JSON at the end of what it said: {said[-400:]!r}") from None
    if last.get("reason", "completed") not in ("completed", "solved"):
        raise Problem(str(last))
    details += [f"{last[name]} {name}" for name in ("engine", "steps_per_second", "trials") if name in last]


def join(place: CleanPlace) -> None:
    """Let a worker join a study while it is searched.

    Raises:
        Problem: One of them failed.
    """
    storage, name = place.shared("studies.db")
    study = ["--study", "shared", "--storage", name]
    search = [*study, "--vary", "clip_range", "--sampler", "random", "--trials", "1", "--seeds", "1"]
    commands = (["tune", *SHORT, *search, "--json", "-"], ["worker", *study, "--trials", "1", "--json", "-"])
    for arguments in commands:
        check_output(arguments, run(place.program(*arguments)), [])
    if not storage.exists():
        raise Problem("the study is not where it was wanted")


def remove(place: CleanPlace, checks: Checks) -> None:
    """Remove the program; see what stays."""
    kept = place.user_files()
    with checks.check("removed") as details, timed(details):
        place.uninstall()
    with checks.check("the user's files are left") as details:
        if lost := kept - place.user_files():
            raise Problem(f"{', '.join(sorted(lost))} are gone")
        details.append(", ".join(sorted(kept)))
    with checks.check("nothing else is left behind"):
        if left := place.left_behind():
            raise Problem(", ".join(left))


@contextmanager
def timed(details: list[str]) -> Iterator[None]:
    """Add to the details how long the block took."""
    begun = time.monotonic()
    yield
    details.append(f"{time.monotonic() - begun:.1f} s")
