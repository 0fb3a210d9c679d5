"""Real processes of training jobs and fits without the seconds that each takes to import torch.

The server is a process of its own that has imported everything, has no threads, and forks for every request: a job's
process, a fit's, or one that starts a job. What is forked is a process like any other: it is killed, limited and waited
for as such. That both are also started the way the app does it, with a new interpreter, is tested on its own.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

REQUEST_BYTES = 65_536


class Client:
    """Asks the server at the socket `path`. Cheap, and the same for tests and for the jobs that they start."""

    def __init__(self, path: str):
        self.path = path

    def _ask(self, **request) -> int:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.path)
            connection.sendall(json.dumps(request).encode())
            return int(connection.recv(100))

    def spawn(self, folder: Path, token: str) -> int:
        """What `job_queue.spawn` does: the process of a job; returns its pid."""
        return self._ask(folder=str(folder), token=token)

    def spawn_fit(self, folder: Path, token: str) -> int:
        """What `fits.spawn` does: the process of a fit; returns its pid."""
        return self._ask(folder=str(folder), token=token, fit=True)

    def start(self, config, name: str, root: Path) -> int:
        """A process that calls `jobs.start` and ends; returns its pid."""
        return self._ask(config=config.to_json(), name=name, root=str(root))


class Server:
    """The server's process, until `close`."""

    def __init__(self, path: str, root: Path):
        one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        command = [sys.executable, "-m", "tests.jobs.fork_server", path]
        self.process = subprocess.Popen(command, cwd=root, env=os.environ | one, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        self.client = Client(path)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def serve(path: str) -> None:
    from vae_core import computing, fits, jobs
    from vae_core.datasets import DATASETS
    from vae_core.fits import process as fit_process
    from vae_core.jobs import process as job_process
    from vae_core.jobs import queue as job_queue
    from vae_core.jobs import recorder as job_recorder
    from vae_core.metrics import measure
    from vae_core.training import TrainConfig, TrainingState

    # What is imported and set up when it is first needed is so before the fork.
    config = TrainConfig()
    data = DATASETS.build(config.dataset)
    measure(TrainingState.start(config, data.spec).model.eval(), data.test)
    # Often, so that kills at random moments hit checkpoints too.
    job_recorder.CHECKPOINT_SECONDS, job_recorder.CHECKPOINT_SHARE, job_recorder.DURABLE_SECONDS = 0.2, 1.0, 0.1
    job_queue.spawn, fits.spawn = Client(path).spawn, Client(path).spawn_fit
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    computing.spare_the_collector()

    def task(folder: str, token: str, fit: bool = False) -> int:
        log = os.open(Path(folder) / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        return (fit_process if fit else job_process).main(Path(folder), token)

    def start(config: dict, name: str, root: str) -> int:
        jobs.start(TrainConfig.from_json(config), name, root=Path(root), threads=1)
        return 0

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                request = json.loads(connection.recv(REQUEST_BYTES))
                pid = os.fork()
                if pid == 0:
                    status = 1
                    try:
                        listener.close()
                        connection.close()
                        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                        os.setsid()
                        status = task(**request) if "token" in request else start(**request)
                    finally:
                        os._exit(status)
                connection.sendall(str(pid).encode())


if __name__ == "__main__":
    serve(sys.argv[1])
