"""One line about what went wrong, which is found also where the window was started from a menu."""

from __future__ import annotations

import logging
import os
import re
import stat
import sys
from collections.abc import Mapping
from typing import IO

from ppo_desktop.dialogs import show_error
from ppo_desktop.ppo.messages import one_line, what_went_wrong
from ppo_desktop.system_libraries import installation_advice, libraries_for, missing_libraries
from ppo_desktop.user_files import log_file

_MISSING_LIBRARY = re.compile(r"(\S+\.so[.\d]*): cannot open shared object file")
_TOO_OLD = re.compile(r"version [`'](GLIBC(?:XX)?)_([\d.]+)' not found")
logger = logging.getLogger(__name__)


def complain(text: str) -> None:
    """Write one line to the standard error."""
    _write(one_line(text))


def explain_missing_window(text: str) -> None:
    """Write one line to the standard error and the log; show it in a dialog where no terminal is.

    It is told whole: a command that is cut is no use.
    """
    line = " ".join(text.split())
    logger.error(line)
    _write(line)
    if not somebody_reads(sys.stderr):
        show_error(line)


def _write(line: str) -> None:
    sys.stderr.write(f"ppo-desktop: {line}\n")
    sys.stderr.flush()


def somebody_reads(stream: IO[str]) -> bool:
    """Return whether a stream leads to a person at a terminal, or to a program that reads it.

    What is started from a menu writes into nothing, or into the log of the session.
    """
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return True  # a program has put something else in its place
    return stat.S_ISFIFO(mode) or _is_terminal(stream)


def _is_terminal(stream: IO[str]) -> bool:
    if sys.platform == "win32":  # where `isatty` takes the null device for one
        raw = getattr(getattr(stream, "buffer", None), "raw", None)
        return type(raw).__name__ == "_WindowsConsoleIO"
    return stream.isatty()


def why_not_started(error: Exception, variables: Mapping[str, str]) -> str:
    """Return why the window could not be opened, and what to do."""
    text = str(error)
    if old := _TOO_OLD.search(text):
        needed = "glibc" if old[1] == "GLIBC" else "libstdc++"
        return f"This system is too old for PPO Desktop: it needs a {needed} that has {old[1]}_{old[2]}."
    if missing := _MISSING_LIBRARY.search(text):
        return what_is_missing(variables) or f"{missing[1]} is missing: install what contains it."
    return f"PPO Desktop cannot start: {what_went_wrong(error)}. The log tells more: {log_file()}"


def what_is_missing(variables: Mapping[str, str]) -> str:
    """Return which libraries of the system Qt lacks under these environment variables, empty if none."""
    if sys.platform != "linux":
        return ""
    needed = libraries_for(variables)
    if not (missing := missing_libraries(needed)):
        return ""
    advice = installation_advice([needed[library] for library in missing], missing)
    return f"Qt needs libraries of the system: {advice}"
