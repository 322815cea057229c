"""Figures of this project against a peer, each pair measured in turns in the same run."""
