"use strict";
// Pictures of one case: heat map, growth, gates, kernels. Each takes data and returns an element.

const charts = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function drawn(tag, attributes, ...children) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function numbers(base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Float64Array(bytes.buffer);
  }

  function short(value) {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "infinity" : "-infinity";
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : String(Number(value.toPrecision(5)));
  }

  function multiple(ratio) {
    if (!Number.isFinite(ratio)) return "not finite";
    return `${ratio >= 1e6 ? ratio.toExponential(1) : Number(ratio.toPrecision(2)).toLocaleString("en")} x`;
  }

  // A level for each entry: "same" exactly equal, "bad" not finite, else how far above the rounding, 0 to 8.
  function level(ratio, factor) {
    if (Number.isNaN(ratio) || ratio === Infinity) return "bad";
    if (ratio === 0) return "same";
    if (ratio <= factor) return "0";
    return String(Math.min(8, 1 + Math.floor(Math.log10(ratio / factor))));
  }

  // Rows are steps (or batch rows of a state), columns are units; every cell says its numbers.
  function heatMap(caption, rows, columns, rowWord, valueAt, noise, factor) {
    const head = element("tr", {}, element("th", { scope: "col" }, `${rowWord} \\ unit`));
    for (const column of columns) head.append(element("th", { scope: "col" }, String(column)));
    const body = element("tbody");
    for (const row of rows) {
      const line = element("tr", {}, element("th", { scope: "row" }, String(row)));
      for (const column of columns) {
        const [got, expected] = valueAt(row, column);
        const ratio = Math.abs(got - expected) / noise;
        const kind = level(ratio, factor);
        const words = `${rowWord} ${row}, unit ${column}: got ${short(got)}, should be ${short(expected)}, ` +
          (kind === "same" ? "exactly equal" : multiple(ratio));
        const mark = { same: "=", bad: "!" }[kind] ?? (kind === "0" ? "·" : kind);
        line.append(element("td", { class: `heat level-${kind}`, title: words },
          element("span", { "aria-hidden": "true" }, mark), element("span", { class: "hidden" }, words)));
      }
      body.append(line);
    }
    const table = element("table", { class: "heat" }, element("caption", {}, caption), element("thead", {}, head), body);
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table);
  }

  function legend(factor) {
    const items = [["same", "= exactly equal"], ["0", `· at most ${factor} x`], ["1", "1 above that"],
      ["4", "4 a thousand times"], ["8", "8 ten million times or more"], ["bad", "! NaN or infinite"]];
    return element("ul", { class: "legend" },
      ...items.map(([kind, words]) => element("li", {}, element("span", { class: `swatch level-${kind}` }), ` ${words}`)));
  }

  function lines(label, series, { marks = [], height = 160, names = [] } = {}) {
    const width = 640, left = 64, bottom = 22, top = 8;
    const finite = series.flatMap((one) => one.values).filter(Number.isFinite).concat(marks.map((mark) => mark.value));
    const low = Math.min(...finite), high = Math.max(...finite), span = high - low || 1;
    const steps = Math.max(...series.map((one) => one.values.length)), last = Math.max(1, steps - 1);
    const x = (step) => left + (step / last) * (width - left - 12);
    const y = (value) => top + (1 - (value - low) / span) * (height - top - bottom);
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" });
    for (const value of [low, high]) {
      const tick = drawn("text", { x: left - 6, y: y(value) + 4, class: "tick end" });
      tick.textContent = names[0] ? names[0](value) : short(value);
      svg.append(tick, drawn("line", { x1: left, x2: width - 12, y1: y(value), y2: y(value), class: "grid" }));
    }
    for (const step of new Set([0, steps - 1])) {
      const tick = drawn("text", { x: x(step), y: height - 4, class: step ? "tick end" : "tick middle" });
      tick.textContent = `step ${step}`;
      svg.append(tick);
    }
    for (const mark of marks) {
      const words = drawn("text", { x: width - 14, y: y(mark.value) - 4, class: "tick end" });
      words.textContent = mark.words;
      svg.append(drawn("line", { x1: left, x2: width - 12, y1: y(mark.value), y2: y(mark.value), class: "allowed" }), words);
    }
    for (const one of series) {
      let path = "", open = false;
      one.values.forEach((value, step) => {
        if (!Number.isFinite(value)) { open = false; return; }
        path += `${open ? "L" : "M"}${x(step)} ${y(value)}`;
        open = true;
        svg.append(drawn("circle", { cx: x(step), cy: y(value), r: 2.5, class: `dot ${one.name}` }));
      });
      svg.append(drawn("path", { d: path, class: `line ${one.name}` }));
    }
    return svg;
  }

  function scrolled(chart) {
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": chart.getAttribute("aria-label") }, chart);
  }

  function growth(steps, noise, factor) {
    const values = steps.map((error) => (error === null ? NaN : error === 0 ? NaN : Math.log10(error)));
    const equal = steps.filter((error) => error === 0).length, lost = steps.filter((error) => error === null).length;
    const limit = Math.log10(noise * (factor ?? 1));
    const words = factor === null ? "TensorFlow's rounding" : `${factor} x TensorFlow's rounding`;
    const figure = element("figure");
    if (values.some(Number.isFinite)) {
      figure.append(scrolled(lines("Largest error of the outputs at each step, in the order of computation, on a log scale",
        [{ name: "got", values }], { marks: [{ value: limit, words }], names: [(value) => (10 ** value).toExponential(1)] })));
    }
    const notes = [equal ? `${equal} steps exactly equal` : "", lost ? `${lost} steps not finite` : ""].filter(Boolean);
    const text = steps.map((error, step) => `step ${step}: ${error === null ? "not finite" : short(error)}`).join(", ");
    figure.append(element("figcaption", {}, ["Largest error at each step", ...notes].join("; ")),
      element("details", {}, element("summary", {}, "as numbers"), element("p", {}, text)));
    return figure;
  }

  function kernel(one) {
    const head = element("tr", {}, element("td"));
    for (const [gate, width] of one.columns) head.append(element("th", { scope: "col" }, `${gate} (${width})`.trim()));
    const body = element("tbody");
    for (const [part, height] of one.rows) {
      const line = element("tr", {}, element("th", { scope: "row" }, `${part} (${height})`));
      for (const [gate] of one.columns) line.append(element("td", { class: "block" }, gate ? `${part} to ${gate}` : part));
      body.append(line);
    }
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": one.name },
      element("table", { class: "kernel" }, element("caption", {}, one.name), element("thead", {}, head), body));
  }

  return { element, numbers, short, multiple, heatMap, legend, lines, scrolled, growth, kernel };
})();
