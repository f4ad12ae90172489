"""What long menus share: items in two columns, and for those of kept files their folder."""

from __future__ import annotations

import textwrap
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.ppo.messages import what_went_wrong

LONGEST_NAME = 60
"""Characters; a longer name is cut."""
MOST_SHOWN = 12
"""The newest; older ones are opened as files."""


def two_columns(name: str, note: str = "") -> str:
    """Return the text of an item with a name and a note."""
    columns = [textwrap.shorten(name, LONGEST_NAME, placeholder=" …"), *([note] if note else [])]
    return "\t".join(columns).replace("&", "&&")  # a single one would mark a key


def minute(moment: datetime) -> str:
    """Return a moment as menus write it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def show_folder(folder: Path, notices: Notices) -> None:
    """Let the system show a folder, which is made if need be; what goes wrong is a notice."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        notices.say(what_went_wrong(error), is_warning=True)
        return
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
