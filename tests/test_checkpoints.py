import copy
import dataclasses
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from checkpoints.build import RECIPES
from vae_core import checkpoints
from vae_core.datasets import DATASETS, shapes
from vae_core.errors import UserError
from vae_core.files import sha256
from vae_core.metrics import measure
from vae_core.networks import conv
from vae_core.objectives import autoencoder
from vae_core.training import TrainConfig, train

FILES = {*checkpoints.FILES, "manifest.json"}


def reseal(folder):
    """Make the manifest fit what the folder holds now, as one would who tampers with it on purpose."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        path = folder / name
        manifest["files"][name] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def edit_json(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    reseal(path.parent)


def save_again(folder, trained, digits, **options):
    return checkpoints.save(folder, trained.model, trained.config, digits, trained.history, **options)


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
    torch.testing.assert_close(latents.nll, trained.model.likelihood.nll(logits, digits.test.x.float() / 255).detach())


def test_the_model_card_and_the_preview_show_this_model(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    metrics = checkpoints.load(folder).metrics
    for part in (
        "# tiny",
        "`digits`",
        "`mlp`",
        "`vae`",
        f"{-metrics['elbo']:.2f} nats per example",
        "seed 0",
        "359 held out",
    ):
        assert part in card, part
    assert 'checkpoints.load("tiny")' in card
    with Image.open(folder / "preview.png") as preview:
        assert preview.size == (32, 32) and preview.getextrema()[1] > 100


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
    assert "broken/config.json cannot be read" in caplog.text
    with pytest.raises(UserError, match="there are: tiny"):
        checkpoints.load("other", [folder.parent])


# Broken folders


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        checkpoints.load(folder)


@pytest.mark.parametrize("name", sorted(FILES - {"manifest.json", "config.json"}))
def test_a_changed_file_is_named(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=f"Checkpoint tiny is damaged: {name} is not the file that was saved"):
        checkpoints.load(folder)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", "null", '{"files": []}', '{"files": {}}', '{"files": {"config.json": 3}}', b"\xff\xfe"],
)
def test_a_damaged_manifest_is_named(folder, content):
    (folder / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=r"tiny.*manifest\.json"):
        checkpoints.load(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "training": 3, "data": {}}'])
def test_a_damaged_config_is_named(folder, content):
    (folder / "config.json").write_text(content)
    reseal(folder)
    with pytest.raises(UserError, match="tiny"):
        checkpoints.load(folder)


def test_another_format_is_refused(folder):
    edit_json(folder / "config.json", lambda config: config.update(format=2))
    with pytest.raises(UserError, match="tiny has format 2; this program reads format 1"):
        checkpoints.load(folder)


def test_a_config_of_what_is_not_registered_lists_what_is(folder):
    edit_json(folder / "config.json", lambda config: config["training"]["network"].update(name="transformer"))
    with pytest.raises(UserError, match="tiny/config.json: There is no network 'transformer'; there are: conv, mlp"):
        checkpoints.load(folder)


def _remove(tensors):
    del tensors["network.encoder.1.bias"]


def _add(tensors):
    tensors["network.encoder.9.weight"] = torch.zeros(2)


def _reshape(tensors):
    tensors["network.encoder.1.bias"] = torch.zeros(5)


@pytest.mark.parametrize("change", [_remove, _add, _reshape])
def test_weights_load_strictly(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    reseal(folder)
    checkpoint = checkpoints.load(folder)
    with pytest.raises(UserError, match="tiny/model.safetensors .*network.encoder") as caught:
        checkpoint.load_model()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no safetensors", b"\xff" * 100])
def test_files_that_are_no_safetensors_are_named(folder, content):
    for name in ("model.safetensors", "latents.safetensors"):
        (folder / name).write_bytes(content)
    reseal(folder)
    checkpoint = checkpoints.load(folder)
    with pytest.raises(UserError, match="tiny/model.safetensors"):
        checkpoint.load_model()
    with pytest.raises(UserError, match="tiny/latents.safetensors"):
        checkpoint.load_latents()


def test_latents_without_a_tensor_are_refused(folder):
    save_file({"mu": torch.zeros(3, 3)}, folder / "latents.safetensors")
    reseal(folder)
    with pytest.raises(UserError, match="tiny/latents.safetensors"):
        checkpoints.load(folder).load_latents()


def test_a_file_that_vanishes_after_opening_is_named(folder):
    checkpoint = checkpoints.load(folder)
    for name in FILES:
        (folder / name).unlink()
    for name, read in {
        "model.safetensors": checkpoint.load_model,
        "latents.safetensors": checkpoint.load_latents,
        "metrics.json": lambda: checkpoint.metrics,
        "history.jsonl": lambda: checkpoint.history,
        "manifest.json": lambda: checkpoint.digest,
    }.items():
        with pytest.raises(UserError, match=f"tiny/{name}"):
            read()


# Saving where something is


def test_saving_replaces_the_checkpoint(folder, trained, digits):
    (folder / "note.txt").write_text("of the old one")
    shorter = dataclasses.replace(trained, history=trained.history[:1])
    assert save_again(folder, shorter, digits).history == trained.history[:1]
    assert os.listdir(folder.parent) == ["tiny"] and set(os.listdir(folder)) == FILES


def test_saving_makes_the_folders_above(tmp_path, trained, digits):
    checkpoint = save_again(tmp_path / "some" / "where" / "new", trained, digits)
    assert checkpoint.path == tmp_path / "some" / "where" / "new"
    checkpoint.verify()


def test_what_is_no_checkpoint_is_never_replaced(tmp_path, trained, digits):
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "config.json").write_text("{}")  # many programs write one
    (tmp_path / "file").write_text("text")
    for target in (precious, tmp_path / "file"):
        with pytest.raises(UserError, match="is there already and is no checkpoint"):
            save_again(target, trained, digits)
    assert os.listdir(precious) == ["config.json"]
    assert sorted(os.listdir(tmp_path)) == ["file", "thesis"]


def test_an_empty_folder_may_be_filled(tmp_path, trained, digits):
    (tmp_path / "new").mkdir()
    save_again(tmp_path / "new", trained, digits).verify()


@pytest.mark.parametrize("target", ["file/inside", "file/inside/deeper", "x" * 250, "x" * 300])
def test_an_impossible_place_is_said_before_the_training(tmp_path, target):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        checkpoints.check_target(tmp_path / target)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("target", [".", "..", "/"])
def test_a_place_without_a_name_is_refused(target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no name of its own"):
        checkpoints.check_target(Path(target))


def _failing(function, at):
    """`function`, but its call number `at` (from 0) raises as a full disk does."""
    calls = iter(range(1_000_000))

    def fail(*args, **options):
        if next(calls) == at:
            raise OSError(28, "No space left on device")
        return function(*args, **options)

    return fail


@pytest.mark.parametrize(
    ("function", "calls"), [("replace", len(FILES) - 1), ("fsync", len(FILES)), ("rename", 2), ("chmod", 1)]
)
def test_a_full_disk_leaves_the_previous_checkpoint(folder, trained, digits, monkeypatch, function, calls):
    before = (folder / "manifest.json").read_bytes()
    changed = dataclasses.replace(trained, history=[])
    for at in range(calls):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, _failing(getattr(os, function), at))
            with pytest.raises(UserError, match="tiny cannot be written: .*No space left on device"):
                save_again(folder, changed, digits)
        assert os.listdir(folder.parent) == ["tiny"]
        checkpoints.load(folder)
        assert (folder / "manifest.json").read_bytes() == before
    with monkeypatch.context() as patch:  # no call is left out above
        patch.setattr(os, function, _failing(getattr(os, function), 10_000 if function == "chmod" else calls))
        assert save_again(folder, changed, digits).history == []


KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
from vae_core import checkpoints
from vae_core.datasets import DATASETS

folder, at = Path(sys.argv[1]), int(sys.argv[2])
checkpoint = checkpoints.load(folder)
data = DATASETS.build(checkpoint.train_config.dataset)
replace, calls = os.replace, []

def killing(*args):
    calls.append(args)
    if len(calls) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*args)

os.replace = killing
checkpoints.save(folder, checkpoint.load_model(), checkpoint.train_config, data, [])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_while_saving_leaves_the_previous_checkpoint(folder, trained, digits):
    before = (folder / "manifest.json").read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_SAVING, str(folder), "3"],
        cwd=checkpoints.ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(os.listdir(folder.parent)) == 2  # what the killed process could not clear away
    checkpoints.load(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert [checkpoint.path for checkpoint in checkpoints.find([folder.parent])] == [folder]
    assert save_again(folder, dataclasses.replace(trained, history=[]), digits).history == []


# Pictures


def test_tile_puts_images_row_by_row():
    images = torch.arange(3).view(3, 1, 1, 1).expand(3, 1, 2, 2) / 4
    sheet = np.asarray(checkpoints.tile(images, 2))
    assert sheet.shape == (4, 4) and sheet[0].tolist() == [0, 0, 64, 64] and sheet[3].tolist() == [128, 128, 0, 0]


def test_tile_in_colour():
    images = torch.stack([torch.eye(3)[i].view(3, 1, 1).expand(3, 1, 1) for i in range(3)])
    assert np.asarray(checkpoints.tile(images, 3)).tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]


# The checkpoints that come with the project

SHIPPED = sorted(path.parent.name for path in checkpoints.SHIPPED.glob("*/manifest.json"))
MOST_NEGATIVE_ELBO = {"mnist-vae-2d": 140, "mnist-vae-16d": 101}
"""Nats per image on the test set."""


def test_every_recipe_has_its_checkpoint():
    assert SHIPPED == sorted(RECIPES)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_checkpoint_is_whole_and_works(name):
    checkpoint = checkpoints.load(name)
    assert checkpoint.path == checkpoints.SHIPPED / name
    assert set(os.listdir(checkpoint.path)) == FILES
    assert sum(path.stat().st_size for path in checkpoint.path.iterdir()) <= 4.2e6

    config, metrics = checkpoint.train_config, checkpoint.metrics
    assert config == RECIPES[name]
    assert len(checkpoint.history) == config.epochs
    assert metrics["elbo"] == pytest.approx(-(metrics["nll"] + metrics["kl"]))
    assert metrics["kl"] == pytest.approx(sum(metrics["kl_per_dim"]))
    assert -metrics["elbo"] <= MOST_NEGATIVE_ELBO.get(name, math.inf)
    assert (metrics["kl"] > 1) == config.model.variational

    card = (checkpoint.path / "README.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name}\n") and f"{metrics['nll']:.2f} nats per example" in card

    latents, n = checkpoint.load_latents(), len(checkpoint.load_latents().y)
    # The whole test split where that is smaller: the digits have 1,797 images altogether.
    held_out = len(DATASETS.build(config.dataset).test) if checkpoint.spec.name == "digits" else 5000
    assert n >= min(5000, held_out)
    mu, logvar = latents.posterior
    assert mu.shape == (n, config.latent_dim) and mu.isfinite().all()
    assert logvar.shape == mu.shape and logvar.isfinite().all() if config.model.variational else logvar is None
    assert latents.y.unique().tolist() == list(range(len(checkpoint.spec.classes)))
    assert set(latents.projections) == ({"pca", "umap", "umap-3d", "tsne"} if config.latent_dim > 2 else set())
    for kind, flat in latents.projections.items():
        assert flat.shape == (n, 3 if kind == "umap-3d" else 2) and flat.isfinite().all()
    assert latents.nll.shape == (n,) and latents.nll.mean().item() <= 1.01 * metrics["nll"]  # a sample's is higher
    assert (latents.factors is not None) == bool(checkpoint.spec.factors)

    model = checkpoint.load_model()
    y = latents.y[:20] if config.conditional else None
    images = model.decode(mu[:20], y)
    assert images.shape == (20, *checkpoint.spec.shape) and images.isfinite().all()
    assert images.std(0).max() > 0.1  # different codes, different pictures
    assert model.sample(20, y).isfinite().all()


def test_shipped_digits_measure_what_their_folder_says(digits):
    checkpoint = checkpoints.load("digits-vae-2d")
    measured = measure(checkpoint.load_model(), digits.test)
    for name, value in measured.items():
        assert checkpoint.metrics[name] == pytest.approx(value, rel=1e-3), name
    latents = checkpoint.load_latents()
    again = checkpoint.load_model().encode(digits.test.x.float() / 255)
    torch.testing.assert_close(latents.posterior.mu, again.mu, rtol=1e-2, atol=1e-2)
