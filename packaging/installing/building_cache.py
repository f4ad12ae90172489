"""Where building keeps what it can use again, and how something appears there only when it is whole."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppo_desktop.whole_files import put_in_place


def building_cache() -> Path:
    """Return the folder for wheels, roots and the like: `PPO_DESKTOP_BUILDING`, else the user's cache."""
    chosen = os.environ.get("PPO_DESKTOP_BUILDING")
    return Path(chosen).expanduser().absolute() if chosen else _user_cache() / "ppo-desktop-building"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block has ended well.

    What was there before stays until then, and for good if the block fails.
    """
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        put_in_place(folder, old)
    put_in_place(unfinished, folder)
    shutil.rmtree(old, ignore_errors=True)
