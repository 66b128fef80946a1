import io
import tarfile
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.shards.tar import BLOCK, Member, Window, list_members
from shards.writers import tar_bytes


def members_of(raw: bytes) -> list[Member]:
    with tempfile.TemporaryFile() as file:
        file.write(raw)
        file.flush()
        return list(list_members(Window(file)))


def contents_of(raw: bytes) -> list[tuple[str, bytes]]:
    return [(m.name, raw[m.offset : m.offset + m.size]) for m in members_of(raw)]


def special(kind: bytes, link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        header = tarfile.TarInfo("first.jpg")
        header.size = 3
        archive.addfile(header, io.BytesIO(b"one"))
        header = tarfile.TarInfo("second.jpg")
        header.type, header.linkname = kind, link
        archive.addfile(header)
        header = tarfile.TarInfo("third.jpg")
        header.size = 5
        archive.addfile(header, io.BytesIO(b"three"))
    return stream.getvalue()


names = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=160).filter(
    lambda name: name.strip(".")
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(names, st.binary(max_size=1200)), max_size=6),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_every_member_is_listed_with_its_content_and_name(members: list[tuple[str, bytes]], form: int) -> None:
    assert contents_of(tar_bytes(members, form)) == members


def test_ustar_prefixes_are_joined_to_the_name() -> None:
    name = f"{'d' * 90}/{'n' * 90}.jpg"
    assert contents_of(tar_bytes([(name, b"x")], tarfile.USTAR_FORMAT)) == [(name, b"x")]


def test_names_that_are_not_utf_8_keep_their_bytes_as_escapes() -> None:
    raw = tar_bytes([("AAA.jpg", b"x")], tarfile.USTAR_FORMAT)
    header = bytearray(raw[:BLOCK])
    header[0] = 0xE9
    header[148:156] = b"%06o\0 " % (sum(header) - sum(header[148:156]) + 256)
    assert contents_of(bytes(header) + raw[BLOCK:]) == [("\\xe9AA.jpg", b"x")]


def test_a_hard_link_has_the_content_of_the_member_it_points_to() -> None:
    raw = special(tarfile.LNKTYPE, "first.jpg")
    assert contents_of(raw) == [("first.jpg", b"one"), ("second.jpg", b"one"), ("third.jpg", b"three")]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (tarfile.SYMTYPE, "a symbolic link, which is not followed"),
        (tarfile.CHRTYPE, "a device, which is not followed"),
        (tarfile.FIFOTYPE, "a pipe, which is not followed"),
        (tarfile.GNUTYPE_SPARSE, "a sparse file, which is not read"),
        (tarfile.LNKTYPE, "a link to '', not here"),
    ],
)
def test_what_has_no_content_is_a_member_with_a_problem(kind: bytes, says: str) -> None:
    assert [m.problem for m in members_of(special(kind))] == ["", says, ""]


def test_folders_are_left_out() -> None:
    assert [m.name for m in members_of(special(tarfile.DIRTYPE))] == ["first.jpg", "third.jpg"]


def test_an_archive_cut_in_a_member_ends_with_a_cut_member() -> None:
    raw = tar_bytes([("a.jpg", b"a" * 600), ("b.jpg", b"b" * 600)])
    *_, last = members_of(raw[: 3 * BLOCK + BLOCK + 100])
    assert (last.name, last.cut, last.problem) == ("b.jpg", True, "the archive ends after 100 of 600 bytes")


def test_an_archive_cut_in_a_header_says_so() -> None:
    *_, last = members_of(tar_bytes([("a.jpg", b"a"), ("b.jpg", b"b")])[: 2 * BLOCK + 50])
    assert (last.name, last.cut, last.problem) == ("", True, "the archive ends inside a header")


def damage_header(raw: bytes) -> bytes:
    return raw[:BLOCK] + raw[BLOCK : 2 * BLOCK] + b"\xff" * BLOCK + raw[3 * BLOCK :]


def test_members_after_a_damaged_header_are_found() -> None:
    raw = damage_header(tar_bytes([("a.jpg", b"a"), ("b.jpg", b"b"), ("c.jpg", b"c")]))
    assert [m.name for m in members_of(raw)] == ["a.jpg", "", "c.jpg"]
    assert "are no tar header" in members_of(raw)[1].problem


def test_a_changed_byte_in_a_header_is_noticed() -> None:
    raw = bytearray(tar_bytes([("a.jpg", b"a"), ("b.jpg", b"b")]))
    raw[1] ^= 1
    assert [m.name for m in members_of(bytes(raw))] == ["", "b.jpg"]


def test_concatenated_archives_are_read_to_the_end() -> None:
    raw = tar_bytes([("a.jpg", b"a")]) + tar_bytes([("b.jpg", b"b")])
    assert [m.name for m in members_of(raw)] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("raw", [b"", bytes(10 * BLOCK), bytes(100)])
def test_an_empty_archive_has_no_members(raw: bytes) -> None:
    assert members_of(raw) == []


@pytest.mark.parametrize("raw", [b"<html>" * 1000, b"\x80" * 4096, b"short"])
def test_what_is_no_archive_is_one_problem(raw: bytes) -> None:
    assert len(members_of(raw)) == 1
    assert members_of(raw)[0].name == ""


def test_a_size_beyond_all_bounds_is_a_cut_member() -> None:
    raw = bytearray(tar_bytes([("a.jpg", b"a")]))
    raw[124:136] = b"\x80" + (10**20).to_bytes(11, "big")
    raw[148:156] = b"%06o\0 " % (sum(raw[:BLOCK]) - sum(raw[148:156]) + 256)
    assert [(m.size, m.cut) for m in members_of(bytes(raw))] == [(10**20, True)]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=4 * BLOCK), st.data())
def test_no_bytes_make_the_listing_fail_or_read_past_the_end(noise: bytes, data: st.DataObject) -> None:
    whole = tar_bytes([("a.jpg", b"a" * 700), ("b" * 120 + ".jpg", b"b"), ("c.txt", b"c")])
    place = data.draw(st.integers(0, len(whole)))
    raw = whole[:place] + noise + whole[place + len(noise) :]
    for member in members_of(raw):
        assert member.problem or member.offset + member.size <= len(raw)


def test_zeros_between_archives_are_skipped_in_large_steps() -> None:
    assert [m.name for m in members_of(bytes(64 * 1024**2) + tar_bytes([("a.jpg", b"a")]))] == ["a.jpg"]
