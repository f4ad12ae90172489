"""What the Runs page shows of the library: what is found, selected, labelled, opened, deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from ppo_desktop import kept_files, library, trash
from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.bridge.library_items import FileItem, Item, Kind, RunItem, file_item, run_item
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.notices import Action, Notices
from ppo_desktop.bridge.run_comparison import comparison_of
from ppo_desktop.bridge.run_groups import RunGroup, groups_of
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.comparison import store
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.statistics import load_scipy
from ppo_desktop.jobs.actor import JobActor
from ppo_desktop.jobs.outbox import Outbox
from ppo_desktop.kept_files import KeptFile
from ppo_desktop.library import InUse, Labels, NoSuchRun
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.messages import counted, one_line, what_went_wrong
from ppo_desktop.runs.kept import KeptRun, UnreadableRun
from ppo_desktop.runs.summary import Summing
from ppo_desktop.schema import LONGEST_TEXT, newest_first
from ppo_desktop.study import library as studies
from ppo_desktop.study.place import Place, UnreadableStudy

_FILES = {
    Kind.COMPARISON: (store.SUFFIX, kept_files.kept_comparisons),
    Kind.STUDY: (studies.SUFFIX, kept_files.kept_studies),
}
"""{kind: how its files end, and what lists them}."""
_SECONDS = 2.0
"""Seconds between two looks at the disk while the page is seen."""
MOST_CURVES = 50
"""Curves that are shown together: those of the uppermost that are selected."""
_SHARE_UNREAD = 0.1
"""Part of a run's steps that its curve may lack before it is read again."""


