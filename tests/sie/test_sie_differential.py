"""The fast reader gives exactly what the exact reader gives: valid oddities, broken lines, any block size.

Vouchers are built from the pieces below, every one of which the format allows or a real program wrote; files of the
data folder are mutated byte by byte. Slow, for the kernel may have to be compiled first.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sie_parser import SieError, kernel
from sie_parser.charset import Charset, count_bytes
from sie_parser.columns import SieTables
from sie_parser.fields import split_carefully, split_fields

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "data/sie"
HEAD = (
    '#FLAGGA 0\r\n#FNAMN "Övningsbolaget åäö åäö åäö"\r\n#RAR 0 20250101 20251231\r\n#KONTO 1930 "Bank"\r\n'
)
SAME = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Both = tuple[SieTables, SieTables]

BLANK = st.sampled_from([" ", "  ", "\t", " \t "])
TEXTS = st.sampled_from(
    ['""', '"Försäljning 25\N{NO-BREAK SPACE}%"', "Porto", '"Sagt \\"hej\\""', '"a\\\\b"', '"C:\\DIR\\"', '"{ } #VER"',
     '"två\tord"', "#H", "Åsa", "a{b", "x}", '"F"rskott"', '"utan slut', '"ctrl\x01"', "a\\b", '" "', "'apostrof'",
     '"\N{GREEK SMALL LETTER ALPHA}"', '"öppen { klammer"', '"\\" x"', '"\x7f"']
)  # fmt: skip
DATES = st.sampled_from(
    ['""', "20250101", '"20251231"', "20240229", "20250229", "00000000", "2025-01-01", "x", '" "']
)
AMOUNTS = st.sampled_from(
    ["1", "-1.5", "0.00", "-0", '"12.34"', "999999999999999.99", "9999999999999999.99", "1.234", ".5", "1,5", "1e3",
     "007.10", '""', "-", "--1", "1.", "12345678901234567890", "1O", "{}"]
)  # fmt: skip
QUANTITIES = st.sampled_from(
    ['""', "0", "1.5", "-2.123456", "1.1234567", "0,5", "999999999999", "1000000000000", "st"]
)
LISTS = st.sampled_from(
    ["{}", "{ }", '{1 "01"}', '{"1" "01" "6" "P 1"}', "{1 2 6 7}", "{1}", '{1 "a\\"b"}', "{1 {2}", '{1 "a}b"}', "{1 2",
     "{1\t2}", '{1 ""}', '{1 "Å1"}', '{1 "a\tb"}', "{1 a\\b}", "{}x", "", "\t{}"]
)  # fmt: skip
LABELS = st.sampled_from(
    ["#TRANS"] * 12 + ["#BTRANS", "#RTRANS", "#trans", "#EGEN", "#KONTO", "TRANS", "#TRANSX"]
)
ENDS = st.sampled_from(["\r\n"] * 8 + ["\n", " \r\n", "\t\n", "\r\r\n", "\r\n\r\n", "\n  \n"])


@st.composite
def rows(draw: st.DrawFn) -> str:
    fields = [
        draw(st.sampled_from(["1930", '"1930"', "0027", "DIFF", '""', "19{30"])),
        draw(LISTS),
        draw(AMOUNTS),
    ]
    fields += [draw(DATES), draw(TEXTS), draw(QUANTITIES), draw(TEXTS), draw(TEXTS)][
        : draw(st.integers(0, 5))
    ]
    line = draw(st.sampled_from(["", "", "\t", "   "])) + draw(LABELS)
    for field in fields:
        line += draw(BLANK) + field
    return line + draw(ENDS)


@st.composite
def twins(draw: st.DrawFn) -> str:
    """An added row and what follows it."""
    same = f"{draw(st.sampled_from(['1930', '1940']))} {draw(LISTS)} {draw(AMOUNTS)}"
    other = draw(st.sampled_from([same, same, same + " 20250101", "1950 {} 1"]))
    return f"#RTRANS {same} 20250202{draw(ENDS)}#TRANS {other}{draw(ENDS)}"


@st.composite
def vouchers(draw: st.DrawFn) -> str:
    fields = [draw(TEXTS), draw(TEXTS), draw(DATES), draw(TEXTS), draw(DATES), draw(TEXTS), draw(TEXTS)]
    head = "#VER"
    for field in fields[: draw(st.integers(2, 7))]:
        head += draw(BLANK) + field
    opened = draw(st.sampled_from(["{"] * 9 + ["", "{ x", " {", "\t{ "])) + draw(ENDS)
    closed = draw(st.sampled_from(["}"] * 9 + ["", "}}", " }", "} "])) + draw(ENDS)
    return (
        head + draw(ENDS) + opened + "".join(draw(st.lists(rows() | rows() | twins(), max_size=6))) + closed
    )


PLAIN = '#VER A 1 20250101 "Försäljning" 20250102 Åsa\r\n{\r\n#TRANS 1930 {} 1.00 20250101 "å" 1 s\r\n}\r\n'


@SAME
@given(
    st.lists(vouchers() | st.just(PLAIN), min_size=1, max_size=6),
    st.sampled_from([1, 40, 300, 1 << 20]),
    st.sampled_from(["cp437", "cp437", "utf-8", "latin-1"]),
    st.booleans(),
)
def test_vouchers_with_oddities(
    read_both: Callable[..., Both],
    assert_same: Callable[[Both], None],
    parts: list[str],
    block_size: int,
    charset: str,
    checksum: bool,
) -> None:
    text = ("#FLAGGA 0\r\n#KSUMMA\r\n" if checksum else "") + HEAD + "".join(parts)
    text += "#KSUMMA 1\r\n" + PLAIN if checksum else ""
    assert_same(read_both(text.encode(charset, "replace"), block_size, 3))


@SAME
@given(st.integers(0, 10**9))
def test_mutated_files(
    read_both: Callable[..., Both], assert_same: Callable[[Both], None], sample_bytes: list[bytes], seed: int
) -> None:
    chance = random.Random(seed)
    data = bytearray(chance.choice(sample_bytes))
    start = chance.randrange(len(data))
    data = data[:200] + data[start : start + 6000]
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        change = chance.choice(
            [b'"', b"{", b"}", b" ", b"\n", b"\\", b"#", b"0", b"-", b".", b"\t", b"\r", b"\x00", b""]
        )
        data[at : at + chance.randint(0, 2)] = change
    try:
        both = read_both(bytes(data), chance.choice([64, 1000, 1 << 20]), 7)
    except SieError:
        return
    assert_same(both)


@pytest.fixture(scope="session")
def sample_bytes() -> list[bytes]:
    """Own cases repeated, and the workspace's real type-4 files where they are."""
    samples = DATA / "../../../shared/reference/sie/samples/real"
    own = [f.read_bytes() + PLAIN.encode("cp437") * 20 for f in DATA.glob("*/*.se") if f.stat().st_size > 40]
    return own + [f.read_bytes() for f in samples.glob("*4*.se")]


