"""docker-compose.yml and docker/: valid, without secrets, closed to other machines, and in step with the code."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser

from searchsvc.service.settings import Settings
from tests.deployment.compose import FILE, ROOT, SECRETS, load

SERVICES: dict[str, Any] = load(**SECRETS)["services"]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|KEY")
REQUIRED = re.compile(r"\$\{(\w+):\?")


def instructions(file: Path) -> list[dict[str, str]]:
    found = DockerfileParser(fileobj=BytesIO(file.read_bytes())).structure
    return [{"name": one["instruction"], "value": one["value"]} for one in found]


def test_compose_keeps_to_the_specification(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(FILE.read_text().replace("ports: [", "port: ["))
    for file, status in ((FILE, 0), (wrong, 1)):
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == status, done.stdout


def test_secrets_come_from_the_environment_and_are_required() -> None:
    assert set(REQUIRED.findall(FILE.read_text())) == set(SECRETS)
    for name in SECRETS:
        with pytest.raises(KeyError, match=name):
            load(**{k: v for k, v in SECRETS.items() if k != name})
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not SECRET.search(name) or value in SECRETS.values(), name


def test_every_published_port_is_on_this_machine_alone() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"api": ["127.0.0.1:8000:8000"]}


def test_settings_in_compose_are_settings() -> None:
    known = {f"SEARCHSVC_{name.upper()}" for name in Settings.model_fields}
    given = {name for s in SERVICES.values() for name in s.get("environment", {}) if name.startswith("SEARCHSVC_")}
    assert {"SEARCHSVC_DATABASE_URL", "SEARCHSVC_ARTIFACTS", "SEARCHSVC_RAY_ADDRESS"} <= given <= known


def test_ray_asks_for_a_token_shows_no_dashboard_and_is_recent_enough() -> None:
    for name in ("ray-head", "ray-worker", "runner"):
        environment = SERVICES[name]["environment"]
        assert environment["RAY_AUTH_MODE"] == "token" and environment["RAY_AUTH_TOKEN"] == SECRETS["RAY_AUTH_TOKEN"]
    assert "--include-dashboard=false" in SERVICES["ray-head"]["command"]
    version = re.search(r"^ray==(\d+)\.(\d+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert version and tuple(map(int, version.groups())) >= (2, 52)


def test_ray_workers_scale_and_whoever_handles_artifacts_shares_their_volume() -> None:
    assert not {"container_name", "ports"} & SERVICES["ray-worker"].keys()
    sharing = {name for name, service in SERVICES.items() if "artifacts:/artifacts" in service.get("volumes", [])}
    assert sharing == {"api", "ray-worker", "runner"}


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_dockerfiles_are_pinned_without_secrets_and_not_root(file: Path) -> None:
    found = instructions(file)
    values = {name: [i["value"] for i in found if i["name"] == name] for name in {i["name"] for i in found}}
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", value) for value in values["FROM"])
    assert not any(SECRET.search(value) for name in ("ENV", "ARG") for value in values.get(name, []))
    assert values["USER"] == ["10001"] and "--uid 10001" in values["RUN"][0]
    for value in values["COPY"]:
        *sources, _ = value.split()
        assert all((ROOT / source).exists() for source in sources)


def test_images_that_compose_builds_have_a_dockerfile() -> None:
    built = {ROOT / service["build"]["dockerfile"] for service in SERVICES.values() if "build" in service}
    assert built == set(DOCKERFILES)


def test_images_from_elsewhere_are_pinned_by_version() -> None:
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert images and all(re.search(r":\d+\.\d+-", image) for image in images)


def test_the_operators_page_lists_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "")
    page = (ROOT / "docs/deployment.md").read_text()
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        default = "" if default in ("", None) else f"`{default}`".replace(str(Path.home()), "~")
        assert f"| `SEARCHSVC_{name.upper()}` | {field.description} | {default} |".replace("  ", " ") in page
    assert page.count("| `SEARCHSVC_") == len(Settings.model_fields)


def test_a_container_asks_itself_without_a_proxy() -> None:
    assert "trust_env=False" in SERVICES["api"]["healthcheck"]["test"][-1]
