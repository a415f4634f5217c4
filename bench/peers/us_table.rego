# The decision table of 28 CFR Part 202 for flows whose facts are all stated, as the pack us.28cfr202 decides it.
package us

import rego.v1

countries := {"CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"}

limits := {
	"omic.genomic": 100, "omic.other": 1000, "biometric": 1000, "geo.precise": 1000,
	"health": 10000, "financial": 10000,
}

identifier_limit := 100000

omics := {"omic.genomic", "omic.other"}

us_organisation(party) if {
	party.organised_under == ["US"]
}

provider_us if us_organisation(input.provider)

recipient_us if us_organisation(input.recipient)

covered if input.recipient.designated

covered if {
	not recipient_us
	input.recipient.principal_place in countries
}

covered if {
	not recipient_us
	some country in input.recipient.organised_under
	country in countries
}

covered if {
	not recipient_us
	input.recipient.owned_by_covered_pct >= 50
}

other_foreign if {
	not covered
	not recipient_us
}

categories := {category | some category in input.data.categories}

sensitive := {category | some category in categories; limits[category]}

people(category) := object.get(input.subjects.us_persons, category, 0) + object.get(input.subjects.prior_us_persons, category, 0) if {
	category != "geo.precise"
}

people("geo.precise") := input.subjects.us_devices + input.subjects.prior_us_devices

linked_identifiers if {
	input.data.linked
	count(input.data.identifiers) >= 2
}

bulk if {
	some category in sensitive
	people(category) > limits[category]
}

bulk if {
	linked_identifiers
	people("identifier") > identifier_limit
}

combined if count(sensitive) >= 2

combined if {
	count(sensitive) >= 1
	count(input.data.identifiers) >= 1
	input.data.linked
}

present := sensitive | {"identifier" | some category in categories; startswith(category, "identifier.")}

limit_of(category) := limits[category]

limit_of("identifier") := identifier_limit

lowest := min({limit_of(category) | some category in present})

bulk if {
	combined
	some category in present
	people(category) > lowest
}

bulk_omic if {
	some category in categories & omics
	people(category) > limits[category]
}

omic if {
	bulk_omic
	not input.data.public_record
}

covered_data if input.data.government_related

covered_data if {
	bulk
	not input.data.public_record
}

brokerage if {
	input.transaction.class == "data_brokerage"
	input.relation != "same_entity"
}

access_agreement if {
	input.transaction.class in {"vendor", "employment", "intragroup", "regulatory"}
}

access_agreement if {
	input.transaction.class == "investment"
	not input.transaction.passive
}

other_class if {
	access_agreement
	input.relation != "same_entity"
	input.transaction.access
}

restricted if {
	provider_us
	covered
	other_class
	covered_data
	not omic
}

abroad if {
	provider_us
	other_foreign
	brokerage
	covered_data
}

exempt if input.transaction.incident_to in {"personal_communication", "travel", "government_business", "financial_services", "law", "clinical_investigation"}

exempt if {
	input.transaction.incident_to == "group_administration"
	input.relation in {"parent", "subsidiary", "affiliate"}
}

telecom if {
	input.transaction.incident_to == "telecom"
	not brokerage
}

deny contains "s301-brokerage" if {
	provider_us
	covered
	brokerage
	covered_data
	not exempt
}

deny contains "s303-omic" if {
	provider_us
	covered
	any_class
	omic
	not exempt
	not telecom
}

any_class if brokerage

any_class if other_class

deny contains "s401-unmet" if {
	restricted
	input.safeguards.cisa == "not_met"
	not exempt
	not telecom
}

deny contains "s302-no-clause" if {
	abroad
	not input.transaction.onward_clause
	not exempt
}

deny contains "s304-evasion" if {
	covered_data
	input.transaction.evasion
}

conditions contains rule if {
	restricted
	input.safeguards.cisa == "met"
	not exempt
	not telecom
	some rule in ["s401-met", "s401-duties"]
}

conditions contains "s302-clause" if {
	abroad
	input.transaction.onward_clause
	not exempt
}

default outcome := "allow"

outcome := "deny" if count(deny) > 0

outcome := "allow_with_conditions" if {
	count(deny) == 0
	count(conditions) > 0
}

decision := {"outcome": outcome, "deny": deny, "conditions": conditions}
