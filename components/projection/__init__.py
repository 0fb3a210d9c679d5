"""Projection: the encoded examples on a map made by PCA, UMAP or t-SNE."""
