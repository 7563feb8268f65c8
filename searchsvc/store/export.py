"""Rows as CSV or Parquet, page by page: whoever makes the pages holds no cursor while an answer is being read."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

Row = dict[str, Any]
Page = list[Row]
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
Columns = dict[str, type]  # names in order, and what each holds; anything may be missing


def write(format_: str, columns: Columns, pages: Iterable[Page]) -> Iterator[bytes]:
    """A file of `columns`, a piece for every page; mappings and lists become JSON."""
    plain = ([{name: _plain(row.get(name)) for name in columns} for row in page] for page in pages)
    return _csv(columns, plain) if format_ == "csv" else _parquet(columns, plain)


def _csv(columns: Columns, pages: Iterator[Page]) -> Iterator[bytes]:
    """RFC 4180, with times in ISO 8601; what is missing is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    for page in pages:
        writer.writerows({name: _iso(value) for name, value in row.items()} for row in page)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()  # the header alone, when there is no page


def _parquet(columns: Columns, pages: Iterator[Page]) -> Iterator[bytes]:
    """A row group a page, compressed by Zstandard."""
    import pyarrow as pa  # half a second, which the API need not spend to start
    from pyarrow import parquet

    kinds = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), datetime: pa.timestamp("us", tz="UTC")}
    schema = pa.schema([(name, kinds.get(kind, pa.string())) for name, kind in columns.items()])
    pieces = _Pieces()
    with parquet.ParquetWriter(pieces, schema, compression="zstd") as writer:
        for page in pages:
            writer.write_table(pa.Table.from_pylist(page, schema))
            yield pieces.take()
    yield pieces.take()


class _Pieces(io.RawIOBase):
    """A file of which what has been written is taken away."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        self.position += len(data)
        return len(data)

    def tell(self) -> int:
        return self.position

    def take(self) -> bytes:
        taken, self.written = bytes(self.written), bytearray()
        return taken


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return str(value) if isinstance(value, UUID) else value


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
