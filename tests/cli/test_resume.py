"""`python -m vae_core train --resume`: what was killed or interrupted ends as if nothing had happened."""

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import time

import pytest
import torch

from tests.cli.asking import json_lines, posix, refusal
from tests.datasets.files import encoded, picture
from vae_core import checkpoints, jobs
from vae_core.cli import main
from vae_core.cli import train as cli_train
from vae_core.jobs.files import State
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train

CONFIG = TrainConfig(network=mlp.Config(hidden=(16,)), epochs=40, batch_size=64, schedule="one_cycle", lr=3e-3)
TRAIN = "train --network mlp --hidden 16 --epochs 40 --batch-size 64 --schedule one_cycle --lr 3e-3 --json".split()
WRITTEN = {*checkpoints.FILES, "manifest.json"}


def weights_of(folder):
    return checkpoints.load(folder).load_model().state_dict()


@pytest.fixture(scope="module")
def undisturbed(digits):
    *_, last = train(CONFIG, digits)
    return last.state.model.state_dict()


def assert_finished(folder, undisturbed):
    checkpoint = checkpoints.load(folder)
    assert [record["epoch"] for record in checkpoint.history] == list(range(1, CONFIG.epochs + 1))
    assert checkpoint.train_config == CONFIG
    weights = weights_of(folder)
    assert weights.keys() == undisturbed.keys()
    assert all(torch.equal(weights[name], value) for name, value in undisturbed.items())
    assert set(os.listdir(folder)) == WRITTEN and os.listdir(folder.parent) == [folder.name]


@pytest.fixture
def interrupt(monkeypatch):
    """Runs a training in this process, with a Ctrl-C when the epoch `after` has been shown."""

    def run(arguments, after):
        show = cli_train._show_json

        def show_and_interrupt(record):
            show(record)
            if record.epoch == after:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(cli_train, "_show_json", show_and_interrupt)
            assert main([str(argument) for argument in arguments]) == 130

    return run


@posix
def test_a_training_that_is_killed_twice_ends_with_the_same_weights(tmp_path, process, undisturbed, capsys):
    new, moment, before = tmp_path / "new", random.Random(3), 0
    for arguments in ([*TRAIN, "--out", new], ["train", "--resume", new, "--json"]):
        running = process(*arguments, stdout=subprocess.PIPE)
        epochs = [json.loads(running.stdout.readline())["epoch"] for _ in range(moment.randrange(2, 8))]
        # At most the epoch under way is lost: the first one that is shown follows the last that was complete.
        assert before <= epochs[0] <= before + 2 and epochs == list(range(epochs[0], epochs[0] + len(epochs)))
        running.send_signal(signal.SIGSTOP)
        assert f"The training in {new} is running, in process {running.pid}." in refusal(
            ["train", "--resume", new], capsys
        )
        assert "is running, in process" in refusal([*TRAIN, "--out", new], capsys)
        running.send_signal(signal.SIGCONT)
        time.sleep(moment.uniform(0, 0.02))
        running.kill()
        shown = [line["epoch"] for line in json_lines(running.communicate()[0])]
        before = (epochs + shown)[-1]
    assert set(os.listdir(new)) == {"resume"} and checkpoints.find([tmp_path]) == [] and jobs.find(tmp_path) == []
    assert "holds an unfinished training: resume it with --resume" in refusal([*TRAIN, "--out", new], capsys)
    assert main(["train", "--resume", str(new), "--json"]) == 0
    *epochs, done = json_lines(capsys.readouterr().out)
    assert epochs[-1]["epoch"] == CONFIG.epochs and done["event"] == "done" and done["path"] == str(new)
    assert_finished(new, undisturbed)
    assert "is done: there is nothing to resume" in refusal(["train", "--resume", new], capsys)


THREADS = {"OMP_NUM_THREADS": "2", "LATENT_JOB_THREADS": "1"}


@posix
def test_a_training_that_is_killed_in_its_first_epoch_begins_again(folder, tmp_path, process, capsys):
    """And what it was to replace stays until it is done."""
    before = checkpoints.load(folder).digest
    arguments = "train --dataset shapes --n-train 50000 --epochs 1 --hidden 8 --json".split()
    running = process(*arguments, "--out", folder, "--force", stdout=subprocess.PIPE, env=THREADS)
    while not (folder / "resume" / "job.json").exists():
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    assert running.communicate()[0] == ""
    assert checkpoints.load(folder).digest == before
    job = json.loads((folder / "resume" / "job.json").read_bytes())
    assert job["threads"] == 2  # as the environment says, not as many as a job would take
    job["config"]["dataset"]["n_train"] = 1000  # as large as the test has time for
    (folder / "resume" / "job.json").write_text(json.dumps(job))
    assert main(["train", "--resume", str(folder), "--json"]) == 0
    assert [line["event"] for line in json_lines(capsys.readouterr().out)] == ["epoch", "done"]
    assert checkpoints.load(folder).digest != before and set(os.listdir(folder)) == WRITTEN


