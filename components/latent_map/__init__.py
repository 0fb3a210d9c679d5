"""Latent map: a plane of the latent space, decoded everywhere."""
