import re
import warnings

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA as SklearnPCA
from sklearn.manifold import TSNE as SklearnTSNE
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from vae_core.errors import UserError
from vae_core.projections import PROJECTIONS, Fitted, fit, of_stored, stored_name, tsne, umap, weighted_by_distance
from vae_core.projections import pca as pca_file
from vae_core.projections._reports import Told
from vae_core.projections.faithfulness import inverse_error, judge, trustworthiness
from vae_core.projections.pca import pca


def groups(generator, n=120, dim=6):
    """Three groups far apart, one class each: mu [n, dim], y [n]."""
    y = torch.arange(n) % 3
    centres = 12 * torch.eye(3, dim)
    return centres[y] + torch.randn(n, dim, generator=generator), y


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


def test_pca_is_that_of_scikit_learn_with_its_signs(generator):
    mu = torch.randn(300, 7, generator=generator) @ torch.randn(7, 7, generator=generator) + 2
    theirs = SklearnPCA(3).fit_transform(mu.double().numpy())
    np.testing.assert_allclose(pca(mu, 3).numpy(), theirs, rtol=1e-4, atol=1e-4)


def test_pca_fills_up_with_zeros():
    found = pca(torch.tensor([[1.0], [2.0], [6.0]]))
    assert found[:, 0].abs().tolist() == [2, 1, 3] and found[:, 1].tolist() == [0, 0, 0]


def test_pca_of_one_point_or_equal_points_is_the_origin():
    assert pca(torch.ones(1, 5)).tolist() == [[0, 0]]
    assert pca(torch.ones(4, 5)).tolist() == [[0, 0]] * 4


