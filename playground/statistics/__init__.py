"""How sure a measured number is. Knows no model and no topic."""
