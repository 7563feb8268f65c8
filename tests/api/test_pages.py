"""Pages as a browser without scripts sees them, read with the standard library's parser."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest
import torch
import yaml
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from searchsvc import kinds
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Search, Trial
from tests.api.finished import run
from tests.bench.filled import fill
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

HOSTILE = "<img src=x onerror=alert(1)>{{ 7 * 7 }}'\""
STATIC = Path("api/static")
TABS = ("", "/pictures", "/trials", "/specification", "/activity")
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """Elements by name with their attributes and the text within them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(text)
        assert not self._open, f"not closed: {[element[0] for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element: tuple[str, dict[str, str | None], list[str]] = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("option", "p", "li") and self._open[-1][0] != tag:
            return
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for *_, texts in self._open:
            texts.append(data)

    def all(self, tag: str, **having: str) -> list[tuple[dict[str, str | None], str]]:
        found = [(attrs, " ".join("".join(texts).split())) for name, attrs, texts in self.elements if name == tag]
        return [(attrs, text) for attrs, text in found if having.items() <= attrs.items()]

    def one(self, tag: str, **having: str) -> str:
        ((_, text),) = self.all(tag, **having)
        return text

    def column(self, key: str) -> list[str]:
        return [text for attrs, text in self.all("td") + self.all("th") if attrs.get("data-c") == key]


def page(client: TestClient, path: str, status: int = 200) -> Page:
    answer = client.get(path)
    assert answer.status_code == status and answer.headers["content-type"].startswith("text/html"), answer.text
    return Page(answer.text)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Database, dict[str, str]]]:
    """One finished search of each kind, with names that attack; tests leave them as they are."""
    torch.set_num_threads(1)  # `one_thread` comes too late
    folder = tmp_path_factory.mktemp("pages")
    url = f"sqlite:///{folder}/searchsvc.db"
    migrate.upgrade(url)
    database = Database(url)
    with TestClient(create_app(Settings(data=folder, database_url=url)), raise_server_exceptions=False) as client:
        specs = [{**spec, "name": HOSTILE} for spec in (TINY, TINY_SWEEP, TINY_HETEROGENEITY)]
        yield client, database, {spec["kind"]: run(client, database, folder / "artifacts", spec) for spec in specs}
    database.close()


@pytest.fixture
def done(finished: tuple[TestClient, Database, dict[str, str]]) -> TestClient:
    return finished[0]


@pytest.fixture
def rows(finished: tuple[TestClient, Database, dict[str, str]]) -> Database:
    return finished[1]


@pytest.fixture(params=["neuron_placement", "polynomial_degree", "heterogeneity"])
def search(request: pytest.FixtureRequest, finished: tuple[TestClient, Database, dict[str, str]]) -> str:
    return finished[2][request.param]


@pytest.fixture
def tiny(finished: tuple[TestClient, Database, dict[str, str]]) -> str:
    return finished[2]["neuron_placement"]


def test_every_page_of_every_kind_escapes_and_forbids_inline_scripts(done: TestClient, search: str) -> None:
    for path in ("/", *(f"/searches/{search}{tab}" for tab in TABS), f"/searches/{search}/trials/0"):
        answer = done.get(path)
        shown = Page(answer.text)
        assert "<img" not in answer.text and "49" not in shown.all("title")[0][1]  # those behind it are of small curves
        assert HOSTILE in " ".join(texts for _, texts in shown.all("body"))
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert "'unsafe-eval'" not in policy
        assert all(attrs["src"] and not text for attrs, text in shown.all("script"))
        assert not [name for _, attrs, _ in shown.elements for name in attrs if name.startswith("on")]
        assert "https://" not in answer.text and shown.all("main") and shown.all("h1")


