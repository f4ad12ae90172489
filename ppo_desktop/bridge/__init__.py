"""Qt without widgets: the learner's thread and the one state the window shows.

PySide6 puts a function of its own in the place of Python's import: it reads the source of every module that
is imported from then on, in case one asks for a `__feature__` of PySide6. Nobody here does, and hundreds of
modules are still to come, so Python's own import is put back.
"""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401  (as it comes to be loaded, import is replaced)

_replaced = vars(builtins)
if _replaced["__import__"] is _replaced.get("__feature_import__"):
    _replaced["__import__"] = _replaced["__orig_import__"]
