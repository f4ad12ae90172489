"""Builds what people install on a computer that has nothing of ours, and tries it; standard library only."""

import sys
from pathlib import Path

# The program itself, which tells what its packages say of their licences.
sys.path.append(str(Path(__file__).resolve().parents[2]))
