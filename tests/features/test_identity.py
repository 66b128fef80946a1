from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cleanset.features.identity import sample_id
from cleanset.shards.sample import Sample

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
MAYBE = st.none() | NAMES
SAMPLES = st.builds(Sample, key=NAMES, url=MAYBE, uid=MAYBE, caption=st.none() | WORDS)
few = settings(max_examples=100)


@given(SAMPLES, NAMES, NAMES, NAMES)
@few
def test_a_url_names_its_sample_wherever_it_lies(sample: Sample, url: str, shard: str, key: str) -> None:
    sample = replace(sample, url=url)
    assert sample_id("coyo", shard, replace(sample, key=key, uid=key)) == sample_id("laion", "0.tar", sample)


@given(SAMPLES, NAMES, NAMES, NAMES)
@few
def test_without_a_url_the_data_sets_own_id_names_it(sample: Sample, uid: str, shard: str, key: str) -> None:
    sample = replace(sample, url=None, uid=uid)
    assert sample_id("coyo", shard, replace(sample, key=key)) == sample_id("coyo", "0.tar", sample)
    assert sample_id("coyo", shard, sample) != sample_id("wit", shard, sample)


@given(SAMPLES, NAMES)
@few
def test_without_both_its_shard_and_key_do(sample: Sample, key: str) -> None:
    sample = replace(sample, url=None, uid=None)
    same = sample_id("a", "0.tar", replace(sample, key=key)) == sample_id("b", "0.tar", sample)
    assert same == (key == sample.key)
    assert sample_id("a", "0.tar", sample) != sample_id("a", "1.tar", sample)


@given(SAMPLES, SAMPLES)
@few
def test_two_identities_never_share_an_encoding(one: Sample, other: Sample) -> None:
    def identity(sample: Sample) -> tuple[object, ...]:
        source = ("url", sample.url) if sample.url else ("uid", sample.uid) if sample.uid else ("key", sample.key)
        return (*source, sample.caption or "")

    assert (sample_id("p", "s", one) == sample_id("p", "s", other)) == (identity(one) == identity(other))


@given(NAMES, NAMES)
@few
def test_a_letter_cannot_move_from_the_url_to_the_caption(url: str, caption: str) -> None:
    moved = Sample("k", url=url + caption[0], caption=caption[1:])
    assert sample_id("p", "s", moved) != sample_id("p", "s", Sample("k", url=url, caption=caption))


def test_a_missing_caption_counts_as_an_empty_one() -> None:
    none, empty = (Sample("k", url="http://a", caption=caption) for caption in (None, ""))
    assert sample_id("p", "s", none) == sample_id("p", "s", empty)


def test_the_image_its_status_and_columns_do_not_matter() -> None:
    sample = Sample("k", url="http://a", caption="c")
    assert sample_id("p", "s", replace(sample, image=b"x", columns={"license": "?"})) == sample_id("p", "s", sample)


def test_text_that_is_no_unicode_still_has_an_id() -> None:
    assert len(sample_id("p", "s", Sample("\udcff", caption="\ud800"))) == 16


def test_the_id_of_a_known_sample_never_changes() -> None:
    """Manifests in the field name samples by it."""
    sample = Sample("000000000", url="https://example.org/a.jpg", caption="a picture")
    assert sample_id("img2dataset", "00000.tar", sample).hex() == "1822a4c9682e996bc1ac8399abcc6157"
