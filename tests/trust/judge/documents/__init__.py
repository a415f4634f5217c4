"""What we make, whole and spoilt in ways that tell readers apart, for every program that reads it."""
