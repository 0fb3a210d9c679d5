"""Job processes for tests: forked from a server that has PyTorch loaded, ended after each test."""

import pytest

from tests.jobs.fork_server import Server
from tests.jobs.processes import end_all
from vae_core import checkpoints, computing
from vae_core.jobs import queue as job_queue


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(str(tmp_path_factory.mktemp("fork") / "socket"), checkpoints.ROOT)
    yield server.client
    server.close()


@pytest.fixture
def root(server, tmp_path, monkeypatch):
    """A folder for runs whose jobs are forked from the server; all of them are ended afterwards."""
    monkeypatch.setattr(job_queue, "spawn", server.spawn)
    monkeypatch.delenv(computing.AT_ONCE_VARIABLE, raising=False)
    root = tmp_path / "runs"
    yield root
    monkeypatch.undo()
    end_all(root)
