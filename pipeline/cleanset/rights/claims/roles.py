"""What a place in the evidence is about, by its name: a license, a notice, a creator, a title.

Names of columns are compared without case and punctuation, so ``license_url``, ``LicenseURL`` and ``license url`` are
one; of a path (``extmetadata.LicenseUrl``, ``json.usage.access``) its longest end that is known counts. A license may
be named by whose it is (``flickr_license``, ``photo_license_url``); that of a data set, its text or its code is none of
the picture's. Embedded places are those that ``embedded`` writes.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.optout.columns import Holds, holds
from cleanset.rights.publicdomain import workfacts


class Role(StrEnum):
    """What a place is about."""

    LICENSE = "license"
    LICENSE_VERSION = "license-version"
    PAGE_LICENSE = "page-license"
    LINK = "link"
    TERMS = "terms"
    NOTICE = "notice"
    TEXT = "text"
    OWNER = "owner"
    CREATOR = "creator"
    HANDLE = "handle"
    CREDIT = "credit"
    TITLE = "title"
    SOURCE = "source"
    LICENSOR = "licensor"
    INSTITUTION_FLAG = "institution-flag"
    RESTRICTION_FLAG = "restriction-flag"
    FLAG = "flag"
    CREATOR_DIED = "creator-died"
    PUBLISHED = "published"
    CREATED = "created"
    COUNTRY = "country"
    UNPUBLISHED = "unpublished"
    WORK_KIND = "work-kind"
    SOURCE_TYPE = "source-type"
    GENERATED_FLAG = "generated-flag"
    GENERATOR = "generator"
    LICENSE_HISTORY = "license-history"
    WORDS = "words"
    """Rights, as the name of the place says; nobody has listed what its values are."""
    GENERATION_SETTING = "generation-setting"
    CREATOR_BORN = "creator-born"


_COLUMNS_OF = {
    Role.LICENSE: """license licence licenses licences licenseid licenceid licensename licencename licensetype
        licencetype licenseurl licenceurl licenseuri licenceuri licenselink licensecode licencecode licensenumber
        licenselabel licensetitle licensestring licensedep5 licencedep5 licensedeclared licenseshortname licensespdx
        licensespdxid spdx spdxid spdxlicense cclicense cclicenseurl imagelicense imagelicence photolicense
        medialicense copyrightlicense
        dctermslicense dclicense rightsurl rightsuri edmrights rightsstatement rightsstatementuri rightsstatementurl""",
    Role.LICENSE_VERSION: "licenseversion licenceversion",
    Role.PAGE_LICENSE: "pagelicense pagelicence sitelicense",
    Role.TERMS: """rights dcrights dctermsrights usageterms xmprightsusageterms permission terms termsofuse usage
        usagerights rightsadvisory rightsinformation conditionsofaccess copyrightstatus possiblecopyrightstatus
        licensenote licencenote licensenotes licenseterms licensetext licensestatement usageconditions useconditions
        usagerestrictions openaccess isopenaccess
        rightsnote rightsnotes rightsdescription accessrights dctermsaccessrights""",
    Role.WORDS: "nc nd isnc isnd intellectualproperty usepolicy usagepolicy reusepolicy",
    Role.NOTICE: """copyright copyrightnotice copyrighttext copyrightstatement copyrightline copyrightinfo
        rightsandreproduction""",
    Role.OWNER: "rightsholder copyrightholder copyrightholders copyrightowner dctermsrightsholder holder",
    Role.CREATOR: """author authors authorname creator creators creatorname artist artists artistname photographer
        photographername byline dccreator dctermscreator maker painter attributionname artistdisplayname
        imagecreator""",
    Role.HANDLE: "unickname username uploader uploadername owner ownername user",
    Role.CREDIT: "credit credits creditline credittext attribution photocredit photocredits imagecredit picturecredit",
    Role.TITLE: "title objectname imagetitle dctitle dctermstitle worktitle",
    Role.SOURCE: """source sourceurl provider pageurl foreignlandingurl originallandingurl webpageurl landingpage
        landingurl originalurl licenselocation isshownat""",
    Role.LICENSOR: "licensorurl acquirelicensepage",
    Role.INSTITUTION_FLAG: "ispublicdomain publicdomain sharelicensestatus usageaccess mediausageaccess",
    Role.GENERATION_SETTING: """negativeprompt cfgscale guidancescale numinferencesteps inferencesteps samplername
        sampler samplingmethod modelhash diffusionmodel loraweights sdmodel checkpointname""",
    Role.RESTRICTION_FLAG: "nonfree deletionreason",
    Role.FLAG: "restrictions",
    Role.SOURCE_TYPE: "digitalsourcetype iptcdigitalsourcetype digitalsourcefiletype sourcetype digitalsource",
    Role.GENERATED_FLAG: """isaigenerated aigenerated isaiart isgenerated generatedbyai isaigeneratedimage madewithai
        isai issynthetic synthetic ai aiimage isaiimage machinegenerated syntheticimage aiart aicreated aimade""",
    Role.GENERATOR: """generator aigenerator aimodel generativemodel generationmodel software creatortool
        generatedby createdwith madewith model modelname basemodel modelversion texttoimagemodel""",
    Role.LICENSE_HISTORY: "licensehistory licencehistory",
}
_COLUMN_ROLES = {
    **{name: role for role, names in _COLUMNS_OF.items() for name in names.split()},
    **dict.fromkeys(workfacts.DEATH | workfacts.LIFE, Role.CREATOR_DIED),
    **dict.fromkeys(workfacts.BIRTH, Role.CREATOR_BORN),
    **dict.fromkeys(workfacts.PUBLICATION, Role.PUBLISHED),
    **dict.fromkeys(workfacts.CREATED, Role.CREATED),
    **dict.fromkeys(workfacts.COUNTRY, Role.COUNTRY),
    **dict.fromkeys(workfacts.UNPUBLISHED, Role.UNPUBLISHED),
    **dict.fromkeys(workfacts.KIND, Role.WORK_KIND),
}
_WHOSE = re.compile(
    r"(?:flickr|yfcc|inaturalist|inat|gbif|openverse|wikimedia|commons|photo|image|img|picture|media|file|work)(?=licen[sc]e)"
)
"""Whose license it is, before the name of a license column."""

_EMBEDDED_OF = {
    Role.LICENSE: "license licence license_url licenseurl webstatement legalcode",
    Role.TERMS: """usageterms rightsusageterms specialinstructions instructions disclaimer otherconstraints accessrights
        useguidelines usageinfo conditionsofaccess""",
    Role.NOTICE: "copyright copyrightnotice rights aocopyrightnotice",
    Role.TEXT: "imagedescription usercomment xpcomment caption-abstract description comment warning url",
    Role.OWNER: "owner rightsholder copyrightowner copyrightownername",
    Role.CREATOR: "artist xpauthor photographer by-line creator author attributionname imagecreatorname",
    Role.CREDIT: "credit creditline credittext",
    Role.TITLE: "imagetitle xptitle objectname title",
    Role.SOURCE: "source",
    Role.LICENSOR: "licensorurl licensorname acquirelicensepage",
    Role.PAGE_LICENSE: "rel=license rel-license",
}
_HARMLESS_NAMES = """
    marked copyrightflag validation-state signature-issuer morepermissions datamining version filenameasdelivered
    imagecreatorid imagecreatorimageid imagesuppliername imagesupplierid imagesupplierimageid copyrightownerid
    copyrightownerimageid modelreleasestatus modelreleaseid propertyreleasestatus propertyreleaseid
    minormodelagedisclosure copyrightregistrationnumber firstpublicationdate creditlinerequired adultcontentwarning
    imagetype imagefileformatasdelivered imagefilesizeasdelivered copyrightstatus otherimageinfo imagecreator
    imagesupplier copyrightowner mediasummarycode licensor
