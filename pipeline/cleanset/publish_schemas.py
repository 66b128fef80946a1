"""Write the contract of every published table: ``python -m cleanset.publish_schemas FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cleanset.schemas import TABLES, VERSION, Table


def contract(table: Table) -> str:
    """The JSON text of a table's contract: each column's Arrow type, whether it may be null, and what it means."""
    columns = [
        {"name": c.name, "type": str(c.type), "nullable": c.nullable, "description": c.doc} for c in table.columns
    ]
    document = {"table": table.name, "schema_version": VERSION, "description": table.doc, "columns": columns}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path) -> None:
    """``folder`` holds one contract per table."""
    folder.mkdir(exist_ok=True)
    for table in TABLES:
        (folder / f"{table.name}.v{VERSION}.json").write_text(contract(table))


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
