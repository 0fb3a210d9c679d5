"""Train, load and measure latent-variable models of images; see `python -m vae_core --help`."""

import os

# Before torch is imported: threads that wait for each other sleep instead of spinning. Beside one other busy process on
# two cores, spinning made an epoch of MNIST take 2.5 times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