def test_every_own_case(read_both: Callable[..., Both], assert_same: Callable[[Both], None]) -> None:
    read = 0
    for file in sorted(DATA.glob("*/*.se")):
        for block_size in (1, 50, 1 << 20):
            try:
                assert_same(read_both(file, block_size, 2))
            except SieError:
                break
            read += 1
    assert read > 100


def test_a_plain_file_is_read_by_the_kernel(fast_module) -> None:  # type: ignore[no-untyped-def]  # see conftest
    """Not one row of an ordinary file is left to the exact reader: speed is not lost unseen."""
    reader = fast_module.FastReader(Charset("cp437", ""))
    block = (PLAIN * 500).encode("cp437")
    pieces = reader.read(block, with_checksum=False)
    assert [(p.start, p.end, p.columns.counts["#VER"]) for p in pieces] == [(0, len(block), 500)]


def test_one_odd_voucher_costs_one_voucher(fast_module) -> None:  # type: ignore[no-untyped-def]  # see conftest
    reader = fast_module.FastReader(Charset("cp437", ""))
    odd = "#VER A 1 20250101\r\n{\r\n#TRANS 1930 {} 1,5\r\n}\r\n"
    block = (PLAIN * 5 + odd + PLAIN * 5).encode("cp437")
    pieces = reader.read(block, with_checksum=False)
    assert [p.columns and p.columns.counts["#VER"] for p in pieces] == [5, None, 5]
    assert block[pieces[1].start : pieces[1].end].decode() == odd


@settings(max_examples=2000, parent=SAME)
@given(st.lists(st.sampled_from([*'ab"\\{} \t', '\\"', '" "', '{a "b" c}']), max_size=14).map("".join))
def test_fields_of_any_line_are_read_to_its_end_and_as_the_grammar_says(line: str) -> None:
    """The plain way to split a line says what the careful way says, and neither loses a letter."""
    values, oddities = split_fields("#X " + line)
    assert (values, oddities) == split_carefully("#X " + line)[:2]
    kept = "".join("".join(v) for v in values)
    for letter in "ab":
        assert kept.count(letter) == line.count(letter)


@pytest.mark.parametrize(
    "line",
    [
        "a" * 200_000 + "\\",
        "{" + "a{" * 100_000,
        '"a' * 100_000,
        "{a} {" * 40_000,
        "{a" + " " * 200_000 + "{",
    ],
    ids=["a backslash at the end", "a list of braces", "quotes", "lists", "blanks"],
)
def test_a_long_hostile_line_is_split_once(line: str) -> None:
    """The plain way gives up where it meets something else, instead of trying every start (minutes, were it so)."""
    assert split_fields(line) == split_carefully(line)[:2]


@SAME
@given(st.binary(max_size=70))
def test_bytes_are_counted_alike(fast_module, block: bytes) -> None:  # type: ignore[no-untyped-def]  # see conftest
    assert fast_module.count_bytes(block) == count_bytes(block)


def test_the_widest_texts_fit(read_both: Callable[..., Both], assert_same: Callable[[Both], None]) -> None:
    """Characters that take three bytes in UTF-8, in the form that grows most: object lists as JSON."""
    row = "#TRANS 1 {" + "\N{BOX DRAWINGS LIGHT HORIZONTAL} " * 600 + "} 1\n"
    text = (
        HEAD + '#VER A 1 20250101 "' + "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 900 + '"\n{\n' + row * 40 + "}\n"
    )
    assert_same(read_both(text.encode("cp437")))


def test_kernel_constants_match_the_tables(fast_module) -> None:  # type: ignore[no-untyped-def]  # see conftest
    widths, letters = fast_module.letter_tables(Charset("cp437", ""))
    forms = [int(letter).to_bytes(8, "little")[:width] for letter, width in zip(letters, widths, strict=True)]
    assert forms[0x86].decode() == "å"
    assert forms[256:] == [b"row", b"added", b"removed"]
    assert kernel.UNRECOGNISED < 0