"""
_HARMLESS = frozenset(_HARMLESS_NAMES.split())
"""Embedded places beside rights that limit no use: identifiers, releases, and what other readers judge."""
_EMBEDDED_ROLES = {name: role for role, names in _EMBEDDED_OF.items() for name in names.split()}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_RIGHTS = re.compile(
    r"""(?<![bfw])rights | licen[csz] | lizenz | copyright | copyleft | permission | permitted | restrict | prohibit
      | embargo | disclaimer | (?:^|non)commercial | derivative | redistribut | reproduc | reuse | ^legal$
      | ^tos$ | ^eula$ | ^usages?$ | ^usageterms | ^terms$ | ^conditions$ | derechos | droits | rechte$ | diritti
      | direitos | rettighe | oikeudet | права | лиценз | 権利 | 权利 | 版权 | 版權 | 著作 | 许可 | 許可
      | 저작권 | حقوق | ^editorial | ^royalt | ^revoked$ | ^withdrawn$ | ^takedown | ^dmca$ | ^consent | ^contract
      | ^clearance$ | ^uncleared$ | ^modifications?$ | ^adaptations?$ | ^private$ | ^premium$
      | bedingung | urheber
      | voorwaard | villkor | vilk[aå]r | ^condi[cz]ion
      | ^permisos?$ | ^termini$ | ^erlaubnis | ^genehmigung | условия | 規約 | 条款 | 條款 | 条件 | 약관""",
    re.VERBOSE,
)
"""Words of a name that speak of rights, in some languages."""
_NOT_THE_PICTURES_WORDS = """
    dataset datasets data code metadata software caption captions annotation annotations font fonts plate
    plates match matched confidence score scores probability count verified checked method detector location index
    search hash version language lang sd weather lighting light medical health road annotator
