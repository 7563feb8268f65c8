"""What a candidate's page offers to copy, carried out."""

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest
import torch

from api.pages._snippets import FRESH
from searchsvc import Client
from tests.api.test_pages import Page
from tests.e2e.service import BIN, Service
from tests.specs import TINY


def test_what_is_copied_works_as_it_stands(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Client(service.url).submit(TINY)
    search.wait()
    row = search.leaderboard().rows[1]
    shown = Page(httpx.get(f"{service.url}/searches/{search.id}/candidates/{row.candidate}").text)
    codes = {attrs["id"]: "".join(texts) for name, attrs, texts in shown.elements if name == "code"}
    monkeypatch.chdir(tmp_path)
    names: dict[str, torch.nn.Module] = {}
    exec(codes["python"] or "", names)
    assert names["network"](torch.zeros(3, 1, 8, 8)).shape == (2, 3, 10)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    assert f"{FRESH[0]} {FRESH[1]}" in codes["again"]
    again = codes["again"].replace(" ".join(map(str, FRESH)), str(FRESH[0]))  # one seed is as true as three
    done = subprocess.run(
        ["sh", "-euc", f"{codes['shell']}\n{again}"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    pulled = json.loads((tmp_path / f"candidate-{row.candidate}.json").read_text())
    assert pulled["manifest"]["label"] == row.label and f"(seed {FRESH[0]}, 2 epochs" in done.stdout
