"""The tests on Windows, without one: on Linux, in Wine."""

from __future__ import annotations

import os
from pathlib import Path

from installing import wheels
from installing.building_cache import appearing, building_cache
from installing.target import CHECKOUT
from installing.windows import Windows
from installing.wine import Wine, windows_path
from launching.environment import TOOLS
from launching.processes import say

FONTS = Path("/usr/share/fonts/truetype/dejavu")
"""Of the root: a Windows of Wine's has no folder of fonts, which Qt's offscreen platform needs."""


def test_on_windows(arguments: list[str]) -> int:
    """Run the tests as they run on Windows, one after the other; return pytest's exit status."""
    python = provide_python()
    os.chdir(CHECKOUT)
    pytest: list[str | Path] = [python, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *arguments]
    return Wine.for_building().call(
        pytest, {"QT_QPA_PLATFORM": "offscreen", "QT_QPA_FONTDIR": windows_path(FONTS)}
    )


def provide_python() -> Path:
    """Return the Python for Windows with all that the tests need, made anew where that has changed."""
    windows = Windows()
    folder = building_cache() / "tests" / f"{windows.name}-{TOOLS.digest[:16]}"
    if not folder.exists():
        say("Making a Python for Windows with all that the tests need (some minutes, once) ...")
        with appearing(folder) as unfinished:
            windows.put_interpreter(unfinished)
            # Programs that tests start are told by a variable where the checkout is.
            next((unfinished / windows.interpreter).parent.glob("*._pth")).unlink()
            wheels.unpack(windows, wheels.fetch(windows, TOOLS), unfinished / windows.packages, TOOLS)
    return folder / windows.interpreter
