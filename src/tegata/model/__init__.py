"""The nouns: frozen typed structs that every other package speaks in. No I/O, no logic beyond their own shape."""
