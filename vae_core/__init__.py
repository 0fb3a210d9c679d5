"""Train, load and measure latent-variable models of images; see `python -m vae_core --help`."""
