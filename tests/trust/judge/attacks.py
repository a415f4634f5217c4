"""What strangers try on everything that decides about trust, and the tests that try it first."""

from __future__ import annotations

from typing import NamedTuple


class Attack(NamedTuple):
    """`tests`: files below `tests` with the names of functions in them."""

    what: str
    tests: dict[str, tuple[str, ...]]


ATTACKS = (
    Attack(
        "JSON: repeated names, depth, numbers and texts that are none, repetition that costs",
        {"wire/test_strict_json.py": ("json_test_suite", "repeated_names", "depth", "hostile_repetition")},
    ),
    Attack(
        "JSON-LD: contexts that give words another meaning",
        {
            "wire/dsp/test_codec.py": ("contexts_that_give_words", "a_context_beside_ours"),
            "trust/test_credential.py": ("it_says_nothing_that_its_passport_does_not",),
        },
    ),
    Attack(
        "ZIP: bombs, two files of one name, shared bytes, bytes around it, names that lead out",
        {
            "trust/ades/test_asice.py": ("a_bomb_is_not", "two_files_of_one_name", "members_that_share", "tricks"),
            "tables/test_archive.py": ("a_bomb_is_stopped",),
            "tables/test_pack.py": ("names_are_harmless",),
        },
    ),
    Attack(
        "bombs of other kinds: gzip and Zstandard, Excel, Parquet, PDF",
        {
            "tables/test_packed.py": ("a_bomb_stops", "a_bomb_of_zstd"),
            "tables/test_excel.py": ("a_zip_bomb",),
            "tables/test_parquet.py": ("a_cell_that_unpacks",),
            "trust/ades/test_pades.py": ("what_is_no_signed_pdf",),
        },
    ),
    Attack(
        "XML: document types, entities, transforms, comments, identifiers that stand twice",
        {
            "trust/lists/test_forms.py": ("what_is_no_list", "what_was_tampered_with", "comments_do_not_hide"),
            "trust/ades/test_xades.py": ("after_it_was_signed", "signed_by_the_right_key"),
            "trust/ades/test_xades_own.py": ("a_document_changed", "a_part_that_is_meant_over"),
        },
    ),
    Attack(
        "signature wrapping: in XML, in JWS, in PDF",
        {
            "trust/ades/test_xades_own.py": ("no_way_to_wrap", "what_is_put_around", "a_part_that_was_moved"),
            "trust/ades/test_jades.py": ("flattened_and_general",),
            "trust/ades/test_pades.py": ("a_signature_moved", "what_was_changed_after"),
        },
    ),
    Attack(
        "DER: indefinite and roundabout lengths, bytes left over, depth, numbers and names with two spellings",
        {
            "trust/test_der.py": ("what_der_does_not_allow", "whatever_is_read", "bytes_of_a_stranger"),
            "trust/test_cms.py": ("indefinite_lengths",),
            "trust/pki/test_path.py": ("no_bytes_bring_a_reader_down", "a_damaged_certificate"),
        },
    ),
    Attack(
        "CMS: attributes passed off as content",
        {"trust/test_cms.py": ("a_signature_without_attributes", "a_reference_to_another")},
    ),
    Attack(
        "algorithm confusion: every kind of key under the name of every algorithm, in every form",
        {
            "trust/test_algorithm_confusion.py": ("only_the_name_of_the_keys_own",),
            "trust/test_jws.py": ("of_all_algorithms_and_signers", "the_jws_of_every_other"),
            "trust/ades/test_jades.py": ("the_key_decides", "a_public_key_is_no_secret"),
        },
    ),
    Attack(
        "keys and certificates that a message brings",
        {
            "trust/test_jws.py": ("a_header_that_brings_a_key",),
            "trust/test_timestamp.py": ("the_signer_is_named",),
            "trust/test_cms.py": ("a_certificate_put_in_beside",),
            "trust/ades/test_cades.py": ("a_certificate_put_in_beside",),
        },
    ),
    Attack(
        "base64url: padding, other alphabets, bits left over",
        {
            "trust/test_jws.py": ("no_part_has_a_second_spelling", "a_second_spelling_is_refused"),
            "trust/ades/test_jades.py": ("no_second_spelling", "trailing_bits"),
        },
    ),
    Attack(
        "tokens for another audience, use or message",
        {
            "services/test_hostile_peers.py": ("token_fits_one_body",),
            "identity/test_token.py": ("only_what_matches", "claims_that_are_not_right"),
            "trust/test_jws.py": ("a_jws_for_one_use",),
        },
    ),
    Attack(
        "replay: a hundred at once, after a restart, with work that fails",
        {
            "identity/test_token.py": ("a_token_is_spent_with_its_effect",),
            "services/test_hostile_peers.py": ("token_counts_once",),
            "contract/store_contract.py": ("a_token_counts_once", "a_token_is_not_spent_by_work_that_fails"),
        },
    ),
    Attack(
        "what has ended: tokens, certificates, lists, time-stamps",
        {
            "identity/test_token.py": ("times_at_their_limits",),
            "trust/pki/test_path.py": ("dates_are_of_the_time_in_question",),
            "trust/lists/test_forms.py": ("a_list_fails_closed_in_time",),
            "trust/ades/test_existence.py": ("the_walk_slides",),
        },
    ),
    Attack(
        "keys put in the place of others, and keys in wrong hands",
        {
            "trust/test_key_history.py": ("a_key_that_had_gone", "two_hands_on_one_key", "rolls_follow"),
            "services/test_key_roll.py": ("an_old_backup_of_the_key", "counterparties_follow"),
            "trust/ades/test_levels.py": ("a_key_in_wrong_hands",),
        },
    ),
    Attack(
        "passports and evidence packages tampered with (`make soak-packages`: a million)",
        {
            "trust/test_verify.py": ("no_mutated_passport_passes",),
            "evidence/test_package_mutants.py": ("mutants_are_refused",),
        },
    ),
    Attack("checks that disappear under `python -O`", {"test_house_rules.py": ("no_check_disappears",)}),
)  # fmt: skip