@pytest.mark.parametrize("dimensions", [2, 3])
def test_pca_leads_back_exactly_and_places_new_points_like_old_ones(generator, dimensions):
    mu, _ = groups(generator)
    fitted = fit(pca_file.Config(), mu, dimensions)
    places = 5 * torch.randn(40, dimensions, generator=generator)  # anywhere, also where no point is
    torch.testing.assert_close(fitted.transform(fitted.inverse(places)), places, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(fitted.transform(mu), fitted.flat, rtol=1e-4, atol=1e-4)
    whole = fit(pca_file.Config(), mu[:, :dimensions], dimensions)  # nothing is left out, so nothing is lost
    torch.testing.assert_close(whole.inverse(whole.flat), mu[:, :dimensions], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("entry", list(PROJECTIONS), ids=lambda entry: entry.name)
def test_every_projection_keeps_groups_apart_and_says_how_far_it_is(entry, generator):
    mu, y = groups(generator)
    told = []
    fitted = fit(entry.config(), mu, 3, lambda part, doing: told.append(part))
    assert fitted.flat.shape == (120, 3) and fitted.flat.dtype == torch.float32 and fitted.dimensions == 3
    assert torch.equal(fit(entry.config(), mu, 3).flat, fitted.flat)  # the same seed, the same map
    found = judge(fitted, y)
    assert found.knn_latent == 1 and found.knn_map > 0.9
    assert found.trustworthiness > 0.8 and 0 <= found.inverse_error < 0.6
    assert told == sorted(told) and (entry.build(entry.config()).instant or told[-1] > 0.9)
    assert entry.build.title


@pytest.mark.timeout(300)  # numba compiles: seconds on an idle machine, a minute and more on a busy one
def test_umap_places_new_points_as_its_package_does(generator):
    """As close to the package's result as the package's own results are with another seed, which decides its pushes."""
    mu, _ = groups(generator, 240)
    known, new = mu[:180], mu[180:]
    told = []
    fitted = fit(umap.Config(n_neighbors=10, min_dist=0.3), known, 2, lambda part, doing: told.append(part))
    assert told == sorted(told) and told[-1] > 0.9
    with warnings.catch_warnings(action="ignore"):
        from umap import UMAP

        # From distances, by which the package finds neighbours without compiling for it.
        between = csr_matrix(pairwise_distances(known.double()))
        between.setdiag(0)  # stored: each point is its own neighbour
        package = UMAP(n_neighbors=10, min_dist=0.3, random_state=0, metric="precomputed").fit(between)
        assert np.array_equal(package.embedding_, fitted.flat.numpy())
        results = []
        for package.transform_seed in (42, 7, 8):
            results.append(torch.from_numpy(package.transform(pairwise_distances(new.double(), known.double()))))
    assert umap.curve(0.3) == pytest.approx((package._a, package._b), rel=1e-6)
    among = torch.stack([(results[0] - other).norm(dim=1).mean() for other in results[1:]]).mean()
    assert (fitted.transform(new) - results[0]).norm(dim=1).mean() < 1.5 * among
    # The same picture, the same place, whatever came with it.
    torch.testing.assert_close(fitted.transform(new[5:6]), fitted.transform(new)[5:6])


def test_memberships_add_up_to_the_logarithm_of_the_neighbours(generator):
    distances = torch.rand(5, 16, generator=generator).sort(1).values.numpy().astype(np.float64) + 0.1
    found = umap.memberships(distances)
    assert found[:, 1:].sum(1).tolist() == pytest.approx([4.0] * 5, rel=1e-4)
    assert (np.diff(found, axis=1) < 0).all()


def test_neighbours_count_by_the_inverse_square_of_their_distance():
    points, values = torch.tensor([[0.0], [3.0], [9.0]]), torch.tensor([[0.0], [10.0], [1000.0]])
    # At 1: distances 1 and 2, weights 1 and 1/4; the third is not among the nearest two.
    assert weighted_by_distance(torch.tensor([[1.0]]), points, values, k=2).item() == pytest.approx(2.0)
    assert weighted_by_distance(points, points, values, k=3).flatten().tolist() == pytest.approx([0, 10, 1000])
    without = weighted_by_distance(points[:1], points, values, k=1, own=torch.tensor([0]))
    assert without.item() == pytest.approx(10)


@pytest.mark.parametrize("judged", [60, 1000])
def test_trustworthiness_is_scikit_learns(generator, judged):
    mu, flat = torch.randn(60, 5, generator=generator), torch.randn(60, 2, generator=generator)
    expected = sklearn_trustworthiness(mu.numpy(), flat.numpy(), n_neighbors=7)
    assert trustworthiness(mu, flat, 7, judged) == pytest.approx(expected, abs=1e-9)
    assert trustworthiness(mu, mu @ torch.linalg.qr(torch.randn(5, 5, generator=generator)).Q, 7) == 1
    assert trustworthiness(mu[:20], flat[:20], 10) is None


def test_the_error_of_the_way_back_is_that_of_what_the_plane_leaves_out(generator):
    mu = torch.randn(500, 4, generator=generator) * torch.tensor([3.0, 2.0, 1.0, 0.5])
    variances = torch.linalg.eigvalsh(mu.T.cov())
    expected = (variances[:2].sum() / variances.sum()).sqrt().item()
    assert inverse_error(fit(pca_file.Config(), mu, 2)) == pytest.approx(expected, rel=1e-3)
    scrambled = Fitted(tsne.Config(), mu, {"flat": torch.randn(500, 2, generator=generator)})
    assert inverse_error(scrambled) > 0.9  # no better than the mean, for a map that means nothing


@pytest.mark.parametrize(
    ("config", "words"),
    [(tsne.Config(perplexity=60), "stores 40: take a smaller one"), (umap.Config(n_neighbors=40), "take fewer")],
)
def test_too_few_examples_are_said(config, words):
    with pytest.raises(UserError, match=words):
        fit(config, torch.zeros(40, 3))


def test_only_the_usual_settings_are_what_a_checkpoint_stores():
    assert stored_name(umap.Config(), 2) == "umap" and stored_name(umap.Config(), 3) == "umap-3d"
    assert stored_name(umap.Config(seed=1), 2) is None


def test_what_a_library_prints_becomes_progress():
    heard = []
    told = Told(re.compile(r"Iteration (\d+)"), 200, heard.append)
    told.write("[t-SNE] Iteration 50: error = 1.2")
    told.write("\n")
    told.write("[t-SNE] Iteration 400")
    assert heard == [0.25, 1.0]


@pytest.mark.parametrize("metric", umap.METRICS)
def test_neighbours_are_those_of_scikit_learn(metric, generator):
    mu = torch.randn(700, 5, generator=generator)  # more than are looked at in one go
    distances, indices = umap.nearest(mu, mu[:600], 6, metric)
    theirs = NearestNeighbors(n_neighbors=6, metric=metric).fit(mu[:600].double().numpy()).kneighbors(mu.double())
    assert np.array_equal(indices, theirs[1])
    np.testing.assert_allclose(distances, theirs[0], atol=1e-6)


def test_a_point_without_a_direction_has_neighbours_too():
    distances, _ = umap.nearest(torch.zeros(1, 2), torch.eye(2), 2, "cosine")
    assert distances.tolist() == [[1, 1]]


def test_many_places_are_looked_up_in_pieces(generator):
    points, values = torch.randn(30, 2, generator=generator), torch.randn(30, 3, generator=generator)
    query, own = torch.randn(2100, 2, generator=generator), torch.arange(2100) % 30
    distance = torch.cdist(query.double(), points.double())
    for ignored in (None, own):
        if ignored is not None:
            distance[torch.arange(2100), ignored] = torch.inf
        near, index = distance.sort(1)
        weight = near[:, :8] ** -2
        expected = (weight[..., None] * values[index[:, :8]]).sum(1) / weight.sum(1, keepdim=True)
        found = weighted_by_distance(query, points, values, own=ignored)
        torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=1e-5)
    # With as few points as neighbours, all count but the ignored one.
    few = weighted_by_distance(
        torch.zeros(1, 1), torch.tensor([[1.0], [2.0]]), torch.tensor([[5.0], [7.0]]), 9, own[:1]
    )
    assert few.item() == 7


def test_the_trustworthiness_of_a_sample_is_the_mean_of_its_points(generator):
    """Venna & Kaski 2001, point by point: the ranks in latent space of those that are near on the map only."""
    mu, flat = torch.randn(41, 5, generator=generator).double(), torch.randn(41, 2, generator=generator).double()
    chosen = torch.randperm(41, generator=torch.Generator().manual_seed(0))[:15].tolist()
    penalty = 0
    for i in chosen:
        others = [j for j in range(41) if j != i]
        by_latent = sorted(others, key=lambda j: (mu[i] - mu[j]).norm().item())
        on_map = sorted(others, key=lambda j: (flat[i] - flat[j]).norm().item())[:6]
        penalty += sum(max(0, by_latent.index(j) + 1 - 6) for j in on_map)
    expected = 1 - 2 * penalty / (15 * 6 * (2 * 41 - 3 * 6 - 1))
    assert trustworthiness(mu, flat, 6, judged=15) == pytest.approx(expected)
    assert trustworthiness(mu[:13], flat[:13], 6) is not None and trustworthiness(mu[:12], flat[:12], 6) is None


def test_the_error_of_a_sample_is_relative_to_the_spread_of_all(generator):
    mu = torch.tensor([[0.0], [1.0], [3.0], [6.0]]) + 5
    fitted = Fitted(tsne.Config(), mu, {"flat": mu - 5})
    # Each from its three neighbours, by the inverse squares of the distances.
    guesses = []
    for i in range(4):
        others = [(1 / (mu[i] - mu[j]).item() ** 2, mu[j].item()) for j in range(4) if j != i]
        guesses.append(sum(w * v for w, v in others) / sum(w for w, _ in others))
    errors = [(guess - mu[i].item()) ** 2 for i, guess in enumerate(guesses)]
    spread = mu.var(correction=0).item()
    assert inverse_error(fitted) == pytest.approx((sum(errors) / 4 / spread) ** 0.5, rel=1e-4)
    chosen = torch.randperm(4, generator=torch.Generator().manual_seed(0))[:2].tolist()
    assert inverse_error(fitted, 2) == pytest.approx((sum(errors[i] for i in chosen) / 2 / spread) ** 0.5, rel=1e-4)


def test_what_each_projection_can_do():
    """Pages say it: whether a map is there at once, places new points itself, and leads back exactly."""
    abilities = {
        entry.name: (entry.build.instant, entry.build.own_transform, entry.build.exact_inverse) for entry in PROJECTIONS
    }
    expected = {"pca": (True, True, True), "umap": (False, True, False), "tsne": (False, False, False)}
    assert {name: abilities[name] for name in expected} == expected


def test_a_stored_map_is_used_as_it_is(generator):
    mu, flat = torch.randn(20, 3, generator=generator), torch.randn(20, 2, generator=generator)
    found = of_stored(tsne.Config(), mu.double(), flat.double())
    assert torch.equal(found.flat, flat) and torch.equal(found.mu, mu) and found.dimensions == 2
    torch.testing.assert_close(found.transform(mu[4:6].double()), flat[4:6])
    torch.testing.assert_close(found.inverse(flat[4:6].double()), mu[4:6])
    assert fit(pca_file.Config(), mu).dimensions == 2
    for dimensions in (1, 4):
        with pytest.raises(UserError, match="2 or 3 dimensions"):
            fit(pca_file.Config(), mu, dimensions)


def test_a_perplexity_needs_more_examples_than_it_is():
    tsne.TSNE(tsne.Config(perplexity=30)).check(31)
    with pytest.raises(UserError, match="take a smaller one"):
        tsne.TSNE(tsne.Config(perplexity=30)).check(30)


def test_equal_points_have_no_error():
    assert inverse_error(Fitted(tsne.Config(), torch.ones(5, 3), {"flat": torch.zeros(5, 2)})) == 0


@pytest.mark.parametrize(("dim", "start"), [(2, "pca"), (1, "random")])
def test_tsne_is_scikit_learns(dim, start, generator):
    """It starts at the principal components, where there are as many as the map has dimensions."""
    mu, heard = torch.randn(20, dim, generator=generator), []
    config = tsne.Config(perplexity=5, metric="manhattan", iterations=250, seed=3)
    found = fit(config, mu, 2, lambda part, doing: heard.append((part, doing))).flat
    method = SklearnTSNE(2, perplexity=5, metric="manhattan", max_iter=250, init=start, random_state=3, n_jobs=1)
    np.testing.assert_allclose(found.numpy(), method.fit_transform(mu.numpy()), rtol=1e-5)
    assert heard[0] == (0.0, "finding neighbours") and heard[-1] == (1.0, "moving the points")
