"""The report in a real browser, opened from a file: what somebody sees, clicks, links to and prints."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright
from small_recordings import make_fixture, make_spec

from rnn_parity.candidate import Result, case_of
from rnn_parity.candidates import numpy_impl
from rnn_parity.mistakes import MISTAKES
from rnn_parity.report.html import write_html
from rnn_parity.report.json import document
from rnn_parity.spec import BasicRNNCell, DynamicRNN, GRUCell, LSTMCell, MultiRNNCell, Step
from rnn_parity.verify import check

REFERENCE = {"tensorflow": "2.21.0", "fixtures": "ab" * 32}
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
HOSTILE = "<img src=x onerror='document.title=1'></script><script>document.title='taken'</script>"
MEGABYTE = 2**20


def chromium():
    """Return where the browser is; without one these tests fail, since a page that nobody opened is not tested."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail("no Chromium: install Debian's package chromium, or set CHROMIUM to its path", pytrace=False)
    return found


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(SWITCHES))
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Return a function: page, hash, options of the context -> the opened page; nothing may complain or go out."""
    contexts, complaints = [], []

    def opened(path, address="", **options):
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if _is_local(request.url) else complaints.append(request.url))
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_local(url):
    return url.startswith(("file:", "data:"))


def recorded(case_id, **options):
    return case_of(make_fixture(make_spec(case_id, **options)))


def candidate(case):
    """Answer a GRU rightly, an LSTM wrongly with its trace, a BasicRNN with NaN, one step with an exception."""
    if isinstance(case.spec.run, Step):
        raise RuntimeError(HOSTILE)  # noqa: TRY004  any exception
    result = numpy_impl.run(case)
    match case.spec.cell:
        case LSTMCell():
            trace = {name: array + np.float32(name.endswith("f")) for name, array in result.trace.items()}
            return replace(result, outputs=result.outputs * np.float32(1.5), trace=trace)
        case BasicRNNCell():
            outputs = result.outputs.copy()
            outputs[0, 1, 2] = np.nan
            return Result(outputs, result.final_state)
        case _:
            return result


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    cases = [
        recorded("lstm/plain"),
        recorded("lstm/ragged", run=DynamicRNN(sequence_length=(5, 2, 0), initial_state=True)),
        recorded("gru/plain", cell=GRUCell(num_units=4)),
        recorded("gru/step", cell=GRUCell(num_units=4), run=Step()),
        recorded("basic-rnn/plain", cell=BasicRNNCell(num_units=4)),
        recorded("stacked/mixed", cell=MultiRNNCell(cells=(GRUCell(num_units=3), LSTMCell(num_units=2)))),
    ]
    held = document(check(cases, candidate, name=HOSTILE), REFERENCE)
    return write_html(held, tmp_path_factory.mktemp("page"))


def shown(page):
    return page.locator("tr.case:visible button").all_inner_texts()


def test_the_first_screen_says_verdict_candidate_versions_and_counts(report, visit):
    page = visit(report)
    expect(page.locator("h1")).to_contain_text(f"does not agree {HOSTILE}")
    expect(page.locator("header")).to_contain_text("tensorflow 2.21.0")
    expect(page.locator("table.counts tr", has_text="LSTMCell").first).to_contain_text("2")
    assert shown(page)[0] == "basic-rnn/plain"  # what is not finite is worst


def test_search_and_filters_narrow_the_table_and_stay_in_the_address(report, visit):
    page = visit(report)
    page.get_by_role("combobox", name="verdict").select_option("differ")
    page.get_by_role("combobox", name="cell").select_option("LSTMCell")
    assert shown(page) == ["lstm/plain", "lstm/ragged"] or shown(page) == ["lstm/ragged", "lstm/plain"]
    expect(page.locator("#shown")).to_have_text("2 of 6 cases")
    page.get_by_label("search").fill("ragged")
    assert shown(page) == ["lstm/ragged"]
    linked = visit(report, "#" + page.url.partition("#")[2])
    assert shown(linked) == ["lstm/ragged"]
    expect(linked.get_by_label("search")).to_have_value("ragged")
    page.get_by_role("button", name="clear", exact=True).click()
    expect(page.locator("#shown")).to_have_text("6 cases")
    assert page.url.partition("#")[2] == ""


def test_a_diagnosis_leads_to_exactly_its_cases(tmp_path, visit):
    by_id = {mistake.id: mistake for mistake in MISTAKES}
    alone, ignored = by_id["gru/gates-swapped"].run, by_id["lengths/ignored"].run
    ragged = DynamicRNN(sequence_length=(5, 2, 0), initial_state=True)
    cases = [
        recorded("gru/plain", cell=GRUCell(num_units=4)),
        recorded("gru/ragged", cell=GRUCell(num_units=4), run=ragged),
        recorded("lstm/ragged", run=ragged),
    ]

    def run(case):
        return (alone if isinstance(case.spec.cell, GRUCell) else ignored)(case)

    page = visit(write_html(document(check(cases, run), REFERENCE), tmp_path / "out"))
    page.get_by_role("link", name="Show these cases").first.click()
    assert sorted(shown(page)) == ["gru/plain", "gru/ragged"]
    expect(page.get_by_role("heading", name="Cases, worst first")).to_be_in_viewport()


def test_a_link_to_a_case_that_is_not_there_says_so(report, visit):
    page = visit(report, "#case=lstm/gone")
    expect(page.locator("#shown")).to_contain_text("no case lstm/gone in this report")


def test_a_search_without_a_match_says_so_and_offers_to_clear(report, visit):
    page = visit(report, "#q=nothing-like-it")
    assert shown(page) == []
    page.get_by_role("button", name="Clear the filters").click()
    assert len(shown(page)) == 6


def test_a_link_opens_its_case_with_why_tensors_command_and_kernels(report, visit):
    page = visit(report, "#case=lstm/ragged")
    details = page.get_by_role("article", name="lstm/ragged")
    expect(details.get_by_role("heading", name="lstm/ragged")).to_be_focused()
    for words in (
        "This case exists to catch a wrong lstm/ragged",
        "DynamicRNN(sequence_length=(5, 2, 0), initial_state=True)",
        "--cases lstm/ragged",
        "no known mistake reproduces these numbers",
    ):
        expect(details).to_contain_text(words)
    expect(details.get_by_role("table", name="Tensors of the case")).to_contain_text("outputs")
    expect(details.get_by_role("table", name="rnn/lstm_cell/kernel")).to_contain_text("x to j")


def test_the_heat_map_has_exact_zeros_not_a_number_and_other_rows(report, visit):
    page = visit(report, "#case=lstm/ragged")
    details = page.get_by_role("article", name="lstm/ragged")
    details.get_by_role("combobox", name="batch row").first.select_option(
        "2"
    )  # a row of length 0: outputs are exactly 0
    assert details.locator("td.heat.level-same").count() == 5 * 4
    details.get_by_role("combobox", name="batch row").first.select_option("0")
    assert details.locator("td.heat.level-same").count() == 0
    expect(details.locator("td.heat").first).to_contain_text("step 0, unit 0: got")
    details.get_by_role("combobox", name="tensor").select_option("final_state/c")
    expect(details.locator("table.heat caption")).to_contain_text("final_state/c")
    broken = visit(report, "#case=basic-rnn/plain").get_by_role("article", name="basic-rnn/plain")
    assert broken.locator("td.heat.level-bad").count() == 1
    expect(broken.locator("td.heat.level-bad")).to_contain_text("got NaN")


def test_gates_are_drawn_and_the_first_diverging_one_is_marked(report, visit):
    details = visit(report, "#case=lstm/plain").get_by_role("article", name="lstm/plain")
    expect(details.get_by_label("layer and gate").locator("option:checked")).to_have_text(
        "0/f (differs first, at step 0)"
    )
    expect(details.get_by_role("img", name="0/f, batch row")).to_be_visible()
    details.get_by_label("layer and gate").select_option("0/j")
    expect(details.get_by_role("img", name="0/j, batch row")).to_be_visible()


def test_a_case_opens_and_closes_by_keyboard_alone(report, visit):
    page = visit(report)
    button = page.get_by_role("button", name="gru/plain")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("heading", name="gru/plain")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()
    page.go_back()
    page.keyboard.press("Tab")
    assert page.url.partition("#")[2] == ""


def test_what_a_candidate_says_is_text_and_never_runs(report, visit):
    page = visit(report, "#case=gru/step")
    expect(page.get_by_role("article", name="gru/step")).to_contain_text(HOSTILE)
    assert page.title() == f"differs: {HOSTILE} vs TensorFlow 1 rnn_cell"
    assert page.locator("img[src=x]").count() == 0


def test_without_scripts_the_table_is_there(report, visit):
    page = visit(report, java_script_enabled=False)
    expect(page.locator("tr.case")).to_have_count(6)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(report, visit, scheme):
    page = visit(report, "#case=lstm/plain", color_scheme=scheme)
    page.get_by_role("article", name="lstm/plain").wait_for()
    weak = page.evaluate(CONTRAST)
    assert weak == []


@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_wider_than_the_screen(report, visit, width):
    page = visit(report, "#case=lstm/plain", viewport={"width": width, "height": 844})
    page.get_by_role("article", name="lstm/plain").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_has_a_name(report, visit):
    page = visit(report, "#case=lstm/plain")
    page.get_by_role("article", name="lstm/plain").wait_for()
    nameless = page.evaluate(
        "[...document.querySelectorAll('input, select, button, svg, [role=region]')].filter((one) =>"
        " !(one.labels?.length || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') ||"
        " one.textContent.trim())).length"
    )
    assert nameless == 0


def test_an_earlier_report_is_replaced_and_other_files_stay(report, tmp_path):
    folder = tmp_path / "out"
    held = document(check([recorded("gru/plain", cell=GRUCell(num_units=4))], numpy_impl.run), REFERENCE)
    write_html(held, folder)
    (folder / "notes.txt").write_text("mine")
    (folder / "data" / "case-99.js").write_text("stale")
    write_html(held, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["data", "index.html", "notes.txt"]
    assert not (folder / "data" / "case-99.js").exists()
    assert report.exists()


def test_a_thousand_cases_open_and_filter_at_once_and_stay_small(tmp_path, visit):
    fixture = make_fixture(make_spec("lstm/plain"))
    cases = [case_of(replace(fixture, spec=make_spec(f"lstm/case-{number}"))) for number in range(1000)]
    wrong = {f"lstm/case-{number}" for number in range(0, 1000, 5)}

    def run(case):
        result = numpy_impl.run(case)
        return replace(result, outputs=result.outputs + np.float32(0.1)) if case.id in wrong else result

    page_file = write_html(document(check(cases, run), REFERENCE), tmp_path / "out")
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file()) < 25 * MEGABYTE
    page = visit(page_file)
    page.get_by_role("combobox", name="verdict").select_option("differ")
    expect(page.locator("#shown")).to_have_text("200 of 1000 cases")
    began = time.perf_counter()
    page.get_by_label("search").fill("case-995")
    expect(page.locator("#shown")).to_have_text("1 of 1000 cases")
    assert time.perf_counter() - began < 5  # that it ends, on a busy machine; benchmarks measure
    page.get_by_role("button", name="lstm/case-995").click()
    expect(page.get_by_role("article", name="lstm/case-995").locator("table.heat")).to_be_visible()


CONTRAST = """
(() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, place) => sum + v * [0.2126, 0.7152, 0.0722][place], 0);
  const back = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !node.offsetParent || node.closest("svg, .hidden, .skip")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(back(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(`${node.tagName}.${node.className}: ${ratio.toFixed(2)}`);
  }
  return [...weak];
})()
"""
