"""What a demo prints: lines of a bounded width that no text of London's can break, and steps that hold or do not."""

import io
import re

import pytest
from rich.console import Console

from demo.show.errors import NotHeld
from demo.show.page import MARGIN, WIDTH, Page, shown


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def page(out: io.StringIO) -> Page:
    """A page that is no terminal."""
    return Page(Console(file=out))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain ASCII, 1 < 2", "plain ASCII, 1 < 2"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("left\u202eright", r"left\u202eright"),
        ("Ærø 冬 🎷", r"\xc6r\xf8 \u51ac \U0001f3b7"),
    ],
)
def test_a_text_of_londons_is_shown_in_printable_ascii(text: str, safe: str) -> None:
    assert shown(text, 200) == safe


def test_a_text_that_is_too_long_is_cut_to_the_width() -> None:
    assert shown("abcdefgh", 8) == "abcdefgh"
    assert shown("abcdefghi", 8) == "abcde..."
    assert len(shown("冬" * 100, 40)) == 40


def test_every_line_fits(page: Page, out: io.StringIO) -> None:
    page.paragraph("word " * 100, MARGIN)
    page.evidence("x" * 300)
    page.excerpt("y" * 3000, 4)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= WIDTH < 100
    assert len([line for line in lines if "y" in line]) == 4


def test_markup_in_a_text_is_only_text(page: Page, out: io.StringIO) -> None:
    page.evidence("[bold]not bold[/bold] :smile:")
    assert out.getvalue() == f"{MARGIN}[bold]not bold[/bold] :smile:\n"


def test_steps_are_numbered_and_say_that_they_held(page: Page, out: io.StringIO) -> None:
    for title in ("First", "Second"):
        with page.step(title, "What it does."):
            page.evidence("found")
    titles = re.findall(r"^\d\. .*$", out.getvalue(), re.MULTILINE)
    assert titles == ["1. First", "2. Second"]
    assert len(re.findall(r"^   ok \(0\.0 s\)$", out.getvalue(), re.MULTILINE)) == 2


def test_a_step_that_an_error_leaves_does_not_say_that_it_held(page: Page, out: io.StringIO) -> None:
    with pytest.raises(NotHeld), page.step("First", "What it does."):
        raise NotHeld("it did not")
    assert "ok" not in out.getvalue()


def test_progress_elsewhere_than_on_a_terminal_has_no_control_characters(
    page: Page, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.show.page.LINE_EVERY_S", 0.0)
    with page.progress("documents", 2000) as reach:
        reach(1500, 750.4)
    assert out.getvalue() == f"{MARGIN}1,500 of 2,000 documents, 750 a second\n"


def test_progress_on_a_terminal_says_how_far_and_how_fast_it_is() -> None:
    out = io.StringIO()
    page = Page(Console(file=out, force_terminal=True, width=98))
    with page.progress("documents", 2000) as reach:
        reach(1500, 750.4)
    assert "1,500 of 2,000 documents, 750 a second" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