class LibrarySession(QObject):
    """What is kept of one kind, what is shown of that, and what is done with it.

    Each run, comparison and study has a number for as long as the window is open. Everything that touches
    the disk is done in a thread of its own, which looks there now and then while the page is seen.

    Args:
        session: The run in Train.
        comparisons: The comparison in Compare.
        tune: The study in Tune.
        maps: The map in Maps. What is opened here takes the place of each.
        folder: In which the runs are.

    Attributes:
        kind: What is shown.
        items: {number: item} of that kind, the newest first; None before the disk has been looked at.
        shown: Numbers of those that are found, each branch below the run that it has left.
        depths: {number: how many of the runs above it a branch comes from}, as far as they are shown.
        selected: Numbers of those that are selected.
        highlighted: Number of what is pointed at; None for nothing.
        sought: What has to stand in all that is shown.
        with_archived: Whether archived ones are shown, too.
        group_by: By what runs are shown in groups, a name of `GROUPING`; None for one by one.
        groups: The groups of those that are shown.
        selected_groups: Places of the groups that are selected; their runs are, too.
        undo_stack: What was done to runs and can be undone.
    """

    changed = Signal()
    """Others are shown, or something else of them."""
    selection_changed = Signal()
    curves_changed = Signal()
    """The curve of a run has been read from its journal."""
    highlight_changed = Signal()
    opened = Signal(str)
    """Something has been opened in the page with this id."""

    def __init__(
        self,
        session: Session,
        comparisons: ComparisonSession,
        tune: TuneSession,
        maps: MapSession,
        folder: Path,
    ) -> None:
        super().__init__()
        self.session = session
        self._comparisons, self._tune, self._maps = comparisons, tune, maps
        self.notices = Notices()
        self.kind = Kind.RUN
        self.items: dict[int, Item] | None = None
        self.shown: Sequence[int] = ()
        self.depths: Mapping[int, int] = {}
        self.selected: Sequence[int] = ()
        self.highlighted: int | None = None
        self.sought = ""
        self.with_archived = False
        self.group_by: str | None = None
        self.groups: Sequence[RunGroup] = ()
        self.selected_groups: Sequence[int] = ()
        self.undo_stack = QUndoStack(self)
        self._numbers: dict[str, int] = {}
        self._curves: dict[str, Doubles] = {}
        self._is_visible = False
        folders = {Kind.RUN: folder, Kind.COMPARISON: comparisons.folder, Kind.STUDY: tune.folder}
        self._thread = JobThread("library", partial(_Librarian, folders=folders), 0.0, is_writing=True)
        self._thread.arrived.connect(self._receive)
        self.notices.review_at(self.undo_stack.indexChanged)
        for signal in (self.changed, self.selection_changed):
            signal.connect(self._read_curves)
        self._in_train = session.kept_run
        for signal in (session.run_changed, session.state_changed):
            signal.connect(self._follow_train)

    # ---- what is shown -------------------------------------------------------------------------

    def item(self, number: int) -> Item:
        """Return what has a number."""
        assert self.items is not None
        return self.items[number]

    def run(self, number: int) -> RunItem:
        """Return the run that has a number."""
        item = self.item(number)
        assert isinstance(item, RunItem)
        return item

    def file(self, number: int) -> KeptFile:
        """Return the file of the comparison or study that has a number."""
        item = self.item(number)
        assert isinstance(item, FileItem)
        return item.file

    def number_of(self, item: str) -> int | None:
        """Return the number of what has an id; None while it has not been listed."""
        return self._numbers.get(item)

    def curve(self, number: int) -> Doubles:
        """Return the mean returns of a run over its steps, (n, 2).

        Where its own curve has not been read yet, these are the few points of its summary.
        """
        item = self.run(number)
        few = np.array(item.entry.summary.curve).reshape(-1, 2)
        own = self._curves.get(item.id)
        return few if own is None else np.concatenate([own, few[few[:, 0] > own[-1, 0]]])

    @property
    def selected_items(self) -> list[Item]:
        """What is selected."""
        return [self.item(number) for number in self.selected]

    def choose_kind(self, kind: Kind) -> None:
        """Show what is kept of another kind."""
        if kind is not self.kind:
            self.kind, self.group_by, self.groups, self.selected_groups = kind, None, (), ()
            self.select(())
            self.items, self.shown, self.depths = None, (), {}
            self.changed.emit()
            self._order(_Librarian.follow, kind)

    def find(self, sought: str) -> None:
        """Show those only in which all of these words stand."""
        self.sought = sought
        self._show()

    def show_archived(self, with_archived: bool) -> None:
        """Show archived ones, too, or not."""
        self.with_archived = with_archived
        self._show()

    def group(self, field: str | None) -> None:
        """Show runs in groups of the same value; None for one by one."""
        if field != self.group_by:
            self.group_by, self.groups, self.selected_groups = field, (), ()
            self._show()

    def select_groups(self, places: Sequence[int]) -> None:
        """Let all runs of these groups be selected."""
        runs = [item.id for place in places for item in self.groups[place].items]
        numbers = [number for run in runs if (number := self._numbers[run]) in self.depths]
        if list(places) != list(self.selected_groups) or numbers != list(self.selected):
            self.selected_groups, self.selected = places, numbers
            self.selection_changed.emit()

    def select(self, numbers: Sequence[int]) -> None:
        """Let these be selected."""
        if list(numbers) != list(self.selected):
            self.selected = numbers
            self.selection_changed.emit()

    def highlight(self, number: int | None) -> None:
        """Point at a run everywhere; None at nothing."""
        if number != self.highlighted:
            self.highlighted = number
            self.highlight_changed.emit()

    def set_visible(self, is_visible: bool) -> None:
        """Look at the disk while the page is seen, and not otherwise."""
        self._is_visible = is_visible
        self._thread.actor.interval = _SECONDS if is_visible else None
        if is_visible:
            self._thread.start()
        self.look()
        self._read_curves()

    @Slot()
    def _follow_train(self) -> None:
        """Look at the disk, and show which run is in Train now."""
        if self._in_train != self.session.kept_run:
            self._in_train = self.session.kept_run
            self.changed.emit()
        self.look()

    @Slot()
    def look(self) -> None:
        """Look at the disk now, if the page is seen."""
        if self._is_visible:
            self._order(_Librarian.look)

    def close(self) -> None:
        """End the thread when it has done what was ordered; what is deleted then cannot be brought back."""
        self.notices.withdraw()
        self._thread.close()

    # ---- what is done --------------------------------------------------------------------------

    def open(self, number: int) -> None:
        """Open a run in Train where it ended, a comparison in Compare, a study in Tune, a map in Maps."""
        item = self.item(number)
        if isinstance(item, FileItem):
            self._open_file(item.file)
        else:
            self.session.open_kept(item.id)
            self.opened.emit("train")

    def _open_file(self, file: KeptFile) -> None:
        if file.problem:
            self.notices.say(file.problem, is_warning=True)
        elif self.kind is Kind.COMPARISON:
            self._comparisons.open(file.path)
            self.opened.emit("compare")
        elif file.is_map:
            self._maps.open(Place(file.path, file.name))
            self.opened.emit("maps")
        else:
            self._tune.open(Place(file.path, file.name))
            self.opened.emit("tune")

    def compare_selected(self) -> None:
        """Set up the comparison of the selected runs' settings in Compare, where they learn anew."""
        runs = [self.run(number) for number in self.selected]
        try:
            comparison = comparison_of(runs)
        except ValueError as error:  # one of theirs, or of an algorithm of another version
            self.notices.say(str(error), is_warning=True)
            return
        comparisons = self._comparisons
        comparisons.set_up(comparison, FINAL_RETURN, 0)
        seeds = "seed 1" if comparison.n_seeds == 1 else f"seeds 1 to {comparison.n_seeds}"
        were_changed = any(run.entry.summary.changed for run in runs)
        comparisons.notices.say(
            f"{counted(len(comparison.variants), 'configuration')} of kept runs are set up. Press Compare: "
            f"all learn anew, side by side, with {seeds}."
            + " Values that were changed on the way count from the beginning here."
            * were_changed,
            holds=lambda: not comparisons.is_under_way,
        )
        self.opened.emit("compare")

    def rename(self, name: str) -> None:
        """Give the selected runs a name, which keeps them for good; an empty one takes it away."""
        self._relabel("rename", name=_text(name))

    def note(self, note: str) -> None:
        """Note something with the selected runs."""
        self._relabel("note", note=_text(note))

    def star(self, number: int) -> None:
        """Star a run, or take its star away."""
        self._label("star", [number], is_starred=not self.item(number).labels.is_starred)

    def star_selected(self) -> None:
        """Star the selected runs, or take their stars away where all have one."""
        have_all = all(item.labels.is_starred for item in self.selected_items)
        self._relabel("star", is_starred=not have_all)

    def archive_selected(self) -> None:
        """Archive the selected runs, or take them out of the archive where all are in it."""
        have_all = all(item.labels.is_archived for item in self.selected_items)
        runs = counted(len(self.selected), "run")
        said = f"{runs} archived, and shown again where Archived is ticked."
        self._relabel("archive", "" if have_all else said, is_archived=not have_all)

    def delete_selected(self) -> None:
        """Delete what is selected; that can be undone while the window is open."""
        ids = [item.id for item in self.selected_items]
        if complaint := next(filter(None, map(self._why_not_deleted, self.selected_items)), ""):
            self.notices.say(complaint, is_warning=True)
        elif ids:
            delete = partial(self._order, _Librarian.delete, self.kind, ids)
            bring_back = partial(self._order, _Librarian.bring_back, ids)
            self.undo_stack.push(_Deed(f"delete {self.kind.counted(len(ids))}", delete, bring_back))

    def _why_not_deleted(self, item: Item) -> str:
        """Return why something cannot be deleted that another page shows; empty where none does."""
        if not isinstance(item, FileItem):
            in_train = f"{item.name} is shown in Train: begin or open another run there first."
            return in_train if item.id == self.session.kept_run else ""
        places = [study.place for study in (self._tune, self._maps) if study.place is not None]
        is_shown = item.file.path in (self._comparisons.path, *(place.location for place in places))
        return f"{item.name} is shown in its page: delete it there." if is_shown else ""

    def _relabel(self, what: str, said: str = "", **labels: Any) -> None:
        self._label(what, self.selected, said, **labels)

    def _label(self, what: str, numbers: Sequence[int], said: str = "", **labels: Any) -> None:
        items = [self.run(number) for number in numbers]
        before = {item.id: item.labels for item in items}
        after = {run: replace(old, **labels) for run, old in before.items()}
        if after != before:
            do = partial(self._order, _Librarian.label, after, said)
            undo = partial(self._order, _Librarian.label, before)
            self.undo_stack.push(_Deed(f"{what} {counted(len(items), 'run')}", do, undo))

    # ---- how it is done ------------------------------------------------------------------------

    @Slot()
    def _read_curves(self) -> None:
        """Have the curves of the selected runs read, as far as they are seen and not known."""
        is_seen = self._is_visible and self.kind is Kind.RUN and self.group_by is None
        shown = [self.run(number) for number in self.selected[:MOST_CURVES]] if is_seen else []
        self._thread.actor.read_curves([item.id for item in shown if self._lacks_curve(item)])

    def _lacks_curve(self, item: RunItem) -> bool:
        few, own = item.entry.summary.curve, self._curves.get(item.id)
        return bool(few) and (own is None or own[-1, 0] < (1 - _SHARE_UNREAD) * few[-1][0])

    def _order(self, what: Callable[..., None], *arguments: Any) -> None:
        self._thread.start()
        self._thread.actor.post(partial(what, self._thread.actor, *arguments))

    @Slot(object)
    def _receive(self, news: Any) -> None:
        match news:
            case _Done():
                self._say(news)
            case _Grouped():
                self._show_groups(news)
            case _Read():
                self._curves[news.run] = news.curve
                self.curves_changed.emit()
            case _Listed():
                if news.kind is self.kind:
                    self._take(news.items)

    def _take(self, items: Sequence[Item]) -> None:
        for item in reversed(items):
            self._numbers.setdefault(item.id, len(self._numbers))
        self.items = {self._numbers[item.id]: item for item in items}
        self._show()

    def _say(self, done: _Done) -> None:
        """Say what has been done, and offer to undo it; or why it has not."""
        index = self.undo_stack.index()
        said = [done.text] * bool(done.number) + [done.problem]
        self.notices.say(
            " ".join(filter(None, said)),
            is_warning=bool(done.problem),
            action=Action("Undo", self.undo_stack.undo) if done.text and done.number else None,
            holds=lambda: self.undo_stack.index() == index,
        )

    def _show(self) -> None:
        if self.items is None:
            return
        words = self.sought.casefold().split()
        found = [
            number
            for number, item in self.items.items()
            if (self.with_archived or not item.labels.is_archived) and item.has_all(words)
        ]
        self.depths = dict(self._tree(found))
        self.shown = list(self.depths)
        before, self.selected = self.selected, [number for number in self.selected if number in self.depths]
        if self.group_by is None:
            self.changed.emit()
            if len(before) > len(self.selected):
                self.selection_changed.emit()
        else:
            items = [self.run(number) for number in found]
            self._thread.actor.group(items, self.group_by)

    def _show_groups(self, news: _Grouped) -> None:
        if news.field != self.group_by:
            return
        selected = {self.groups[place].key for place in self.selected_groups}
        self.groups = news.groups
        self.changed.emit()
        self.select_groups([place for place, group in enumerate(self.groups) if group.key in selected])

    def _tree(self, found: Collection[int]) -> Iterator[tuple[int, int]]:
        """Yield runs with their depth, the newest first, each with its branches below it."""
        branches: dict[int | None, list[int]] = {}
        are_found = {*found}
        for number in found:
            item = self.item(number)
            parent = item.entry.summary.parent if isinstance(item, RunItem) else None
            above = None if parent is None else self._numbers.get(parent.run)
            branches.setdefault(above if above in are_found else None, []).append(number)
        while branches:  # of damaged runs that are branches of each other none would be a beginning
            begun = branches.pop(None, None) or branches.pop(next(iter(branches)))
            waiting = [(number, 0) for number in reversed(begun)]
            while waiting:
                number, depth = waiting.pop()
                yield number, depth
                waiting += [(branch, depth + 1) for branch in reversed(branches.pop(number, []))]


