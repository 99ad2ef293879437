"""The page opens files: ABC and MusicXML, chosen or dropped."""

from collections.abc import Callable

from tests.musicxml.scores import compressed, note, score
from tests.studio.page import TUNE, Visit
from tests.traditional import SALLY_GARDENS

SCORE = score(
    "<figured-bass/>" + note("C4", 4) + note("E4", 4),
    head="<work><work-title>A brought tune</work-title></work>",
)


def chosen(visit: Visit, name: str, data: bytes) -> None:
    visit.page.set_input_files(
        "#file", files=[{"name": name, "mimeType": "application/octet-stream", "buffer": data}]
    )


def test_a_score_of_another_program_lands_on_the_desk(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    for name, data in (
        ("one.musicxml", SCORE.encode()),
        ("two.mxl", compressed({"a.xml": SCORE.replace("brought", "packed")})),
        ("three.xml", SCORE.replace("UTF-8", "UTF-16").replace("brought", "wide").encode("utf-16")),
    ):
        chosen(one, name, data)
        one.until("name => document.getElementById('status').textContent.includes(name)", name)
        assert "figured bass" in page.inner_text("#status")
        assert "[CE]" not in one.text()
        assert one.text().splitlines()[-1] == "C4 E4 |"
        one.drawn()
    assert page.inner_text("#tune-name") == "A wide tune"
    assert page.locator("#tunes .open").count() == 3
    page.locator("#tunes .open").nth(1).click()
    one.until("abc.value.includes('A packed tune')")


def test_a_tunebook_comes_in_whole_and_once_and_opens_at_its_first_tune(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    book = "A book\n\n" + TUNE.strip() + "\n\nX:2\nT:Other\nK:D\nABc|\n"
    chosen(one, "book.abc", book.replace("\n", "\r\n").encode())
    one.until("text => abc.value.trim() === text", TUNE.strip())
    assert "2 tunes are new" in page.inner_text("#status")
    assert page.locator("#tunes .name").all_text_contents() == ["The Kesh", "Other"]
    chosen(one, "book.abc", book.encode())
    one.until("document.getElementById('status').textContent.includes('2 were here before')")
    assert page.locator("#tunes .open").count() == 2
    latin = TUNE.replace(TUNE.split("T:")[1].split("\n")[0], "Mäggie")
    chosen(one, "old.abc", latin.encode("latin-1"))
    one.until("abc.value.includes('T:Mäggie')")


def test_of_several_files_those_with_tunes_come_in_and_the_others_are_named(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    contents = {"a.abc": TUNE, "b.musicxml": SCORE, "c.txt": "nothing here", "d.abc": SALLY_GARDENS}
    page.set_input_files(
        "#file",
        files=[
            {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
            for name, text in contents.items()
        ],
    )
    page.wait_for_selector("#notice:not([hidden])")
    assert page.inner_text("#notice-text") == "c.txt holds no tune in ABC or MusicXML."
    one.until("text => abc.value === text", TUNE)
    names = page.locator("#tunes .name").all_text_contents()
    assert sorted(names) == ["A brought tune", "Down by the Salley Gardens", "The Kesh"]
    one.complaints[:] = [said for said in one.complaints if "422" not in said]


def test_a_file_may_be_dropped_anywhere(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    dropped = page.evaluate_handle(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "drop.musicxml"));
          return data;
        }""",
        SCORE,
    )
    page.dispatch_event("#sheet", "drop", {"dataTransfer": dropped})
    one.until("abc.value.includes('A brought tune')")


def test_a_file_that_holds_no_tune_says_so_and_changes_nothing(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    before = one.text()
    chosen(one, "notes.txt", b"nothing here")
    page.wait_for_selector("#notice:not([hidden])")
    assert "notes.txt holds no tune" in page.inner_text("#notice-text")
    page.click("#dismiss")
    chosen(one, "page.xml", b"<html></html>")
    page.wait_for_selector("#notice:not([hidden])")
    assert "begins with <html>" in page.inner_text("#notice-text")
    assert one.text() == before
    one.complaints[:] = [said for said in one.complaints if "422" not in said]
