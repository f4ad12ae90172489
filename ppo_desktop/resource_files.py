"""Finds the files the program is shipped with."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def resource_path(relative: str) -> Path:
    """Return the path of a file under `resources`, like "icons/ppo-desktop.svg"; see `documentation_path`."""
    return _shipped("resources", relative)


def documentation_path(page: str) -> Path:
    """Return the path of a page of the documentation, in a checkout or where it is installed: "index.md".

    FileNotFoundError says that the program is incomplete, and where the page should be.
    """
    return _shipped("docs", page)


def installation_folder() -> Path | None:
    """Return the folder that an installer has put the program into, None if none has."""
    return next(
        (folder for folder in PACKAGE.parents if (folder / "licences" / "index.json").is_file()), None
    )


def _shipped(folder: str, relative: str) -> Path:
    path = _place(folder) / relative
    if not path.exists():
        raise FileNotFoundError(f"PPO Desktop is incomplete: {path} is missing. Install it again.")
    return path


def _place(folder: str) -> Path:
    in_wheel = PACKAGE / folder
    return in_wheel if in_wheel.is_dir() else PACKAGE.parent / folder
