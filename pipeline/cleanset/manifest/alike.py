"""Samples that are alike in everything that bears on their rights are judged once.

Samples of a source share their license, creator and notices. They differ in hashes and titles, which change no right,
and in addresses, which matter to a few kinds of evidence only (``rights.claims.bearing``). So a batch has few cases
among its samples: 12,306 real ones have 1,121. ``judge`` is the definition, and gives the same for each sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanset.manifest.judge import COPIED, NEEDED, Rules, claim_row, corrections_of, hashes_of, judge, judged_columns
from cleanset.rights.claims.bearing import Bearing, bearing_of, place_bearing
from cleanset.rights.claims.claim import Claim
from cleanset.rights.claims.hosts import load_hosts
from cleanset.rights.claims.licensing import Setting
from cleanset.rights.claims.reading import claims_from, setting_of, title_claims_of
from cleanset.rights.claims.sources import pages_of
from cleanset.rights.conclusion.conclude import Conclusion, conclude
from cleanset.rights.evidence import Evidence, Layer
from cleanset.rights.hostnames import site_of
from cleanset.rights.optout.read import listed
from cleanset.schemas import JUDGED

Row = dict[str, Any]
_Case = tuple[str, str | None, frozenset[Evidence]]
"""Source, address or the part of it that bears on rights, and the evidence that does."""
_CASES = 4096
_CASE_TEXT = 4096
"""Cases that are remembered from batch to batch, and characters of their evidence: at most some 50 MB."""
_PLAIN = [name for name in NEEDED if name != "evidence"]


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What a case comes to.

    Attributes:
        setting: what its evidence was read in.
        claims: of the evidence, but for titles.
        rows: the order of each claim, and its row.
        conclusion: without title and credit.
    """

    setting: Setting
    claims: tuple[Claim, ...]
    rows: list[tuple[tuple[Any, ...], Row]]
    conclusion: Conclusion


