"""What users write with openapi-python-client: compose, stream, render."""

import json
import sys

from abcrun_studio_client import Client
from abcrun_studio_client.api.default import render, tunes
from abcrun_studio_client.models import (
    Begun,
    ComposedTune,
    ComposedTunes,
    ErrorAnswer,
    RenderRequest,
    RenderRequestFormat,
    TuneRequest,
)
from abcrun_studio_client.types import File

asked = TuneRequest(rhythm="jig", seed=7)
with Client(base_url=sys.argv[1], timeout=None) as api:
    composed = tunes.sync(client=api, body=asked)
    assert isinstance(composed, ComposedTunes)
    tune = composed.tunes[0]

    names: list[str] = []
    begun: Begun | None = None
    grown: ComposedTune | None = None
    headers = {"Accept": "text/event-stream"}
    http = api.get_httpx_client()
    with http.stream("POST", "/v1/tunes", json=asked.to_dict(), headers=headers) as lines:
        for line in lines.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                names.append(value)
            elif field == "data" and names[-1] == "begin":
                begun = Begun.from_dict(json.loads(value))
            elif field == "data" and names[-1] == "tune":
                grown = ComposedTune.from_dict(json.loads(value))
    assert begun is not None
    assert grown is not None

    midi = RenderRequest(abc=tune.abc, format_=RenderRequestFormat.MID)
    rendered = render.sync_detailed(client=api, body=midi)
    assert isinstance(rendered.parsed, File)

    wrong = tunes.sync(client=api, body=TuneRequest(key="H"))
    assert isinstance(wrong, ErrorAnswer)

print(
    json.dumps(
        {
            "abc": tune.abc,
            "streamed": grown.abc,
            "begin": names[0],
            "end": names[-1],
            "seed": begun.settings["seed"],
            "sound": rendered.parsed.payload.read(4).decode("latin-1"),
            "type": rendered.headers["content-type"],
            "kind": wrong.error.kind,
        }
    )
)
