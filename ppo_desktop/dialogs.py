"""A message where there is no terminal, by whatever means the system has; nothing of Qt is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap

TITLE = "PPO Desktop"
_ALERT = (
    "on run argv",
    "display alert (item 1 of argv) message (item 2 of argv) as critical",
    "end run",
)
"""AppleScript."""
_ERROR_IN_FRONT = 0x10010


def show_error(text: str) -> None:
    """Show `text` in a dialog and wait until it is closed; do nothing where there is no way to show it."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, TITLE, _ERROR_IN_FRONT)
        return
    script = [argument for line in _ALERT for argument in ("-e", line)]
    dialog = start_first_of(
        ["osascript", *script, TITLE, text],
        ["zenity", "--error", "--no-markup", "--width=480", f"--title={TITLE}", f"--text={text}"],
        ["kdialog", "--title", TITLE, "--error", text],
        ["notify-send", "--urgency=critical", TITLE, text],
        ["xmessage", "-center", "-title", TITLE, _plain(text)],
    )
    if dialog:
        dialog.communicate()


def _plain(text: str) -> str:
    """Return `text` in lines and letters for a program that breaks no lines and knows no others."""
    straight = text.replace("“", '"').replace("”", '"')
    return textwrap.fill(straight, 80).encode("ascii", "replace").decode()


def start_first_of(*commands: list[str]) -> subprocess.Popen[bytes] | None:
    """Start the first of the commands whose program is installed; return None if none is."""
    for command in commands:
        if shutil.which(command[0]):
            quiet = subprocess.DEVNULL
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    return None
