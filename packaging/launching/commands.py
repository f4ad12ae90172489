"""What the launcher can be asked to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from launching import desktop, system_packages
from launching.environment import APP, TOOLS, Environment, PackageSet, environment_folder
from launching.processes import Problem, say, say_failure
from ppo_desktop.dialogs import show_error

CHECKOUT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = {
    "ruff check": ["-m", "ruff", "check"],
    "ruff format": ["-m", "ruff", "format", "--check"],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", LINT_IMPORTS],
}
AT_ONCE = ["-n", str(min(4, 1 + (os.cpu_count() or 1))), "--dist", "worksteal"]
"""A worker more than there are processors, as tests of windows wait half of their time; each takes about half
a GB, so not too many. `-n 0` goes without them."""
ONCE_MORE = ["--reruns", "1", "-rfER"]
"""A machine that stands still for seconds can fail a test of windows and processes. The summary names each
that is run again; what is wrong fails twice."""
INTERRUPTED = 130


def run(arguments: list[str]) -> int:
    """Do what the command line asks for and return the exit status."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    try:
        return command(arguments[1:]) if command else open_app(arguments)
    except (Problem, OSError) as problem:
        say_failure(f"PPO Desktop: {problem}")
        if command is double_click:
            show_error(str(problem))
        return 1
    except KeyboardInterrupt:
        say_failure("Interrupted; the next start sees to the rest.")
        return INTERRUPTED


def open_app(arguments: list[str]) -> int:
    """Open the window, or run one of the app's own commands."""
    if opens_window(arguments):
        system_packages.provide_qt(os.environ)
    environment = environment_with(APP)
    return become([str(environment.python), "-m", "ppo_desktop", *arguments])


def double_click(arguments: list[str]) -> int:
    """Open the app for somebody who sees no terminal: say what matters in dialogs."""
    with desktop.notice_while(not this_environment().has(APP)):
        system_packages.provide_qt(os.environ)
        environment = environment_with(APP)
    output = environment.folder / "app-output.log"
    command = [str(environment.python), "-m", "ppo_desktop", *arguments]
    status = desktop.run_unseen(command, app_variables(), output)
    if desktop.is_failure(status):
        raise Problem(f"it stopped unexpectedly: {desktop.last_line(output)} (Details: {output})")
    return status


def test(arguments: list[str]) -> int:
    """Run the tests on several processors, without showing windows."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    system_packages.provide_qt(os.environ)
    system_packages.provide_postgresql()
    environment = environment_with(TOOLS)
    os.chdir(CHECKOUT)
    return become([str(environment.python), "-m", "pytest", *AT_ONCE, *ONCE_MORE, *arguments])


def check(_arguments: list[str]) -> int:
    """Run every check, even after one has failed; return 1 if any did."""
    python = str(environment_with(TOOLS).python)
    failed = []
    for name, arguments in CHECKS.items():
        say(f"== {name}")
        if subprocess.call([python, *arguments], cwd=CHECKOUT, env=app_variables()):
            failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def prepare(_arguments: list[str]) -> int:
    """Set everything up, and leave the app closed."""
    system_packages.provide_qt(os.environ)
    environment_with(APP)
    return 0


def shortcut(_arguments: list[str]) -> int:
    """Set everything up and put the app into this user's menu."""
    prepare([])
    say(f"PPO Desktop is in the menu: {desktop.install_menu_entry(CHECKOUT, os.environ)}")
    return 0


def installer(arguments: list[str]) -> int:
    """Build what people install who have no Python."""
    from installing.commands import installer

    return installer(arguments)


def smoke(arguments: list[str]) -> int:
    """Try what `installer` has built, in a clean place."""
    from installing.commands import smoke

    return smoke(arguments)


def lock_wheels(arguments: list[str]) -> int:
    """Write down anew which files `installer` builds from."""
    from installing.commands import lock_wheels

    return lock_wheels(arguments)


def test_on_windows(arguments: list[str]) -> int:
    """Run the tests as they run on Windows, on Linux."""
    from installing.windows_tests import test_on_windows

    return test_on_windows(arguments)


def opens_window(arguments: list[str]) -> bool:
    """Whether the app needs a screen: its own commands, such as `train`, do without."""
    return not arguments or arguments[0].startswith("-")


def this_environment() -> Environment:
    """Return the environment that belongs to this checkout, whatever is in it."""
    return Environment(environment_folder(CHECKOUT, os.environ))


def environment_with(packages: PackageSet) -> Environment:
    """Return the environment of this checkout with the packages in it."""
    environment = this_environment()
    environment.provide(packages)
    return environment


def app_variables() -> dict[str, str]:
    """Return the environment variables under which Python finds the app in the checkout."""
    path = [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def become(command: list[str]) -> int:
    """Let `command` take the place of this process, so that signals and exit status are its own.

    Windows knows no such thing: there, wait for it and return its exit status.
    """
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], command, app_variables())
    with subprocess.Popen(command, env=app_variables()) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # It has been told as well, and decides.


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "test": test,
    "test-on-windows": test_on_windows,
    "check": check,
    "prepare": prepare,
    "shortcut": shortcut,
    "double-click": double_click,
    "installer": installer,
    "smoke": smoke,
    "lock-wheels": lock_wheels,
}
