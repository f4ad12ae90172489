"""What is to be installed, as a command for the very Python that runs this program."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import sys
from pathlib import Path

from ppo_desktop.resource_files import installation_folder

_PIP_INSTALL = re.compile(r"(?<![\w/\\.-])(?:(?:python|py)[\d.]* -m )?pip[\d.]* install\b")
_UNQUOTED_EXTRA = re.compile(r"(?<=\s)([\w.-]+\[[\w,.-]+\])(?=[\s`]|$)")
_NOTHING_CAN_BE_ADDED = " (This program brings a Python of its own, to which nothing can be added.)"


def with_exact_commands(advice: str) -> str:
    """Return a text in which "pip install" is a command that installs where this program finds it."""
    if not _PIP_INSTALL.search(advice):
        return advice
    if installation_folder():
        return advice + _NOTHING_CAN_BE_ADDED
    quoted = _UNQUOTED_EXTRA.sub(r'"\1"', advice)  # which some shells would take for a pattern
    return _PIP_INSTALL.sub(lambda _: _installing(), quoted)


def commands_in(text: str) -> str:
    """Return the commands in a text from `with_exact_commands`, one a line; nothing if there are none."""
    commands = re.findall(r"`([^`]+)`", text)
    return "\n".join(command for command in commands if command.startswith(_installing()))


def _installing() -> str:
    """Return how a command begins that installs packages for this Python."""
    python = Path(sys.executable)
    if python.stem == "pythonw":  # without a console, of which nothing would be seen
        python = python.with_stem("python")
    if importlib.util.find_spec("pip") is None and shutil.which("uv"):
        return f"uv pip install --python {_quoted(str(python))}"
    return f"{_quoted(str(python))} -m pip install"


def _quoted(path: str) -> str:
    if sys.platform == "win32":
        return f'"{path}"' if re.search(r"[^\w.:\\/-]", path) else path
    return shlex.quote(path)
