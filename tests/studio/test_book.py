"""`/v1/book`: a file of ABC to its tunes, and what of it cannot be read."""

import httpx

from abcrun import Tune
from abcrun.studio import jobs
from tests.studio.server import Server, error_of
from tests.traditional import ALL, KESH

HOPELESS = "X:7\nT:No key\nABc|\n"


def book(server: Server, data: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"}
    return server.client.post("/v1/book", content=data, headers=headers)


def test_each_tune_comes_as_a_text_of_its_own(server: Server) -> None:
    data = "A letter before the book.\n\n" + "\n".join(ALL)
    answer = book(server, data.encode()).json()
    assert answer["tunes"] == [text.strip() for text in ALL]
    assert answer["unreadable"] == [] and answer["left_out"] == 0


def test_what_a_file_says_for_all_and_its_encoding_hold_for_each(server: Server) -> None:
    data = "M:6/8\nL:1/8\n\nX:1\nT:Mäggie\nK:G\nG3 G3|\n\nX:2\nT:Zwei\nK:D\nd3 d3|\n"
    for encoding in ("utf-8", "latin-1", "utf-16"):
        first, second = book(server, data.encode(encoding)).json()["tunes"]
        assert Tune.parse(first).title == "Mäggie"
        assert Tune.parse(second).meter.text == "6/8"


def test_a_blank_line_within_a_tune_loses_nothing(server: Server) -> None:
    head, music = KESH.split("|:B2B")
    (text,) = book(server, f"{head}\n|:B2B{music}".encode()).json()["tunes"]
    assert text == KESH.strip()


def test_what_cannot_be_read_is_named_and_the_rest_comes(server: Server) -> None:
    answer = book(server, "\n".join([KESH, HOPELESS, ALL[1]]).encode()).json()
    assert len(answer["tunes"]) == 2
    (found,) = answer["unreadable"]
    line = KESH.count("\n") + 2
    assert (found["title"], found["line"], found["kind"]) == ("No key", line, "no-key")
    assert "K:" in found["message"]


def test_a_file_without_a_tune_is_refused(server: Server) -> None:
    answer = book(server, b"nothing here")
    assert answer.status_code == 422
    assert "no tune" in error_of(answer)["message"]


def test_a_long_book_is_cut_and_says_by_how_much() -> None:
    found = jobs.book(b"X:1\nK:C\nC|\n" * (jobs.MAX_BOOK + 3))
    assert (len(found.tunes), found.left_out) == (jobs.MAX_BOOK, 3)
