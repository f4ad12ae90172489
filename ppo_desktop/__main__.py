"""Entry point: `ppo-desktop` and `python -m ppo_desktop`."""

from __future__ import annotations

import os
import sys

from ppo_desktop.ending import INTERRUPTED, end_without_threads
from ppo_desktop.own_process import end_with_parent


def main() -> int:
    """Run the command line, or open the window where there is no command; return the exit status.

    See `cli.run`; 130 if interrupted before anything could be told.
    """
    try:
        _require_utf8()
        end_with_parent()
        from ppo_desktop.cli import run  # takes a moment, in which Ctrl+C may come

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    end_without_threads(status)
    return status


def _require_utf8() -> None:
    """Start again in UTF-8 mode where the locale has another encoding: names and paths hold ε, too."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
