"""`ppo-desktop runs`: what is kept of runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ppo_desktop.cli import flags
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE

if TYPE_CHECKING:
    from ppo_desktop.comparison.judgement import Judgement
    from ppo_desktop.library import Entry

SUMMARY = "list, show, export, judge and delete kept runs"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `runs`."""
    parser.description = "What is kept of runs."
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list all, the newest first", allow_abbrev=False)
    showing = actions.add_parser("show", help="say everything of one", allow_abbrev=False)
    judging = actions.add_parser(
        "judge", help="say how good one is, from start states that are always the same", allow_abbrev=False
    )
    exporting = actions.add_parser(
        "export", help="write all that one has reported, as `train --json` does", allow_abbrev=False
    )
    deleting = actions.add_parser("delete", help="delete some for good", allow_abbrev=False)
    for one in (showing, exporting):
        one.add_argument("run", metavar="RUN", help="its id, the beginning of it, or its name")
    judging.add_argument("run", metavar="RUN[@UPDATE]", help="what it acted with after an update, or last")
    deleting.add_argument("runs", metavar="RUN", nargs="+", help="id, the beginning of it, or name")
    for one in (listing, showing, exporting, judging, deleting):
        flags.add_json(one)
    exporting.set_defaults(json="-")


def run(options: argparse.Namespace) -> int:
    """Do what is asked and return the exit status.

    Raises:
        Refused: There is no such run, or it is learning.
    """
    from ppo_desktop import library, trash
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.cli.screen import own_screen
    from ppo_desktop.runs.kept import UnreadableRun

    if options.action == "judge":
        return _judge(options)
    with own_screen(options.json) as screen, Reporter(options.json, screen) as reporter:
        try:
            match options.action:
                case "list":
                    for entry in library.runs(complain=complain):
                        reporter.write("run", **_facts(entry))
                        reporter.say(_line(entry))
                case "show":
                    entry = library.entry(options.run)
                    values, changed = entry.summary.hyperparameters, entry.summary.changed
                    reporter.write("run", **_facts(entry), hyperparameters=values, changed=changed)
                    reporter.say(_line(entry), *_values(entry))
                case "export":
                    for event in library.open_run(options.run).events():
                        reporter.report(event)
                case _:
                    for place in [library.find(one) for one in options.runs]:
                        trash.purge(place.parent, own=[library.delete(place)])
                        reporter.write("deleted", run=place.name)
                        reporter.say(f"deleted {place.name}")
        except (library.NoSuchRun, library.InUse, UnreadableRun) as error:
            raise flags.Refused(str(error)) from error
    return 0


def _judge(options: argparse.Namespace) -> int:
    """Play from every start state, report how it went, and return the exit status.

    Raises:
        Refused: There is no such run.
    """
    from functools import partial

    from ppo_desktop import library
    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.comparison.judgement import Judgement, Judging, judgement_sentences
    from ppo_desktop.jobs.job import Ended, EndReason
    from ppo_desktop.runs.kept import UnreadableRun

    try:
        kept, update = library.open_at(options.run)
    except (library.NoSuchRun, UnreadableRun) as error:
        raise flags.Refused(str(error)) from error
    judgement, ended = None, Ended(EndReason.CANCELLED)
    with foreground(options.json, {}) as (reporter, noted):
        judging = Judging(partial(kept.policy_moment, update))
        noted.cancel_at_once(judging.cancel)
        reporter.begin(judging.total, "episodes", kept.settings.environment_id)
        for event in judging.events():
            match event:
                case Judgement():
                    judgement = event
                    reporter.advance(judging.done, "")
                case Ended():
                    ended = event
        if judgement is not None:
            for facts in _judged(judgement):
                reporter.write("judgement", run=kept.folder.name, **facts)
            reporter.say(*judgement_sentences(judgement))
        is_interrupted = ended.reason is EndReason.CANCELLED
        reporter.write("finished", reason="interrupted" if is_interrupted else ended.reason.value)
    if ended.message:
        complain(ended.message)
    return OUR_FAILURE if ended.reason is EndReason.FAILED else 0


def _judged(judgement: Judgement) -> Iterator[dict[str, Any]]:
    for acting, judged in judgement.by_acting.items():
        yield {
            "update": judgement.moment.update,
            "steps": judgement.moment.steps,
            "starts": judgement.starts,
            "acting": acting.value,
            "n": len(judged.returns),
            "mean": judged.mean,
            "low": judged.low,
            "high": judged.high,
            "returns": list(judged.returns),
        }


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
    values, changed = entry.summary.hyperparameters, entry.summary.changed
    now = {name: f", now {value}" for name, value in changed.items()}
    return [f"  {name} = {value}{now.get(name, '')}" for name, value in values.items()]
