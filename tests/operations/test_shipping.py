"""What a company starts: the compose file, the image, the proxy and the pinned requirements."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = ["migrate", "web", "live", "worker", "beat", "mail", "fetch"]
THEIRS = ["postgres", "redis", "proxy"]


@cache
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def test_every_program_of_the_product_is_in_the_compose_file() -> None:
    assert set(services()) == {*OURS, *THEIRS}


@pytest.mark.parametrize("name", OURS)
def test_our_programs_run_one_image_without_rights_they_do_not_need(name: str) -> None:
    service = services()[name]
    assert service["image"] == "helpdesk"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", [*OURS, *THEIRS])
def test_every_program_is_started_again_except_the_one_that_ends(name: str) -> None:
    assert services()[name]["restart"] == ("no" if name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("name", ["postgres", "redis", "live", "mail", "proxy"])
def test_servers_have_health_checks(name: str) -> None:
    assert services()[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", ["web", "live", "worker", "beat", "mail", "fetch"])
def test_programs_wait_for_the_migrations(name: str) -> None:
    waits = services()[name]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "MAIL_DOMAIN", "EMAIL_URL", "POSTGRES_PASSWORD"],
)
def test_nothing_starts_without_its_secrets_and_addresses(name: str) -> None:
    assert f"${{{name}:?" in (ROOT / "docker-compose.yml").read_text()


def test_no_secret_stands_in_the_compose_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    values = re.findall(r"(?:PASSWORD|SECRET_KEY|TOKEN|KEYS): (\S+)", text)
    assert values
    assert all(value.startswith("${") for value in values)


def test_database_and_broker_cannot_be_reached_from_outside() -> None:
    for name in ("postgres", "redis"):
        assert services()[name]["networks"] == ["inside"]
        assert "ports" not in services()[name]


@pytest.mark.parametrize("name", ["mail", "proxy"])
def test_published_ports_are_on_this_machine_only_unless_said_otherwise(name: str) -> None:
    assert all(":-127.0.0.1:" in port for port in services()[name]["ports"])


def test_the_image_does_not_run_as_root_and_tells_its_health() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rsplit("FROM ", 1)[1]
    assert "USER helpdesk" in last_stage
    assert "HEALTHCHECK" in last_stage


def test_the_proxy_sends_live_hints_to_their_own_program_unbuffered() -> None:
    found = re.search(r"location /live/ \{(.*?)\}", (ROOT / "deploy/nginx.conf").read_text(), re.S)
    assert found
    assert "proxy_pass http://live;" in found[1]
    assert "proxy_buffering off;" in found[1]


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_requirement_is_pinned_with_hashes_and_names_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    packages = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    assert all(re.match(r"[\w.-]+(\[[\w,]+\])?==", package) for package in packages)
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_wish_is_in_the_pinned_file(name: str) -> None:
    wishes = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    wanted = {re.split(r"[\[<>=;~ ]", line)[0].lower() for line in wishes if line[:1].isalpha()}
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert wanted <= set(re.findall(r"(?m)^([\w.-]+)(?:\[|==)", text))


@pytest.mark.parametrize("arguments", [["http", "1", "/healthz"], ["smtp", "1"]])
def test_a_container_without_an_answer_is_ill(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, ROOT / "deploy" / "healthy.py", *arguments], check=False)
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_dependency_has_its_reason(name: str) -> None:
    wishes = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    reasons = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
    wanted = {re.split(r"[\[<>=;~ ]", line)[0] for line in wishes if line[:1].isalpha()}
    assert not [package for package in wanted if f"| {package} |" not in reasons]


def test_every_variable_of_the_settings_is_explained() -> None:
    settings = (ROOT / "helpdesk" / "settings.py").read_text()
    place = (ROOT / "script" / "supervisor" / "place.py").read_text()
    names = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', settings))
    names |= set(re.findall(r'"(HELPDESK_[A-Z_]+)"', place))
    explained = (ROOT / "docs" / "operations.md").read_text()
    assert len(names) > 15
    assert not [name for name in names if f"| `{name}`" not in explained]
