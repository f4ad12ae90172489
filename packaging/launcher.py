"""Open PPO Desktop, or run its tests, straight from a checkout.

    python3 packaging/launcher.py [arguments for the app]     open the app
    python3 packaging/launcher.py test [pytest arguments]     run the tests
    python3 packaging/launcher.py check                       lint, types, import rules
    python3 packaging/launcher.py shortcut                    add the app to the menu (Linux)
    python3 packaging/launcher.py installer [--system NAME]   build what others install, into dist
    python3 packaging/launcher.py smoke FILE                  try what was built, in a clean place
    python3 packaging/launcher.py lock-wheels                 write down what installers are built from
    python3 packaging/launcher.py test-on-windows [arguments] run the tests for Windows, in Wine (Linux)

The first start makes a private environment and installs what is needed into it.

This file finds a Python that will do and leaves the rest to `launching`. It must be readable by any
Python, so that an old one can say what is missing: no syntax that Python 2.7 does not know.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 14)
# Started without a console on Windows, no other program may open one.
NO_CONSOLE = getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.stdout is None else 0


def main(arguments):
    """Do what `arguments` ask, with this Python or with a better one; return the exit status."""
    if is_suitable(sys.version_info):
        # What the app knows itself need not be said again here.
        sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        from launching.commands import run

        return run(arguments)
    command = find_suitable_python()
    if command is not None:
        return subprocess.call(command + [os.path.abspath(__file__)] + arguments, creationflags=NO_CONSOLE)
    sys.stderr.write(too_old_or_new(sys.version_info) + "\n")
    return 1


def is_suitable(version):
    """Whether every pinned package exists for this version of Python."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def find_suitable_python():
    """Return the command of a suitable Python on this computer, None if there is none."""
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        for command in (["python3.%d" % minor], ["py", "-3.%d" % minor]):
            if runs_version(command, (3, minor)):
                return command
    return None


def runs_version(command, version):
    """Whether `command` really starts this version: what has the name may be an empty shell."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command + ["-c", question], stdout=pipe, stderr=pipe, creationflags=NO_CONSOLE
        )
    except OSError:
        return False
    answer = process.communicate()[0].decode("ascii", "replace").strip()
    return process.returncode == 0 and answer == "%d.%d" % version


def too_old_or_new(version):
    """Say in one line which Python is needed and where it comes from."""
    return (
        "PPO Desktop needs Python %d.%d to %d.%d and this is Python %d.%d: install one from "
        "https://www.python.org/downloads/ and start again."
    ) % (OLDEST + NEWEST + tuple(version[:2]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
