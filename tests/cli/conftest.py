"""What the tests of several commands have in common."""

from __future__ import annotations

import pytest

from tests.command_line import write_environments


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a module that registers environments which fail."""
    return write_environments(tmp_path_factory.mktemp("modules"))
