"""Latent vectors of any dimension on a flat map: PCA and UMAP."""

import warnings

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import Tensor


def pca(mu: Tensor, n_components: int = 2) -> Tensor:
    """The directions of largest variance: mu [N, D] -> [N, n_components] (zeros where D is smaller)."""
    components = min(n_components, *mu.shape)
    flat = np.zeros((len(mu), n_components), dtype=np.float32)
    if (mu != mu[0]).any():  # what has no variance at all, such as one point alone, stays at the origin
        flat[:, :components] = PCA(components, random_state=0).fit_transform(mu.double().numpy())
    return torch.from_numpy(flat)


def umap(mu: Tensor, n_components: int = 2, n_neighbors: int = 15, min_dist: float = 0.1, seed: int = 0) -> Tensor:
    """UMAP (McInnes et al. 2018): mu [N, D] -> [N, n_components]; the same seed gives the same map."""
    from umap import UMAP  # compiles for seconds when first imported; only who fits a map pays for it

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_jobs value", category=UserWarning)  # a fixed seed means one thread
        fitted = UMAP(n_components=n_components, n_neighbors=n_neighbors, min_dist=min_dist, random_state=seed)
        return torch.from_numpy(fitted.fit_transform(mu.float().numpy()))
