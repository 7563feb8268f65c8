"""A table as plain text, for `print`."""

from collections.abc import Sequence


def text(titles: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Titles may have lines.

    >>> print(text(["candidate", "energy\\nnJ"], [["all LIF", "524"], ["all SLIF", "1022"]], [False, True]))
    candidate  energy
                   nJ
    all LIF       524
    all SLIF     1022
    """
    depth = max(title.count("\n") + 1 for title in titles)
    heads = [[*title.splitlines(), *[""] * depth][:depth] for title in titles]
    lines = [list(line) for line in zip(*heads, strict=True)] + [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths, right) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()
