import pytest
import torch

from vae_core.projection import pca


def test_pca_finds_the_plane_that_the_data_lie_in(generator):
    flat = torch.randn(200, 2, generator=generator) * torch.tensor([5.0, 1.0])
    axes = torch.linalg.qr(torch.randn(6, 2, generator=generator)).Q.T  # two orthonormal directions in 6-D
    found = pca(flat @ axes + 3)
    centred = flat - flat.mean(0)
    assert found.shape == (200, 2) and found.dtype == torch.float32
    torch.testing.assert_close(torch.pdist(found), torch.pdist(centred), rtol=1e-3, atol=1e-3)
    variances = found.var(0)
    assert variances[0] > variances[1]
    assert variances.tolist() == pytest.approx(torch.linalg.eigvalsh(flat.T.cov()).flip(0).tolist(), rel=1e-3)


def test_pca_fills_up_with_zeros():
    found = pca(torch.tensor([[1.0], [2.0], [6.0]]))
    assert found[:, 0].abs().tolist() == [2, 1, 3] and found[:, 1].tolist() == [0, 0, 0]


def test_pca_of_one_point_or_equal_points_is_the_origin():
    assert pca(torch.ones(1, 5)).tolist() == [[0, 0]]
    assert pca(torch.ones(4, 5)).tolist() == [[0, 0]] * 4
