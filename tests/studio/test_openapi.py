"""/openapi.json: all operations, and nothing that is not so."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.studio.server import PATIENCE, Server

OPERATIONS = [
    "POST /v1/tunes", "POST /v1/rewrite", "POST /v1/vary", "POST /v1/continue", "POST /v1/answer",
    "POST /v1/check", "POST /v1/convert", "POST /v1/book", "POST /v1/print", "POST /v1/score",
    "POST /v1/render", "GET /v1/renderings/{name}", "POST /v1/waveform",
    "POST /v1/transpose", "POST /v1/note", "GET /v1/model",
    "GET /v1/instruments", "GET /healthz", "GET /readyz", "GET /metrics",
]  # fmt: skip


@pytest.fixture(scope="module")
def api(server: Server) -> Any:
    """Read /openapi.json, for schemathesis."""
    # Not every text is a tune, and the model does not know every meter: 422 tells so.
    # Only renderings that were asked for are here: 404.
    checks = {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422", "429"]},
        "negative_data_rejection": {"expected-statuses": ["400", "413", "422"]},
    }
    config = schemathesis.Config.from_dict({"checks": checks})
    return schemathesis.openapi.from_url(f"{server.url}openapi.json", config=config)


def test_all_operations_are_told(api: Any) -> None:
    assert {operation.ok().label for operation in api.get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", OPERATIONS)
def test_openapi_is_true(api: Any, label: str, mode: GenerationMode) -> None:
    """What it allows is answered as it says; what it does not allow is refused."""
    method, path = label.split()
    if mode is GenerationMode.NEGATIVE and method == "GET":
        pytest.skip("it takes nothing that could be wrong")
    if mode is GenerationMode.NEGATIVE and label in ("POST /v1/convert", "POST /v1/book"):
        pytest.skip("any bytes may be a file: what is in them, the answer says")

    @settings(
        max_examples=20, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(timeout=PATIENCE)

    answers()
