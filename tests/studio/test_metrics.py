"""Figures for Prometheus."""

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