def test_the_command_that_ctrl_c_prints_continues(tmp_path, interrupt, undisturbed, capsys):
    new = tmp_path / "with a space"
    interrupt([*TRAIN, "--out", new], after=3)
    out, err = capsys.readouterr()
    assert len(json_lines(out)) == 4 and len(checkpoints.load(new).history) == 3
    assert err.startswith("Interrupted after epoch 3 of 40; continue with: python -m vae_core train --resume ")
    command = shlex.split(err.strip().partition("continue with: ")[2])
    interrupt([*command[3:], "--json"], after=5)  # for once more
    assert len(checkpoints.load(new).history) == 5 and set(os.listdir(new)) == {*WRITTEN, "resume"}
    checkpoints.load(new).verify()
    capsys.readouterr()
    assert main(command[3:]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{new}: −ELBO ") and "after 40 epochs in" in out and " 5/40" in err and "40/40" in err
    assert_finished(new, undisturbed)


def test_interrupted_before_the_end_of_its_first_epoch_it_leaves_nothing(tmp_path, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_train, "train", interrupted)
    assert main([*TRAIN, "--out", str(tmp_path / "new")]) == 130
    assert capsys.readouterr() == ("", "") and os.listdir(tmp_path) == []


@pytest.mark.parametrize("killed", ["before the checkpoint", "between two folders", "after the checkpoint"])
def test_killed_while_the_run_folder_is_replaced_it_goes_on(folder, interrupt, undisturbed, capsys, killed):
    """The folders as a kill -9 leaves them, where a training was to replace a checkpoint."""
    interrupt([*TRAIN, "--out", folder, "--force"], after=4)
    (folder / "resume").rename(folder.parent / f".{folder.name}.resume")
    if killed == "between two folders":
        shutil.copytree(folder, folder.parent / f".{folder.name}.new.123")
        folder.rename(folder.parent / f".{folder.name}.old")
        assert len(checkpoints.load(folder).history) == 4
    elif killed == "before the checkpoint":
        shutil.rmtree(folder)
        folder.mkdir()
    assert main(["train", "--resume", str(folder), "--json"]) == 0
    shutil.rmtree(folder.parent / f".{folder.name}.new.123", ignore_errors=True)
    assert_finished(folder, undisturbed)


def test_a_folder_with_nothing_to_resume_is_refused(folder, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for place, words in (
        (tmp_path / "empty", "holds no training that could be resumed."),
        (tmp_path / "nowhere", "There is no folder"),
        (folder, "is done: there is nothing to resume."),
    ):
        message = refusal(["train", "--resume", place], capsys)
        assert str(place) in message and words in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "root"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "is a training job, which is running: python -m vae_core jobs follow mine"),
        ("queued", "is a training job, which is queued: python -m vae_core jobs follow mine"),
        ("gone", "is a training job, which is interrupted: python -m vae_core jobs resume mine"),
        ("stopped", "is a training job, which is stopped: python -m vae_core jobs resume mine"),
        ("done", "The training job mine is done: there is nothing to resume."),
    ],
)
def test_a_jobs_folder_is_left_to_the_jobs(tmp_path, capsys, status, words):
    folder = tmp_path / "mine"
    (folder / "resume").mkdir(parents=True)
    state = State("running" if status == "gone" else status, 1)
    if status == "running":
        state.hold()
    state.write(folder)
    assert words in refusal(["train", "--resume", folder], capsys)
    assert State.read(folder) == state


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--epochs 50", "leave out --epochs."),
        ("--network conv --dense 8", "leave out --network, --dense."),
        ("--out elsewhere", "leave out --out."),
    ],
)
def test_other_options_are_refused_beside_resume(tmp_path, interrupt, capsys, arguments, words):
    interrupt([*TRAIN, "--out", tmp_path / "new"], after=1)
    capsys.readouterr()
    message = refusal(["train", *arguments.split(), "--resume", tmp_path / "new"], capsys)
    assert "--resume continues with the options that the training began with" in message and words in message
    assert refusal(["train", "--resume"], capsys).startswith("error: Argument --resume: expected one argument")
    assert os.listdir(tmp_path) == ["new"] and not State.read(tmp_path / "new" / "resume").alive


def test_data_are_found_from_where_the_training_began_or_where_they_are_now(tmp_path, interrupt, monkeypatch, capsys):
    for i in range(8):
        (tmp_path / "data" / "pictures").mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / "pictures" / f"{i}.png").write_bytes(encoded(picture(i)))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    arguments = "train --hidden 8 --epochs 3 --dataset folder --path pictures --json".split()
    interrupt([*arguments, "--out", tmp_path / "new"], after=1)
    monkeypatch.chdir(tmp_path / "elsewhere")
    interrupt(["train", "--resume", tmp_path / "new", "--json"], after=2)
    (tmp_path / "data").rename(tmp_path / "moved")
    capsys.readouterr()
    assert "There is no folder or zip file pictures" in refusal(["train", "--resume", tmp_path / "new"], capsys)
    assert main(["train", "--resume", str(tmp_path / "new"), "--data-dir", str(tmp_path / "moved"), "--json"]) == 0
    assert [line.get("epoch") for line in json_lines(capsys.readouterr().out)] == [3, None]


def test_a_training_whose_loss_is_no_number_leaves_nothing(tmp_path, capsys):
    arguments = "train --hidden 64 64 64 --activation elu --lr 0.5 --schedule one_cycle --batch-size 256 --epochs 50"
    assert main([*arguments.split(), "--json", "--out", str(tmp_path / "new")]) == 2
    out, err = capsys.readouterr()
    assert "no longer a number" in err and len(json_lines(out)) > 0 and os.listdir(tmp_path) == []


@posix
def test_a_full_disk_is_one_sentence_and_the_training_continues_later(tmp_path, process, undisturbed, capsys):
    """Under a limit on the size of files, which a state exceeds."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs prlimit")
    new = tmp_path / "new"
    running = process(*TRAIN, "--out", new, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    shown = [json.loads(running.stdout.readline()) for _ in range(3)]
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (10_000, 10_000))
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 2
    hint = f"continue later with: python -m vae_core train --resume {new}\n"
    assert errors == f"error: {new} cannot be written: the disk is full, or a quota is used up; {hint}"
    n_complete = len(shown + json_lines(output))
    assert n_complete < CONFIG.epochs
    assert main(["train", "--resume", str(new), "--json"]) == 0
    assert json_lines(capsys.readouterr().out)[0]["epoch"] == n_complete + 1
    assert_finished(new, undisturbed)
