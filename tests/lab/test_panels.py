import base64

import numpy as np

from playground.lab.token_panels import Attention


def test_attention_survives_packing_within_half_a_step() -> None:
    generator = np.random.default_rng(0)
    weights = np.tril(generator.random((3, 2, 5, 5))).astype(np.float32)
    weights /= weights.sum(-1, keepdims=True)
    panel = Attention(tuple("abcde"), 3, 2, Attention.pack(weights))
    assert np.abs(panel.weights() - weights).max() <= 0.5 / 65535 + 1e-7


def test_attention_is_packed_query_by_query() -> None:
    weights = np.zeros((1, 1, 2, 2), np.float32)
    weights[0, 0] = [[1, 0], [0, 1]]
    assert np.frombuffer(base64.b64decode(Attention.pack(weights)), "<u2").tolist() == [65535, 0, 65535]
