"""Trusted lists read, verified and searched (ETSI TS 119 612 and TS 119 602), offline and without a clock."""

from tegata.trust.lists.changes import Change, changes
from tegata.trust.lists.family import Family, Member, members_of, open_member, read_family
from tegata.trust.lists.json_list import read_json_list
from tegata.trust.lists.json_write import write_json_list
from tegata.trust.lists.listing import Finding, Index
from tegata.trust.lists.lotl import check_fresh, open_list_of_lists, pivots_of
from tegata.trust.lists.sealed import open_sealed_list, sealed_payload, write_sealed_list
from tegata.trust.lists.xml_list import open_xml_list, read_xml_list
from tegata.trust.lists.xml_write import write_xml_list

__all__ = [
    "Change",
    "Family",
    "Finding",
    "Index",
    "Member",
    "changes",
    "check_fresh",
    "members_of",
    "open_list_of_lists",
    "open_member",
    "open_sealed_list",
    "open_xml_list",
    "pivots_of",
    "read_family",
    "read_json_list",
    "read_xml_list",
    "sealed_payload",
    "write_json_list",
    "write_sealed_list",
    "write_xml_list",
]
