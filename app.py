"""The ASGI app: our own routes, then Streamlit with the router. Start it with `streamlit run app.py` or uvicorn."""

import gc
import logging
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from components.shared.people import password
from vae_core import computing, installation, limits
from vae_core.errors import UserError

try:
    installation.check_python()
    installation.check_packages()
    limits.check()
    password.password()  # an empty one is none
    # Before torch is imported: spinning threads would take the core from the browser, or from the training, that people
    # are looking at.
    computing.sleep_while_waiting(os.environ)
    computing.pause_the_collector()
    import streamlit as st
    import torch  # noqa: F401  # here, where one that cannot be loaded is a sentence
except UserError as error:
    sys.exit(str(error))
except (ImportError, OSError) as error:
    sys.exit(installation.explain(error))

from starlette.middleware import Middleware  # noqa: E402

from components.anomalies import routes as anomaly_routes  # noqa: E402
from components.levels import routes as level_routes  # noqa: E402
from components.projection import maps as projection_maps  # noqa: E402
from components.shared.app import assets, exports, faults, guard  # noqa: E402
from components.shared.app.addresses import base_path, deep_links  # noqa: E402
from components.shared.app.traffic import deadlines  # noqa: E402
from components.shared.app.traffic.compressed import Compressed  # noqa: E402
from components.shared.app.traffic.leaving import Leaving  # noqa: E402
from components.shared.app.traffic.uploads import UploadBudget  # noqa: E402
from components.shared.bring import examples  # noqa: E402
from components.shared.people import teacher, visitors  # noqa: E402
from components.shared.trainings import curves, film  # noqa: E402
from vae_core import checkpoints, plugins  # noqa: E402
from vae_core.installation import doctor  # noqa: E402
from vae_core.keeping.sweep import sweep  # noqa: E402

SERVED = (anomaly_routes, assets, curves, deep_links, examples, exports, film, level_routes, projection_maps, teacher)

log = logging.getLogger(__name__)

computing.spare_the_collector()


@asynccontextmanager
async def lifespan(app):
    """Load what every session needs, then take it out of the garbage collector's sight: collections stay short."""
    for obstacle in doctor.obstacles():
        log.warning("%s", obstacle)
    sweep()
    plugins.start()
    plugins.javascript()  # two renderers of one kind end the program now, not a page later
    for checkpoint in checkpoints.find()[:1]:
        try:
            checkpoint.load_model()
        except UserError as error:  # the pages say so, too; a damaged model must not keep the app from starting
            log.warning("%s", error)
    gc.collect()
    gc.freeze()
    logging.getLogger("streamlit.error_util").addFilter(faults.is_one)
    # Streamlit switches on what `make app` has switched off: 130 lines for each page that somebody opens.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    async with deadlines.watching(deadlines.Connections()):
        yield


base = base_path.read()
app = st.App(
    Path(__file__).parent / "pages" / "router.py",
    routes=[base_path.below(base, route) for module in SERVED for route in module.routes],
    lifespan=lifespan,
    middleware=[
        *guard.middleware,
        Middleware(Leaving),
        Middleware(deadlines.BodyDeadline),
        Middleware(UploadBudget),
        Middleware(Compressed),
        *visitors.middleware,
    ],
    on_script_error=faults.tell,
)
