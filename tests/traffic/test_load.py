"""A server of its own, which nobody has visited yet, and visitors who speak the protocol of its pages."""

import argparse
import asyncio

from benchmarks import load

MOST = 1500 * 1_000_000


def test_ten_first_visitors_at_once_stay_within_a_budget_of_memory(tmp_path):
    with load.serving(load.APP, "/healthz", LATENT_RUNS=str(tmp_path)) as (url, server):
        with load.Peak(server) as peak:
            asyncio.run(load.herd(url, 10))
        assert 100_000_000 < server.memory_info().rss <= peak.bytes < MOST
        options = argparse.Namespace(sessions=3, seconds=1, think=0.05)
        found = asyncio.run(load.load(url, server, ("", "projection"), options))
    assert (
        found["reruns"] >= options.sessions
        and 0 < found["rerun_p50_ms"] <= found["rerun_p95_ms"]
        and found["cpu_ms_each"] > 0
    )
