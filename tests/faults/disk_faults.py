"""What test_disk.py runs in a copy of the app: one fault after the other, and what pages and calls say of each."""

import asyncio
import json
import logging
import os
import resource
import shutil
from pathlib import Path

from streamlit.testing.v1 import AppTest

import app as served
from components.shared.bring import uploads
from vae_core import checkpoints, jobs
from vae_core.checkpoints import published
from vae_core.errors import UserError
from vae_core.training import TrainConfig

logging.basicConfig(format="%(message)s", force=True)
HERE = Path.cwd()
SHIPPED, RUNS, KEPT = HERE / "checkpoints", HERE / "runs", HERE / "kept"
NOBODY = 65534
told = {}


def page(name, path="explore.py"):
    shown = AppTest.from_file(str(HERE / "pages" / "router.py"), default_timeout=60).run()
    if path != "explore.py":
        shown.switch_page(path).run()
    assert not shown.exception, shown.exception
    told[name] = [each.value for each in [*shown.error, *shown.info]]
    return shown


def start(name):
    async def begin():
        async with served.lifespan(served.app):
            pass

    asyncio.run(begin())


def refused(name, work, *arguments):
    try:
        work(*arguments)
        told[name] = None
    except (UserError, OSError) as error:
        told[name] = error


def sentence(error):
    """An error of a write as a page shows it."""
    if error is None or isinstance(error, UserError):
        return error and str(error)
    return AppTest.from_function(shown, args=(error,)).run().error[0].value


def shown(error):
    from components.shared.app import faults

    faults.tell(error)


class File:
    name, size = "mine.png", 4

    def getvalue(self):
        return b"some"


def as_nobody(work):
    """Permissions bind everyone but root."""
    if os.geteuid():
        return work()
    os.seteuid(NOBODY)
    try:
        return work()
    finally:
        os.seteuid(0)


# whole, so that everything is imported
shutil.move(SHIPPED / "digits-vae-2d", KEPT)
shutil.copytree(KEPT, SHIPPED / "digits-vae-2d")
page("whole")
model = checkpoints.load("digits-vae-2d")
refused("publish", published.publish, model, "copied")
refused("upload", uploads._stored, [File()])

# the disk is full: the kernel refuses every byte beyond the limit
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
shutil.rmtree(RUNS)
refused("publish on a full disk", published.publish, model, "another")
refused("upload on a full disk", uploads._stored, [File()])
refused("training on a full disk", jobs.start, TrainConfig(epochs=1))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
told["left"] = sorted(path.name for path in SHIPPED.iterdir())
shutil.rmtree(RUNS, ignore_errors=True)

# a file in the place of runs/
RUNS.touch()
start("runs is a file")
page("runs is a file")
page("train without runs", "train.py")
refused("upload without runs", uploads._stored, [File()])
refused("training without runs", jobs.start, TrainConfig(epochs=1))
RUNS.unlink()

# read-only
for folder in (HERE, SHIPPED):
    folder.chmod(0o555)
as_nobody(lambda: page("read-only"))
as_nobody(lambda: refused("publish read-only", published.publish, model, "another"))
as_nobody(lambda: refused("training read-only", jobs.start, TrainConfig(epochs=1)))
as_nobody(lambda: start("read-only"))
HERE.chmod(0o755)

# unreadable, then empty
SHIPPED.chmod(0o000)
as_nobody(lambda: page("unreadable"))
as_nobody(lambda: page("train unreadable", "train.py"))
as_nobody(lambda: start("unreadable"))
SHIPPED.chmod(0o755)
shutil.rmtree(SHIPPED)
SHIPPED.mkdir()
page("empty")
page("train empty", "train.py")
start("empty")
print(json.dumps({name: each if isinstance(each, list) else sentence(each) for name, each in told.items()}))
