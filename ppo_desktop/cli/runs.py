"""`ppo-desktop runs`: what is kept of runs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ppo_desktop.cli import flags

if TYPE_CHECKING:
    from ppo_desktop.library import Entry

SUMMARY = "list, show and delete kept runs"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `runs`."""
    parser.description = "What is kept of runs."
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list all, the newest first", allow_abbrev=False)
    showing = actions.add_parser("show", help="say everything of one", allow_abbrev=False)
    deleting = actions.add_parser("delete", help="delete some for good", allow_abbrev=False)
    showing.add_argument("run", metavar="RUN", help="its id, the beginning of it, or its name")
    deleting.add_argument("runs", metavar="RUN", nargs="+", help="id, the beginning of it, or name")
    for one in (listing, showing, deleting):
        flags.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Do what is asked and return the exit status.

    Raises:
        Refused: There is no such run, or it is learning.
    """
    from ppo_desktop import library
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.cli.screen import own_screen
    from ppo_desktop.runs.kept import UnreadableRun

    with own_screen(options.json) as screen, Reporter(options.json, screen) as reporter:
        try:
            match options.action:
                case "list":
                    for entry in library.runs():
                        reporter.write("run", **_facts(entry))
                        reporter.say(_line(entry))
                case "show":
                    entry = library.entry(options.run)
                    reporter.write("run", **_facts(entry), hyperparameters=entry.summary.hyperparameters)
                    reporter.say(_line(entry), *_values(entry))
                case _:
                    for place in [library.find(one) for one in options.runs]:
                        library.delete(place)
                        reporter.write("deleted", run=place.name)
                        reporter.say(f"deleted {place.name}")
                    library.purge()
        except (library.NoSuchRun, library.InUse, UnreadableRun) as error:
            raise flags.Refused(str(error)) from error
    return 0


def _facts(entry: Entry) -> dict[str, Any]:
    summary, labels = entry.summary, entry.labels
    return {
        "run": entry.id,
        "name": labels.name,
        "note": labels.note,
        "starred": labels.is_starred,
        "archived": labels.is_archived,
        "began": entry.began,
        "environment_id": summary.environment_id,
        "algorithm": summary.algorithm,
        "seed": summary.seed,
        "engine": summary.engine,
        "parent": summary.parent and {"run": summary.parent.run, "update": summary.parent.update},
        "updates": summary.updates,
        "steps": summary.steps,
        "episodes": summary.episodes,
        "best_return": summary.best,
        "last_return": summary.last,
        "reason": summary.reason or None,
    }


def _line(entry: Entry) -> str:
    summary = entry.summary
    last = "—" if summary.last is None else f"{summary.last:.1f}"
    parts = (
        entry.id,
        f"{summary.environment_id} {summary.algorithm} seed {summary.seed}",
        f"{summary.steps} steps, {summary.updates} updates",
        f"return {last}",
        summary.reason,
        entry.labels.name,
    )
    return "  ".join(filter(None, parts))


def _values(entry: Entry) -> list[str]:
    return [f"  {name} = {value}" for name, value in entry.summary.hyperparameters.items()]
