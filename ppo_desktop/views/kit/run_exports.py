"""What can be done with kept runs in an export menu: formats, and texts to be copied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import COPIED_AS, FORMATS
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.views.kit.export_menu import ExportMenu


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
    menu.add_copies(COPIED_AS, offers, nothing)
    menu.addSeparator()
    menu.add_formats([format for format in FORMATS if format.id not in without], offers, nothing)
