"""For people who double-click: dialogs instead of a terminal, and an entry in the menu."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launching.processes import NO_CONSOLE, Problem
from ppo_desktop.dialogs import TITLE, start_first_of

SET_UP_NOTICE = "PPO Desktop is being set up. This takes a few minutes, once; then it opens by itself."
MENU_ENTRY = """\
[Desktop Entry]
Type=Application
Name=PPO Desktop
GenericName=Reinforcement learning
Comment=See proximal policy optimization at work
Exec={command}
Icon={icon}
Terminal=false
Categories=Education;ArtificialIntelligence;
Keywords=PPO;A2C;reinforcement learning;policy gradient;
StartupNotify=true
StartupWMClass=ppo-desktop
"""


@contextmanager
def notice_while(busy: bool) -> Iterator[None]:
    """Show, for as long as the block runs, that PPO Desktop is being set up, if it is `busy` at all."""
    notice = _show_notice() if busy else None
    try:
        yield
    finally:
        if notice:
            notice.terminate()
            notice.communicate()


def _show_notice() -> subprocess.Popen[bytes] | None:
    pulsating = ["zenity", "--progress", "--pulsate", "--no-cancel", "--width=480", f"--title={TITLE}"]
    return start_first_of(
        [*pulsating, f"--text={SET_UP_NOTICE}"],
        ["kdialog", "--title", TITLE, "--msgbox", SET_UP_NOTICE],
        ["notify-send", TITLE, SET_UP_NOTICE],
    )


def run_unseen(command: list[str], variables: Mapping[str, str], output: Path) -> int:
    """Run `command` without a terminal, keep what it writes in `output`, and return its exit status."""
    with (
        output.open("wb", buffering=0) as file,
        subprocess.Popen(
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # a file would look as if nobody read it
            stderr=subprocess.STDOUT,
            creationflags=NO_CONSOLE,
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            file.write(line)
    return process.returncode


def is_failure(status: int) -> bool:
    """Whether a program that was not ended from outside has failed."""
    ended_from_outside = (-signal.SIGTERM, -signal.SIGINT, -getattr(signal, "SIGHUP", signal.SIGTERM))
    return status != 0 and status not in ended_from_outside


def last_line(file: Path) -> str:
    """Return the last line of a text file that is not empty."""
    lines = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "It left no message."


def install_menu_entry(checkout: Path, variables: Mapping[str, str]) -> Path:
    """Add this checkout to the menu of this user, icon included; return the menu entry.

    Raises:
        Problem: This is not Linux.
    """
    if sys.platform != "linux":
        raise Problem("the menu entry is for Linux; here, double-click the file in packaging.")
    data = Path(variables.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    icon = data / "icons" / "hicolor" / "scalable" / "apps" / "ppo-desktop.svg"
    entry = data / "applications" / "ppo-desktop.desktop"
    icon.parent.mkdir(parents=True, exist_ok=True)
    entry.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(checkout / "resources" / "icons" / "ppo-desktop.svg", icon)
    launcher = checkout / "packaging" / "launcher.py"
    command = f"{_quoted(sys.executable)} {_quoted(str(launcher))} double-click"
    entry.write_text(MENU_ENTRY.format(command=command, icon=icon), encoding="utf-8")
    return entry


def _quoted(argument: str) -> str:
    """Return `argument` as the Exec line of a menu entry wants it."""
    for character in ("\\", '"', "`", "$"):
        argument = argument.replace(character, "\\" + character)
    return '"' + argument.replace("\\", "\\\\").replace("%", "%%") + '"'
