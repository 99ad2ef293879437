"""What the server says of its model."""

from tests.studio.server import Server


def test_about_the_model(server: Server) -> None:
    about = server.client.get("/v1/model").json()
    assert about["name"] == "folk"
    assert {"6/8", "4/4", "3/4"} <= set(about["meters"])
    assert {"jig", "slide"} <= set(about["rhythms_by_meter"]["6/8"])
    assert "reel" not in about["rhythms_by_meter"]["6/8"]
    assert not {"", "none"} & {*about["rhythms"], *about["rhythms_by_meter"]["6/8"]}
    assert {"major", "dorian"} <= set(about["modes"])
    assert "AABB" in about["forms"]
    assert about["instruments"][0] == "piano"
    assert about["limits"]["max_count"] == 32
    assert about["originality"] is True
    for meter in about["meters"]:
        assert server.post("/v1/tunes", {"meter": meter, "max_chars": 5}).status_code == 200
