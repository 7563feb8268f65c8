"""A notebook, executed: searches and leaderboards show themselves, and what is waited for is seen meanwhile."""

from html.parser import HTMLParser
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.e2e.service import PATIENCE_SECONDS, Service
from tests.specs import TINY

NAME = "<b>tiny</b> & small"
CELLS = [
    "from searchsvc import AsyncClient, Client",
    "search = Client({url!r}).submit({spec!r}).wait()",
    "search",
    "search.leaderboard()",
    "print(search.leaderboard())",
    "async with AsyncClient({url!r}) as client:\n    search = await client.submit({spec!r})\n    await search.wait()",
]


class Recorded(NotebookClient):
    """Keeps what its cells displayed, also what later displays replaced."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen: dict[int, list[str]] = {}

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] in ("display_data", "update_display_data", "execute_result"):
            self.seen.setdefault(cell_index, []).append(msg["content"]["data"].get("text/html", ""))
        return super().process_message(msg, cell, cell_index)


class Cells(HTMLParser):
    """The cells of a table, and the tags that there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] in (["td"], ["th"]):
            self.rows[-1][-1] += data


def test_a_notebook_shows_a_search_and_its_leaderboard(service: Service) -> None:
    given = {"url": service.url, "spec": {**TINY, "name": NAME}}
    cells = [nbformat.v4.new_code_cell(cell.format_map(given)) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = Recorded(notebook, timeout=PATIENCE_SECONDS)
    client.execute()
    assert not any("stderr" in output.get("name", "") for cell in notebook.cells for output in cell.outputs)

    for waited in (client.seen[1], client.seen[5]):  # by either client
        assert all(NAME not in html and "&lt;b&gt;tiny&lt;/b&gt; &amp; small" in html for html in waited)
        assert ("running" in waited[0] or "waiting" in waited[0]) and "<progress" in waited[0]
        assert "succeeded, 9 of 9 trials" in waited[-1] and "<progress" not in waited[-1]
    assert len(notebook.cells[1].outputs) == 1  # one display, which was replaced

    (search,), (board,) = client.seen[2], client.seen[3]
    table = Cells(board).rows
    assert Cells(search).rows == table and len(table) == 5 and "succeeded" in search
    assert table[0][:2] == ["", "candidate"] and "accuracy, validation, %" in table[0]
    assert [row[0] for row in table[1:]] == ["1", "2", "3", "4"] and "all LIF" in {
        row[1].split(" = ")[0] for row in table
    }
    printed = notebook.cells[4].outputs[0].text
    assert all(word in printed for row in table[1:] for word in row[1].split())
