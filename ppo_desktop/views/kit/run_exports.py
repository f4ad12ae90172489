"""What can be done with kept runs in an export menu: formats, and texts to be copied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from ppo_desktop.exports.by_command import by_command, write_by_command
from ppo_desktop.exports.format import Format, Offer
from ppo_desktop.exports.formats import COPIED_AS, FORMATS
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.views.kit.export_menu import ExportMenu

_REPORT: Format[ExportedRun] = Format(
    "html", "Report as HTML", ".html", "export_report", partial(write_by_command, "html")
)


def add_run_exports(
    menu: ExportMenu,
    offers: Callable[[], Sequence[Offer[ExportedRun]]],
    nothing: str,
    *,
    without: Collection[str] = (),
) -> None:
    """Add all that can be done with runs.

    Args:
        menu: To which it is added.
        offers: Returns the runs.
        nothing: Says why there is none.
        without: Ids of formats that are left out.
    """
    copies = {title: by_command(format) for title, format in COPIED_AS.items()}
    menu.add_copies(copies, offers, nothing)
    menu.addSeparator()
    formats = [by_command(format) for format in FORMATS if format.id not in without]
    menu.add_formats(formats, offers, nothing)
    menu.addSeparator()
    menu.add_formats([_REPORT], offers, nothing)
    menu.add_choice("Film", "film", "export_film", partial(_choose_film, menu), offers, nothing)


def _choose_film(menu: ExportMenu, export: Callable[[Format[ExportedRun]], None]) -> None:
    """Show the window in which a film of this menu is chosen: the one of before, as it was left."""
    from ppo_desktop.views.film_window import FilmWindow  # few ever need it

    page = menu.parentWidget()
    assert page is not None
    main_window = page.window()
    film_window = main_window.findChild(FilmWindow) or FilmWindow(main_window)
    film_window.open_for(export)
