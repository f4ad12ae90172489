"""A menu of what can be taken out of what is shown, into files, onto the clipboard or on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.exporting import Exporting, Order
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.exports.format import (
    CannotExport,
    Format,
    Offer,
    Progress,
    Subject,
    opened,
    save,
    save_all,
    save_whole,
)
from ppo_desktop.exports.naming import file_name
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.views.figure import Figure, Painted
from ppo_desktop.views.figure_export import figure_image, png_of, print_figure, save_png, save_svg, svg_of
from ppo_desktop.views.file_dialog import ask_where_to_save, usual_folder
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.page_figure import card_likenesses, page_likeness

_KINDS = {".png": "PNG image", ".svg": "SVG image", ".csv": "Table"}
_FOLDER = "Folder"
NOTHING_YET = "There is nothing yet."
ONE_AT_A_TIME = "One at a time."


@dataclass(frozen=True)
class Exported:
    """What is shown.

    Attributes:
        what: In a word: "comparison".
        subject: Returns it: equal values mean the same thing, None that there is nothing to be taken out.
        heading: Returns what it is called; files are named after it.
    """

    what: str
    subject: Callable[[], object]
    heading: Callable[[], str]


class _Item(NamedTuple):
    """Something in the menu: why it cannot be chosen, empty where it can, and else what it is."""

    action: QAction
    why_not: Callable[[], str]
    tip: str = ""


@dataclass(eq=False)
class _Refusals:
    """Why what is offered cannot be had.

    Attributes:
        formats: In which it could be wanted.
        reasons: {id of a format: why not}, as far as it is known; empty where it can.
        n_looks: How often that has been looked for.
    """

    formats: list[Format[Any]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    n_looks: int = 0


class ExportMenu(QMenu):
    """Each item asks for a file or a printer; what becomes of it is a notice.

    Args:
        object_name: Its name for tests.
        exported: What is shown.
        notices: Say what has become of it.
        parent: Above what the dialogs stand.
    """

    def __init__(self, object_name: str, exported: Exported, notices: Notices, parent: QWidget) -> None:
        super().__init__("Export", parent)
        self._exported = exported
        self._notices = notices
        self._parent = parent
        self._items: list[_Item] = []
        self._offered_now: dict[Callable[[], Sequence[Offer[Any]]], Sequence[Offer[Any]]] = {}
        self._pictures: QMenu | None = None
        self._refusals: dict[Callable[[], Sequence[Offer[Any]]], _Refusals] = {}
        self._exporting = Exporting(notices, self)
        self.setObjectName(object_name)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._offer_pictures)
        self.aboutToShow.connect(self._enable)
        self.aboutToShow.connect(self._look_for_refusals)

    # ---- its items -----------------------------------------------------------------------------------

    def add_formats(
        self,
        formats: Sequence[Format[Subject]],
        offers: Callable[[], Sequence[Offer[Subject]]],
        nothing: str,
        title: str = "",
    ) -> None:
        """Add formats of something; of several at once a folder is written.

        Args:
            formats: In their order.
            offers: Returns what can be exported now.
            nothing: Says why there is nothing.
            title: That of their own menu, where they are of something else than the others.
        """
        menu = self.addMenu(title) if title else self
        refusals = self._refusals_of(formats, offers)

        def why_not(format: Format[Subject]) -> str:
            return refusals.get(format.id, "") if self._offered(offers) else nothing

        for format in formats:
            action = menu.addAction(f"{format.label}…", partial(self._ask_for_format, format, offers))
            action.setObjectName(f"{self.objectName()}_{title.lower()}{format.id}")
            self._items.append(_Item(action, partial(why_not, format), GLOSSARY[format.explanation].tooltip))
        if title:
            self._items.append(_Item(menu.menuAction(), lambda: "" if self._offered(offers) else nothing))

    def add_choice(
        self,
        title: str,
        name: str,
        explanation: str,
        choose: Callable[[Callable[[Format[Subject]], None]], object],
        offers: Callable[[], Sequence[Offer[Subject]]],
        nothing: str,
    ) -> None:
        """Add a format of which more is to be chosen before it is asked where it is to be.

        Args:
            title: What it is.
            name: What its action's name for tests ends with.
            explanation: Key of its explanation.
            choose: Lets it be chosen; it is given what is called with the format.
            offers: Returns what can be exported now.
            nothing: Says why there is nothing.
        """
        ask = partial(self._ask_for_format, offers=offers)
        action = self.addAction(f"{title}…", lambda: choose(ask))
        action.setObjectName(f"{self.objectName()}_{name}")
        tip = GLOSSARY[explanation].tooltip
        self._items.append(_Item(action, lambda: "" if self._offered(offers) else nothing, tip))

    def add_copies(
        self,
        formats: Mapping[str, Format[Subject]],
        offers: Callable[[], Sequence[Offer[Subject]]],
        nothing: str,
    ) -> None:
        """Add texts that go onto the clipboard.

        Args:
            formats: {what it is copied as: the format, a text}.
            offers: Returns what can be exported now; several are not copied.
            nothing: Says why there is nothing.
        """
        refusals = self._refusals_of(formats.values(), offers)

        def why_not(format: Format[Subject]) -> str:
            return {0: nothing, 1: refusals.get(format.id, "")}.get(len(self._offered(offers)), ONE_AT_A_TIME)

        for title, format in formats.items():
            action = self.addAction(f"Copy as {title}", partial(self._copy_text, title, format, offers))
            action.setObjectName(f"{self.objectName()}_copy_{format.id}")
            self._items.append(_Item(action, partial(why_not, format), GLOSSARY[format.explanation].tooltip))

    def add_table(self, title: str, text: Callable[[], str], suffix: str = ".csv") -> None:
        """Add a table.

        Args:
            title: What it is.
            text: Returns it as CSV.
            suffix: What makes the heading the name of its file.
        """

        def write(path: Path) -> None:
            # By a byte order mark spreadsheets know that it is UTF-8.
            path.write_text(text(), encoding="utf-8-sig", newline="")

        self._add_file(self, f"{title} as CSV", suffix, write)

    def add_figure(
        self, figure: Callable[[], Figure], title: str = "", why_not: Callable[[], str] = str
    ) -> None:
        """Add a figure.

        Args:
            figure: Returns it as it is shown.
            title: That of its own menu, where there are several figures.
            why_not: Returns why there is none yet; empty where there is.
        """
        menu = self.addMenu(title) if title else self
        name = f" {title.lower()}" if title else ""
        self._add_file(menu, "Figure as PNG", f"{name}.png", lambda path: save_png(figure(), path))
        self._add_file(menu, "Figure as SVG", f"{name}.svg", lambda path: save_svg(figure(), path))
        for text, act in (
            ("Copy figure", partial(self._copy, figure)),
            ("Print figure…", partial(self._print, figure)),
        ):
            self._items.append(_Item(menu.addAction(text, act), self._why_nothing))
        if title:
            self._items.append(_Item(menu.menuAction(), lambda: self._why_nothing() or why_not()))

    def _add_file(self, menu: QMenu, title: str, suffix: str, write: Callable[[Path], object]) -> None:
        action = menu.addAction(f"{title}…", partial(self._ask, title, suffix, write))
        self._items.append(_Item(action, self._why_nothing))

    def _why_nothing(self) -> str:
        return NOTHING_YET if self._exported.subject() is None else ""

    def _offered(self, offers: Callable[[], Sequence[Offer[Subject]]]) -> Sequence[Offer[Subject]]:
        """Return what is offered as the menu opens: many items ask for the same."""
        if offers not in self._offered_now:
            self._offered_now[offers] = offers()
        return self._offered_now[offers]

    def _enable(self) -> None:
        self._offered_now.clear()
        for item in self._items:
            why_not = item.why_not()
            item.action.setEnabled(not why_not)
            item.action.setToolTip(why_not or item.tip)

    # ---- what cannot be had ---------------------------------------------------------------------------

    def _refusals_of(
        self, formats: Iterable[Format[Subject]], offers: Callable[[], Sequence[Offer[Subject]]]
    ) -> Mapping[str, str]:
        """Return why what is offered cannot be had in a format, as far as it is known, by the format's id."""
        refusals = self._refusals.setdefault(offers, _Refusals())
        refusals.formats.extend(formats)
        return refusals.reasons

    def _look_for_refusals(self) -> None:
        """Find out, while the menu is open, in which formats the one that is offered cannot be had."""
        for offers, refusals in self._refusals.items():
            refusals.n_looks += 1
            refusals.reasons.clear()
            offered = self._offered(offers)
            if len(offered) == 1:
                show = partial(self._show_refusals, refusals, refusals.n_looks)
                look = partial(_reasons, offered[0], refusals.formats)
                self._exporting.begin(Order("", look, show))

    def _show_refusals(self, refusals: _Refusals, look: int, found: Mapping[str, str]) -> str:
        if look == refusals.n_looks:  # else the menu has been opened again since
            refusals.reasons.update(found)
            self._enable()
        return ""

    # ---- pictures of the page ------------------------------------------------------------------------

    def _offer_pictures(self) -> None:
        """Add a menu of the page in sight and its cards, where this menu is of a page."""
        if self._pictures is None and self._page_in_sight() is not None:
            self.addSeparator()
            self._pictures = menu = self.addMenu("Picture of the page, or of a card")
            menu.setObjectName(f"{self.objectName()}_pictures")
            menu.aboutToShow.connect(partial(self._list_pictures, menu))

    def _list_pictures(self, menu: QMenu) -> None:
        """List what is seen now."""
        menu.clear()
        for former in menu.findChildren(QMenu):
            former.deleteLater()
        if (page := self._page_in_sight()) is None:
            return
        for likeness in (page_likeness(page), *card_likenesses(page)):
            kinds = menu.addMenu(likeness.title)
            kinds.addAction("PNG…", partial(self._ask_for_picture, likeness, ".png", png_of))
            kinds.addAction("SVG…", partial(self._ask_for_picture, likeness, ".svg", svg_of))
            kinds.addAction("Copy", partial(self._copy, partial(_itself, likeness)))

    def _page_in_sight(self) -> Page | None:
        """Return the page to which this menu belongs; None where it is one of a window beside."""
        if self._parent.isWindow():
            return None
        pages = self._parent.window().findChildren(Page)
        return next((page for page in pages if page.isVisible()), None)

    def _ask_for_picture(self, likeness: Painted, suffix: str, painted: Callable[[Painted], bytes]) -> None:
        """Paint something as it is seen now, and ask where to save it."""
        try:
            contents = painted(likeness)
        except OSError as error:
            self._refuse(f"{likeness.title} could not be painted", what_went_wrong(error))
            return

        def export(place: Path) -> None:
            def work(_progress: Progress) -> None:
                save_whole(place, lambda fresh: fresh.write_bytes(contents))

            self._exporting.begin(Order(place.name, work, lambda _nothing: f"{place} is written.", place))

        suggested = usual_folder() / (file_name(likeness.title, "page") + suffix)
        kind = _KINDS[suffix]
        ask_where_to_save(self._parent, f"{likeness.title} as {kind}", suggested, kind, export)

    # ---- what they do --------------------------------------------------------------------------------

    def _ask_for_format(
        self, format: Format[Subject], offers: Callable[[], Sequence[Offer[Subject]]]
    ) -> None:
        """Ask where something is to be, as it is now, and write it there."""
        match offered := offers():
            case []:
                return  # it has gone since the menu was opened
            case [offer]:
                name, is_folder = (
                    file_name(offer.name, self._exported.what) + format.suffix,
                    not format.suffix,
                )
            case _:
                name, is_folder = f"{self._exported.heading()} as {format.label}", True
        suggested, kind = usual_folder() / name, _FOLDER if is_folder else format.label
        begin = partial(self._export, format, offered)
        ask_where_to_save(self._parent, format.label, suggested, kind, begin, is_folder=is_folder)

    def _export(self, format: Format[Subject], offered: Sequence[Offer[Subject]], place: Path) -> None:
        def work(progress: Progress) -> str:
            if len(offered) > 1:
                save_all(format, offered, place, progress)
                return ""
            subject = save(format, offered[0], place, progress)
            return subject.doubt if isinstance(subject, ExportedRun) else ""

        self._exporting.begin(
            Order(place.name, work, lambda doubt: f"{place} is written. {doubt}".rstrip(), place)
        )

    def _copy_text(
        self, title: str, format: Format[Subject], offers: Callable[[], Sequence[Offer[Subject]]]
    ) -> None:
        def write(offer: Offer[Subject], progress: Progress) -> str:
            with TemporaryDirectory() as aside:
                place = Path(aside) / "copied"
                save(format, offer, place, progress)
                return place.read_text(encoding="utf-8")

        def copy(copied: str) -> str:
            QGuiApplication.clipboard().setText(copied)
            return f"{offered[0].name} is copied as {title}."

        if offered := offers():
            self._exporting.begin(Order(f"{offered[0].name} as {title}", partial(write, offered[0]), copy))

    def _ask(self, title: str, suffix: str, write: Callable[[Path], object]) -> None:
        exported = self._exported
        suggested = usual_folder() / (file_name(exported.heading(), exported.what) + suffix)
        kind, save = _KINDS[suggested.suffix], partial(self._save, write, exported.subject())
        ask_where_to_save(self._parent, title, suggested, kind, save)

    def _save(self, write: Callable[[Path], object], asked_for: object, path: Path) -> None:
        if self._try(partial(save_whole, path, write), asked_for, f"{path.name} could not be written"):
            self._notices.say_written(f"{path} is written.", path)

    def _print(self, figure: Callable[[], Figure]) -> None:
        """Ask how to print a figure; cancelled, nothing happens."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # few ever need it

        printer = QPrinter()
        printer.setDocName(file_name(self._exported.heading(), self._exported.what))
        dialog = QPrintDialog(printer, self._parent)
        dialog.setObjectName("print_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        subject = self._exported.subject()

        def print_it() -> None:
            if self._try(lambda: print_figure(figure(), printer), subject, "The figure could not be printed"):
                self._notices.say("The figure has been sent to the printer.")

        dialog.accepted.connect(print_it)
        dialog.show()

    def _try(self, act: Callable[[], object], asked_for: object, failed: str) -> bool:
        """Do what was asked for, unless another thing is shown by now; say why not, or return that it is."""
        subject = self._exported.subject()
        if subject is None or subject != asked_for:
            self._refuse(failed, f"the {self._exported.what} it was asked for is not shown any more")
            return False
        try:
            act()
        except OSError as error:
            self._refuse(failed, error.strerror or what_went_wrong(error))
            return False
        except UnicodeError as error:
            self._refuse(failed, what_went_wrong(error))
            return False
        return True

    def _refuse(self, failed: str, reason: str) -> None:
        self._notices.say(f"{failed}: {reason.rstrip('.')}.", is_warning=True)

    def _copy(self, figure: Callable[[], Painted]) -> None:
        QGuiApplication.clipboard().setImage(figure_image(figure()))
        self._notices.say("The figure is on the clipboard.")


def _reasons(
    offer: Offer[Subject], formats: Iterable[Format[Subject]], _progress: Progress
) -> dict[str, str]:
    """Return why what is offered cannot be had, by the format's id."""
    try:
        subject = opened(offer)
    except CannotExport as error:
        return dict.fromkeys((format.id for format in formats), str(error))
    return {format.id: format.refusal(subject) for format in formats}


def _itself(likeness: Painted) -> Painted:
    return likeness
