"""Benchmarks this project against peers, interleaved in the same run."""
