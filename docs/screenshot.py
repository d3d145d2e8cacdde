"""Take the README's picture of a report: python docs/screenshot.py REPORT_FOLDER PICTURE."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SIZE = {"width": 1000, "height": 760}
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def main(folder: Path, picture: Path) -> None:
    """Open the report's first page at the case that the README speaks of, and save what is seen."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        raise SystemExit("no Chromium: install Debian's package chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        page = browser.new_page(viewport=SIZE)
        page.goto((folder / "index.html").resolve().as_uri())
        page.get_by_role("button", name="lstm/peephole-clip-proj", exact=True).click()
        page.locator("table.heat").first.wait_for()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
