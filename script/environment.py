"""Makes the project's own virtual environment and keeps it in step with requirements/."""

import argparse
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SETS = {"runtime": ["runtime"], "dev": ["runtime", "dev"]}


def ensure(wanted: str = "runtime") -> Path:
    """Install what is missing of a set of requirements; return the environment's Python."""
    if not works():
        say("Making a virtual environment in .venv …")
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    for name in SETS[wanted]:
        if stamp(name) != fingerprint(name):
            say(f"Installing {name} requirements (once; this can take a minute) …")
            install(name)
    return PYTHON


def works() -> bool:
    """Whether the environment can start Python; a moved or half-made one cannot."""
    if not PYTHON.exists():
        return False
    # A stamp was written by an environment that worked; asking again would cost a process.
    if any(VENV.glob(".installed-*")):
        return True
    done = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False)
    return done.returncode == 0


def install(name: str) -> None:
    """Install one pinned file, refusing any package whose hash is not the recorded one."""
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "-r", str(ROOT / "requirements" / f"{name}.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        sys.exit(f"Installing requirements/{name}.txt failed; the reason stands above.")
    (VENV / f".installed-{name}").write_text(fingerprint(name))


def stamp(name: str) -> str:
    """What was installed last, or nothing."""
    path = VENV / f".installed-{name}"
    return path.read_text() if path.exists() else ""


def fingerprint(name: str) -> str:
    """The requirements as a hash, so that a changed file is noticed."""
    return hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


def say(line: str) -> None:
    """Progress for a person; kept off standard output, which may be read by a program."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """`environment.py dev` prints the path of a Python that has everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", choices=sorted(SETS))
    print(ensure(parser.parse_args().wanted))


if __name__ == "__main__":
    main()
