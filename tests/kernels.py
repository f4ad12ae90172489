"""Homes of the program in which the fast engine is there already, or is not."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from ppo_desktop.ppo.kernels import cache

KERNELS = Path(__file__).resolve().parents[1] / ".kernels"
"""A home in which the fast engine is prepared once for all tests, and for the next time."""


def kernels_in(home: Path) -> Path:
    """Return the folder of the kernels of a home; it need not exist."""
    return home / "cache" / "kernels"


def kernels_of_tests() -> Path:
    """Return where kernels are kept that tests call themselves, with arguments that no engine gives them."""
    return KERNELS / "tests" / cache.fingerprint()


def use_kernels_of_tests() -> None:
    """Let this process find its kernels there, wherever it looks when it imports them next.

    The folder that is prepared has to stay as it is.
    """
    before = cache.fill_folder(kernels_of_tests())
    importlib.import_module("ppo_desktop.ppo.engines.compiled")
    cache.fill_folder(before)


def give_kernels(home: Path, prepared: Path) -> None:
    """Let a home have kernels that are prepared elsewhere."""
    (home / "cache").mkdir(parents=True)
    if sys.platform == "win32":  # where not everybody may make a link to a folder
        shutil.copytree(prepared, kernels_in(home), copy_function=_link)
    else:
        kernels_in(home).symlink_to(prepared, target_is_directory=True)


def take_kernels_away(home: Path) -> Path:
    """Let a home have no kernels, as when the app was just installed; return where they will be."""
    if kernels_in(home).is_symlink():
        kernels_in(home).unlink()
    else:
        shutil.rmtree(kernels_in(home))
    return kernels_in(home)


def _link(file: str, copy: str) -> None:
    with suppress(OSError):  # it is on another disk
        os.link(file, copy)
        return
    shutil.copy2(file, copy)
