"""What there is to read about the program, its licences and files, and about an environment."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtWidgets import QWidget

from ppo_desktop import __version__
from ppo_desktop.licences import Program, installed_programs
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.user_files import (
    cache_folder,
    comparisons_folder,
    log_file,
    settings_file,
    studies_folder,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.reading_window import ReadingWindow
from ppo_desktop.views.theme import Theme

_FIRST_NAMED = {
    "Python": "Python",
    "Qt for Python": "PySide6_Essentials",
    "PyTorch": "torch",
    "NumPy": "numpy",
    "Numba": "numba",
    "Gymnasium": "gymnasium",
    "Optuna": "optuna",
}
"""{what it is known as: the program's name}."""
_ABOUT, _LICENCES, _TEXT = "about:", "licences:", "licence"
"""Pages of the window, as links lead to them; the path of the last is the program's number."""
_GYMNASIUM = "https://gymnasium.farama.org"


class AboutWindow(ReadingWindow):
    """Its links lead to all programs that are installed, and from each to its licence."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, theme, "about_window", "About", QSize(720, 600))
        self._page = QUrl(_ABOUT)
        self._programs: list[Program] = []

    def open_for_reading(self) -> None:
        """Begin with the first page."""
        self._page = QUrl(_ABOUT)
        super().open_for_reading()

    def read(self) -> None:
        """Write the present page anew; what is installed is found out when it is first asked for."""
        self._programs = self._programs or installed_programs()
        if self._page.scheme() == _TEXT:
            self.browser.setHtml(licence_page(self._programs[int(self._page.path())]))
        elif self._page == QUrl(_LICENCES):
            self.browser.setMarkdown(licences_page(self._programs))
        else:
            self.browser.setMarkdown(about_page(self._programs))

    def follow(self, url: QUrl) -> None:
        """Show another page, or let the system open a folder."""
        if url.isLocalFile():
            super().follow(url)
        else:
            self._page = url
            self.read()


def about_page(programs: list[Program]) -> str:
    """Return the first page as Markdown, with a link to each folder."""
    named = {program.name: program for program in programs}
    built_with = [
        (title, named[name].version, named[name].licence)
        for title, name in _FIRST_NAMED.items()
        if name in named
    ]
    parts = (
        f"## PPO Desktop {__version__}",
        "See proximal policy optimization at work. MIT licence.",
        _table(("Built with", "Version", "Licence"), built_with),
        f"[All {len(programs)} programs in it, and their licences]({_LICENCES})",
        _table(("Files", "Folder"), ((name, _link(folder)) for name, folder in folders().items())),
        "`PPO_DESKTOP_HOME` moves all of them; nothing else is written.",
    )
    return "\n\n".join(parts)


def licences_page(programs: list[Program]) -> str:
    """Return a table of all programs as Markdown; each leads to the text of its licence."""
    rows = (
        (
            f"[{program.name}]({_TEXT}:{number})",
            program.version or f"in {program.inside.replace('_', chr(92) + '_')}",
            program.licence,
        )
        for number, program in enumerate(programs)
    )
    parts = (
        f"[← About]({_ABOUT})",
        "## Programs and licences",
        "Those under the LGPL, such as Qt and psycopg, are files of their own, which you may replace by "
        "others; their makers publish the sources.",
        _table(("Program", "Version", "Licence"), rows),
    )
    return "\n\n".join(parts)


def licence_page(program: Program) -> str:
    """Return what a program's licence says as HTML; its lines are wrapped, and else as they were written."""
    text = program.text() or f"{program.name} came without the text of its licence: {program.licence}."
    return (
        f'<p><a href="{_LICENCES}">← All programs</a></p>'
        f"<h2>{html.escape(program.name)} {html.escape(program.version)}</h2>"
        f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>'
    )


def folders() -> dict[str, Path]:
    """Return {what: folder} of all that the program writes."""
    return {
        "Settings": settings_file().parent,
        "Comparisons": comparisons_folder(),
        "Studies": studies_folder(),
        "Log": log_file().parent,
        "Fast engine": cache_folder(),
    }


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _link(folder: Path) -> str:
    path = str(folder).replace("|", "\\|")
    encoded = QUrl.fromLocalFile(str(folder)).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return f"[{path}](<{encoded}>)"


def about_environment(environment_id: str) -> str:
    """Return all that the catalogue says of an environment, as Markdown; of others, where to read on."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    threshold = solved_return(environment_id)
    solved = (
        "There is no return at which it counts as solved."
        if threshold is None
        else f"A mean return of {threshold:g} over the last 100 episodes.".replace("-", "−")
    )
    if known is None:
        return (
            f"# {environment_id}\n\nIt is not one of the built-in environments: what its observations, "
            f"actions and rewards mean is in its own documentation, or in [Gymnasium's]({_GYMNASIUM}).\n\n"
            f"**Solved.** {solved}"
        )
    brief = known.brief
    parts = {
        "Observation": brief.observation,
        "Actions": brief.actions,
        "Reward": brief.reward,
        "End of an episode": brief.end,
        "Solved": solved,
    }
    paragraphs = "\n\n".join(f"**{name}.** {text}" for name, text in parts.items())
    engine = "The fast engine" if known.is_compiled else "The PyTorch engine"
    return f"# {environment_id}\n\n{brief.goal}\n\n{paragraphs}\n\n{engine} trains it."


def about_environment_shown(window: QWidget) -> str:
    """Return it of the environment that is chosen on the page shown."""
    combos = window.findChildren(EnvironmentCombo)
    shown = next((combo for combo in combos if combo.isVisible()), combos[0])
    return about_environment(shown.environment_id)
