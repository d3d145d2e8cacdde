// An LSTM in Rust, checked by rnn-parity: ./lstm QUESTIONS ANSWERS reads and writes safetensors.
//
//     [i j f o] = [x h] kernel + bias
//     c' = c sigmoid(f + forget_bias) + sigmoid(i) tanh(j)
//     h' = tanh(c') sigmoid(o)
//
// It offers a plain BasicLSTMCell or LSTMCell in float32 over a DynamicRNN; to other cases it writes no answer.
// Without crates, so that `rustc -O lstm.rs` is all; with the crates safetensors and serde_json the first half goes.
use std::{collections::HashMap, convert::TryInto, env, fs, io};

// ---- As much of JSON as these files need. ----
enum Json {
    Object(HashMap<String, Json>),
    List(Vec<Json>),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
}

impl Json {
    fn parse(text: &mut &[u8]) -> Json {
        match next(text) {
            b'{' => {
                let mut object = HashMap::new();
                while peek(text) != b'}' {
                    let Json::Text(key) = Json::parse(text) else { panic!("a key that is no text") };
                    next(text); // the colon
                    object.insert(key, Json::parse(text));
                    if peek(text) == b',' {
                        next(text);
                    }
                }
                next(text);
                Json::Object(object)
            }
            b'[' => {
                let mut list = vec![];
                while peek(text) != b']' {
                    list.push(Json::parse(text));
                    if peek(text) == b',' {
                        next(text);
                    }
                }
                next(text);
                Json::List(list)
            }
            b'"' => {
                let mut end = 0;
                while text[end] != b'"' {
                    end += if text[end] == b'\\' { 2 } else { 1 };
                }
                let found = String::from_utf8_lossy(&text[..end]).into_owned(); // escapes stay: no name has one
                *text = &text[end + 1..];
                Json::Text(found)
            }
            first => {
                let end = text.iter().position(|byte| b",]} \n".contains(byte)).unwrap_or(text.len());
                let word = format!("{}{}", first as char, String::from_utf8_lossy(&text[..end]));
                *text = &text[end..];
                match word.as_str() {
                    "null" => Json::Null,
                    "true" | "false" => Json::Bool(word == "true"),
                    _ => Json::Number(word.parse().expect("a number")),
                }
            }
        }
    }

    fn get(&self, key: &str) -> &Json {
        match self {
            Json::Object(object) => object.get(key).unwrap_or(&Json::Null),
            _ => &Json::Null,
        }
    }

    fn at(&self, index: usize) -> &Json {
        if let Json::List(list) = self { &list[index] } else { &Json::Null }
    }

    fn number(&self) -> f64 {
        if let Json::Number(number) = self { *number } else { panic!("no number") }
    }

    fn is(&self, word: &str) -> bool {
        matches!(self, Json::Text(text) if text == word)
    }

    fn is_off(&self) -> bool {
        matches!(self, Json::Null | Json::Bool(false))
    }
}

fn peek(text: &mut &[u8]) -> u8 {
    while text[0].is_ascii_whitespace() {
        *text = &text[1..];
    }
    text[0]
}

fn next(text: &mut &[u8]) -> u8 {
    let byte = peek(text);
    *text = &text[1..];
    byte
}

// ---- safetensors: 8 bytes (the header's length), the header, the arrays. ----
struct Question {
    header: Json,
    arrays: Vec<u8>,
}

impl Question {
    fn read(path: String) -> io::Result<Question> {
        let bytes = fs::read(path)?;
        let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        Ok(Question { header: Json::parse(&mut &bytes[8..end]), arrays: bytes[end..].to_vec() })
    }

    fn words(&self, name: &str) -> Option<Vec<[u8; 4]>> {
        let offsets = self.header.get(name).get("data_offsets");
        if offsets.is_off() {
            return None;
        }
        let bytes = &self.arrays[offsets.at(0).number() as usize..offsets.at(1).number() as usize];
        Some(bytes.chunks_exact(4).map(|word| word.try_into().unwrap()).collect())
    }

    fn floats(&self, name: &str) -> Option<Vec<f32>> {
        Some(self.words(name)?.into_iter().map(f32::from_le_bytes).collect())
    }
}

