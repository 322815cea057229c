"""The panels of mechanisms, drawn from numbers: one module for each part of the lab."""
