"""Checkpoints written, found by name and read back."""

import copy
import dataclasses
import os
import re
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.distributions import Bernoulli

from tests.checkpoints.folders import FILES
from vae_core import checkpoints
from vae_core.checkpoints.files import latent_tensors
from vae_core.cli import main
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS, shapes
from vae_core.errors import UserError
from vae_core.files import sha256
from vae_core.kinds import kind_of
from vae_core.metrics import encode_split, measure
from vae_core.networks import conv, mlp
from vae_core.objectives import autoencoder, beta_vae
from vae_core.training import TrainConfig, TrainingState, train

# Written and read back


def test_the_loaded_model_decodes_bit_for_bit_the_same(folder, trained, generator):
    checkpoint = checkpoints.load(folder)
    z = torch.randn(50, 3, generator=generator)
    model = checkpoint.load_model()
    assert torch.equal(model.decode(z), trained.model.decode(z))
    assert not model.training and not any(parameter.requires_grad for parameter in model.parameters())


def test_everything_that_was_saved_is_there(folder, trained, digits):
    assert set(os.listdir(folder)) == FILES
    assert os.listdir(folder.parent) == ["tiny"]
    checkpoint = checkpoints.load(folder)
    assert checkpoint.name == "tiny" and checkpoint.path == folder
    assert checkpoint.train_config == trained.config and checkpoint.spec == digits.spec
    assert checkpoint.history == trained.history
    expected = measure(trained.model, digits.test) | {
        "parameters": 64 * 32 + 32 + 32 * 6 + 6 + 3 * 32 + 32 + 32 * 64 + 64
    }
    assert checkpoint.metrics == expected
    assert checkpoint.digest == sha256(folder / "model.safetensors")


def test_latents_are_the_encoded_held_out_examples(folder, trained, digits):
    latents = checkpoints.load(folder).load_latents()
    posterior = trained.model.encode(digits.test.x.float() / 255)
    assert latents.posterior.mu.shape == (359, 3)
    torch.testing.assert_close(latents.posterior.mu, posterior.mu.detach())
    torch.testing.assert_close(latents.posterior.logvar, posterior.logvar.detach())
    assert torch.equal(latents.y, digits.test.y) and latents.factors is None
    assert set(latents.projections) == {"pca"} and latents.projections["pca"].shape == (359, 2)
    logits = trained.model.decode_logits(posterior.mu)
    expected = -Bernoulli(logits=logits, validate_args=False).log_prob(digits.test.x.float() / 255).sum((1, 2, 3))
    torch.testing.assert_close(latents.nll, expected.detach())


def test_the_stored_nll_of_a_conditional_model_is_that_of_the_right_class(digits):
    config = TrainConfig(network=mlp.Config(hidden=(16,)), conditional=True)
    model = TrainingState.start(config, digits.spec).model.eval()
    posterior = encode_split(model, digits.test)
    stored = latent_tensors(model, posterior, digits, torch.float32, with_maps=False)["nll"]
    x, weights = digits.test.x.float() / 255, torch.nn.functional.one_hot(digits.test.y, 10).float()
    with torch.inference_mode():
        right, wrong = (
            -Bernoulli(logits=model.network.decoder(posterior.mu, condition), validate_args=False)
            .log_prob(x)
            .sum((1, 2, 3))
            for condition in (weights, weights.roll(1, 0))
        )
    torch.testing.assert_close(stored, right)
    assert not torch.allclose(right, wrong)


