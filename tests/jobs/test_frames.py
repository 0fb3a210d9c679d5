"""The film of a training: the same things in every frame, dense at first, bounded as a whole."""

import dataclasses
import itertools

import pytest
import torch

from vae_core.data import Data, DataSpec, Split
from vae_core.errors import UserError
from vae_core.jobs import frames
from vae_core.jobs.frames import FrameWriter, frame_epochs, kept_epochs, read_frame
from vae_core.latent.geometry import normal_quantiles
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train

TINY = TrainConfig(network=mlp.Config(hidden=(16,)), epochs=3, batch_size=256, lr=3e-3)


@pytest.mark.parametrize("n_epochs", [1, 2, 63, 64, 65, 200, 1000, 100_000])
@pytest.mark.parametrize("n_frames", [2, 3, 16, 64])
def test_kept_epochs_are_bounded_dense_at_first_and_end_with_the_last(n_epochs, n_frames):
    kept = kept_epochs(n_epochs, n_frames)
    assert len(kept) <= n_frames and kept == sorted(set(kept))
    assert kept[0] == 1 and kept[-1] == n_epochs
    dense = min(n_epochs, n_frames // 2)
    assert kept[:dense] == list(range(1, dense + 1))


def test_the_steps_between_kept_epochs_grow():
    steps = [b - a for a, b in itertools.pairwise(kept_epochs(100_000, 64))]
    assert all(b >= a - 1 for a, b in itertools.pairwise(steps)) and steps[-1] > 1000  # −1: epochs are whole numbers


def film(folder, config, data, epochs=None):
    writer = FrameWriter(folder, config, data)
    for record in train(config, data):
        if epochs is None or record.epoch in epochs:
            writer.write(record.epoch, record.state.model, record.encoded)
    return writer, record


def test_a_frame_shows_what_the_model_of_its_epoch_draws(tmp_path, digits):
    _, record = film(tmp_path, TINY, digits)
    assert frame_epochs(tmp_path) == [1, 2, 3]
    frame, model = read_frame(tmp_path, 3), record.state.model.eval()
    assert frame.samples.shape == (64, 1, 8, 8) and frame.samples.dtype == torch.uint8
    assert torch.equal(frame.samples, (model.decode(frame.z) * 255).round().to(torch.uint8))
    again = model.reconstruct(frame.images.float() / 255)
    assert torch.equal(frame.reconstructions, (again * 255).round().to(torch.uint8)) and len(frame.images) == 18
    assert frame.mu.shape == (359, 2) and torch.equal(frame.y, digits.test.y)
    torch.testing.assert_close(frame.mu, model.encode(digits.test.x.float() / 255).mu)


def test_every_frame_shows_the_same_things(tmp_path, digits):
    film(tmp_path, TINY, digits)
    first, last = read_frame(tmp_path, 1), read_frame(tmp_path, 3)
    for name in ("z", "sample_y", "images", "y"):
        assert torch.equal(getattr(first, name), getattr(last, name))
    for name in ("samples", "reconstructions", "mu"):
        assert not torch.equal(getattr(first, name), getattr(last, name))


def test_the_samples_of_two_dimensions_are_the_plane(tmp_path, digits):
    FrameWriter(tmp_path, TINY, digits)
    z = frames.load_file(tmp_path / frames.FIXED)["z"].view(8, 8, 2)
    levels = normal_quantiles(8)
    assert torch.equal(z[0, :, 0], levels) and torch.equal(z[:, 0, 1], levels.flip(0))


@pytest.mark.parametrize("latent_dim", [1, 5])
def test_other_latent_sizes_and_classes(tmp_path, digits, latent_dim):
    config = dataclasses.replace(TINY, latent_dim=latent_dim, conditional=True, epochs=1)
    film(tmp_path, config, digits)
    frame = read_frame(tmp_path, 1)
    assert frame.z.shape == (64, latent_dim) and frame.mu.shape == (359, latent_dim)
    assert frame.sample_y.tolist() == [i % 10 for i in range(64)]
    assert sorted(set(frame.y.tolist())) == list(range(10))


def test_at_most_a_thousand_points(tmp_path):
    x = torch.randint(0, 256, (3000, 3, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    split = Split(x, torch.arange(3000) % 3)
    data = Data(DataSpec("noise", "image", (3, 4, 4), ("a", "b", "c")), split, split)
    film(tmp_path, dataclasses.replace(TINY, epochs=1), data)
    frame = read_frame(tmp_path, 1)
    assert frame.mu.shape == (1000, 2) and frame.samples.shape == (64, 3, 4, 4)
    assert frame.y.bincount().min() > 250  # drawn from the whole split


def test_frames_that_do_not_stay_can_be_fetched_for_a_while(tmp_path, digits, monkeypatch):
    monkeypatch.setattr(frames, "MAX_FRAMES", 4)
    monkeypatch.setattr(frames, "PASSING", 3)
    config = dataclasses.replace(TINY, epochs=12)
    writer = FrameWriter(tmp_path, config, digits)
    kept = kept_epochs(12, 4)
    assert kept == [1, 2, 5, 12]
    passing = []
    for record in train(config, digits):
        writer.write(record.epoch, record.state.model, record.encoded)
        passing += [] if record.epoch in kept else [record.epoch]
        assert frame_epochs(tmp_path) == sorted([e for e in kept if e <= record.epoch] + passing[-3:])
    writer.finish()
    assert frame_epochs(tmp_path) == kept


def test_the_last_frame_stays_where_a_training_was_stopped(tmp_path, digits, monkeypatch):
    monkeypatch.setattr(frames, "MAX_FRAMES", 4)
    writer, _ = film(tmp_path, dataclasses.replace(TINY, epochs=12), digits, epochs=(1, 2, 3, 4, 5, 6, 7))
    writer.finish()
    assert frame_epochs(tmp_path) == [1, 2, 5, 7]


def test_a_writer_that_goes_on_clears_what_does_not_stay(tmp_path, digits, monkeypatch):
    monkeypatch.setattr(frames, "MAX_FRAMES", 4)
    config = dataclasses.replace(TINY, epochs=12)
    monkeypatch.setattr(frames, "PASSING", 1)
    film(tmp_path, config, digits, epochs=(1, 2, 3, 4))
    (tmp_path / "000007.safetensors").write_bytes(b"of an epoch that will be trained again")
    again = FrameWriter(tmp_path, config, digits)
    again.forget_after(4)
    assert frame_epochs(tmp_path) == [1, 2, 4]
    record = next(train(config, digits))
    again.write(5, record.state.model, record.encoded)
    assert frame_epochs(tmp_path) == [1, 2, 4, 5]
    again.finish()
    assert frame_epochs(tmp_path) == [1, 2, 5]


def test_stopped_at_once_after_going_on_it_keeps_its_last_frame(tmp_path, digits, monkeypatch):
    monkeypatch.setattr(frames, "MAX_FRAMES", 4)
    config = dataclasses.replace(TINY, epochs=12)
    film(tmp_path, config, digits, epochs=(1, 2, 3, 4, 6))
    again = FrameWriter(tmp_path, config, digits)
    again.forget_after(4)
    again.finish()
    assert frame_epochs(tmp_path) == [1, 2, 4]


def test_large_frames_are_fewer(tmp_path, digits, monkeypatch):
    FrameWriter(tmp_path, TINY, digits)
    monkeypatch.setattr(frames, "MAX_BYTES", 60_000)
    config = dataclasses.replace(TINY, epochs=1000)
    writer, size = FrameWriter(tmp_path, config, digits), 80 * 64 + 359 * 8
    assert 2 <= len(writer.kept) <= 60_000 // size < 80


def test_a_missing_or_damaged_frame_is_said(tmp_path, digits):
    assert frame_epochs(tmp_path / "nowhere") == []
    film(tmp_path, dataclasses.replace(TINY, epochs=2), digits)
    with pytest.raises(UserError, match="There is no frame of epoch 3"):
        read_frame(tmp_path, 3)
    (tmp_path / "000002.safetensors").write_bytes(b"half")
    with pytest.raises(UserError, match="The frame of epoch 2 cannot be read"):
        read_frame(tmp_path, 2)


def test_drawing_leaves_the_training_as_it_was(tmp_path, digits):
    writer, record = film(tmp_path, TINY, digits)
    assert record.state.model.training
    (*_, watched), (*_, bare) = [record], train(TINY, digits)
    for name, value in bare.state.model.state_dict().items():
        assert torch.equal(value, watched.state.model.state_dict()[name])
