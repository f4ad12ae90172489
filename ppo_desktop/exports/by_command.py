"""What is exported by `ppo-desktop … export` in a process of its own, beside which a window stays fluid.

What learns again, paints or loads PyTorch holds the interpreter's lock for long, also in a thread.
"""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from ppo_desktop.comparison.store import SUFFIX, lines_so_far
from ppo_desktop.exports.format import CannotExport, Format, Progress
from ppo_desktop.exports.formats import may_learn_again
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.own_process import begin_behind_window, end_at_once
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.runs.processors import LITTLE

if TYPE_CHECKING:
    from ppo_desktop.exports.comparisons import ExportedComparison

_ASKING_SECONDS = 0.05
"""Time between two looks at whether it is still wanted."""
logger = logging.getLogger(__name__)


def by_command(format: Format[ExportedRun]) -> Format[ExportedRun]:
    """Return a format that is written by a process of its own; itself where it takes no longer than that."""
    if not format.learns_again:
        return format
    by_process = partial(write_by_command, format.id)

    def write(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
        (by_process if may_learn_again(format, subject) else format.write)(subject, fresh, progress)

    return replace(format, write=write)


def write_by_command(
    format_id: str, subject: ExportedRun, fresh: Path, progress: Progress, *, flags: tuple[str, ...] = ()
) -> None:
    """Write a run in a format; what there is to doubt of it is said of the run, too.

    Args:
        format_id: By which the command knows the format.
        subject: The run at a moment.
        fresh: A path at which nothing is, in a folder in which nothing else is: what is left there by a
            process that has been ended goes with it.
        progress: Told how much is done; what it raises ends the process.
        flags: What the command is told besides.

    Raises: as formats do.
    """
    folder = subject.kept.folder
    run = ("runs", "export", f"{folder.name}@{subject.update}", f"--folder={folder.parent}")
    trusted = _trusted(subject.settings.environment_id)
    subject.doubt = _write((*run, *trusted, *flags), format_id, fresh, progress)


def write_comparison_by_command(
    format_id: str, subject: ExportedComparison, fresh: Path, progress: Progress
) -> None:
    """Write a comparison as it is now, its runs finished or not; otherwise as `write_by_command`."""
    with TemporaryDirectory(prefix="ppo-desktop-", ignore_cleanup_errors=True) as aside:
        so_far = Path(aside) / f"comparison{SUFFIX}"
        with so_far.open("wb") as file:
            for line in lines_so_far(subject.comparison, subject.records):
                progress(0.0)
                file.write(line)
        trusted = _trusted(subject.comparison.environment_id)
        _write(("comparisons", "export", str(so_far), *trusted), format_id, fresh, progress)


def _trusted(environment_id: str) -> tuple[str, ...]:
    """Return what lets a module be trusted there that an environment's id names, and somebody trusts here."""
    return (f"--env={environment_id}",) if EnvironmentId.of(environment_id).module else ()


def _write(what: tuple[str, ...], format_id: str, fresh: Path, progress: Progress) -> str:
    """Let the command write something at a path; return what it says there is to doubt of it."""
    with TemporaryFile() as errors:
        command = (*what, "--to", format_id, str(fresh), "--json", "-")
        process = begin_behind_window(*command, folder=fresh.parent, errors=errors, niceness=LITTLE)
        told = _last_told(process, progress)
        if told.get("event") == "exported":
            return str(told["doubt"])
        raise CannotExport(str(told.get("problem") or _complaint(errors, process.returncode)))


def _last_told(process: subprocess.Popen[str], progress: Progress) -> Mapping[str, Any]:
    """Hand on how much is done until a process has ended, and return what it told last.

    What `progress` raises ends it.
    """
    lines: SimpleQueue[str] = SimpleQueue()
    reader = Thread(target=_read, args=(process, lines), name="reading an export", daemon=True)
    reader.start()
    told: Mapping[str, Any] = {}
    try:
        while line := _next_line(lines, partial(progress, told.get("share", 0.0))):
            told = _understood(line)
    except BaseException:
        end_at_once(process)
        raise
    finally:
        reader.join()
    return told


def _read(process: subprocess.Popen[str], lines: SimpleQueue[str]) -> None:
    """Hand on each line that a process writes, and when it has ended an empty one."""
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
    lines.put("")


def _next_line(lines: SimpleQueue[str], ask: Callable[[], object]) -> str:
    """Return the next line, and ask meanwhile whether it is wanted."""
    while True:
        ask()
        with suppress(Empty):
            return lines.get(timeout=_ASKING_SECONDS)


def _understood(line: str) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:  # of some library
        return {}
    return told if isinstance(told, dict) else {}


def _complaint(errors: IO[bytes], status: int) -> str:
    """Return why a process has ended, in one line: the last of what it has complained of."""
    errors.seek(0)
    said = errors.read().decode(errors="replace").strip()
    logger.error("An export ended with status %d: %s", status, said)
    last = said.splitlines()[-1:]
    return one_line(last[0]).removeprefix("ppo-desktop: ") if last else f"it ended with status {status}"