class Judge:
    """Judges batches of samples under one set of rules, and remembers the cases that it has seen."""

    def __init__(self, rules: Rules) -> None:
        """Nothing is remembered yet."""
        self._rules = rules
        self._known: dict[_Case, _Judgement] = {}

    def judge_batch(self, features: pa.RecordBatch) -> pa.RecordBatch:
        """One row of ``JUDGED`` per row, in order, of ``schemas.FEATURES`` or their columns ``JUDGED_FROM``."""
        docket = _Docket(self, features)
        rows = [docket.judge(number, row) for number, row in enumerate(features.select(_PLAIN).to_pylist())]
        schema = JUDGED.arrow
        arrays = [
            features.column(name) if name in COPIED else pa.array([row[name] for row in rows], schema.field(name).type)
            for name in JUDGED.names
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    @property
    def rules(self) -> Rules:
        """What is allowed."""
        return self._rules

    def judge_case(self, case: _Case) -> _Judgement:
        """What a case comes to, remembered unless its evidence is long."""
        known = self._known.get(case)
        if known is None:
            known = self._judge(*case)
            if sum(len(evidence.value) for evidence in case[2]) <= _CASE_TEXT:
                if len(self._known) >= _CASES:
                    self._known.clear()
                self._known[case] = known
        return known

    def _judge(self, source: str, address: str | None, evidence: frozenset[Evidence]) -> _Judgement:
        book = self._rules.book
        claims = claims_from(evidence, address, source, book)
        return _Judgement(
            setting=setting_of(tuple(evidence), address, source, book),
            claims=claims,
            rows=[(claim.order, claim_row(claim)) for claim in claims],
            conclusion=conclude(claims, self._rules.policy, book),
        )


class _Docket:
    """The samples of one batch, by their cases."""

    def __init__(self, judge_: Judge, features: pa.RecordBatch) -> None:
        self._judge = judge_
        self._features = features
        self._pieces = _Pieces(features.column("evidence"), with_hashes=judge_.rules.opt_outs is not None)
        self._cases: dict[tuple[tuple[int, ...], str, str | None], _Judgement] = {}
        self._titles: dict[tuple[int, int], tuple[Claim, ...] | None] = {}

    def judge(self, number: int, row: Row) -> Row:
        """The columns of ``JUDGED`` that the evidence of the sample with that number decides."""
        rules = self._judge.rules
        judgement = self._case(number, row)
        titles = self._titles_of(number, judgement)
        if titles is None or self._is_named_by_user(number, row, judgement):
            return judge(self._features.slice(number, 1).select(NEEDED).to_pylist()[0], rules)
        conclusion, claims = judgement.conclusion, judgement.rows
        if titles or conclusion.credited:
            conclusion = conclusion.of_work([*judgement.claims, *titles], row["url"])
        if titles:
            claims = sorted([*claims, *((claim.order, claim_row(claim)) for claim in titles)], key=itemgetter(0))
        return judged_columns(row, conclusion, [claim for _, claim in claims], rules.policy)

    def _case(self, number: int, row: Row) -> _Judgement:
        pieces, url = self._pieces, row["url"]
        own = pieces.rights[number]
        address = url and (url if pieces.needs_address(own) else _bearing_address(url))
        key = own, row["source"], address
        known = self._cases.get(key)
        if known is None:
            evidence = frozenset(pieces.evidence[piece] for piece in own)
            known = self._cases[key] = self._judge.judge_case((row["source"], address, evidence))
        return known

    def _titles_of(self, number: int, judgement: _Judgement) -> tuple[Claim, ...] | None:
        """The claims of the sample's titles; None where a title says more."""
        found: set[Claim] = set()
        for piece in self._pieces.titles[number]:
            key = id(judgement), piece
            if key not in self._titles:
                self._titles[key] = title_claims_of(self._pieces.evidence[piece], judgement.setting)
            claims = self._titles[key]
            if claims is None:
                return None
            found.update(claims)
        return tuple(found)

    def _is_named_by_user(self, number: int, row: Row, judgement: _Judgement) -> bool:
        """Whether the user's opt-out lists or corrections name the sample."""
        rules, pieces = self._judge.rules, self._pieces
        if not rules.opt_outs and not rules.overlay.corrections:
            return False
        evidence = [pieces.evidence[piece] for piece in pieces.rights[number]]
        if rules.opt_outs:
            hashed = [pieces.evidence[piece] for piece in pieces.hashes[number]]
            addresses = [*([row["url"]] if row["url"] else []), *pages_of(evidence)]
            if listed(hashed, addresses, rules.opt_outs, hashes_of(row)):
                return True
        return bool(corrections_of(row, evidence, judgement.claims, rules.overlay))


def _bearing_address(url: str) -> str:
    """As much of the address as bears on rights: what is claimed of that of an agency or a model shows it all."""
    site, hosts = site_of(url), load_hosts()
    return url if hosts.agency(site) or hosts.generator(site) else site


class _Pieces:
    """The evidence of a batch, each piece that occurs in it once; hashes only where they are wanted.

    Attributes:
        evidence: the pieces.
        rights: of each sample, the pieces that bear on rights, ascending.
        titles: of each sample, its titles.
        hashes: of each sample, its hashes in columns.
    """

    def __init__(self, column: pa.ListArray, *, with_hashes: bool) -> None:
        pieces = column.flatten()
        fields = pieces.flatten()
        samples = pc.list_parent_indices(column).to_numpy()
        places, examples = _distinct(fields[:2])
        named = zip(*(field.take(pa.array(examples)).to_pylist() for field in fields[:2]), strict=True)
        is_hash = np.array([place_bearing(Layer(layer), place) is Bearing.HASH for layer, place in named], np.bool_)
        kept = np.arange(len(pieces)) if with_hashes else np.flatnonzero(~is_hash[places])
        numbers, examples = _distinct([field.take(pa.array(kept)) for field in fields])
        self.evidence = [Evidence.from_row(row) for row in pieces.take(pa.array(kept[examples])).to_pylist()]
        of_piece = [bearing_of(evidence) for evidence in self.evidence]
        self._by_address = frozenset(
            number for number, bearing in enumerate(of_piece) if bearing is Bearing.RIGHTS_BY_ADDRESS
        )
        samples, bearing = samples[kept], np.array([one.value for one in of_piece], np.int64)[numbers]

        def of_samples(*wanted: Bearing) -> list[tuple[int, ...]]:
            chosen = np.isin(bearing, [one.value for one in wanted])
            return _by_sample(samples[chosen], numbers[chosen], len(column))

        self.rights = of_samples(Bearing.RIGHTS, Bearing.RIGHTS_BY_ADDRESS)
        self.titles = of_samples(Bearing.TITLE)
        self.hashes = of_samples(Bearing.HASH)

    def needs_address(self, pieces: Iterable[int]) -> bool:
        """Whether one of the pieces says different things of different addresses."""
        return not self._by_address.isdisjoint(pieces)


def _distinct(columns: Sequence[pa.Array]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The number of each row among the different rows of some columns, and an example of each."""
    numbers = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        encoded = column.dictionary_encode(null_encoding="encode")
        numbers = numbers * max(len(encoded.dictionary), 1) + encoded.indices.to_numpy()
        _, examples, numbers = np.unique(numbers, return_index=True, return_inverse=True)
    return numbers, examples


def _by_sample(samples: np.ndarray[Any, Any], numbers: np.ndarray[Any, Any], count: int) -> list[tuple[int, ...]]:
    """The different numbers of each sample, ascending; ``samples`` are ascending."""
    order = np.lexsort((numbers, samples))
    ordered = numbers[order].tolist()
    ends = np.searchsorted(samples, np.arange(count + 1)).tolist()
    return [tuple(dict.fromkeys(ordered[start:end])) for start, end in pairwise(ends)]
