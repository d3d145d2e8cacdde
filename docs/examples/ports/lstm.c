// An LSTM in C, checked by rnn-parity: ./lstm QUESTIONS ANSWERS reads and writes safetensors.
//
//     [i j f o] = [x h] kernel + bias
//     c' = c sigmoid(f + forget_bias) + sigmoid(i) tanh(j)
//     h' = tanh(c') sigmoid(o)
//
// It offers a plain BasicLSTMCell or LSTMCell in float32 over a DynamicRNN; to other cases it writes no answer.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(size + 1, 1);
    if (fread(text, 1, size, file) != (size_t)size) { perror(path); exit(1); }
    fclose(file);
    return text;
}

// ---- As much of JSON as these files need: the value of a key of an object; NULL where it has none. ----
static const char *after(const char *at) {  // what follows the value that begins here
    if (*at == '"') {
        for (at++; *at != '"'; at++) at += *at == '\\';
        return at + 1;
    }
    if (*at != '{' && *at != '[') return at + strcspn(at, ",}]");
    int depth = 0;
    do {
        if (*at == '"') { at = after(at); continue; }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    } while (depth);
    return at;
}

static const char *get(const char *object, const char *key) {
    size_t length = strlen(key);
    if (!object || *object != '{') return NULL;
    for (const char *at = object + 1; *at && *at != '}';) {
        if (*at == ',' || *at == ' ') { at++; continue; }
        const char *name = at + 1, *value = after(at) + 1;
        while (*value == ' ') value++;
        if (value - name > (long)length && !strncmp(name, key, length) && name[length] == '"') return value;
        at = after(value);
    }
    return NULL;
}

static int is(const char *value, const char *word) { return value && !strncmp(value, word, strlen(word)); }
static double number(const char *value) { return strtod(value, NULL); }

// ---- safetensors: 8 bytes (the header's length), the header, the arrays. ----
static const void *array(const char *file, const char *name) {
    uint64_t length;
    memcpy(&length, file, 8);
    const char *entry = get(file + 8, name);
    return entry ? file + 8 + length + strtol(get(entry, "data_offsets") + 1, NULL, 10) : NULL;
}

static void write_answer(const char *path, const float *outputs, const float *c, const float *h, int B, int T, int H) {
    long out = 4L * B * T * H, state = 4L * B * H;
    char header[600];
    uint64_t length = snprintf(header, sizeof header,
        "{\"outputs\":{\"dtype\":\"F32\",\"shape\":[%d,%d,%d],\"data_offsets\":[0,%ld]},"
        "\"final_state/c\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%ld,%ld]},"
        "\"final_state/h\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%ld,%ld]}}",
        B, T, H, out, B, H, out, out + state, B, H, out + state, out + 2 * state);
    FILE *file = fopen(path, "wb");
    if (!file) { perror(path); exit(1); }
    fwrite(&length, 8, 1, file);
    fwrite(header, 1, length, file);
    fwrite(outputs, 1, out, file);
    fwrite(c, 1, state, file);
    fwrite(h, 1, state, file);
    fclose(file);
}

// ---- The port. ----
static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

static void step(const float *x, float *c, float *h, const float *kernel, const float *bias, int D, int H,
                 float forget_bias) {
    float z[4 * H];
    for (int k = 0; k < 4 * H; k++) {
        z[k] = bias[k];
        for (int d = 0; d < D; d++) z[k] += x[d] * kernel[d * 4 * H + k];
        for (int u = 0; u < H; u++) z[k] += h[u] * kernel[(D + u) * 4 * H + k];
    }
#ifdef GATES_IFJO  // a mistake that many ports make
    const float *i = z, *f = z + H, *j = z + 2 * H, *o = z + 3 * H;
#else
    const float *i = z, *j = z + H, *f = z + 2 * H, *o = z + 3 * H;
#endif
#ifdef NO_FORGET_BIAS  // another one
    forget_bias = 0;
#endif
    for (int u = 0; u < H; u++) {
        c[u] = c[u] * sigmoid(f[u] + forget_bias) + sigmoid(i[u]) * tanhf(j[u]);
        h[u] = tanhf(c[u]) * sigmoid(o[u]);
    }
}

static int is_plain(const char *spec) {
    const char *cell = get(spec, "cell"), *run = get(spec, "run"), *name = get(cell, "class");
    int options = !is(get(cell, "activation"), "null") || !is(get(cell, "state_is_tuple"), "true");
    if (is(name, "\"LSTMCell\""))
        options |= is(get(cell, "use_peepholes"), "true") || !is(get(cell, "cell_clip"), "null") ||
                   !is(get(cell, "num_proj"), "null") || !is(get(cell, "num_unit_shards"), "null");
    else if (!is(name, "\"BasicLSTMCell\""))
        return 0;
    return !options && is(get(spec, "dtype"), "\"float32\"") && is(get(run, "function"), "\"DynamicRNN\"") &&
           is(get(run, "time_major"), "false");
}

static void answer(const char *question, const char *path, const char *spec) {
    const char *cell = get(spec, "cell"), *sizes = get(spec, "sizes");
    int B = number(get(sizes, "batch_size")), T = number(get(sizes, "max_time")), D = number(get(sizes, "depth"));
    int H = number(get(cell, "num_units"));
    char name[80], *scope = is(get(cell, "class"), "\"LSTMCell\"") ? "lstm_cell" : "basic_lstm_cell";
    snprintf(name, sizeof name, "weights/rnn/%s/kernel", scope);
    const float *kernel = array(question, name);  // (D + H, 4 H)
    snprintf(name, sizeof name, "weights/rnn/%s/bias", scope);
    const float *bias = array(question, name), *x = array(question, "inputs");  // (4 H), (B, T, D)
    const float *c0 = array(question, "initial_state/c"), *h0 = array(question, "initial_state/h");
    const int32_t *lengths = array(question, "sequence_length");
    float *outputs = calloc(B * T * H, 4), *c = calloc(B * H, 4), *h = calloc(B * H, 4);
    if (c0) { memcpy(c, c0, 4 * B * H); memcpy(h, h0, 4 * B * H); }
    for (int b = 0; b < B; b++)
        for (int t = 0; t < (lengths && lengths[b] < T ? lengths[b] : T); t++) {  // past its end a row stays as it is
            step(x + (b * T + t) * D, c + b * H, h + b * H, kernel, bias, D, H, number(get(cell, "forget_bias")));
            memcpy(outputs + (b * T + t) * H, h + b * H, 4 * H);
        }
    write_answer(path, outputs, c, h, B, T, H);
    free(outputs); free(c); free(h);
}

int main(int count, char **given) {
    if (count != 3) { fprintf(stderr, "usage: %s QUESTIONS ANSWERS\n", given[0]); return 2; }
    char path[4096], id[256];
    snprintf(path, sizeof path, "%s/index.json", given[1]);
    char *index = read_file(path);
    snprintf(path, sizeof path, "%s/cases.txt", given[1]);
    FILE *cases = fopen(path, "r");
    if (!cases) { perror(path); return 1; }
    while (fscanf(cases, "%255s", id) == 1) {
        const char *spec = get(get(index, "cases"), id);
        if (!is_plain(spec)) continue;
        snprintf(path, sizeof path, "%s/questions/%s.safetensors", given[1], id);
        char *question = read_file(path);
        snprintf(path, sizeof path, "%s/%s.safetensors", given[2], id);
        answer(question, path, spec);
        free(question);
    }
    fclose(cases);
    free(index);
    return 0;
}
