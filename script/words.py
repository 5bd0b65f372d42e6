"""Compares the catalogues of words in locale/ with the words in the tree.

Every offered language has to be complete and compiled. Without options it only tells what is
wrong; --write brings the catalogues up to date and compiles them, but translates nothing.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import PYTHON, ROOT

SOURCES = ["helpdesk", "metrics", "tickets", "knowledge_base", "departments", "templates", "locale"]
SOURCE_LANGUAGE = "en"  # Its words stand in the tree: nothing to translate or to compile.
OFFERED = "from django.conf import settings; print(*dict(settings.LANGUAGES))"
SHOWN = 40  # lines of one catalogue's difference
# These lines tell when and with what a catalogue was made, not what is in it.
CIRCUMSTANCES = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|X-Generator|Last-Translator):.*\n', re.M
)


def run(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What the command says, in English and without touching a product that runs here."""
    env = dict(os.environ, HELPDESK_DATA=str(folder / "data"), LC_ALL="C.UTF-8", **more)
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def offered(folder: Path) -> list[str]:
    """The languages of settings.LANGUAGES."""
    done = run([str(PYTHON), "-c", OFFERED], folder, DJANGO_SETTINGS_MODULE="helpdesk.settings")
    if done.returncode:
        sys.exit(f"The settings cannot be read:\n{done.stderr}")
    return done.stdout.split()


def copy_tree(folder: Path) -> None:
    """A copy of everything with words, so that the tree itself is not touched."""
    for name in SOURCES:
        if (ROOT / name).exists():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
    shutil.copy(ROOT / "manage.py", folder)
    (folder / "static").mkdir()


def extract(folder: Path, languages: list[str]) -> None:
    """Make the catalogues of the copied tree anew."""
    command = [str(PYTHON), "manage.py", "makemessages", "--no-location", "--no-wrap"]
    for language in languages:
        command += ["--locale", language]
    done = run(command, folder)
    if done.returncode or "warning" in done.stderr.lower():
        sys.exit(f"makemessages is not content:\n{done.stdout}{done.stderr}")
    # Words that left the tree leave the catalogue.
    for made in sorted((folder / "locale").glob("*/LC_MESSAGES/*.po")):
        run(["msgattrib", "--no-obsolete", "--no-wrap", "-o", str(made), str(made)], folder)


def difference(ours: Path, fresh: Path) -> str:
    """What has to change in one catalogue, without the lines that change by themselves."""
    before = CIRCUMSTANCES.sub("", ours.read_text()) if ours.exists() else ""
    after = CIRCUMSTANCES.sub("", fresh.read_text())
    return "".join(
        difflib.unified_diff(before.splitlines(True), after.splitlines(True), str(ours), "tree")
    )


def compare(fresh_locale: Path, *, write: bool) -> int:
    """The number of catalogues that differ and are not written."""
    differing = 0
    for fresh in sorted(fresh_locale.glob("*/LC_MESSAGES/*.po")):
        ours = ROOT / "locale" / fresh.relative_to(fresh_locale)
        found = difference(ours, fresh)
        if found and write:
            ours.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(fresh, ours)
        elif found:
            differing += 1
            lines = found.splitlines()
            print("\n".join(lines[:SHOWN]))
            print(f"… and {len(lines) - SHOWN} more lines" if len(lines) > SHOWN else "")
    return differing


def complaint(catalogue: Path, folder: Path, *, write: bool) -> str:
    """What is missing in a translated catalogue or wrong with its compiled form, or nothing."""
    ours, fresh = catalogue.with_suffix(".mo"), folder / "fresh.mo"
    done = run(["msgfmt", "--check", "--statistics", "-o", str(fresh), str(catalogue)], folder)
    if done.returncode or re.search("fuzzy|untranslated|warning", done.stderr):
        return done.stderr
    if write:
        shutil.copy(fresh, ours)
    elif not ours.exists() or ours.read_bytes() != fresh.read_bytes():
        return f"{ours.name} was not made from it\n"
    return ""


def main() -> int:
    """The exit code is 1 when a catalogue differs, has gaps, or was not compiled."""
    parser = argparse.ArgumentParser(prog="script/words.py", description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the catalogues up to date")
    wanted = parser.parse_args()
    if shutil.which("xgettext") is None:
        print("gettext is not installed (Debian: apt install gettext): catalogues not compared.")
        return 1 if os.environ.get("CI") else 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_tree(folder)
        languages = offered(folder)
        extract(folder, languages)
        differing = compare(folder / "locale", write=wanted.write)
        translated = [language for language in languages if language != SOURCE_LANGUAGE]
        for language in translated:
            catalogue = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
            if found := complaint(catalogue, folder, write=wanted.write):
                print(f"{catalogue.relative_to(ROOT)}: {found}", end="")
                differing += 1
    if differing and not wanted.write:
        print("The catalogues differ: .venv/bin/python script/words.py --write")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
