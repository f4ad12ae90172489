"""`ppo-desktop worker`: trials of a study that others have begun."""

from __future__ import annotations

import argparse
from contextlib import closing

from ppo_desktop.cli import flags
from ppo_desktop.cli.search import NOTHING, add_trials, place_at, search
from ppo_desktop.cli.trust import trust_module
from ppo_desktop.study.wanted import WantedStudy

SUMMARY = "help with a search that others have begun, maybe on other machines"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `worker`."""
    parser.description = (
        "Do trials of a study that is there already, beside other workers. It goes on until so many "
        "trials are done, every combination of a grid has been tried, the study is deleted, or Ctrl+C."
    )
    parser.add_argument("--study", required=True, metavar="NAME", help="name of the study")
    parser.add_argument(
        "--storage",
        required=True,
        metavar="URL|FILE",
        help="where the study is: a database like postgresql://user@host/database, or a file",
    )
    parser.add_argument(
        "--env",
        metavar="ID",
        help="the study's environment; has to be said where its id names a module, which is then trusted",
    )
    flags.add_engine(parser)
    add_trials(parser)
    flags.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Do trials of the study that the user has named and return the exit status.

    Raises:
        InvalidStudy: It has another environment than the user has named.
        UnreadableStudy: There is no such study, or its storage does not answer.
        Exception: See `search`.
    """
    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.study.storage import open_study

    place = place_at(options.storage, options.study)
    with foreground(options.json, NOTHING) as ours:
        trust_module(options.env)
        with closing(open_study(place)) as study:
            WantedStudy(environment_id=options.env).check_against(study.plan)
            return search(study, options, ours, may_be_deleted=True)
