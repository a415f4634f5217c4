"""Brokers that others wrote, for the tests of a process; they skip where there are none."""
