"""The form that submits a search, in a real browser: by keyboard, nested, again changed, with the API's own words."""

import json
from typing import Any

import httpx
import pytest
import yaml

from searchsvc import Client
from tests.e2e.browser import until
from tests.e2e.service import Service
from tests.specs import TINY, TINY_HETEROGENEITY

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


def opened(service: Service, page: Any, query: str = "") -> Any:
    page.goto(f"{service.url}/submit{query}")
    page.wait_for_selector("form[data-ready]")
    return page


def field(page: Any, *path: str) -> Any:
    """The control at this place."""
    place = page.locator("#fields")
    for step in path:
        place = place.locator(f'[data-step="{step}"]').first
    return place.locator("input, select, textarea").first


def opened_group(page: Any, name: str) -> None:
    page.locator(f'details[data-step="{name}"] > summary').first.click()


def previewed(page: Any) -> Any:
    return yaml.safe_load(page.inner_text("#said"))


def refused(service: Service, spec: dict[str, Any]) -> list[str]:
    """What the API says of this specification."""
    problem = httpx.post(f"{service.url}/v1/searches", json=spec).json()
    return problem["errors"] or [problem["detail"]]


def submitted(service: Service, page: Any) -> dict[str, Any]:
    page.wait_for_url("**/searches/*")
    spec: dict[str, Any] = Client(service.url).search(page.url.rpartition("/")[2]).status()["spec"]
    return spec


def cancel_all(service: Service) -> None:
    for search in Client(service.url).searches():
        if search["state"] in ("queued", "running", "paused"):
            httpx.post(f"{service.url}/v1/searches/{search['id']}/cancel")


@pytest.fixture(autouse=True)
def nothing_is_left_running(service: Service) -> Any:
    yield
    cancel_all(service)


def test_a_search_is_submitted_by_keyboard_alone(service: Service, page: Any) -> None:
    opened(service, page)
    press = page.keyboard.press

    def reach(selector: str) -> None:
        for _ in range(60):
            press("Tab")
            if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        raise AssertionError(f"{selector} was not reached")

    reach('[data-step="kind"] select')
    page.keyboard.type("neuron")
    reach('[data-step="task"] [data-step="name"] select')
    page.keyboard.type("digits")
    reach('[data-tag="neuron_placement"] > .members > [data-step="name"] input')
    page.keyboard.type(HOSTILE)
    press("Tab")
    page.keyboard.type("7")
    assert previewed(page) == {"kind": "neuron_placement", "task": {"name": "digits"}, "name": HOSTILE, "seed": 7}
    press("Enter")
    spec = submitted(service, page)
    assert (spec["kind"], spec["name"], spec["seed"], spec["seeds"]) == ("neuron_placement", HOSTILE, 7, 3)
    assert not page.title().startswith("owned") and page.complaints == []


def test_wrong_input_is_answered_with_the_apis_sentences_at_the_fields(service: Service, page: Any) -> None:
    opened(service, page, "?kind=neuron_placement")
    field(page, "task", "name").select_option("event_digits")
    field(page, "task", "deletion").fill("2")
    field(page, "seeds").fill("many")
    field(page, "seed").fill("-1")
    opened_group(page, "training")
    field(page, "training", "epochs").fill("0")
    opened_group(page, "training")  # closed again: the mistake must show nevertheless
    page.click("text=Submit >> nth=-1")
    page.wait_for_selector("#refusal:not([hidden])")
    wrong = {
        "kind": "neuron_placement",
        "task": {"name": "event_digits", "deletion": 2},
        "seed": -1,
        "seeds": "many",
        "training": {"epochs": 0},
    }
    said = refused(service, wrong)
    assert len(said) == 4
    assert page.locator("#refusal li").all_inner_texts() == said
    assert page.evaluate("document.activeElement.id") == "refusal"
    for path, sentence in zip(
        (["seed"], ["seeds"], ["task", "deletion"], ["training", "epochs"]), sorted(said), strict=True
    ):
        control = field(page, *path)
        assert sentence.startswith(path[0]) and control.is_visible() and control.get_attribute("aria-invalid") == "true"
        named = control.get_attribute("aria-describedby").split()
        assert sentence in [page.inner_text(f"#{name}") for name in named]
    page.locator("#refusal a").first.click()
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    field(page, "seeds").fill("1")
    page.click("text=Submit >> nth=-1")
    until(page, "document.querySelectorAll('#refusal li').length === 3")
    assert page.locator("[aria-invalid]").count() == 3
    assert [c for c in page.complaints if "422" not in c] == []


