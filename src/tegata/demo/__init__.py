"""The demonstration: synthetic people, a real table without people, and the whole road between two nodes."""
