"""How good the tunes of a model are, beside real ones."""
