"""How dates are written in each language: short ones name the month, which nobody takes for a day."""
