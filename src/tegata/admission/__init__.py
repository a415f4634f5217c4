"""Which rule packs may judge: who vouches for each, and what follows when nobody does whom the operator trusts."""

from tegata.admission.admission import admitted
from tegata.admission.settings import PackTrust
from tegata.admission.standing import Standing, standing

__all__ = ["PackTrust", "Standing", "admitted", "standing"]
