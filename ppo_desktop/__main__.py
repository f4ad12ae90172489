"""Entry point: `ppo-desktop` and `python -m ppo_desktop`."""

from __future__ import annotations

import sys

from ppo_desktop.cli import run


def main() -> int:
    """Run the command line; without a command, open the window."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
