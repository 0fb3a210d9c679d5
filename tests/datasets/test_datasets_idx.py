"""The reader of IDX files refuses what is broken, and a download is checked, kept, and explained when it fails."""

import gzip
import http.server
import socket
import threading
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from tests.datasets.files import idx, write_idx_files
from vae_core.datasets import fashion_mnist, kmnist, mnist
from vae_core.datasets._sources import idx as idx_files
from vae_core.errors import UserError


@pytest.fixture(autouse=True)
def empty_cache_and_no_proxy(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(idx_files.pooch, "os_cache", lambda project: tmp_path / "cache" / project)


def test_idx_files_are_read_exactly(tmp_path):
    write_idx_files(tmp_path / "elsewhere")
    data = mnist.load(mnist.Config(), tmp_path / "elsewhere")
    expected = np.random.default_rng(0).integers(0, 256, (30, 28, 28))
    assert np.array_equal(data.train.x[:, 0], expected) and data.train.y.tolist() == [*range(10)] * 3


@pytest.mark.parametrize(
    ("module", "place"),
    [(mnist, "MNIST/raw"), (fashion_mnist, "FashionMNIST/raw"), (kmnist, "KMNIST"), (mnist, "raw"), (mnist, ".")],
)
def test_files_are_found_where_other_programs_put_them(tmp_path, module, place):
    """torchvision's folders, and names with a dot as some archives unpack."""
    write_idx_files(tmp_path / "data" / place)
    for path in list((tmp_path / "data" / place).iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(module.load(module.Config(), tmp_path / "data").train) == 30


@pytest.mark.parametrize("name", ["KMNIST", "fashion-mnist"])
def test_a_folder_named_for_another_dataset_is_not_taken(tmp_path, name):
    write_idx_files(tmp_path / name)
    assert mnist.load.held_out(mnist.Config(), tmp_path / name) is None


IMAGES = idx(np.zeros((30, 28, 28)))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("train-images-idx3-ubyte.gz", gzip.compress(IMAGES, mtime=0)[:60], "cannot be read"),
        ("train-images-idx3-ubyte.gz", b"\x1f\x8b and nothing of the kind", "cannot be read"),
        ("train-images-idx3-ubyte.gz", b"<html>Not found</html>", "not an IDX file"),
        ("train-images-idx3-ubyte.gz", b"", "not an IDX file"),
        ("train-images-idx3-ubyte.gz", idx(np.zeros(30)), "with 3 dimensions"),
        ("train-images-idx3-ubyte.gz", IMAGES[:-1], "should hold 23,520 bytes"),
        ("train-images-idx3-ubyte.gz", IMAGES + b"\0", "but holds 23,521"),
        ("train-images-idx3-ubyte.gz", IMAGES[:4] + b"\xff" * 12 + IMAGES[16:], "should hold"),
        ("train-images-idx3-ubyte.gz", idx(np.zeros((30, 8, 8))), "8×8"),
        ("train-images-idx3-ubyte.gz", idx(np.zeros((29, 28, 28))), "29 images but"),
        ("train-labels-idx1-ubyte", idx(np.full(30, 10)), "label 10"),
    ],
)
def test_broken_idx_file_is_named(tmp_path, file, content, message):
    write_idx_files(tmp_path / "mnist")
    (tmp_path / "mnist" / file).write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        mnist.load(mnist.Config(), tmp_path)
    assert file in str(caught.value)


def closed_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


@pytest.mark.parametrize("module", [mnist, fashion_mnist, kmnist])
def test_without_network_the_error_says_what_to_place_where(module, tmp_path, monkeypatch, capfd):
    assert all(len(digest) == 64 for digest in module.SOURCE.sha256) and len(module.SOURCE.mirrors) == 2
    address = closed_address()
    monkeypatch.setattr(module, "SOURCE", replace(module.SOURCE, mirrors=(address,)))
    with pytest.raises(UserError) as caught:
        module.load(module.Config(), tmp_path / "data")
    message = str(caught.value)
    name = module.SOURCE.name
    assert "downloaded (no connection)" in message
    for part in (
        *(f"{file}.gz" for file in idx_files.FILES),
        address,
        str(tmp_path / "data" / name),
        str(tmp_path / "cache"),
        f"(it was looked for in {tmp_path / 'data'}, {tmp_path / 'data' / 'raw'})",
    ):
        assert part in message
    assert capfd.readouterr().out == ""


def test_a_folder_of_another_dataset_is_not_taken(tmp_path, monkeypatch):
    write_idx_files(tmp_path / "mnist")
    monkeypatch.setattr(kmnist, "SOURCE", replace(kmnist.SOURCE, mirrors=(closed_address(),)))
    with pytest.raises(UserError, match="Kuzushiji-MNIST is not on this computer"):
        kmnist.load(kmnist.Config(), tmp_path / "mnist")


def test_download_is_checked_and_kept(tmp_path, monkeypatch, capfd):
    served = tmp_path / "served"
    write_idx_files(served)
    contents = []
    for name in idx_files.FILES:
        plain, packed = served / name, served / f"{name}.gz"
        if plain.exists():
            packed.write_bytes(gzip.compress(plain.read_bytes()))
        contents.append(packed.read_bytes())

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=served)

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mirrors = (closed_address(), f"http://127.0.0.1:{server.server_port}/")
        right = tuple(sha256(content).hexdigest() for content in contents)
        monkeypatch.setattr(mnist, "SOURCE", replace(mnist.SOURCE, mirrors=mirrors))
        with pytest.raises(UserError, match="checksum"):
            mnist.load(mnist.Config())
        assert not list(idx_files.cache_folder(mnist.SOURCE).iterdir())
        monkeypatch.setattr(mnist, "SOURCE", replace(mnist.SOURCE, sha256=right))
        assert len(mnist.load(mnist.Config()).train) == 30
        server.shutdown()
    assert len(mnist.load(mnist.Config()).test) == 10  # from the cache now
    assert capfd.readouterr().out == ""
