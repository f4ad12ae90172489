"""What comes to be loaded beside PySide6 is not read for its sake."""

from __future__ import annotations

import subprocess
import sys


def test_the_sources_of_modules_imported_beside_pyside_are_not_read() -> None:
    """They would be kept by `linecache`, through which PySide6's own import reads them."""
    program = (
        "import linecache\n"
        "import ppo_desktop.bridge\n"
        "before = set(linecache.cache)\n"
        "import colorsys, wave, PySide6.QtGui\n"
        "print(sorted(set(linecache.cache) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
