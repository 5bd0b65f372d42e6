"""Laws of our scripts and styles that a reader would otherwise have to check by eye."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

STATIC: Path = settings.BASE_DIR / "static"
TEMPLATES: Path = settings.BASE_DIR / "templates"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "mail" not in path.parts)
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
LAYERS = "tokens, base, layout, components, views, utilities, print"


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_is_short_and_says_what_the_page_does_without_it(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0].startswith("// Without this ")
    assert len(lines) < 150


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_needs_no_permission_of_the_policy(script: Path) -> None:
    assert not re.search(
        r"\beval\(|new Function|\.style\b|setAttribute\('style'|^import ", script.read_text()
    )


@pytest.mark.skipif(not shutil.which("node"), reason="node checks the grammar; it is not here")
@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_is_a_correct_module(script: Path, tmp_path: Path) -> None:
    module = tmp_path / "x.mjs"
    module.write_text(script.read_text())
    done = subprocess.run(["node", "--check", module], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_our_scripts_together_stay_small() -> None:
    assert sum(len(script.read_text().splitlines()) for script in SCRIPTS) <= 3000


@pytest.mark.parametrize("style", STYLES, ids=name)
def test_every_rule_lives_in_a_known_layer(style: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", style.read_text(), flags=re.DOTALL)
    opened = re.findall(r"^@layer ([\w-]+)", text, flags=re.MULTILINE)
    assert set(opened) <= set(LAYERS.split(", "))
    assert not re.search(r"^[^\s@}].*\{", text, flags=re.MULTILINE)


def test_the_first_style_fixes_the_order_of_the_layers() -> None:
    assert f"@layer {LAYERS};" in (STATIC / "css/tokens.css").read_text()


@pytest.mark.parametrize("style", STYLES, ids=name)
def test_a_style_has_as_many_opening_as_closing_braces(style: Path) -> None:
    text = style.read_text()
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    "style", [style for style in STYLES if style.stem not in {"tokens", "print"}], ids=name
)
def test_letters_are_never_made_capital_by_style(style: Path) -> None:
    assert "text-transform" not in style.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_keeps_to_the_strict_policy(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\bsrc=)|javascript:", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_draws_only_icons_that_exist(page: Path) -> None:
    asked = set(re.findall(r'{% icon "([^"]+)"', page.read_text()))
    assert asked <= SPRITE


def test_the_sprite_holds_nothing_that_acts() -> None:
    text = (STATIC / "icons.svg").read_text()
    assert not re.search(r"<script|\son\w+=|href=|<style", text)
