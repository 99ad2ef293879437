"""`/v1/print`: the tunes of a text as one book, and the paper of single ones."""

import io

import pypdf
import pytest

from abcrun import Tune, UsageError, render_book
from abcrun.studio import jobs
from tests.score.pictures import needs_score
from tests.studio.server import TUNE, Server, error_of
from tests.traditional import ALL

pytestmark = needs_score

HOPELESS = "X:7\nT:No key\nABc|\n"


def test_a_book_is_that_of_the_library(server: Server) -> None:
    body = {"abc": "\n".join(ALL), "title": "Libro de Año Nuevo", "paper": "letter"}
    answer = server.post("/v1/print", body)
    assert answer.headers["content-type"] == "application/pdf"
    named = 'attachment; filename="libro-de-ano-nuevo.pdf"'
    assert answer.headers["content-disposition"] == named
    tunes = [Tune.parse(text) for text in ALL]
    assert answer.content == render_book(tunes, title="Libro de Año Nuevo", paper="letter")
    assert "abcrun-left-out" not in answer.headers


def test_what_cannot_be_read_is_left_out_and_told(server: Server) -> None:
    answer = server.post("/v1/print", {"abc": "\n".join((ALL[0], HOPELESS, ALL[1], HOPELESS))})
    assert answer.headers["abcrun-left-out"] == "2 4"
    text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "The Kesh" in text and "Bluehill" in text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"abc": "nothing here"}, "there is no tune that can be printed"),
        ({"abc": HOPELESS}, "there is no tune that can be printed"),
        ({"abc": TUNE, "paper": "a5"}, "paper"),
    ],
)
def test_what_is_no_book_is_refused(server: Server, body: dict[str, str], told: str) -> None:
    answer = server.post("/v1/print", body)
    assert answer.status_code == 422
    assert told in error_of(answer)["message"]


def test_a_book_has_so_many_tunes_at_most() -> None:
    many = "X:1\nK:C\nC|\n\n" * (jobs.MAX_PRINTED + 1)
    with pytest.raises(UsageError, match="at most 200 tunes"):
        jobs.print_book(many, "", "a4")


def test_a_single_tune_has_the_paper_that_is_asked_for(server: Server) -> None:
    for paper, height in (("a4", 842), ("letter", 792)):
        answer = server.post("/v1/render", {"abc": TUNE, "format": "pdf", "paper": paper})
        (page,) = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        assert round(page.mediabox.height) == height
