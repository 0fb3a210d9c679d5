"""Data that are not on this computer, and a network that is down."""

import socket

import pytest

from vae_core.cli import main


@pytest.mark.parametrize("dataset", ["kmnist", "levels"])
def test_the_shell_says_where_to_get_them_and_where_to_put_them(dataset, tmp_path, monkeypatch, capfd):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENT_DATA_DIR", raising=False)
    assert main(["train", "--dataset", dataset, "--epochs", "1", "--out", str(tmp_path / "new")]) == 2
    out, err = capfd.readouterr()
    assert out == "" and "Traceback" not in err
    err = err.splitlines()[-1]  # below pooch's own lines: what it tries to get
    assert err.startswith("error: ")
    assert "not on this computer" in err and "https://" in err and "in the data folder" in err
    assert ("downloaded (no connection)" in err) == (dataset == "kmnist")
    assert not (tmp_path / "new").exists()
