"""Documents for people: what a verdict says, on paper (PDF, A4), in English or Japanese.

The same input gives the same bytes. `verdict` and `package` draw with reportlab (extra `pdf`), loaded only then.
"""
