"""Letters made again of their parts: whatever the parts are, and the same bytes each time."""

from hypothesis import example, given
from hypothesis import strategies as st

from tickets.mail.parse import parse
from tickets.mail.rebuilding import File, headers_of, rebuilt

anything = st.text(st.characters(exclude_categories=()), max_size=30)
HALF = "\ud83d"  # JSON knows halves of signs.
files = st.builds(File, anything, anything, st.binary(max_size=30), anything)


@example([("Y", HALF)], HALF, [File(HALF, HALF, b"x", HALF)])
@given(st.lists(st.tuples(anything, anything), max_size=5), anything, st.lists(files, max_size=3))
def test_no_parts_are_refused_and_no_bytes_of_a_file_change(
    headers: list[tuple[str, str]], text: str, attached: list[File]
) -> None:
    told = [("From", "a@x.example"), *(("X-" + name, value) for name, value in headers)]
    raw = rebuilt(told, text, "", attached)
    assert raw == rebuilt(told, text, "", attached)
    letter = parse(raw)
    assert letter.sender is not None
    assert letter.sender.address == "a@x.example"
    assert [each.content for each in letter.attachments] == [each.content for each in attached]


@given(anything.filter(lambda name: name.lower() != "bcc"), anything)
def test_no_value_begins_a_header_or_the_body(name: str, value: str) -> None:
    raw = rebuilt([("Subject", f"{value}\r\nBcc: x\r\n\r\n"), (name, value)], "Hello.", "", [])
    lines = raw.partition(b"\n\n")[0].lower().split(b"\n")
    assert [line for line in lines if line.startswith(b"bcc:")] == []
    assert parse(raw).text.strip() == "Hello."


def test_a_block_of_headers_is_taken_apart() -> None:
    block = "A: 1\r\n 2\r\nB:3\nno header\nC : 4"
    assert headers_of(block) == [("A", " 1 2"), ("B", "3"), ("C ", " 4")]
