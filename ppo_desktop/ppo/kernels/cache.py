"""Where compiled kernels are: in folders that are either whole or not used at all.

They come with an installation, or are compiled for a user and kept in the cache folder. A folder's name is a
fingerprint of all that decides what is compiled, so that an update of ours or of Numba gets a folder of its
own. A list of the files and their checksums is written last; what is not exactly as listed is compiled again.
Nothing else is ever read from it, and nothing is added to it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from numba.core import config

from ppo_desktop import __version__
from ppo_desktop.ppo.kernels.target import Target, possible_targets
from ppo_desktop.resource_files import PACKAGE
from ppo_desktop.user_files import cache_folder
from ppo_desktop.whole_files import put_in_place

COMPILED_FROM = (
    "arrays.py",
    "constants.py",
    "catalogue/grid_layout.py",
    "catalogue/grid_map.py",
    "normalization.py",
)
"""Modules of `ppo` that what is compiled takes anything from."""
_DECISIVE = (
    "OPT",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "USING_SVML",
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
    "EXTEND_VARIABLE_LIFETIMES",
    "LLVM_REFPRUNE_FLAGS",
    "JIT_COVERAGE",
)
"""Settings of Numba that change what it compiles; others, like its number of threads, do not matter."""
_INSTALLED = PACKAGE / "kernels"
_CONTENTS = "contents.json"
_UNFINISHED = ".unfinished"
_LONGEST_WORK_SECONDS = 3600.0
_LONGEST_UNUSED_SECONDS = 30 * 24 * 3600.0

_found_whole: set[Path] = set()
"""Folders that are not looked through again: what they hold is in memory, or about to be."""
_being_filled: Path | None = None


def installed_folder() -> Path:
    """Return the folder of the installation's kernels, for all its users, as they have to be here and now.

    It need not exist.
    """
    return _INSTALLED / fingerprint()


def users_folder() -> Path:
    """Return the folder of the kernels that are compiled for this user, as they have to be here and now.

    It need not exist.
    """
    return cache_folder() / "kernels" / fingerprint()


def whole_folder() -> Path | None:
    """Return a folder that holds all kernels, the installation's or the user's; None where there is none."""
    folders = (installed_folder(), users_folder())
    found = next((folder for folder in folders if folder in _found_whole), None)
    if found is None and (found := next(filter(is_whole, folders), None)) is not None:
        _found_whole.add(found)
        if found == users_folder():
            with suppress(OSError):
                (found / _CONTENTS).touch()  # it is in use, see `_remove_others`
    return found


def is_whole(folder: Path) -> bool:
    """Return whether all kernels are in a folder, undamaged."""
    try:
        contents = json.loads((folder / _CONTENTS).read_text(encoding="utf-8"))
        return bool(contents) and contents == _checksums(folder)
    except (OSError, ValueError):
        return False


@contextmanager
def being_filled(folder: Path) -> Iterator[None]:
    """Let what is compiled meanwhile become the contents of a folder, unless an error is raised.

    Other processes see nothing of it before it is whole. What has not been used for long is removed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.parent / f"{uuid.uuid4().hex}{_UNFINISHED}"
    unfinished.mkdir()
    before = fill_folder(unfinished)
    try:
        yield
        (unfinished / _CONTENTS).write_text(json.dumps(_checksums(unfinished)), encoding="utf-8")
        if not is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _put_in_place(unfinished, folder)
        _remove_others(folder.parent)
    finally:
        fill_folder(before)
        shutil.rmtree(unfinished, ignore_errors=True)


def folder_in_use() -> Path | None:
    """Return where kernels that are imported now are looked for; None if nowhere."""
    return _being_filled or whole_folder()


def is_filled() -> bool:
    """Return whether kernels that are imported now are added to the folder in use; never to a whole one."""
    return _being_filled is not None


def fill_folder(folder: Path | None) -> Path | None:
    """Let kernels that are imported from now on be kept in a folder, or not; return what was set before."""
    global _being_filled
    before, _being_filled = _being_filled, folder
    return before


@cache
def target() -> Target:
    """Return what kernels are compiled for in this process.

    It is the fastest of those for which the installation has kernels, else the fastest there is here.
    """
    possible = possible_targets()
    comes_with_it = ((_INSTALLED / fingerprint_for(target) / _CONTENTS).exists() for target in possible)
    return next((target for target, comes in zip(possible, comes_with_it, strict=True) if comes), possible[0])


def fingerprint() -> str:
    """Return a short name for all that decides what is compiled here and now."""
    return fingerprint_for(target())


@cache
def fingerprint_for(target: Target) -> str:
    """Return it for kernels that are compiled for a processor."""
    decisive = hashlib.sha256()
    for text in (
        __version__,
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        platform.python_version(),
        f"optimize={sys.flags.optimize}",  # it leaves out assertions, and Numba looks for the very bytecode
        llvmlite.binding.get_process_triple(),
        *target,
        *(f"{name}={getattr(config, name)}" for name in _DECISIVE),
    ):
        decisive.update(text.encode())
    for source in _sources():
        decisive.update(source.read_bytes())
    return decisive.hexdigest()[:16]


def _sources() -> list[Path]:
    """Return the files that are compiled."""
    here = Path(__file__).parent
    return [*sorted(here.glob("*.py")), *(here.parent / name for name in COMPILED_FROM)]


def _checksums(of: Path) -> dict[str, str]:
    """Return {name: SHA-256} of all files but the list itself."""
    files = sorted(path for path in of.rglob("*") if path.is_file() and path.name != _CONTENTS)
    return {path.relative_to(of).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _put_in_place(unfinished: Path, folder: Path) -> None:
    """Rename what has been filled; another program may have been faster, which is as good."""
    try:
        put_in_place(unfinished, folder)
    except OSError:
        if not is_whole(folder):
            raise


def _remove_others(place: Path) -> None:
    """Remove what was given up, and what no program has used for long."""
    for other in place.iterdir():
        in_use = other if other.name.endswith(_UNFINISHED) else other / _CONTENTS
        longest = _LONGEST_WORK_SECONDS if in_use is other else _LONGEST_UNUSED_SECONDS
        with suppress(FileNotFoundError):
            if time.time() - in_use.stat().st_mtime > longest:
                shutil.rmtree(other, ignore_errors=True)
