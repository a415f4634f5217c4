"""Consent of the people of a source: given, withdrawn, and counted in epochs."""

from tegata.consent.register import Change, ConsentAct, ConsentError, ConsentRegister, ConsentReport, Standing, Wanted

__all__ = ["Change", "ConsentAct", "ConsentError", "ConsentRegister", "ConsentReport", "Standing", "Wanted"]
