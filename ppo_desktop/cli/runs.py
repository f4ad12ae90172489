"""`ppo-desktop runs`: what is kept of runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ppo_desktop.cli import flags, run_export
from ppo_desktop.comparison.plan import MOST_STEPS
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE
from ppo_desktop.jobs.moment import MOST_BRANCHES, USUAL_BRANCHES, USUAL_STEPS, Moment

if TYPE_CHECKING:
    from pathlib import Path

    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.comparison.judgement import Judgement
    from ppo_desktop.jobs.fan import Branch, Fan, FanJob
    from ppo_desktop.jobs.job import Ended
    from ppo_desktop.library import Entry
    from ppo_desktop.runs.kept import KeptRun

SUMMARY = "list, show, export and delete kept runs, judge them, ask whether they had luck"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `runs`."""
    parser.description = "What is kept of runs."
    actions = parser.add_subparsers(dest="action", required=True, parser_class=flags.IntermixedParser)
    listing = actions.add_parser("list", help="list all, the newest first", allow_abbrev=False)
    showing = actions.add_parser("show", help="say everything of one", allow_abbrev=False)
    judging = actions.add_parser(
        "judge", help="say how good one is, from start states that are always the same", allow_abbrev=False
    )
    asking = actions.add_parser(
        "luck",
        help="let one go on several times with other random numbers, and say what each comes to",
        allow_abbrev=False,
    )
    exporting = actions.add_parser(
        "export", help="write one in a format of others, or its numbers", allow_abbrev=False
    )
    deleting = actions.add_parser("delete", help="delete some for good", allow_abbrev=False)
    showing.add_argument("run", metavar="RUN", help="its id, the beginning of it, or its name")
    run_export.add_flags(exporting)
    judging.add_argument("run", metavar="RUN[@UPDATE]", help="what it acted with after an update, or last")
    asking.add_argument(
        "run", metavar="RUN[@UPDATE]", help="where the branches begin: after an update, or last"
    )
    asking.add_argument(
        "--branches",
        type=flags.whole_number(1, MOST_BRANCHES),
        default=USUAL_BRANCHES,
        metavar="K",
        help=f"how many branches ({USUAL_BRANCHES})",
    )
    asking.add_argument(
        "--steps",
        type=flags.whole_number(1, MOST_STEPS),
        default=USUAL_STEPS,
        metavar="N",
        help=f"environment steps of each ({USUAL_STEPS})",
    )
    flags.add_values(asking, "what is changed for all branches")
    deleting.add_argument("runs", metavar="RUN", nargs="+", help="id, the beginning of it, or name")
    for one in (listing, showing, judging, asking, deleting):
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

    if options.action in _JOBS:
        return _JOBS[options.action](options)
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
                case _:
                    for place in [library.find(one) for one in options.runs]:
                        _delete(place)
                        reporter.write("deleted", run=place.name)
                        reporter.say(f"deleted {place.name}")
        except (library.NoSuchRun, library.InUse, UnreadableRun) as error:
            raise flags.Refused(str(error)) from error
    return 0


def _delete(place: Path) -> None:
    """Remove a run from the disk.

    Raises:
        Refused: That cannot be.
        InUse: It is learning.
        NoSuchRun: Somebody else has deleted it.
    """
    from ppo_desktop import library, trash

    try:
        trash.purge(place.parent, own=[library.delete(place)])
    except OSError as error:
        raise flags.Refused(f"{place.name} cannot be deleted: {error.strerror or error}.") from error


def _judge(options: argparse.Namespace) -> int:
    """Play from every start state, report how it went, and return the exit status.

    Raises:
        Refused: There is no such run.
    """
    from functools import partial

    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.comparison.judgement import Judgement, Judging, judgement_sentences
    from ppo_desktop.jobs.job import Ended, EndReason

    kept, update = _opened_at(options.run)
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
        reporter.write("finished", reason=_reason(ended))
    doubt = "" if judgement is None else judgement.moment.doubt
    for line in filter(None, (doubt, ended.message)):
        complain(line)
    return OUR_FAILURE if ended.reason is EndReason.FAILED else 0


