"""Figures for Prometheus."""

import os
import re
import sys

import pytest

from tests.studio.server import JIG, TUNE, Server


def test_figures_for_prometheus(server: Server) -> None:
    tunes, characters = (
        server.metric("abcrun_tunes_total"),
        server.metric("abcrun_characters_total"),
    )
    tune = server.post("/v1/tunes", JIG).json()["tunes"][0]
    server.post("/v1/check", {"abc": TUNE})
    server.client.get("/v1/made-up-path")
    text = server.client.get("/metrics").text
    assert server.metric("abcrun_tunes_total") == tunes + 1
    assert server.metric("abcrun_characters_total") == characters + tune["characters"]
    assert 'abcrun_requests_total{route="/v1/tunes",status="200"}' in text
    assert "made-up" not in text
    assert "abcrun_first_event_seconds_bucket" in text
    assert "abcrun_rendering_seconds_bucket" in text
    assert 'abcrun_request_seconds_count{route="/v1/tunes"}' in text


def test_what_runs_here_and_how_much_it_takes(server: Server) -> None:
    about = server.client.get("/v1/model").json()
    text = server.client.get("/metrics").text
    build = next(line for line in text.splitlines() if line.startswith("abcrun_build_info{"))
    for told in (about["version"], about["name"], about["sha256"]):
        assert f'="{told}"' in build
    assert 'abcrun_capacity{of="rows"} 16.0' in text
    assert 'abcrun_capacity{of="workers"} 1.0' in text


@pytest.mark.skipif(sys.platform != "linux", reason="figures of processes are Linux's")
def test_figures_of_all_its_processes(server: Server) -> None:
    text = server.client.get("/metrics").text
    processes = re.findall(r'^process_resident_memory_bytes{pid="(\d+)"} \S+$', text, re.MULTILINE)
    assert str(os.getpid()) in processes
    assert len(processes) > 1  # that which renders
    assert server.metric("process_cpu_seconds_total") > 0
