"""What an audit finds: values that name the check, the place and the difference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it has to be.

    Attributes:
        check: name of the check.
        subject: sample_id, file or field it is about.
        message: what was found and what was expected.
    """

    check: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.message}"
