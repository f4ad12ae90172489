"""Reads the policy in a file, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

from ppo_desktop.policies.bounded_zip import BoundedZip, UnreadableZip
from ppo_desktop.policies.file_policy import FilePolicy
from ppo_desktop.policies.stable_baselines3_zip import DATA, read_stable_baselines3
from ppo_desktop.policies.tensors import UnreadableTensors
from ppo_desktop.policies.torch_file import read_torch_file
from ppo_desktop.ppo.messages import one_line, shortened
from ppo_desktop.schema import NOT_UNDERSTOOD, UnusableFile, fault_of
from ppo_desktop.whole_files import read_bounded

MOST_BYTES = 64_000_000
_LONGEST_NAME = 60


class UnreadablePolicy(ValueError):
    """A file that holds no policy, or none that can be played here; the message is one line."""


def read_policy(path: Path) -> FilePolicy:
    """Return the policy in a file, of which nothing is executed.

    Raises:
        UnreadablePolicy: It cannot be read, holds something else, or a policy that cannot be played here.
    """
    name = shortened(one_line(path.name), _LONGEST_NAME)
    try:
        contents = read_bounded(path, MOST_BYTES)
        archive = BoundedZip(contents)
        if DATA in archive.names:
            return read_stable_baselines3(archive, name)
        if any(name.endswith("data.pkl") for name in archive.names):
            return read_torch_file(contents, name)
        raise UnreadableZip("holds no policy of Stable-Baselines3 or of PPO Desktop")
    except OSError as error:
        raise UnreadablePolicy(f"{name} cannot be read: {error.strerror or error}.") from error
    except (UnreadableZip, UnreadableTensors) as error:
        raise UnreadablePolicy(f"{name} {error}.") from error
    except UnusableFile as error:
        raise UnreadablePolicy(one_line(f"{name} cannot be played: {error}")) from error
    except NOT_UNDERSTOOD as error:
        raise UnreadablePolicy(
            one_line(f"{name} is damaged: what it says of its policy is {fault_of(error)}.")
        ) from error