class _Deed(QUndoCommand):
    """Something that is done to runs."""

    def __init__(self, text: str, do: Callable[[], None], undo: Callable[[], None]) -> None:
        super().__init__(text)
        self._do, self._undo = do, undo

    def redo(self) -> None:
        self._do()

    def undo(self) -> None:
        self._undo()


@dataclass(frozen=True)
class _Done:
    """To how many something was done, what, where that is to be said, and why not to others."""

    number: int
    text: str = ""
    problem: str = ""


@dataclass(frozen=True)
class _Listed:
    """What is kept of a kind, the newest first."""

    kind: Kind
    items: Sequence[Item]


@dataclass(frozen=True)
class _Grouped:
    """The groups of what is shown."""

    field: str
    groups: Sequence[RunGroup]


@dataclass(frozen=True, eq=False)
class _Read:
    """The whole curve of a run: steps and mean returns, (n, 2)."""

    run: str
    curve: Doubles


class _Librarian(JobActor[Any]):
    """Lives in the thread that looks at the disk, and posts what is there when it has changed.

    Args:
        outbox: Where news go.
        folders: In which each kind is kept.
    """

    def __init__(self, outbox: Outbox, folders: Mapping[Kind, Path]) -> None:
        super().__init__(outbox)
        self._folders = folders
        self._kind = Kind.RUN
        self._runs = library.Listing(folders[Kind.RUN])
        self._items: Sequence[Item] | None = None
        self._seen: object = None
        self._deleted: dict[str, Path] = {}
        self._to_group: tuple[Sequence[RunItem], str] | None = None
        self._to_read: list[str] = []

    def group(self, items: Sequence[RunItem], field: str) -> None:
        """Say in which groups runs are, unless others are asked for before that; from any thread."""
        self._to_group = items, field
        self.post(self._group_latest)

    def _group_latest(self) -> None:
        asked, self._to_group = self._to_group, None
        if asked is not None:
            with LOADING:
                load_scipy()
            self._outbox.post(_Grouped(asked[1], groups_of(*asked)))

    def read_curves(self, runs: Sequence[str]) -> None:
        """Say what the curves of these runs are, and of others no more; from any thread."""
        self._to_read = [*runs]
        self.post(self._read_next)

    def _read_next(self) -> None:
        """Read one, so that other orders need not wait for all."""
        waiting = self._to_read
        if not waiting:
            return
        run = waiting.pop(0)
        with suppress(UnreadableRun):  # it stays with the points of its summary
            steps, means = Summing(KeptRun(self._folders[Kind.RUN] / run).journal).curve
            if len(steps):
                self._outbox.post(_Read(run, np.stack([steps, means], axis=1)))
        self.post(self._read_next)

    def follow(self, kind: Kind) -> None:
        """Say what there is of a kind, and from now on when that has changed."""
        self._kind, self._items, self._seen = kind, None, None
        self.look()

    def look(self) -> None:
        """Say what there is, if it is something else than before."""
        before = self._items
        self._items = self._list_runs() if self._kind is Kind.RUN else self._list_files()
        if before is None or list(before) != list(self._items):
            self._outbox.post(_Listed(self._kind, self._items))

    _look = look

    def _list_runs(self) -> Sequence[Item]:
        known = {item.entry.id: item for item in self._items or () if isinstance(item, RunItem)}
        entries = self._runs.runs()
        items = [known.get(entry.id) for entry in entries]
        return [
            item if item is not None and item.entry is entry else run_item(entry)
            for item, entry in zip(items, entries, strict=True)
        ]

    def _list_files(self) -> Sequence[Item]:
        """List files anew only where one of them has changed, for that means opening all."""
        suffix, kept = _FILES[self._kind]
        folder = self._folders[self._kind]
        seen = newest_first(folder, suffix)
        if self._items is not None and seen == self._seen:
            return self._items
        self._seen = seen
        return [file_item(file) for file in kept(folder)]

    def label(self, labels: Mapping[str, Labels], said: str = "") -> None:
        """Keep what the user says of runs, and say so where it cannot be seen."""
        folder = self._folders[Kind.RUN]
        done = self._do_each(labels, lambda run: library.set_labels(folder / run, labels[run]))
        self._post(replace(done, text=said))

    def delete(self, kind: Kind, ids: Sequence[str]) -> None:
        """Delete what has these ids, as far as nobody has it open."""
        delete = library.delete if kind is Kind.RUN else kept_files.delete

        def delete_one(item: str) -> None:
            self._deleted[item] = delete(self._folders[kind] / item)

        done = self._do_each(ids, delete_one)
        verb = "is" if done.number == 1 else "are"
        self._post(replace(done, text=f"{kind.counted(done.number)} {verb} deleted."))

    def bring_back(self, ids: Sequence[str]) -> None:
        """Bring back what was deleted."""
        there = [item for item in ids if item in self._deleted]
        self._post(self._do_each(there, lambda item: trash.bring_back(self._deleted.pop(item))))

    def close(self) -> None:
        """Do what was ordered before, remove from the disk what is deleted, and end the thread."""
        self.post(self._end)

    def _end(self) -> None:
        for folder in self._folders.values():
            trash.purge(folder, own=self._deleted.values())
        super().close()

    def _do_each(self, ids: Collection[str], do: Callable[[str], object]) -> _Done:
        """Do something to each of these, and return to how many, and why not to others."""
        problems = []
        for item in ids:
            try:
                do(item)
            except OSError as error:
                why = error.strerror or what_went_wrong(error)
                problems.append(f"What is kept cannot be changed: {why}.")
            except (InUse, NoSuchRun, UnreadableStudy) as error:
                problems.append(str(error))
        self.look()
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return _Done(len(ids) - len(problems), problem=f"{problems[0]}{more}" if problems else "")

    def _post(self, done: _Done) -> None:
        if done.text or done.problem:
            self._outbox.post(done)


def _text(typed: str) -> str:
    return one_line(typed)[:LONGEST_TEXT]
