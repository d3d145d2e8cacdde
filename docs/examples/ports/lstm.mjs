// An LSTM in JavaScript, checked by rnn-parity: node lstm.mjs QUESTIONS ANSWERS reads and writes JSON.
//
//     [i j f o] = [x h] kernel + bias
//     c' = c sigmoid(f + forget_bias) + sigmoid(i) tanh(j)
//     h' = tanh(c') sigmoid(o)
//
// It offers a plain BasicLSTMCell or LSTMCell in float32 over a DynamicRNN; to other cases it writes no answer.
import { readFileSync, writeFileSync } from "node:fs";

const [questions, answers, mistake] = process.argv.slice(2); // the last is for planting one
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

function step(x, c, h, kernel, bias, H, forgetBias) {
  const xh = [...x, ...h];
  const z = bias.map((b, k) => xh.reduce((sum, value, row) => sum + value * kernel[row * 4 * H + k], b));
  const gate = (number) => z.slice(number * H, (number + 1) * H);
  let [i, j, f, o] = [0, 1, 2, 3].map(gate);
  if (mistake === "gates-ifjo") [j, f] = [f, j];
  if (mistake === "no-forget-bias") forgetBias = 0;
  const next = c.map((value, u) => value * sigmoid(f[u] + forgetBias) + sigmoid(i[u]) * Math.tanh(j[u]));
  return [next, next.map((value, u) => Math.tanh(value) * sigmoid(o[u]))];
}

function isPlain({ cell, run, dtype }) {
  const options = [cell.use_peepholes, cell.activation, cell.num_proj, cell.num_unit_shards].some(Boolean);
  const plain = ["BasicLSTMCell", "LSTMCell"].includes(cell.class) && !options && (cell.cell_clip ?? null) === null;
  return plain && cell.state_is_tuple && dtype === "float32" && run.function === "DynamicRNN" && !run.time_major;
}

function answer({ spec, arrays }) {
  const { batch_size: B, max_time: T, depth: D } = spec.sizes;
  const H = spec.cell.num_units;
  const data = (name) => arrays[name]?.data;
  const scope = spec.cell.class === "LSTMCell" ? "lstm_cell" : "basic_lstm_cell";
  const [kernel, bias] = ["kernel", "bias"].map((name) => data(`weights/rnn/${scope}/${name}`));
  const outputs = Array(B * T * H).fill(0);
  const states = { c: [], h: [] };
  for (let b = 0; b < B; b++) {
    let [c, h] = ["c", "h"].map((name) => data(`initial_state/${name}`)?.slice(b * H, (b + 1) * H) ?? Array(H).fill(0));
    const length = Math.min(T, data("sequence_length")?.[b] ?? T); // past its end a row stays as it is
    for (let t = 0; t < length; t++) {
      const x = data("inputs").slice((b * T + t) * D, (b * T + t + 1) * D);
      [c, h] = step(x, c, h, kernel, bias, H, spec.cell.forget_bias);
      h.forEach((value, u) => (outputs[(b * T + t) * H + u] = value));
    }
    states.c.push(...c);
    states.h.push(...h);
  }
  const float32 = (shape, numbers) => ({ dtype: "float32", shape, data: numbers.map(Math.fround) });
  const state = (name) => float32([B, H], states[name]);
  return { outputs: float32([B, T, H], outputs), "final_state/c": state("c"), "final_state/h": state("h") };
}

for (const id of readFileSync(`${questions}/cases.txt`, "utf8").trim().split("\n")) {
  const question = JSON.parse(readFileSync(`${questions}/questions/${id}.json`, "utf8"));
  if (isPlain(question.spec))
    writeFileSync(`${answers}/${id}.json`, JSON.stringify({ arrays: answer(question) }));
}
