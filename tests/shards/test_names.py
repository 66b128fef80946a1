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


def test_names_are_as_short_as_they_can_be() -> None:
    found = ["/d/a/0.tar", "/d/b/0.tar", "/d/b/1.tar", "memory://a/2.tar"]
    assert distinct_names(found) == ["a/0.tar", "b/0.tar", "1.tar", "2.tar"]
