"""`python -m rnn_parity` is `rnn-parity`."""

from rnn_parity.cli import main

if __name__ == "__main__":
    main()
