"""What a format is, and how something is saved in one: whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from ppo_desktop.exports.naming import different, file_name
from ppo_desktop.whole_files import put_in_place

Subject = TypeVar("Subject")
Progress = Callable[[float], None]
"""Told how much of an export is done, 0 to 1; raises Cancelled where it is not wanted any more."""


class Cancelled(Exception):
    """An export is not wanted any more."""


class CannotExport(ValueError):
    """Something cannot be had in a format; the message is one line."""


@dataclass(frozen=True)
class Format(Generic[Subject]):
    """How a run, a comparison or a study can be carried on elsewhere.

    Attributes:
        id: By which the command line knows it.
        label: What it is called.
        suffix: Of its files, ".csv"; empty where it is a folder.
        explanation: Key of what the glossary says of it.
        write: Writes what is exported at a path at which nothing is, and which nobody else sees. It may
            raise CannotExport, Cancelled, OSError, and what `library.UNUSABLE` names.
        refusal: Returns why it cannot be had so, in one line; empty where it can. It does not take long.
        is_text: Whether it is text, so that it can go to the standard output.
        learns_again: Whether some of the run may have to be learnt again for it, which takes long: beside a
            window `by_command` has it written.
        is_quick_of_learnt: Whether it does not take long where what the run had learnt is soon known.
    """

    id: str
    label: str
    suffix: str
    explanation: str
    write: Callable[[Subject, Path, Progress], None]
    refusal: Callable[[Subject], str] = lambda _subject: ""
    is_text: bool = False
    learns_again: bool = True
    is_quick_of_learnt: bool = False


@dataclass(frozen=True)
class Offer(Generic[Subject]):
    """Something that can be exported.

    Attributes:
        name: Files are named after it.
        open: Returns it, which may take a while. It may raise what `library.UNUSABLE` names.
        marks: What tells it from others of its name, as far as they have it, too; see `naming.different`.
    """

    name: str
    open: Callable[[], Subject]
    marks: tuple[str, ...] = ()


def save(format: Format[Subject], offer: Offer[Subject], place: Path, progress: Progress) -> Subject:
    """Write something in a format, in the place of a file that is there, and return it.

    Raises:
        CannotExport: It cannot be had so.
        Cancelled: It is not wanted any more.
        OSError: It cannot be written, or there is a folder already.
    """
    subject = opened(offer)
    if why_not := format.refusal(subject):
        raise CannotExport(why_not)
    with _what_is_unusable_said():
        save_whole(place, lambda fresh: format.write(subject, fresh, progress))
    return subject


def save_all(
    format: Format[Subject], offers: Sequence[Offer[Subject]], folder: Path, progress: Progress
) -> None:
    """Write several into a new folder, each under its name; all of them or none.

    Raises: as `save` does.
    """

    def write(fresh: Path) -> None:
        fresh.mkdir()
        names = [file_name(offer.name, "export") for offer in offers]
        for number, name in enumerate(different(names, [offer.marks for offer in offers])):
            done = partial(_part_done, progress, number, len(offers))
            save(format, offers[number], fresh / (name + format.suffix), done)

    save_whole(folder, write)


def opened(offer: Offer[Subject]) -> Subject:
    """Return what is offered, or raise CannotExport."""
    with _what_is_unusable_said():
        return offer.open()


def _part_done(progress: Progress, number: int, total: int, share: float) -> None:
    progress((number + share) / total)


@contextmanager
def _what_is_unusable_said() -> Iterator[None]:
    from ppo_desktop.library import UNUSABLE

    try:
        yield
    except UNUSABLE as error:
        raise CannotExport(str(error)) from error


def save_whole(place: Path, write: Callable[[Path], object]) -> None:
    """Let a file or a folder be written beside its place, then put it there; an error leaves nothing.

    Args:
        place: Where it is to be; a file there, or an empty folder, makes room for it, and who may read and
            write it stays. Of a link it is where that leads.
        write: Writes it at a path that is given, in a folder in which nothing is.

    Raises:
        OSError: It cannot be written, or there is a folder already, or a device or pipe, which stays.
    """
    if place.is_symlink():
        place = Path(os.path.realpath(place))  # `resolve` raises where links lead in a circle
    if place.exists() and not (place.is_file() or place.is_dir()):
        raise OSError("it is a device or a pipe, and no file")
    with TemporaryDirectory(prefix=".ppo-desktop-", dir=place.parent, ignore_cleanup_errors=True) as aside:
        fresh = Path(aside) / place.name
        write(fresh)
        _let_it_reach_the_disk(fresh)
        if place.exists():
            shutil.copymode(place, fresh)
        if fresh.is_dir() and place.is_dir():
            place.rmdir()  # where it is empty; Windows puts no folder in the place of another
        put_in_place(fresh, place)


def _let_it_reach_the_disk(fresh: Path) -> None:
    files = [file for file in fresh.rglob("*") if file.is_file()] if fresh.is_dir() else [fresh]
    for file in files:
        with file.open("r+b") as opened:
            os.fsync(opened.fileno())
