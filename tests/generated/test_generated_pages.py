"""Every page that is made is found by its readers, and leads only to what is there."""

import re

from tests.recorder import ROOT

_FOLDER = ROOT / "docs" / "generated"
_PAGES = sorted(_FOLDER.glob("*.md"))
_NAMED = r"`((?:assembly|components|dify|docs|operations|policies|sandbox|settings|tests)/[\w./-]+)`"


def test_links_and_files_of_generated_pages_are_there() -> None:
    assert len(_PAGES) >= 4
    for page in _PAGES:
        text = page.read_text(encoding="utf-8")
        named = [ROOT / one for one in re.findall(_NAMED, text)]
        linked = [(page.parent / one).resolve() for one in re.findall(r"\]\((?!https?:)([^)#\s]+)", text)]
        assert [one for one in (*named, *linked) if not one.exists()] == [], page.name


def test_the_readme_leads_to_every_generated_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in _PAGES if f"(docs/generated/{page.name})" not in readme] == []


def test_every_generated_page_says_what_makes_it() -> None:
    for page in _PAGES:
        command = re.search(
            r"^Made by `python -m (tests\.generated\.\w+)`", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert command is not None, page.name
        assert (ROOT / f"{command[1].replace('.', '/')}.py").exists()