def test_the_model_card_and_the_preview_show_this_model(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    metrics = checkpoints.load(folder).metrics
    for part in (
        "# tiny",
        "`digits`",
        "`mlp` with `--hidden 32`: ",
        "`vae`: ",
        f"{-metrics['elbo']:.2f} nats per example",
        "seed 0",
        "359 held out",
    ):
        assert part in card, part
    assert 'checkpoints.load("tiny")' in card
    with Image.open(folder / "preview.png") as preview:
        assert preview.size == (35, 35) and preview.getextrema()[1] > 100


def test_the_options_in_a_card_train_the_same_again(folder, trained, digits, tmp_path):
    """Also one that has its usual value, where that may change while a training runs."""
    config = dataclasses.replace(
        trained.config,
        network=conv.Config(channels=(4, 8), dense=16, batch_norm=True, conv_activation="silu"),
        objective=beta_vae.Config(cycles=2, free_bits=0.25),
    )
    (record, *_) = train(config, digits)
    checkpoints.save(folder, record.state.model, config, digits, [record.to_json()])
    card = (folder / "README.md").read_text(encoding="utf-8")
    parts = re.findall(r"- (Network|Objective): `(\w+)`(.*?): ", card)
    assert "`--beta 4`" in parts[1][2] and "`--batch-norm`" in parts[0][2]
    typed = []
    for kind, name, rest in parts:
        typed += [f"--{kind.lower()}", name, *rest.replace("`", "").replace(",", "").split()[1:]]  # after "with"
    assert main(["train", *typed, "--epochs", "1", "--out", str(tmp_path / "again")]) == 0
    again = checkpoints.load(tmp_path / "again").train_config
    assert (again.network, again.objective) == (config.network, config.objective)


def test_the_code_of_a_conditional_card_runs(folder, trained, digits, monkeypatch):
    config = dataclasses.replace(trained.config, conditional=True, epochs=1)
    (record,) = train(config, digits)
    checkpoints.save(folder, record.state.model, config, digits, [record.to_json()])
    card = (folder / "README.md").read_text(encoding="utf-8")
    code = card.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(folder.parent)
    names = {}
    exec(code, names)
    assert names["images"].shape == (16, 1, 8, 8)


def test_half_precision_measures_what_it_stores(folder, trained, digits, generator):
    model = copy.deepcopy(trained.model)
    full = (folder / "model.safetensors").stat().st_size
    checkpoint = checkpoints.save(folder, model, trained.config, digits, trained.history, half=True)
    assert (folder / "model.safetensors").stat().st_size < 0.55 * full
    assert all(tensor.dtype == torch.float16 for tensor in load_file(folder / "model.safetensors").values())
    loaded, z = checkpoint.load_model(), torch.randn(5, 3, generator=generator)
    assert loaded.decode(z).dtype == torch.float32
    assert torch.equal(loaded.decode(z), model.decode(z))
    assert not torch.equal(loaded.decode(z), trained.model.decode(z))
    assert measure(loaded, digits.test)["elbo"] == checkpoint.metrics["elbo"]


def test_colour_factors_batch_norm_and_deterministic_codes_are_kept(tmp_path):
    dataset = shapes.Config(n_train=100, n_test=30, image_size=28, color=True)
    data = DATASETS.build(dataset)
    network = conv.Config(channels=(4, 4), dense=8, batch_norm=True)
    config = TrainConfig(dataset, network, autoencoder.Config(), latent_dim=2, epochs=1)
    (record,) = train(config, data)
    checkpoint = checkpoints.save(tmp_path / "shapes", record.state.model, config, data, [record.to_json()])
    assert checkpoint.spec.factors == ("shape", "scale", "rotation", "x", "y", "hue")
    latents = checkpoint.load_latents()
    assert latents.posterior.logvar is None and torch.equal(latents.factors, data.test.factors)
    assert latents.projections == {}
    x = data.test.x.float() / 255
    assert torch.equal(checkpoint.load_model().reconstruct(x), record.state.model.eval().reconstruct(x))
    assert "−ELBO" not in (checkpoint.path / "README.md").read_text(encoding="utf-8")


# Found by name


def test_find_lists_by_root_and_name(folder, tmp_path):
    root, other = folder.parent, tmp_path / "other"
    for name in ("b", "a"):
        shutil.copytree(folder, other / name)
    shutil.copytree(folder, root / ".hidden")
    (root / "empty").mkdir()
    (root / "file").touch()
    found = checkpoints.find([other, root, tmp_path / "nowhere"])
    assert [checkpoint.path for checkpoint in found] == [other / "a", other / "b", folder]


def test_find_sees_what_has_changed_and_opens_nothing_else_again(folder, trained, digits):
    root = [folder.parent]
    (before,) = checkpoints.find(root)
    assert checkpoints.find(root)[0] is before
    checkpoints.save(folder, trained.model, trained.config, digits, [])
    (after,) = checkpoints.find(root)
    assert after is not before and after.history == []
    (folder / "manifest.json").unlink()
    assert checkpoints.find(root) == []
    shutil.rmtree(folder)
    assert checkpoints.find(root) == []


def test_load_by_name_prefers_the_first_root(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "other" / "tiny")
    roots = [tmp_path / "other", folder.parent]
    assert checkpoints.load("tiny", roots).path == tmp_path / "other" / "tiny"
    assert checkpoints.load(folder, roots).path == folder


@pytest.mark.parametrize("name", ["tinny", "", ".", "..", "x" * 300, "a/b", "a\0b"])
def test_an_unknown_name_lists_the_names(folder, name):
    with pytest.raises(UserError, match="There is no checkpoint .*; there are: tiny"):
        checkpoints.load(name, [folder.parent])


def test_no_checkpoints_are_said(tmp_path):
    with pytest.raises(UserError, match="there are: none yet"):
        checkpoints.load("tiny", [tmp_path])


def test_a_broken_checkpoint_does_not_hide_the_others(folder, caplog):
    broken = shutil.copytree(folder, folder.with_name("broken"))
    (broken / "config.json").write_text("{")
    assert [checkpoint.name for checkpoint in checkpoints.find([folder.parent])] == ["tiny"]
    assert "broken/config.json is not JSON" in caplog.text
    with pytest.raises(UserError, match="there are: tiny"):
        checkpoints.load("other", [folder.parent])


# Pictures

IMAGE = kind_of(DataSpec("toy", "image", (1, 2, 2)))


def test_a_contact_sheet_puts_pictures_row_by_row():
    pictures = IMAGE.pictures(torch.arange(3).view(3, 1, 1, 1).expand(3, 1, 2, 2) / 4, None)
    sheet = np.asarray(checkpoints.contact_sheet(pictures, 2))
    assert sheet.shape == (5, 5) and sheet[0].tolist() == [0, 0, 128, 64, 64] and sheet[2].tolist() == [128] * 5
    assert sheet[4].tolist() == [128, 128, 128, 0, 0]


def test_a_contact_sheet_in_colour():
    images = torch.stack([torch.eye(3)[i].view(3, 1, 1).expand(3, 1, 1) for i in range(3)])
    sheet = checkpoints.contact_sheet(IMAGE.pictures(images, None), 3)
    line = [128, 128, 128]
    assert np.asarray(sheet).tolist() == [[[255, 0, 0], line, [0, 255, 0], line, [0, 0, 255]]]
