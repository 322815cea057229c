"""The panels of evaluation, drawn from findings; they compute nothing but where a curve is drawn."""
