"""The rules of an accreditation scheme, and the lists that follow from its acts. Pure: acts and time are arguments."""

from tegata.trust.accreditation.listing import list_digest, make_list, verify_listing
from tegata.trust.accreditation.register import Register, read_act

__all__ = ["Register", "list_digest", "make_list", "read_act", "verify_listing"]