def test_text_that_is_no_json_is_answered_by_the_api_too(service: Service, page: Any) -> None:
    opened(service, page, "?kind=neuron_placement")
    page.click("button[data-to=text]")
    assert json.loads(page.input_value("#text")) == {"kind": "neuron_placement"}
    page.fill("#text", "{nonsense")
    page.click("text=Submit >> nth=-1")
    page.wait_for_selector("#refusal:not([hidden])")
    answer = httpx.post(
        f"{service.url}/v1/searches", content="{nonsense", headers={"Content-Type": "application/json"}
    ).json()
    assert page.locator("#refusal li").all_inner_texts() == [answer["detail"]]
    page.click("button[data-to=form]")  # not without mending it
    assert page.is_visible("#text")
    page.fill("#text", json.dumps({**TINY, "seeds": 1, "confirm": 0, "budget": {"trials": 5}}))
    page.click("button[data-to=form]")
    assert field(page, "network", "channels").input_value() == "4, 4"
    assert previewed(page)["neurons"] == [{"name": "lif"}, {"name": "slif"}]
    whole = Client(service.url).submit(TINY).status()["spec"]
    assert None in whole.values()
    page.click("button[data-to=text]")
    page.fill("#text", json.dumps(whole))
    page.click("button[data-to=form]")
    assert None not in previewed(page).values() and "null" not in previewed(page).values()


def test_nested_unions_lists_and_maps(service: Service, page: Any) -> None:
    opened(service, page, "?kind=heterogeneity")
    field(page, "task", "name").select_option("memory_capacity")
    page.click("button:text-is('Add to space')")
    row = page.locator("fieldset.row").first
    row.locator('[data-step="called"] input').fill("tau_excitatory")
    row.locator('[data-step="type"] select').select_option("distribution")
    row.locator('[data-step="mean"] input').fill("2, 20")
    opened_group(page, "families")
    row.get_by_label("gamma").check()
    page.click("button:text-is('Add to space')")
    row = page.locator("fieldset.row").nth(1)
    row.locator('[data-step="called"] input').fill("cell")
    row.locator('[data-step="type"] select').select_option("categorical")
    row.locator('[data-step="choices"] input').fill("rate, lif")
    page.click("button:text-is('Add to space')")
    page.click("button[aria-label='Remove space 3']")
    assert page.evaluate("document.activeElement.textContent") == "Add to space"
    opened_group(page, "constraints")
    page.click("button:text-is('Add to constraints')")
    field(page, "constraints", "metric").select_option("seconds")
    field(page, "constraints", "at_most").fill("1e3")
    opened_group(page, "budget")
    field(page, "budget", "trials").fill("6")
    expected = {
        "kind": "heterogeneity",
        "task": {"name": "memory_capacity"},
        "space": {
            "tau_excitatory": {"type": "distribution", "families": ["gamma"], "mean": [2, 20]},
            "cell": {"type": "categorical", "choices": ["rate", "lif"]},
        },
        "budget": {"trials": 6},
        "constraints": [{"metric": "seconds", "at_most": 1000}],
    }
    assert previewed(page) == expected
    field(page, "space", "tau_excitatory", "mean").fill("20, 2")
    page.click("text=Submit >> nth=-1")
    page.wait_for_selector("#refusal:not([hidden])")
    expected["space"]["tau_excitatory"]["mean"] = [20, 2]  # type: ignore[index]
    assert page.locator("#refusal li").all_inner_texts() == refused(service, expected)
    assert page.locator("#refusal a").count() == 1
    field(page, "space", "tau_excitatory", "mean").fill("2, 20")
    page.click("text=Submit >> nth=-1")
    spec = submitted(service, page)
    assert spec["space"]["cell"]["choices"] == ["rate", "lif"] and spec["constraints"][0]["at_most"] == 1000


