"""What one does in a latent space: geometry, typicality, reconstruction, inpainting and concept vectors."""
