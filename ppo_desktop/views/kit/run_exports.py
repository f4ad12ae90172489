"""What can be done with kept runs in an export menu: formats, and texts to be copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import FORMATS
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.views.kit.export_menu import ExportMenu


def add_run_exports(
    menu: ExportMenu, offers: Callable[[], Sequence[Offer[ExportedRun]]], nothing: str
) -> None:
    """Add all that can be done with runs.

    Args:
        menu: To which it is added.
        offers: Returns the runs.
        nothing: Says why there is none.
    """
    menu.add_formats(FORMATS, offers, nothing)
