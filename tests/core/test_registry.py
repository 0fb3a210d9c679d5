import itertools

import pytest

from vae_core import config as configs
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.kinds import KINDS
from vae_core.likelihoods import LIKELIHOODS
from vae_core.metrics import METRICS
from vae_core.networks import NETWORKS, mlp
from vae_core.objectives import OBJECTIVES, vae
from vae_core.projections import PROJECTIONS
from vae_core.registry import Registry
from vae_core.samplers import SAMPLERS
from vae_core.training import PARTS, TrainConfig

REGISTRIES = [DATASETS, NETWORKS, OBJECTIVES, LIKELIHOODS, METRICS, PROJECTIONS, SAMPLERS, KINDS]
ENTRIES = [pytest.param(registry, entry, id=entry.name) for registry in REGISTRIES for entry in registry]


def test_each_registry_finds_what_its_package_holds():
    assert NETWORKS.names == ["broadcast", "conv", "conv1d", "gru", "lstm", "mlp", "rnn", "transformer"]
    adversarial, others = ["factor_vae", "gan", "vae_gan"], ["beta_tc_vae", "contractive", "info_vae", "iwae"]
    plain, sentences = ["autoencoder", "beta_vae", "denoising", "vae"], ["controlled", "language_model", "masked"]
    assert OBJECTIVES.names == sorted(adversarial + others + plain + sentences)
    assert LIKELIHOODS.names == ["bernoulli", "categorical", "continuous_bernoulli", "gaussian", "mixed", "normal"]
    assert SAMPLERS.names == ["aggregated_posterior", "mixture", "prior"]
    assert KINDS.names == ["image", "notes", "records", "series", "text", "tiles"]
    series = ["ambient_temperature", "ec2_latency", "nsl_kdd", "nyc_taxi", "waves"]
    own, known = ["folder", "text", "tiles"], ["digits", "emoji", "fashion_mnist", "kmnist", "mnist", "shapes"]
    texts = ["captions", "captions_facts", "reviews"]
    assert DATASETS.names == sorted([*own, *known, *texts, "chorales", "csv", "letters", "levels", *series])
    codes = ["active_units", "dci", "factor_score", "knn", "linear_probe", "mig", "mutual_information", "one_class"]
    assert METRICS.names == sorted(
        [*codes, "elbo", "importance", "outside", "reader_distance", "reconstruction", "smoothness"]
    )
    assert PROJECTIONS.names == ["pca", "tsne", "umap"]


@pytest.mark.parametrize(("registry", "entry"), ENTRIES)
def test_every_entry_is_captioned_and_its_defaults_are_allowed(registry, entry):
    assert entry.build.__doc__, "its first docstring line is the caption in the app"
    assert entry.caption == entry.build.__doc__.strip().splitlines()[0]
    assert entry.caption.endswith(".") and 20 < len(entry.caption) < 120
    config = entry.config()
    assert configs.check(config) == config
    assert registry.of(config) is entry
    assert registry.from_json(registry.to_json(config)) == config
    for item in configs.options(entry.config):
        assert item.help.endswith(".")


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.kind)
def test_a_wrong_name_lists_the_right_ones_and_suggests(registry):
    name = registry.names[-1]
    with pytest.raises(UserError) as caught:
        registry[name + "x"]
    message = str(caught.value)
    assert message.startswith(f"There is no {registry.kind} {name + 'x'!r}; there are: {', '.join(registry.names)}.")
    assert message.endswith(f"Did you mean {name!r}?")


def test_a_name_like_no_other_gets_no_suggestion():
    with pytest.raises(UserError, match=r"there are: broadcast, conv, conv1d, gru, lstm, mlp, rnn, transformer\.$"):
        NETWORKS["zzzzzz"]


@pytest.mark.parametrize("values", [{}, {"name": None}, {"name": "nope"}])
def test_json_without_a_right_name_lists_the_names(values):
    with pytest.raises(UserError, match="there are: broadcast, conv, conv1d, gru, lstm, mlp, rnn, transformer"):
        NETWORKS.from_json(values)


def test_json_with_a_wrong_value_or_option_says_what_is_allowed():
    with pytest.raises(UserError, match="hidden cannot be '0'; allowed: up to 32 whole numbers from 1 to 4096"):
        NETWORKS.from_json({"name": "mlp", "hidden": [0]})
    with pytest.raises(UserError, match="no option 'depth' here; there are: hidden, activation"):
        NETWORKS.from_json({"name": "mlp", "depth": 2})


def test_json_holds_the_name_and_plain_values():
    assert NETWORKS.to_json(mlp.Config(hidden=(8, 4))) == {"name": "mlp", "hidden": [8, 4], "activation": "relu"}
    assert NETWORKS.from_json({"name": "mlp", "hidden": "8 4"}) == mlp.Config(hidden=(8, 4))


def test_a_config_of_another_kind_is_refused():
    with pytest.raises(UserError, match="not the config of any network"):
        NETWORKS.of(vae.Config())


def test_build_checks_values_first():
    with pytest.raises(UserError, match="hidden cannot be"):
        NETWORKS.build(mlp.Config(hidden=(0,)), None)


def test_a_name_is_registered_once():
    registry = Registry("thing", __name__)
    registry.register("one", vae.Config)(print)
    with pytest.raises(UserError, match="Another thing is named 'one'"):
        registry.register("one", vae.Config)(print)


def test_options_of_different_parts_never_share_a_name():
    """The command line offers them side by side."""
    taken = {
        "the command line": {*PARTS, "plugin", "out", "data_dir", "json", "run", "command", "help"},
        "TrainConfig": {item.name for item in configs.options(TrainConfig)},
    }
    for kind, registry in PARTS.items():
        taken[kind] = {item.name for entry in registry for item in configs.options(entry.config)}
    for (one, names), (other, others) in itertools.combinations(taken.items(), 2):
        assert not names & others, f"{one} and {other}"


@pytest.mark.parametrize("registry", PARTS.values(), ids=PARTS)
def test_options_of_one_kind_with_one_name_mean_the_same(registry):
    found = {}
    for entry in registry:
        for item in configs.options(entry.config):
            known = found.setdefault(item.name, item)
            assert (known.type, known.help) == (item.type, item.help), entry.name