def test_the_leaderboard_says_what_the_api_says(done: TestClient, search: str) -> None:
    shown = page(done, f"/searches/{search}")
    board = done.get(f"/v1/searches/{search}/leaderboard").json()
    labels = [re.split(r" ★| searched$", text)[0].removesuffix(" searched") for text in shown.column("candidate")]
    assert labels == [row["label"] for row in board["rows"]]
    for text, row in zip(shown.column("candidate"), board["rows"], strict=True):
        called = row["origin"] == "searched" or "searched" in row["aliases"]
        assert (" searched" in text.removeprefix(row["label"])) == called
    best = [text for attrs, text in shown.all("tr", **{"class": "best"})]
    assert len(best) == 1 and board["conclusion"]["sentence"] == shown.one("p", id="conclusion")
    scale = 100 if board["objective"].startswith("accuracy") else 1
    for text, row in zip(shown.column(board["objective"]), board["rows"], strict=True):
        mean, interval = map(float, text.replace(",", "").split(" ± "))
        found = row["metrics"][board["objective"]]
        assert mean == pytest.approx(scale * found["mean"], abs=interval / 10)
        assert interval == pytest.approx(scale * found["ci95"], rel=0.051)
    for text, row in zip(shown.column("first"), board["rows"], strict=True):
        if row["is_best"]:
            assert text == "best"
        elif row["p_first"] is not None:
            sign, gap, p = re.fullmatch(r"([≈≠]) ([+−][\d.,]+) \(p = (.+)\)", text).groups()  # type: ignore[union-attr]
            assert sign == ("≈" if row["is_similar"] else "≠") and float(p) == pytest.approx(row["p_first"], rel=0.06)
            assert float(gap.replace("−", "-")) == pytest.approx(scale * row["difference_first"], rel=1e-2, abs=0.006)
        elif row["difference_first"] is not None:
            assert text.endswith(" (cannot be tested with these seeds)")
        else:
            assert text == ""


def test_distributions_are_small_curves_with_their_words_and_other_values_have_columns(
    done: TestClient, finished: tuple[TestClient, Database, dict[str, str]]
) -> None:
    search = finished[2]["heterogeneity"]
    shown, board = page(done, f"/searches/{search}"), done.get(f"/v1/searches/{search}/leaderboard").json()["rows"]
    titles = {attrs["data-column"]: text for attrs, text in shown.all("th") if "data-column" in attrs}
    assert re.fullmatch(r"tau_excitatory\S+ to \S+ \(log\)", titles["value:tau_excitatory"] or "")
    curves = [attrs["aria-label"] or "" for attrs, _ in shown.all("svg", **{"class": "curve"})]
    assert [words.split(" (")[0] for words in curves] == [row["point"]["tau_excitatory"]["family"] for row in board]
    assert len(shown.all("path")) == len(curves) == len(shown.all("details", **{"class": "curve"}))
    assert shown.column("value:tau_excitatory") == [f"{words} {words}" for words in curves]  # its title and below it
    assert shown.column("value:reach") == [f"{row['point']['reach']:.4g}" for row in board]
    assert shown.column("value:cell") == [row["point"]["cell"] for row in board]


def test_sorting_columns_and_pages_are_links(done: TestClient, tiny: str) -> None:
    by_energy = page(done, f"/searches/{tiny}?sort=energy&column=energy&column=seeds")
    energies = [float(text) for text in by_energy.column("energy")]
    assert energies == sorted(energies) and len(energies) == 4
    ((header, _),) = [found for found in by_energy.all("th") if "aria-sort" in found[0]]
    assert header["data-column"] == "energy" and header["aria-sort"] == "ascending"
    assert {attrs.get("data-column") for attrs, _ in by_energy.all("th")} - {None} == {"energy", "seeds"}
    (link,) = [attrs["href"] for attrs, _ in by_energy.all("a", id="sort-energy")]
    assert link and "sort=-energy" in link and "column=energy" in link
    worst_first = page(done, link)
    assert [float(text) for text in worst_first.column("energy")] == energies[::-1]
    by_worst = page(done, f"/searches/{tiny}?sort=-accuracy/validation")
    assert by_worst.all("th", title="place by accuracy, validation") and not by_worst.all("th", title="rank")
    everything = page(done, f"/searches/{tiny}?column=accuracy/test")
    ((test, _),) = everything.all("th", **{"data-column": "accuracy/test"})
    assert "aria-sort" not in test and not everything.all("a", id="sort-accuracy-test")
    page(done, f"/searches/{tiny}?sort=accuracy/test", 422)


