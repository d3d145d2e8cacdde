"""What mistakes in gated cells are made of: the twins' cells in parts, right as long as no part is replaced."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_parity.candidate import load_cases
from rnn_parity.compare import compare
from rnn_parity.mistakes import cfn, intersection, minimal_rnn, nas, sru, ugrnn
from rnn_parity.mistakes.parts import blocks_in_order, with_parts
from rnn_parity.tolerance import Tolerance

PARTS = {
    "ugrnn": (ugrnn.UGRNN, ugrnn.UGRNNInParts),
    "intersection": (intersection.INTERSECTION, intersection.IntersectionInParts),
    "nas": (nas.NAS, nas.NASInParts),
    "sru": (sru.SRU, sru.SRUInParts),
    "minimal-rnn": (minimal_rnn.MINIMAL, minimal_rnn.MinimalRNNInParts),
    "cfn": (cfn.CFN, cfn.CFNInParts),
}


@pytest.mark.parametrize("family", PARTS)
def test_cells_in_parts_are_right(family):
    cases, run = list(load_cases([f"{family}/*"])), with_parts(*PARTS[family])
    assert len(cases) >= 12
    assert [case.id for case in cases if not compare(case, run(case.question()), Tolerance()).agrees] == []


def test_blocks_of_columns_are_put_into_the_order_given():
    columns = np.arange(12.0).reshape(2, 6)
    assert blocks_in_order(2, 0, 1)(None, columns).tolist() == [[4, 5, 0, 1, 2, 3], [10, 11, 6, 7, 8, 9]]
    assert blocks_in_order(1, 0)(None, columns[0]).tolist() == [3, 4, 5, 0, 1, 2]
