"""Trusted lists read, verified and searched (ETSI TS 119 612 and TS 119 602), offline and without a clock."""

from tegata.trust.lists.family import Family, Member, read_family
from tegata.trust.lists.json_list import read_json_list
from tegata.trust.lists.json_write import write_json_list
from tegata.trust.lists.listing import Finding, Index
from tegata.trust.lists.lotl import check_fresh, open_list_of_lists
from tegata.trust.lists.sealed import open_sealed_list, sealed_payload, write_sealed_list
from tegata.trust.lists.xml_list import open_xml_list, read_xml_list
from tegata.trust.lists.xml_write import write_xml_list

__all__ = [
    "Family",
    "Finding",
    "Index",
    "Member",
    "check_fresh",
    "open_list_of_lists",
    "open_sealed_list",
    "open_xml_list",
    "read_family",
    "read_json_list",
    "read_xml_list",
    "sealed_payload",
    "write_json_list",
    "write_sealed_list",
    "write_xml_list",
]
