"""Benchmarks write their own sections of a document, between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``."""

import re
from pathlib import Path


def write_section(file: Path, name: str, text: str) -> None:
    """Replace the section `name`, or append it; every other byte of the file stays.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "performance.md")
    ...     _ = file.write_text("# Performance\\n")
    ...     for text in ("## Load\\n\\n3 per second", "## Load\\n\\n4 per second"):
    ...         write_section(file, "Load", text)
    ...     print(file.read_text().replace("\\n\\n", "\\n"))
    # Performance
    <!-- begin Load -->
    ## Load
    4 per second
    <!-- end Load -->
    <BLANKLINE>
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    section = f"{begin}\n\n{text.strip()}\n\n{end}"
    before = file.read_text() if file.exists() else "# Performance\n"
    after, replaced = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: section, before, flags=re.DOTALL)
    file.write_text(after if replaced else f"{before.rstrip()}\n\n{section}\n")
