"""The license book: what a license string or address means, by reviewed data and a strict grammar."""

from cleanset.rights.book.license import Answer, License, LicenseClass, Reading
from cleanset.rights.book.licensebook import LicenseBook, combine

__all__ = ["Answer", "License", "LicenseBook", "LicenseClass", "Reading", "combine"]
