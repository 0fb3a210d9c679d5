"""One thread computes in the tests, and in the processes that they start: their models are tiny, and on a busy machine
threads that wait for each other cost many times what they compute. Settled here, before anything that computes is
imported."""

import os

from vae_core import computing

for _name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
computing.sleep_while_waiting(os.environ)