def _ask_for_luck(options: argparse.Namespace) -> int:
    """Let a run go on from a moment in branches, report what each comes to, and return the exit status.

    Raises:
        Refused: There is no such run, or it cannot go on from there, or not with these values.
    """
    from collections import Counter

    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.jobs.fan import FanJob, Outcome, moment_words, result_words
    from ppo_desktop.jobs.job import EndReason

    values = flags.values_on_the_way(options)
    kept, update = _opened_at(options.run)
    moment = Moment(kept.folder.name, kept.journal.updates if update is None else update)
    with foreground(options.json, {}) as (reporter, noted):
        job = FanJob(moment, options.steps, options.branches, values)
        noted.cancel_at_once(job.cancel)
        reporter.begin(job.total, "steps", kept.settings.environment_id)
        fan, ended = _grown(job, reporter)
        if fan is None and ended.reason is EndReason.FAILED:
            raise flags.Refused(ended.message)
        branches = () if fan is None else fan.branches
        outcomes = Counter(branch.outcome for branch in branches)
        reporter.write(
            "finished",
            run=moment.run,
            update=moment.update,
            outcomes={outcome.value: outcomes[outcome] for outcome in Outcome},
            reason=_reason(ended),
        )
        if fan is not None:
            reporter.say(moment_words(fan), result_words(fan, is_growing=False))
    why = next(filter(None, (ended.message, *(branch.message for branch in branches))), "")
    doubt = "" if fan is None else fan.doubt
    for line in filter(None, (doubt, why)):
        complain(line)
    return OUR_FAILURE if why else 0


def _grown(job: FanJob, reporter: Reporter) -> tuple[Fan | None, Ended]:
    """Return branches when all are over, and report each when it is; when they are ended early, all."""
    from ppo_desktop.jobs.fan import Fan
    from ppo_desktop.jobs.job import Ended

    fan, reported = None, set[int]()
    for event in job.events():
        is_over = isinstance(event, Ended)
        if isinstance(event, Fan):
            fan = event
            reporter.advance(job.done, fan.counts if fan.ended else "")
        if fan is not None:
            for branch in fan.branches if is_over else fan.ended:
                if branch.seed not in reported:
                    reported.add(branch.seed)
                    reporter.write("branch", **_branch(fan, branch))
        if isinstance(event, Ended):
            return fan, event
    raise AssertionError("The last event says that a job has ended.")


_JOBS = {"export": run_export.run, "judge": _judge, "luck": _ask_for_luck}


def _branch(fan: Fan, branch: Branch) -> dict[str, Any]:
    steps, mean_returns = (points.tolist() for points in branch.mean_return)
    return {
        "run": fan.moment.run,
        "update": fan.moment.update,
        "begins_at": fan.begins_at,
        "changed": dict(fan.changes),
        "seed": branch.seed,
        "steps": branch.steps,
        "outcome": None if branch.outcome is None else branch.outcome.value,
        "mean_return": mean_returns[-1] if mean_returns else None,
        "curve": list(zip(steps, mean_returns, strict=True)),
        "message": branch.message or None,
    }


def _opened_at(moment: str) -> tuple[KeptRun, int | None]:
    """Return a kept run by RUN[@UPDATE], and the update that is named.

    Raises:
        Refused: There is no such run, or no such update of it.
    """
    from ppo_desktop import library
    from ppo_desktop.runs.kept import UnreadableRun

    try:
        return library.open_at(moment)
    except (library.NoSuchRun, UnreadableRun) as error:
        raise flags.Refused(str(error)) from error


def _reason(ended: Ended) -> str:
    """Return how a job ended, as commands call it."""
    from ppo_desktop.jobs.job import EndReason

    return "interrupted" if ended.reason is EndReason.CANCELLED else ended.reason.value


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
