"""The schemas of requests beside the types of the library."""

from typing import get_type_hints

from abcrun.composition.conditions import Asked
from abcrun.studio.schemas import TuneRequest


def test_what_may_be_asked_over_http_is_what_the_library_takes() -> None:
    # Of the service alone: how many tunes, and sampling by its two numbers.
    own = {"count", "first", "best_of", "temperature", "top_k"}
    over_http = get_type_hints(TuneRequest)  # without bounds and descriptions
    of_library = get_type_hints(Asked)
    assert own < TuneRequest.model_fields.keys()
    assert {name: over_http[name] for name in TuneRequest.model_fields.keys() - own} == {
        name: of_library[name] for name in of_library.keys() - {"sampling"}
    }
