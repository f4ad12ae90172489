"""The job of opening a policy: read from its file, and put into an environment."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ppo_desktop.jobs.job import Ended, EndReason, Idle, Job
from ppo_desktop.library import UNUSABLE
from ppo_desktop.policies.file_policy import FilePolicy
from ppo_desktop.policies.in_environment import DoesNotFit, known_environments_for, moment_in
from ppo_desktop.policies.reading import UnreadablePolicy, read_policy
from ppo_desktop.ppo.catalogue import plane_for
from ppo_desktop.ppo.events import Survey
from ppo_desktop.ppo.player import Player
from ppo_desktop.ppo.policy_state import PolicyMoment


@dataclass(frozen=True, eq=False)
class OpenedPolicy:
    """A policy from a file, and what it does in an environment.

    Attributes:
        policy: It.
        environments: Ids of the catalogue in which it can act, the one to begin with first.
        moment: What is played; None as long as there is no environment.
        survey: What it thinks all over the environment's plane; None where there is none.
    """

    policy: FilePolicy
    environments: tuple[str, ...]
    moment: PolicyMoment | None = None
    survey: Survey | None = None


class Opening(Job[OpenedPolicy]):
    """Reads a policy and puts it into an environment, in the thread that asks; says it after each of both.

    Args:
        found: The file, or what has been read already.
        environment_id: The environment; without one that of the file, or the first that it fits.
    """

    def __init__(self, found: Path | FilePolicy, environment_id: str = "") -> None:
        super().__init__(enough=1)
        self._found = found
        self._environment_id = environment_id
        self._done = 0

    @property
    def done(self) -> int:
        """Steps that are done: it is read, and put into an environment."""
        return self._done

    @property
    def total(self) -> int:
        """Both."""
        return 2

    def _work(self) -> Generator[OpenedPolicy | Idle, None, Ended]:
        try:
            policy = read_policy(self._found) if isinstance(self._found, Path) else self._found
            opened = OpenedPolicy(policy, tuple(known_environments_for(policy)))
            self._done = 1
            yield opened
            environment_id = (
                self._environment_id or policy.environment_id or next(iter(opened.environments), "")
            )
            if not environment_id:
                return Ended(
                    EndReason.FAILED,
                    f"No built-in environment has {policy.sizes}. "
                    "Choose “Other id…” and type the one that has.",
                )
            yield _put_into(opened, environment_id)
            self._done = 2
        except (UnreadablePolicy, DoesNotFit, *UNUSABLE) as error:
            return Ended(EndReason.FAILED, str(error))
        return Ended(self._reason())


def _put_into(opened: OpenedPolicy, environment_id: str) -> OpenedPolicy:
    """Return it as it acts in an environment, where it was tried whether it can."""
    moment, plane = moment_in(opened.policy, environment_id), plane_for(environment_id)
    with closing(Player(moment.settings)) as player:
        player.set_policy(moment.policy)
        survey = None if plane is None else player.survey(plane.observations(plane.grid()))
    return replace(opened, moment=moment, survey=survey)