"""
_NOT_THE_PICTURES = frozenset(_NOT_THE_PICTURES_WORDS.split())
"""Words of a name by which the rights are not the picture's, or the value is no word about them."""
SECOND_HAND = "exif:"
"""How the places begin that img2dataset's ``exif`` column hands on."""


def plain_name(locator: str) -> str:
    """A column's name without case and punctuation."""
    return re.sub(r"[\W_]+", "", locator.casefold())


def plain_names(locator: str) -> list[str]:
    """The plain names of a path, the whole first, then each end of it: ``a.b.c``, ``b.c``, ``c``."""
    parts = re.split(r"[.:]", locator)
    return [plain_name(".".join(parts[start:])) for start in range(len(parts))]


@lru_cache(maxsize=4096)
def column_role(locator: str) -> Role | None:
    """What the column of that name is about; None where it does not bear on rights."""
    roles = (_COLUMN_ROLES.get(name) or _COLUMN_ROLES.get(_WHOSE.sub("", name)) for name in plain_names(locator))
    return next((role for role in roles if role is not None), None) or _by_words(locator)


def column_words(locator: str) -> list[str]:
    """The words of a name, in lower case: ``use_restrictions`` and ``UseRestrictions`` have the same."""
    return re.findall(r"[^\W\d_]+", _CAMEL.sub(" ", locator).casefold())


def _by_words(locator: str) -> Role | None:
    """The role of a name that nobody listed, if its words speak of rights in the picture."""
    words = column_words(locator)
    held = holds(locator)
    if not words or (held is not None and held[0] is not Holds.WORDS) or not _NOT_THE_PICTURES.isdisjoint(words):
        return None
    return Role.WORDS if any(_RIGHTS.search(word) for word in words) else None


@lru_cache(maxsize=4096)
def _embedded_role(locator: str) -> Role | None:
    """What an embedded place is about: the last step of a path, without index, namespace and ExifRead's group.

    What C2PA says of an ingredient is not said of the picture.
    """
    if locator.startswith("ingredient:"):
        return None
    last = re.sub(r"\[[^\]]*\]$", "", locator.casefold().rpartition("/")[2].strip())
    name = last.rpartition(":")[2]
    known = _EMBEDDED_ROLES.get(last) or _EMBEDDED_ROLES.get(name.rpartition(" ")[2])
    if (
        known is None
        and name not in _HARMLESS
        and (last.startswith(("plus:", "iptc4xmpext:encrights", "iptc4xmpext:linked")) or _by_words(name))
    ):
        return Role.WORDS
    return known


def role_of(evidence: Evidence) -> Role | None:
    """What the place of a piece of evidence is about; None where its own reader judges it, or nobody does."""
    if evidence.layer is Layer.COLUMN and evidence.locator.casefold().endswith(":link"):
        return Role.LINK
    if evidence.layer is Layer.COLUMN and not evidence.locator.startswith(SECOND_HAND):
        return column_role(evidence.locator)
    if evidence.layer is Layer.HTTP_HEADER:
        return Role.LINK if evidence.locator.casefold() == "link" else None
    return _embedded_role(evidence.locator)
