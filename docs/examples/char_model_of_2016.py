"""A character model as programs of 2016 wrote it, trained for some seconds: its checkpoint, and nothing else, is left.

Two BasicLSTMCells between an embedding and a softmax, unrolled over 24 steps, under the names of TensorFlow 0.12.
"""

import os
import sys
import warnings
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow.compat.v1 as tf

TEXT = "Gates open, gates close, and what a cell has kept is all it knows. "
UNITS, LAYERS, BATCH, STEPS, ROUNDS = 48, 2, 16, 24, 300


def linear(x, columns):
    """The product x Matrix + Bias, as rnn_cell's own function was called."""
    with tf.variable_scope("Linear"):
        matrix = tf.get_variable("Matrix", [x.shape[1], columns])
        return tf.matmul(x, matrix) + tf.get_variable("Bias", [columns], initializer=tf.zeros_initializer())


def basic_lstm(x, c, h):
    """One step of BasicLSTMCell: the forget bias of 1.0 is added here, and stands in no variable."""
    with tf.variable_scope("BasicLSTMCell"):
        i, j, f, o = tf.split(linear(tf.concat([x, h], 1), 4 * UNITS), 4, 1)
        c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
        return c, tf.tanh(c) * tf.sigmoid(o)


def logits_of(ids, characters):
    """Logits (STEPS, BATCH, characters) of ids (BATCH, STEPS), from a state of zeros."""
    with tf.variable_scope("rnnlm"):
        embedding = tf.get_variable("embedding", [characters, UNITS])
        softmax_w = tf.get_variable("softmax_w", [UNITS, characters])
        softmax_b = tf.get_variable("softmax_b", [characters], initializer=tf.zeros_initializer())
        states = [(tf.zeros([BATCH, UNITS]), tf.zeros([BATCH, UNITS])) for _ in range(LAYERS)]
        outputs = []
        for x in tf.unstack(tf.nn.embedding_lookup(embedding, ids), axis=1):
            h = x
            for layer in range(LAYERS):
                with tf.variable_scope(f"MultiRNNCell/Cell{layer}", reuse=bool(outputs)):
                    states[layer] = _, h = basic_lstm(h, *states[layer])
            outputs.append(tf.matmul(h, softmax_w) + softmax_b)
        return tf.stack(outputs)


def batches(ids):
    """Rows of STEPS + 1 characters from anywhere in the text, which goes round and round."""
    random, row = np.random.default_rng(2016), np.arange(STEPS + 1)
    for _ in range(ROUNDS):
        yield ids[(random.integers(len(ids), size=(BATCH, 1)) + row) % len(ids)]


def main(folder):
    """Train, and save what a program of 2016 saved."""
    characters = sorted(set(TEXT))
    tf.disable_v2_behavior()  # resource variables and control flow came later, too
    tf.set_random_seed(2016)
    ids = tf.placeholder(tf.int32, [BATCH, STEPS + 1])
    logits = logits_of(ids[:, :-1], len(characters))
    wanted = tf.transpose(ids[:, 1:])
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=wanted, logits=logits))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for rows in batches(np.array([characters.index(one) for one in TEXT])):
            last, _ = session.run([loss, train], {ids: rows})
        folder.mkdir(parents=True, exist_ok=True)
        tf.train.Saver().save(session, str(folder / "model.ckpt"), write_state=False)
    (folder / "characters.txt").write_text("".join(characters))
    print(f"{len(characters)} characters, trained:", last < 0.5)
    for path in sorted(folder.iterdir()):
        print(" ", path.name)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main(Path(sys.argv[1]))