def test_columns_that_come_after_the_readers_choice_are_shown(done: TestClient, tiny: str) -> None:
    def keys(query: str) -> set[str | None]:
        return {attrs.get("data-column") for attrs, _ in page(done, f"/searches/{tiny}?{query}").all("th")} - {None}

    usual = keys("")
    assert "accuracy/test" in usual and "sops" not in usual
    known = [key for key in usual if key != "accuracy/test"]  # as while the search ran
    chosen = {*usual, "sops"} - {"accuracy/test", "seeds"}
    assert keys(urlencode({"column": sorted(filter(None, chosen)), "known": known}, doseq=True)) == {
        *chosen,
        "accuracy/test",
    }


def test_rows_come_in_pages_by_cursor(done: TestClient, tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = done.get(f"/v1/searches/{tiny}/leaderboard?limit=2").json()["next_cursor"]
    shown = page(done, f"/searches/{tiny}?cursor={cursor}")
    assert shown.column("#") == ["3", "4"]
    assert [text for attrs, text in shown.all("a") if text == "First page"]
    page(done, f"/searches/{tiny}?limit=7", 422)


def test_a_trial_that_failed_shows_its_traceback(done: TestClient, rows: Database, tiny: str) -> None:
    with rows.write() as session:
        trial = session.scalars(select(Trial).where(Trial.number == 2, Trial.search_id == UUID(tiny))).one()
        trial.state, trial.error = "failed", f"Traceback\n  line\nValueError: {HOSTILE}"
    shown = page(done, f"/searches/{tiny}/trials/2")
    assert "ValueError: <img" in shown.one("pre", id="error")
    siblings = [attrs["href"] for attrs, _ in shown.all("a") if re.fullmatch(r".*/trials/\d+", attrs["href"] or "")]
    assert siblings and f"/searches/{tiny}/trials/2" not in siblings
    listed = page(done, f"/searches/{tiny}/trials?state=failed")
    assert [attrs["id"] for attrs, _ in listed.all("tr") if "id" in attrs] == ["trial-2"]
    page(done, f"/searches/{tiny}/trials/99999", 404)
    with rows.write() as session:
        trial = session.get_one(Trial, trial.id)
        trial.state, trial.error = "done", None


def test_trials_of_a_candidate_and_the_weights_of_one(done: TestClient, tiny: str) -> None:
    first = done.get(f"/v1/searches/{tiny}/leaderboard").json()["rows"][0]
    trials = done.get(f"/v1/searches/{tiny}/trials").json()["trials"]
    own = [trial["number"] for trial in trials if trial["candidate"] == first["candidate"]]
    shown = page(done, f"/searches/{tiny}/trials?candidate={first['candidate']}")
    assert [attrs["id"] for attrs, _ in shown.all("tr") if "id" in attrs] == [f"trial-{number}" for number in own]
    (link,) = [
        attrs["href"] for attrs, text in page(done, f"/searches/{tiny}/trials/{own[0]}").all("a") if text == "weights"
    ]
    assert link and done.get(link).headers["content-disposition"].endswith(f'"trial-{own[0]}.safetensors"')


def test_the_specification_can_be_submitted_again(done: TestClient, search: str) -> None:
    shown = page(done, f"/searches/{search}/specification")
    text = next("".join(texts) for _, attrs, texts in shown.elements if attrs.get("id") == "yaml")
    spec = done.get(f"/v1/searches/{search}").json()["spec"]
    assert yaml.safe_load(text) == spec
    again = done.post("/v1/searches", json=yaml.safe_load(text))
    assert again.status_code == 201 and again.json()["spec"] == spec
    assert [attrs for attrs, _ in shown.all("a", href=f"/submit?like={search}")]


def test_the_activity_has_every_event(done: TestClient, tiny: str, rows: Database) -> None:
    numbers = [int(attrs["data-number"] or 0) for attrs, _ in page(done, f"/searches/{tiny}/activity").all("li")]
    with rows.read() as session:
        count = session.get_one(Search, UUID(tiny)).event_count
    assert numbers == list(range(1, count + 1))
    stream = done.get(f"/v1/searches/{tiny}/events?after={count - 2}").text
    assert re.findall(r"^id: (\d+)", stream, re.MULTILINE) == [str(count - 1), str(count)]


def test_the_pages_script_knows_every_kind_of_event() -> None:
    listed = set(
        re.findall(r'"(\w+)"', re.search(r"KINDS = \[(.*?)\]", (STATIC / "live.js").read_text(), re.DOTALL)[1])
    )  # type: ignore[index]
    source = "".join(file.read_text() for file in Path("searchsvc/store/control").glob("*.py"))
    emitted = set(re.findall(r'(?:emit|_told)\(\s*session,\s*search,\s*"(\w+)"', source))
    assert len(emitted) > 10 and emitted <= listed and {"succeeded", "failed", "cancelled"} <= listed


def test_searches_are_filtered_and_paged(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("Alpha 100%", "beta", "alphabet")
    made = [client.post("/v1/searches", json={**TINY, "name": name}).json()["id"] for name in names]
    sweep = client.post("/v1/searches", json=TINY_SWEEP).json()["id"]
    client.post(f"/v1/searches/{made[1]}/cancel")

    def found(query: str) -> list[str]:
        rows = [attrs["id"] for attrs, _ in page(client, f"/{query}").all("tr") if "id" in attrs]
        return [(row or "").removeprefix("search-") for row in rows]

    assert found("") == [sweep, *made[::-1]]
    assert found("?text=ALPHA") == [made[2], made[0]]
    assert found("?text=100%25") == [made[0]] and found("?text=1_0") == []
    assert found("?state=cancelled") == [made[1]] and found("?kind=polynomial_degree") == [sweep]
    assert found("?state=&kind=&text=") == found("")
    monkeypatch.setattr("api.pages.searches.PAGE", 3)
    (link,) = [attrs["href"] for attrs, _ in page(client, "/").all("a", rel="next")]
    assert found((link or "").removeprefix("/")) == [made[0]]


def test_the_list_says_task_best_and_what_the_nameless_are(client: TestClient, database: Database) -> None:
    with database.write() as session:
        search = searches.submit(session, kinds.read({**TINY, "name": ""}))
        fill(session, search.id, 4)
        made = str(search.id)
    best = max(
        row["metrics"]["accuracy/validation"]["mean"]
        for row in client.get(f"/v1/searches/{made}/leaderboard").json()["rows"]
        if row["metrics"]["accuracy/validation"]["n"] >= TINY["seeds"]
    )
    row = page(client, "/").one("tr", id=f"search-{made}")
    assert row.startswith("neuron placement on digits") and f"{100 * best:.2f} % accuracy" in row
    assert page(client, f"/searches/{made}").one("h1") == "neuron placement on digits"


def test_a_place_by_another_metric_is_not_called_a_rank(done: TestClient, tiny: str) -> None:
    shown = page(done, f"/searches/{tiny}?sort=-energy")
    assert [text for attrs, text in shown.all("th") if attrs.get("title") == "place by energy"] == ["place"]
    ranked = page(done, f"/searches/{tiny}")
    assert [text for attrs, text in ranked.all("th") if attrs.get("title") == "rank"] == ["#"]


def test_test_results_come_with_the_end(done: TestClient, rows: Database, tiny: str) -> None:
    _set_state(rows, tiny, "running")
    assert not page(done, f"/searches/{tiny}?column=accuracy/test").all("th", **{"data-column": "accuracy/test"})
    assert "test accuracy" not in page(done, f"/searches/{tiny}/trials/2").one("dl", id="numbers")
    _set_state(rows, tiny, "succeeded")
    assert page(done, f"/searches/{tiny}?column=accuracy/test").all("th", **{"data-column": "accuracy/test"})
    assert "test accuracy" in page(done, f"/searches/{tiny}/trials/2").one("dl", id="numbers")


def test_a_page_weighs_less_than_300_kb_beside_the_plotting_library(done: TestClient, tiny: str) -> None:
    for path in (f"/searches/{tiny}", f"/searches/{tiny}/pictures", f"/searches/{tiny}/activity"):
        answer = done.get(path)
        files = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
        bodies = [done.get(file) for file in {*files, "/static/page.js"} if "plotly" not in file]
        assert all(body.status_code == 200 for body in bodies) and len(bodies) >= 5
        assert len(answer.content) + sum(len(body.content) for body in bodies) < 300_000
    others = sum(file.stat().st_size for file in STATIC.rglob("*") if file.is_file())
    assert others < 300_000


def _set_state(database: Database, search: str, state: str) -> None:
    with database.write() as session:
        session.get_one(Search, UUID(search)).state = state
