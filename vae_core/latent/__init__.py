"""Tools for latent spaces: geometry, typicality, reconstruction, inpainting, concept vectors and long levels."""
