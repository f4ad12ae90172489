"""Where compiled kernels are kept: a folder that is either whole or not used at all.

The folder's name is a fingerprint of all that decides what is compiled, so that an update of ours,
of Numba or of the machine gets a folder of its own. A list of the files and their checksums is
written last; what is not exactly as listed is compiled again. Nothing else is ever read from it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding
import numba
import numpy as np

from ppo_desktop import __version__
from ppo_desktop.user_files import cache_folder
from ppo_desktop.whole_files import put_in_place

_folder_in_use = ""

CONSTANTS_FROM = ("adam.py", "advantages.py", "grid_layout.py", "normalization.py")
"""Modules of `ppo` whose constants are compiled in."""
_CONTENTS = "contents.json"
_UNFINISHED = ".unfinished"
_LONGEST_WORK_SECONDS = 3600.0
_LONGEST_UNUSED_SECONDS = 30 * 24 * 3600.0


def folder() -> Path:
    """Return the folder of the kernels as they have to be here and now; it need not exist."""
    return _kernels_folder() / fingerprint()


def is_whole() -> bool:
    """Return whether all kernels are there, undamaged."""
    try:
        contents = json.loads((folder() / _CONTENTS).read_text(encoding="utf-8"))
        whole = bool(contents) and contents == _checksums(folder())
    except (OSError, ValueError):
        return False
    if whole:
        with suppress(OSError):
            (folder() / _CONTENTS).touch()  # it is in use, see `_remove_others`
    return whole


@contextmanager
def being_filled() -> Iterator[None]:
    """Let what is compiled meanwhile become the contents of `folder`, unless an error is raised.

    Other processes see nothing of it before it is whole. What has not been used for long is removed.

    Raises:
        OSError: The folder cannot be written.
    """
    _kernels_folder().mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(suffix=_UNFINISHED, dir=_kernels_folder()))
    before = use_folder(str(unfinished))
    try:
        yield
        (unfinished / _CONTENTS).write_text(json.dumps(_checksums(unfinished)), encoding="utf-8")
        if not is_whole():
            shutil.rmtree(folder(), ignore_errors=True)
            _put_in_place(unfinished)
        _remove_others()
    finally:
        use_folder(before)
        shutil.rmtree(unfinished, ignore_errors=True)


def folder_in_use() -> str:
    """Return where kernels that are imported now are looked for and kept."""
    return _folder_in_use or str(folder())


def use_folder(path: str) -> str:
    """Let kernels that are imported from now on be kept elsewhere, or in `folder` if `path` is empty.

    Returns:
        What was set before.
    """
    global _folder_in_use
    before, _folder_in_use = _folder_in_use, path
    return before


@cache
def fingerprint() -> str:
    """Return a short name for all that decides what is compiled."""
    decisive = hashlib.sha256()
    for text in (
        __version__,
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        platform.python_version(),
        f"optimize={sys.flags.optimize}",  # it leaves out assertions, and Numba looks for the very bytecode
        platform.machine(),
        llvmlite.binding.get_host_cpu_name(),
        llvmlite.binding.get_host_cpu_features().flatten(),
        *(f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("NUMBA_")),
    ):
        decisive.update(text.encode())
    for source in _sources():
        decisive.update(source.read_bytes())
    return decisive.hexdigest()[:16]


def _sources() -> list[Path]:
    """Return the files that are compiled; of a frozen program, which has none, the program itself."""
    if getattr(sys, "frozen", False):
        return [Path(sys.executable)]
    here = Path(__file__).parent
    return [*sorted(here.glob("*.py")), *(here.parent / name for name in CONSTANTS_FROM)]


def _checksums(of: Path) -> dict[str, str]:
    """Return {name: SHA-256} of all files but the list itself."""
    files = sorted(path for path in of.rglob("*") if path.is_file() and path.name != _CONTENTS)
    return {path.relative_to(of).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _kernels_folder() -> Path:
    return cache_folder() / "kernels"


def _put_in_place(unfinished: Path) -> None:
    """Rename what has been filled; another program may have been faster, which is as good.

    Raises:
        OSError: It cannot be renamed, and there is nothing in its place.
    """
    try:
        put_in_place(unfinished, folder())
    except OSError:
        if not is_whole():
            raise


def _remove_others() -> None:
    """Remove what was given up, and what no program has used for long."""
    for other in _kernels_folder().iterdir():
        in_use = other if other.name.endswith(_UNFINISHED) else other / _CONTENTS
        longest = _LONGEST_WORK_SECONDS if in_use is other else _LONGEST_UNUSED_SECONDS
        with suppress(FileNotFoundError):
            if time.time() - in_use.stat().st_mtime > longest:
                shutil.rmtree(other, ignore_errors=True)
