"""Write the contract of everything that a run leaves: ``python -m cleanset.publish_schemas FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cleanset.manifest.contract import RunRecord
from cleanset.schemas import (
    EMBEDDINGS,
    LAUNDERING,
    TABLES,
    VERSION,
    WITHHELD,
    Decision,
    Detector,
    Permission,
    Reason,
    Status,
    Table,
)

VOCABULARIES = {
    "status": [str(word) for word in Status],
    "permission": [str(word) for word in Permission],
    "decision": [str(word) for word in Decision],
    "reasons": [str(word) for word in (*Status, *Reason) if word is not Status.OK],
    "matched_by": [str(word) for word in Detector],
}
"""Columns of the manifest that hold one of a few words, and the words."""


def contract(table: Table) -> str:
    """The JSON text of a table's contract: each column's Arrow type, whether it may be null, and what it means."""
    columns = [
        {"name": c.name, "type": str(c.type), "nullable": c.nullable, "description": c.doc} for c in table.columns
    ]
    return _text({"table": table.name, "schema_version": VERSION, "description": table.doc, "columns": columns})


def contracts() -> dict[str, str]:
    """Every published file by name: a contract per table, the words, and the JSON Schema of ``run.json``."""
    files = {f"{table.name}.v{VERSION}.json": contract(table) for table in (*TABLES, EMBEDDINGS, LAUNDERING, WITHHELD)}
    files[f"vocabulary.v{VERSION}.json"] = _text({"schema_version": VERSION, "words": VOCABULARIES})
    files[f"run.v{VERSION}.json"] = _text(RunRecord.model_json_schema())
    return files


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path) -> None:
    """``folder`` holds every contract."""
    folder.mkdir(exist_ok=True)
    for name, text in contracts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
