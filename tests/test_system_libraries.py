"""What Qt needs from a Linux system."""

from __future__ import annotations

import sys

import pytest

from ppo_desktop import system_libraries

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


def test_a_library_no_system_has_is_reported_missing():
    assert system_libraries.missing_libraries(["libc.so.6", "libnobody-has-this.so.1"]) == [
        "libnobody-has-this.so.1"
    ]


@pytest.mark.parametrize(
    ("variables", "shows_x11_windows"),
    [
        ({}, True),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, False),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "xcb"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, False),
    ],
)
def test_x11_libraries_are_needed_only_for_windows_on_x11(variables, shows_x11_windows):
    needed = system_libraries.libraries_for(variables)
    assert ("libxcb-icccm.so.4" in needed) == shows_x11_windows
    assert "libEGL.so.1" in needed
