"""The few commands that people run explain themselves and refuse kindly."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.processes, pytest.mark.once]


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(command),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", ["run", "test", "check", "bench"])
def test_each_script_tells_its_use(name: str) -> None:
    done = run(ROOT / "script" / name, "--help")
    assert done.returncode == 0
    assert f"usage: script/{name}" in done.stdout


@pytest.mark.parametrize(
    "path", sorted((ROOT / "script").glob("[a-z]*")), ids=lambda path: path.name
)
def test_scripts_without_an_ending_can_be_executed(path: Path) -> None:
    if not path.suffix and path.is_file():
        assert os.access(path, os.X_OK)


def test_a_scripts_folder_may_have_spaces_in_its_path(tmp_path: Path) -> None:
    copy = tmp_path / "my help desk" / "script"
    shutil.copytree(ROOT / "script", copy)
    assert "usage: script/run" in run(copy / "run", "--help").stdout


def test_a_machine_without_a_new_python_is_told_what_to_install(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run("/bin/sh", ROOT / "script" / "find-python", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "apt install python3" in done.stderr


def test_a_python_without_venv_is_named_with_the_package_to_install(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text("#!/bin/sh\ncase $2 in *ensurepip*) exit 1;; esac\nexit 0\n")
    bare.chmod(0o755)
    done = run("/bin/sh", ROOT / "script" / "find-python", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_a_port_that_is_taken_is_named_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run(ROOT / "script" / "run", "--port", port, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert f"Port {port} is already used" in done.stderr
    assert "--port N" in done.stderr


def test_an_unknown_benchmark_is_refused() -> None:
    done = run(ROOT / "script" / "bench", "nothing-of-the-kind")
    assert done.returncode == 2
    assert "script/bench lists them" in done.stderr
