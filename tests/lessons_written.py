"""A lesson's file as a teacher writes it, which tests spoil in one place."""

from __future__ import annotations

HEAD = """\
---
lesson: 1
id: small
title: What does ε do?
part: clipping
minutes: 5
environment: CartPole-v1
settings: n_envs=2, rollout_length=32, n_minibatches=2, n_epochs=2, hidden_units=8
seeds: 3
steps: 1000
show: environment, objective, mean_return, clip_fraction
sliders: clip_range, n_epochs
lock: speed
axes: mean_return 0 500, clip_fraction 0 1
---
"""
STEPS = """\

Two sentences. Here they are.

```predict
question: What will the return do?
a: Rise.
b: Fall.
reason: Why?
```
```run
change: clip_range=off
change: clip_range=0.5
```
Look there.
```look
question: What did it do?
a: Rise.
b: Fall.
c: Neither.
expected: c
point: clip_fraction
```
```explain
One paragraph
in two lines.

Another one.
```
```verdict
claim: final_return no difference within 500
claim: final_clip_fraction lower with clip_range=off
```
```transfer
environment: Acrobot-v1
settings: clip_range=off
```
"""
LESSON = HEAD + STEPS


def written(old: str = "", new: str = "") -> bytes:
    """Return the lesson with something else in one place."""
    assert not old or LESSON.count(old) == 1, old
    return LESSON.replace(old, new).encode()


def line_of(text: str) -> int:
    """Return the number of the line in which something stands."""
    return LESSON[: LESSON.index(text)].count("\n") + 1
