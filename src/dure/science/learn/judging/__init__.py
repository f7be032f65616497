"""How good a model is: which rows predict which, beside what needs no model, and with how much certainty."""
