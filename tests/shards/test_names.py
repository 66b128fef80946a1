from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.shards.names import distinct_names

paths = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join), unique=True, max_size=10)


@settings(deadline=None)
@given(paths)
def test_names_are_distinct_ends_of_the_paths(found: list[str]) -> None:
    names = distinct_names(found)
    assert len(set(names)) == len(found)
    assert all(f"/{path}".endswith(f"/{name}") for path, name in zip(found, names, strict=True))


@settings(deadline=None)
@given(paths, st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order(found: list[str], order: object) -> None:
    shuffled = sorted(found, key=lambda _: order.random())  # type: ignore[attr-defined]
    assert dict(zip(found, distinct_names(found), strict=True)) == dict(
        zip(shuffled, distinct_names(shuffled), strict=True)
    )


@settings(deadline=None)
@given(paths.filter(bool))
def test_names_do_not_depend_on_where_the_tree_lies(found: list[str]) -> None:
    assert distinct_names([f"/elsewhere/x{path}" for path in found]) == distinct_names(
        [f"/data/x{path}" for path in found]
    )


@settings(deadline=None)
@given(paths, paths)
def test_shards_keep_their_names_when_others_join_and_when_some_leave(first: list[str], joining: list[str]) -> None:
    before = dict(zip(first, distinct_names(first), strict=True))
    found = sorted({*first[1:], *joining})
    names = dict(zip(found, distinct_names(found, before), strict=True))
    assert len(set(names.values())) == len(found)
    assert all(names[path] == before[path] for path in first[1:])


def test_a_newcomer_whose_every_name_is_taken_has_a_number() -> None:
    assert distinct_names(["a/0.tar", "/x/0.tar"], {"/x/0.tar": "a/0.tar"}) == ["0.tar", "a/0.tar"]
    kept = {"/x/0.tar": "0.tar", "/y/0.tar": "a/0.tar", "/z": "a/0.tar~2"}
    assert distinct_names(["a/0.tar", *kept], kept) == ["a/0.tar~3", *kept.values()]
    assert distinct_names(["memory://a/0.tar", "/memory/a/0.tar"]) == ["memory/a/0.tar~3", "memory/a/0.tar~2"]


def test_a_name_that_is_not_utf_8_is_text() -> None:
    (name,) = distinct_names([b"/data/\xff.tar".decode("utf-8", "surrogateescape")])
    assert name == "\\udcff.tar"


def test_names_are_as_short_as_they_can_be() -> None:
    found = ["/d/a/0.tar", "/d/b/0.tar", "/d/b/1.tar", "memory://a/2.tar"]
    assert distinct_names(found) == ["a/0.tar", "b/0.tar", "1.tar", "2.tar"]
