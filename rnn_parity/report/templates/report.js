"use strict";
// The table of cases: filters kept in the address, and what a case shows when it is opened.

const rnnParity = (() => {
  const { element } = charts;
  const PAGE_ROWS = 60, PAGE_COLUMNS = 40; // of a heat map, above which it is shown in parts
  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("tr.case")];
  const byId = new Map(rows.map((row) => [row.dataset.id, row]));
  const waiting = new Map();
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  // ---- the address: #q=...&cell=...&case=...
  function asked() {
    return new URLSearchParams(location.hash.replace(/^#/, ""));
  }

  function remember(changes, { push = false } = {}) {
    const held = asked();
    for (const [name, value] of Object.entries(changes)) value ? held.set(name, value) : held.delete(name);
    const address = `#${held}`;
    if (address === location.hash || (address === "#" && !location.hash)) return;
    history[push ? "pushState" : "replaceState"](null, "", address === "#" ? location.pathname + location.search : address);
  }

  function fields() {
    return [...form.elements].filter((field) => field.name);
  }

  function filter() {
    const held = asked(), search = (held.get("q") ?? "").trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = (!search || texts.get(row).includes(search)) && fields().every((field) => {
        const value = held.get(field.name);
        if (field.name === "q" || !value) return true;
        const own = row.dataset[field.name];
        return field.name === "mistake" ? own.split(" ").includes(value) : own === value;
      });
      row.hidden = !fits;
      const details = row.nextElementSibling;
      if (details?.classList.contains("details")) details.hidden = !fits || !isOpen(row);
      shown += fits;
    }
    document.getElementById("shown").textContent =
      shown === rows.length ? `${shown} cases` : `${shown} of ${rows.length} cases`;
    document.getElementById("none").hidden = shown > 0;
  }

  function follow() {
    const held = asked();
    for (const field of fields()) field.value = held.get(field.name) ?? "";
    filter();
    const name = held.get("case"), row = byId.get(name);
    if (row) {
      row.hidden = false;
      open(row, { focus: true });
    } else if (name) {
      document.getElementById("shown").textContent = `no case ${name} in this report; ${rows.length} others`;
    }
    if (!row && location.hash.length > 1) document.getElementById("cases").scrollIntoView();
  }

  // ---- one case
  function button(row) {
    return row.querySelector("button");
  }

  function isOpen(row) {
    return button(row).getAttribute("aria-expanded") === "true";
  }

  function open(row, { focus = false } = {}) {
    const number = row.dataset.number, id = `details-${number}`;
    button(row).setAttribute("aria-expanded", "true");
    button(row).setAttribute("aria-controls", id);
    let details = document.getElementById(id);
    if (details) {
      details.hidden = false;
      if (focus) reveal(row, details);
      return;
    }
    const cell = element("td", { colspan: "6" }, element("p", { role: "status" }, "Loading..."));
    details = element("tr", { class: "details", id }, cell);
    row.after(details);
    waiting.set(number, (data) => {
      cell.replaceChildren(shown(data, row));
      if (focus) reveal(row, details);
    });
    const script = element("script", { src: `data/case-${number}.js` });
    script.onerror = () => cell.replaceChildren(element("p", {}, `data/case-${number}.js is missing beside this page.`));
    document.head.append(script);
  }

  function reveal(row, details) {
    row.scrollIntoView({ block: "start" });
    details.querySelector("h3")?.focus({ preventScroll: true });
  }

  function close(row) {
    button(row).setAttribute("aria-expanded", "false");
    const details = document.getElementById(`details-${row.dataset.number}`);
    if (details) details.hidden = true;
    if (asked().get("case") === row.dataset.id) remember({ case: "" });
    button(row).focus();
  }

  function toggle(row) {
    if (isOpen(row)) return close(row);
    remember({ case: row.dataset.id }, { push: true });
    open(row, { focus: true });
  }

  function put(number, data) {
    waiting.get(String(number))?.(data);
    waiting.delete(String(number));
  }

  // ---- what is shown of it
  function shown(data, row) {
    const parts = [
      element("h3", { tabindex: "-1" }, data.id),
      element("p", { class: "why" }, `This case exists ${data.why}.`),
      data.reason ? element("p", { class: "reason" }, data.reason) : "",
      data.text ? section("In short", element("pre", { tabindex: "0" }, data.text)) : "",
      ...data.explanations.map(explanation),
      command(data.command),
      data.tensors.length ? section("Tensors", tensors(data)) : "",
      Object.keys(data.arrays).length ? section("Where it differs", heat(data)) : "",
      data.steps.length > 1 ? section("Over time", charts.growth(data.steps, outputNoise(data), data.factor)) : "",
      Object.keys(data.traces).length ? section("Gates", gates(data)) : "",
      section("The case", specification(data.spec)),
      data.kernels.length ? section("Kernels", ...data.kernels.map(charts.kernel)) : "",
    ];
    const article = element("article", { "aria-label": data.id }, ...parts.filter(Boolean));
    article.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close(row);
    });
    return article;
  }

  function section(title, ...content) {
    return element("section", {}, element("h4", {}, title), ...content);
  }

  function explanation(one) {
    const remains = one.remains ? ` What remains is ${one.remains} TensorFlow's rounding.` : "";
    return element("section", { class: "finding" }, element("h4", {}, `Likely mistake: ${one.statement}`),
      element("p", {}, `Made on purpose (${one.mistakes.join(", ")}), it gives these numbers.${remains}`),
      element("p", {}, one.explanation), element("p", {}, element("strong", {}, "Repair: "), one.repair));
  }

  function command(words) {
    const copied = element("span", { role: "status" });
    const copy = element("button", { type: "button" }, "copy");
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(words);
        copied.textContent = "copied";
      } catch {
        copied.textContent = "select the line and copy it";
      }
    });
    return section("Run this case alone", element("p", { class: "command" }, element("code", {}, words), " ", copy, " ", copied));
  }

  function table(caption, names, lines) {
    const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
    const body = element("tbody", {}, ...lines.map((line) => element("tr", {},
      ...line.map((value, place) => element(place ? "td" : "th", place ? {} : { scope: "row" }, value)))));
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      element("table", {}, element("caption", { class: "hidden" }, caption), element("thead", {}, head), body));
  }

  function tensors(data) {
    const value = (number) => (number === null ? "" : charts.short(number));
    const lines = data.tensors.map((one) => [
      one.name, `(${one.shape.join(", ")})`, one.problem ?? "agrees", `${one.mismatched} of ${one.size}`,
      one.worst_index ? `[${one.worst_index.join(", ")}]` : "", value(one.got), value(one.expected), value(one.max_abs),
      one.nonfinite ? `${one.nonfinite} not finite` : one.times ?? "", one.ulp === null ? "" : `${one.ulp} ULP`,
    ]);
    const names = ["tensor", "shape", "problem", "wrong", "worst at", "got", "should be", "max |d|", "/ rounding", "ULP"];
    const messages = data.tensors.filter((one) => one.message && one.problem !== "values")
      .map((one) => element("p", { class: "reason" }, one.message));
    return element("div", {}, table("Tensors of the case", names, lines), ...messages);
  }

  function choice(label, options, value) {
    const select = element("select", {}, ...options.map(([key, words]) => element("option", { value: key }, words)));
    select.value = value;
    return [select, element("label", {}, `${label} `, select)];
  }

  function outputNoise(data) {
    return Math.max(...data.tensors.filter((one) => one.name.startsWith("outputs")).map((one) => one.noise), 0) ||
      Math.max(...data.tensors.map((one) => one.noise));
  }

  function heat(data) {
    const names = Object.keys(data.arrays);
    const worst = data.tensors.filter((one) => one.problem && data.arrays[one.name]).map((one) => one.name);
    const [tensor, tensorLabel] = choice("tensor", names.map((name) => [name, name]), worst[0] ?? names[0]);
    const holder = element("div"), places = element("span");
    tensor.addEventListener("change", () => controls());
    let pick = [];

    function controls() {
      const { shape } = data.arrays[tensor.value], entry = data.tensors.find((one) => one.name === tensor.value);
      const timed = shape.length === 3, tall = shape[0], wide = shape.at(-1);
      const index = entry.worst_index ?? [];
      const batch = timed ? range(shape[1]).map((row) => [String(row), String(row)]) : [];
      const rowOf = timed && data.first ? data.first.row : 0;
      pick = [
        ...(timed ? [choice("batch row", batch, String(rowOf))] : []),
        ...paged(timed ? "steps" : "rows", tall, PAGE_ROWS, timed && data.first?.step ? data.first.step : 0),
        ...paged("units", wide, PAGE_COLUMNS, index.at(-1) ?? 0),
      ];
      for (const [select] of pick) select.addEventListener("change", () => draw());
      places.replaceChildren(...pick.map(([, label]) => label));
      draw();
    }

    function draw() {
      const held = data.arrays[tensor.value], { shape } = held, timed = shape.length === 3;
      held.values ??= [charts.numbers(held.got), charts.numbers(held.expected)];
      const entry = data.tensors.find((one) => one.name === tensor.value);
      const chosen = Object.fromEntries(pick.map(([select]) => [select.dataset.of ?? "batch", Number(select.value)]));
      const first = chosen[timed ? "steps" : "rows"] ?? 0, left = chosen.units ?? 0, batch = chosen.batch ?? 0;
      const at = (row, column) => (timed ? (row * shape[1] + batch) * shape[2] + column : row * shape.at(-1) + column);
      const value = (row, column) => held.values.map((array) => array[at(row, column)]);
      const caption = `${tensor.value}${timed ? `, batch row ${batch}` : ""}: error over TensorFlow's rounding, log scale`;
      holder.replaceChildren(charts.heatMap(caption, range(shape[0]).slice(first, first + PAGE_ROWS),
        range(shape.at(-1)).slice(left, left + PAGE_COLUMNS), timed ? "step" : "row", value, entry.noise, data.factor ?? 1));
    }

    controls();
    return element("div", {}, element("p", { class: "controls" }, tensorLabel, " ", places), holder, charts.legend(data.factor ?? 1));
  }

  function range(count) {
    return [...Array(count).keys()];
  }

  function paged(word, count, size, place) {
    if (count <= size) return [];
    const starts = range(Math.ceil(count / size)).map((page) => page * size);
    const options = starts.map((start) => [String(start), `${start} to ${Math.min(count, start + size) - 1}`]);
    const made = choice(word, options, String(Math.floor(place / size) * size));
    made[0].dataset.of = word;
    return [made];
  }

  function gates(data) {
    const names = Object.keys(data.traces), first = data.first;
    const own = first ? names.find((name) => name.split("/").at(-1) === first.tensor &&
      (first.layer === null || name.split("/").at(-2) === String(first.layer)) &&
      (!first.direction || name.startsWith(`${first.direction}/`))) : undefined;
    const words = (name) => (name === own ? `${name} (differs first, at step ${first.step})` : name);
    const { shape } = data.traces[own ?? names[0]];
    const [gate, gateLabel] = choice("layer and gate", names.map((name) => [name, words(name)]), own ?? names[0]);
    const [row, rowLabel] = choice("batch row", range(shape[1]).map((one) => [String(one), String(one)]), String(first?.row ?? 0));
    const unit = element("input", { type: "number", min: "0", step: "1", value: String(own ? first.unit : 0) });
    const holder = element("div");

    function draw() {
      const held = data.traces[gate.value];
      held.values ??= [charts.numbers(held.got), charts.numbers(held.expected)];
      const [steps, batch, width] = held.shape;
      unit.max = String(width - 1);
      const column = Math.min(width - 1, Math.max(0, Math.floor(Number(unit.value) || 0)));
      const series = held.values.map((array) => range(steps).map((step) => array[(step * batch + Number(row.value)) * width + column]));
      const label = `${gate.value}, batch row ${row.value}, unit ${column}: expected and got at each step`;
      const lines = series[0].map((got, step) => [String(step), charts.short(series[1][step]), charts.short(got)]);
      holder.replaceChildren(
        charts.scrolled(charts.lines(label, [{ name: "expected", values: series[1] }, { name: "got", values: series[0] }])),
        element("p", { class: "legend" }, element("span", { class: "key expected" }), " expected ",
          element("span", { class: "key got" }), " got"),
        element("details", {}, element("summary", {}, "as numbers"), table(label, ["step", "expected", "got"], lines)));
    }

    for (const control of [gate, row, unit]) control.addEventListener("input", draw);
    draw();
    return element("div", {}, element("p", { class: "controls" }, gateLabel, " ", rowLabel, " ",
      element("label", {}, "unit ", unit)), holder);
  }

  function specification(spec) {
    const list = element("dl");
    for (const [name, value] of Object.entries(spec)) list.append(element("dt", {}, name), element("dd", {}, value));
    return list;
  }

  // ---- the page
  for (const row of rows) button(row).addEventListener("click", () => toggle(row));
  form.addEventListener("input", () => {
    remember(Object.fromEntries(fields().map((field) => [field.name, field.value])));
    filter();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  function clear() {
    remember(Object.fromEntries(fields().map((field) => [field.name, ""])));
    follow();
  }
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
  });
  document.getElementById("clear").addEventListener("click", clear);
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  follow();
  return { put };
})();
