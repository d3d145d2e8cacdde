"""What the pytest plugin costs, and how fast a large report opens: python -m benchmarks.reports [--rounds N].

The plugin: 2,000 empty tests with and without it, one after the other in every round, so that a busy machine slows both
alike. The page: 1,000 cases of which 200 fail, in Debian's Chromium, from navigation to the last row and from a key in
the search field to the narrowed table.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.options import parser_of, positive, require
from rnn_parity.candidate import Case, Result, load_cases
from rnn_parity.candidates import numpy_impl
from rnn_parity.report.html import write_html
from rnn_parity.report.json import document
from rnn_parity.verify import check

TESTS, CASES, FAILING = 2000, 1000, 200
EMPTY = "import pytest\n\n@pytest.mark.parametrize('number', range({count}))\ndef test_nothing(number):\n    pass\n"
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def main() -> None:
    """Measure and print."""
    parser = parser_of("benchmarks.reports", __doc__)
    parser.add_argument("--rounds", type=positive, default=9)
    rounds = parser.parse_args().rounds
    require("benchmarks.reports", "pytest", "playwright")
    with tempfile.TemporaryDirectory() as made:
        _plugin(Path(made), rounds)
        _page(Path(made), rounds)


def _plugin(folder: Path, rounds: int) -> None:
    (folder / "test_empty.py").write_text(EMPTY.format(count=TESTS))
    ways = {"with the plugin": [], "without": ["-p", "no:rnn_parity"]}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, options in ways.items():
            began = time.perf_counter()
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_empty.py"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - began)
    ratios = [one / other for one, other in zip(*seconds.values(), strict=True)]
    print(f"{TESTS} empty tests, {rounds} rounds")
    for name, values in seconds.items():
        print(f"  {name:16}{statistics.median(values):7.3f} s   ({min(values):.3f} to {max(values):.3f})")
    print(f"  ratio           {statistics.median(ratios):7.3f}     ({min(ratios):.3f} to {max(ratios):.3f})")


def _page(folder: Path, rounds: int) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  said in one line where it is missing

    page_file = write_html(document(check(_cases(), _every_fifth_wrong), {}), folder / "report")
    size = sum(path.stat().st_size for path in (folder / "report").rglob("*") if path.is_file())
    opened, filtered = [], []
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        for _ in range(rounds):
            page = browser.new_page()
            began = time.perf_counter()
            page.goto(page_file.as_uri())
            page.locator("tr.case").nth(CASES - 1).wait_for(state="attached")
            opened.append(time.perf_counter() - began)
            filtered.append(page.evaluate(_FILTER))
            page.close()
        browser.close()
    print(f"a report of {CASES} cases, {FAILING} failing: {size / 2**20:.1f} MiB")
    print(f"  opens in         {statistics.median(opened):7.3f} s   ({min(opened):.3f} to {max(opened):.3f})")
    print(f"  filters in       {statistics.median(filtered):7.3f} s   ({min(filtered):.3f} to {max(filtered):.3f})")


def _cases() -> list[Case]:
    case = next(load_cases(["lstm/dynamic-ragged-state"]))
    names = (f"lstm/case-{number}" for number in range(CASES))
    return [replace(case, spec=msgspec.structs.replace(case.spec, id=name)) for name in names]


def _every_fifth_wrong(case: Case) -> Result:
    result = numpy_impl.run(case)
    wrong = int(case.id.rpartition("-")[2]) % (CASES // FAILING) == 0
    return replace(result, outputs=result.outputs + np.float32(0.1)) if wrong else result


_FILTER = """() => {
  const field = document.querySelector("input[name=q]"), began = performance.now();
  field.value = "case-995";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  document.body.offsetHeight;  // laid out
  return (performance.now() - began) / 1000;
}"""


if __name__ == "__main__":
    main()