def test_a_default_shows_its_own_fields_without_being_chosen(service: Service, page: Any) -> None:
    opened(service, page, "?kind=heterogeneity")
    opened_group(page, "strategy")
    before = previewed(page)
    initial = field(page, "strategy", "initial")
    assert initial.is_visible() and field(page, "strategy", "name").input_value() == ""
    initial.fill("7")
    assert previewed(page)["strategy"] == {"name": "wasserstein_bo", "initial": 7}
    initial.fill("")
    assert previewed(page) == before
    field(page, "strategy", "name").select_option("sobol")
    assert not page.locator('[data-step="strategy"] [data-step="initial"]').count()


def test_names_of_a_space_are_those_of_what_is_chosen(service: Service, page: Any) -> None:
    def offered() -> set[str]:
        called = page.locator('[data-step="space"] [data-step="called"] input')
        called.blur()
        called.focus()
        assert called.get_attribute("list") == "names"
        return set(page.locator("#names option").evaluate_all("found => found.map((one) => one.value)"))

    opened(service, page, "?kind=hyperparameters")
    page.click("button:text-is('Add to space')")
    opened_group(page, "network")
    field(page, "network", "name").select_option("vgg")
    assert {"dropout", "pooling", "neurons.tau", "training.lr"} <= offered()
    field(page, "network", "name").select_option("resnet")
    assert "stem" in offered() and "pooling" not in offered()
    opened_group(page, "constraints")
    page.click("button:text-is('Add to constraints')")
    assert "energy in J" in page.inner_text('[data-step="constraints"]') and page.complaints == []


def test_submit_again_changed(service: Service, page: Any) -> None:
    first = Client(service.url).submit({**TINY, "training": {"epochs": 1000}})
    opened(service, page, f"?like={first.id}")
    said = previewed(page)
    assert "momentum" not in said["training"] and said["training"]["epochs"] == 1000
    assert "seed" not in said and said["name"] == "tiny"
    page.locator('[data-tag="neuron_placement"] > .members > [data-step="name"] input').fill("tiny, again")
    page.click("text=Submit >> nth=-1")
    spec = submitted(service, page)
    assert spec == {**first.status()["spec"], "name": "tiny, again"}
    assert page.complaints == []


def test_what_a_search_knew_from_the_start_comes_along(service: Service, page: Any) -> None:
    point = {"tau_excitatory": {"family": "gamma", "mean": 5.0, "cv": 0.5}, "reach": 2.0, "cell": "rate"}
    known = [{"point": point, "scores": [3.5, 4.0]}]
    first = Client(service.url).submit({**TINY_HETEROGENEITY, "observations": known})
    first.cancel()
    page.goto(f"{service.url}/searches/{first.id}/specification")
    assert "1 known observation," in page.inner_text("#known")
    opened(service, page, f"?like={first.id}")
    assert previewed(page)["observations"] == known
    page.click("text=Submit >> nth=-1")
    page.wait_for_url("**/searches/*")
    page.goto(f"{page.url}/specification")
    assert "1 known observation," in page.inner_text("#known") and page.complaints == []


def test_a_dimension_may_be_called_as_javascript_calls_things(service: Service, page: Any) -> None:
    opened(service, page)
    page.click("button[data-to=text]")
    space = {"constructor": {"type": "float", "low": 1, "high": 2}}
    spec = {"kind": "heterogeneity", "task": {"name": "memory_capacity"}, "space": space}
    page.fill("#text", json.dumps(spec))
    page.click("button[data-to=form]")
    assert previewed(page) == spec and page.complaints == []


def test_a_double_click_makes_one_search(service: Service, page: Any) -> None:
    before = len(Client(service.url).searches())
    opened(service, page, "?kind=neuron_placement")
    field(page, "task", "name").select_option("digits")
    page.dblclick("text=Submit >> nth=-1")
    submitted(service, page)
    assert len(Client(service.url).searches()) == before + 1
