"""A stranger who has nothing of ours follows `docs/how-to/verify-a-passport.md`: `make judge-stranger`."""
