import pytest

from cleanset.errors import ConfigError
from cleanset.shards.profiles import NAMES, PROFILES, named, recognize, recognize_headless

LAION = ["SAMPLE_ID", "URL", "TEXT", "HEIGHT", "WIDTH", "LICENSE", "NSFW", "similarity"]
COLUMNS = {
    "laion400m": [LAION],
    "laion2b": [
        ["URL", "TEXT", "WIDTH", "HEIGHT", "similarity", "LANGUAGE", "hash", "punsafe", "pwatermark"],
        ["URL", "TEXT", "top_caption", "all_captions", "WIDTH", "HEIGHT", "similarity", "hash"],
        ["URL", "TEXT", "WIDTH", "HEIGHT", "hash", "aesthetic"],
    ],
    "relaion": [
        ["url", "caption", "similarity", "hash", "punsafe", "pwatermark"],
        ["url", "caption", "punsafe", "key", "status", "error_message", "exif", "md5"],
    ],
    "coyo700m": [["id", "url", "text", "width", "height", "image_phash", "clip_similarity_vitb32"]],
    "datacomp": [["uid", "url", "text", "original_width", "clip_b32_similarity_score", "face_bboxes", "sha256"]],
    "pd12m": [
        ["id", "url", "caption", "width", "height", "mime_type", "hash", "license", "source"],
        ["id", "url", "s3_key", "caption", "md5_hash", "mime_type", "width", "height", "license_type"],
    ],
    "commoncatalog": [["jpg", "blip2_caption", "licensename", "licenseurl", "photoid", "uid", "url", "ext"]],
    "fondant": [["image_url", "alt_text", "webpage_url", "license_type", "license_location", "surt_url"]],
    "wit": [["language", "page_url", "image_url", "page_title", "caption_reference_description", "mime_type"]],
    "openverse": [["identifier", "provider", "foreign_landing_url", "url", "license", "license_version", "title"]],
    "img2dataset": [["LICENSE", "caption", "url", "key", "status", "error_message", "width", "exif", "sha256"]],
    "table": [["image_url", "alt"], ["url", "caption"], ["URL", "TEXT"]],
}


@pytest.mark.parametrize(("name", "columns"), [(name, columns) for name, many in COLUMNS.items() for columns in many])
def test_each_data_set_is_recognized_by_its_columns_in_any_order(name: str, columns: list[str]) -> None:
    assert recognize(columns) == recognize(columns[::-1]) == named(name)


def test_a_table_without_a_url_is_not_recognized() -> None:
    assert recognize(["package", "version", "size"]) is None
    assert recognize([]) is None


@pytest.mark.parametrize(
    ("fields", "name"),
    [(["https://x/1.jpg", "a cat"], "cc12m"), (["a cat", "http://x/1.jpg"], "cc3m")],
)
def test_a_table_without_a_header_is_recognized_by_where_the_address_is(fields: list[str], name: str) -> None:
    assert recognize_headless(fields) == named(name)


@pytest.mark.parametrize("fields", [[], ["a", "b"], ["http://a", "http://b"], ["http://a", "b", "c"]])
def test_other_lines_are_no_table_without_a_header(fields: list[str]) -> None:
    assert recognize_headless(fields) is None


def test_flickrs_uid_is_the_photographers_and_not_the_pictures() -> None:
    fields = named("commoncatalog").split({"uid": "12345@N00", "photoid": "9", "url": "http://x", "caption": "c"})
    assert (fields.uid, fields.url, fields.caption) == ("9", "http://x", "c")
    assert fields.columns == {"uid": "12345@N00"}


def test_columns_that_are_not_used_pass_through() -> None:
    row = {"url": "u", "URL": "U", "TEXT": "T", "caption": "c", "LICENSE": "?"}
    assert named("laion400m").split(row).columns == {"url": "u", "caption": "c", "LICENSE": "?"}


def test_an_unknown_profile_is_told_which_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no profile is called 'laion'; known: auto, .*laion400m.*folder"):
        named("laion")


def test_profile_names_are_distinct_and_those_promised() -> None:
    assert len(NAMES) == len(PROFILES)
    promised = "laion400m laion2b relaion coyo700m cc12m cc3m datacomp pd12m commoncatalog fondant wit openverse"
    assert {*promised.split(), "img2dataset", "webdataset", "huggingface", "folder"} <= set(NAMES)


def test_a_title_that_serves_as_the_caption_stays_a_column() -> None:
    fields = named("openverse").split({"url": "u", "title": "Sea", "license": "by"})
    assert (fields.caption, fields.columns["title"]) == ("Sea", "Sea")
