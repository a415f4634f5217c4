"""How nouns look to people: one module per noun, each writes on a `Paper`."""
