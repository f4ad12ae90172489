#!/bin/sh
# Opens PPO Desktop. The Terminal window shows the set-up the first time, and errors.
cd "$(dirname "$0")/../.." || exit 1
# What the installer of python.org and Homebrew put there comes before the system's older Python.
PATH="/usr/local/bin:/opt/homebrew/bin:$PATH"
exec python3 packaging/launcher.py