fn write_answer(path: String, arrays: [(&str, Vec<usize>, Vec<f32>); 3]) -> io::Result<()> {
    let (mut entries, mut bytes) = (vec![], vec![]);
    for (name, shape, data) in arrays {
        let start = bytes.len();
        bytes.extend(data.iter().flat_map(|number| number.to_le_bytes()));
        let end = bytes.len();
        entries.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
    }
    let header = format!("{{{}}}", entries.join(","));
    fs::write(path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat())
}

// ---- The port. ----
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn step(x: &[f32], c: &mut [f32], h: &mut [f32], kernel: &[f32], bias: &[f32], forget_bias: f32) {
    let units = h.len();
    let xh: Vec<f32> = x.iter().chain(h.iter()).copied().collect();
    let z: Vec<f32> = (0..4 * units)
        .map(|k| bias[k] + xh.iter().enumerate().map(|(row, value)| value * kernel[row * 4 * units + k]).sum::<f32>())
        .collect();
    let [i, mut j, mut f, o] = [0, 1, 2, 3].map(|gate| &z[gate * units..(gate + 1) * units]);
    if cfg!(gates_ifjo) {
        (j, f) = (f, j); // a mistake that many ports make
    }
    let forget_bias = if cfg!(no_forget_bias) { 0.0 } else { forget_bias }; // another one
    for u in 0..units {
        c[u] = c[u] * sigmoid(f[u] + forget_bias) + sigmoid(i[u]) * j[u].tanh();
        h[u] = c[u].tanh() * sigmoid(o[u]);
    }
}

fn is_plain(spec: &Json) -> bool {
    let (cell, run) = (spec.get("cell"), spec.get("run"));
    let options = ["use_peepholes", "activation", "num_proj", "num_unit_shards", "cell_clip"];
    (cell.get("class").is("BasicLSTMCell") || cell.get("class").is("LSTMCell"))
        && options.iter().all(|option| cell.get(option).is_off())
        && !cell.get("state_is_tuple").is_off()
        && spec.get("dtype").is("float32")
        && run.get("function").is("DynamicRNN")
        && run.get("time_major").is_off()
}

fn answer(question: &Question, spec: &Json, path: String) -> io::Result<()> {
    let size = |name| spec.get("sizes").get(name).number() as usize;
    let (rows, steps, depth) = (size("batch_size"), size("max_time"), size("depth"));
    let cell = spec.get("cell");
    let (units, forget_bias) = (cell.get("num_units").number() as usize, cell.get("forget_bias").number() as f32);
    let scope = if cell.get("class").is("LSTMCell") { "lstm_cell" } else { "basic_lstm_cell" };
    let weight = |name| question.floats(&format!("weights/rnn/{scope}/{name}")).expect(name);
    let (kernel, bias) = (weight("kernel"), weight("bias"));
    let inputs = question.floats("inputs").expect("inputs");
    let lengths: Option<Vec<i32>> =
        question.words("sequence_length").map(|words| words.into_iter().map(i32::from_le_bytes).collect());
    let state = |name| question.floats(name).unwrap_or(vec![0.0; rows * units]);
    let (mut c, mut h) = (state("initial_state/c"), state("initial_state/h"));
    let mut outputs = vec![0.0; rows * steps * units];
    for row in 0..rows {
        let own = row * units..(row + 1) * units;
        let length = lengths.as_ref().map_or(steps, |lengths| steps.min(lengths[row] as usize));
        for t in 0..length {
            let at = row * steps + t; // past its end a row stays as it is
            let x = &inputs[at * depth..(at + 1) * depth];
            step(x, &mut c[own.clone()], &mut h[own.clone()], &kernel, &bias, forget_bias);
            outputs[at * units..(at + 1) * units].copy_from_slice(&h[own.clone()]);
        }
    }
    let (whole, state) = (vec![rows, steps, units], vec![rows, units]);
    write_answer(path, [("outputs", whole, outputs), ("final_state/c", state.clone(), c), ("final_state/h", state, h)])
}

fn main() -> io::Result<()> {
    let [questions, answers] = [1, 2].map(|n| env::args().nth(n).expect("usage: lstm QUESTIONS ANSWERS"));
    let index = Json::parse(&mut fs::read(format!("{questions}/index.json"))?.as_slice());
    for id in fs::read_to_string(format!("{questions}/cases.txt"))?.lines() {
        let spec = index.get("cases").get(id);
        if is_plain(spec) {
            let question = Question::read(format!("{questions}/questions/{id}.safetensors"))?;
            answer(&question, spec, format!("{answers}/{id}.safetensors"))?;
        }
    }
    Ok(())
}
