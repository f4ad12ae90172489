"""PPO Desktop: see proximal policy optimization at work."""

import os

__version__ = "0.1.0"

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    # NumPy reads it when it is imported. A second thread makes the small matrix products of one time
    # step up to twenty times slower.
    os.environ.setdefault(_variable, "1")
