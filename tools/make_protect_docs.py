"""docs/protection.md: of every operation of a plan, what can still be learned, and the test that holds it to that."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from tools.markdown import joined

from tegata.model.base import Text
from tegata.model.plan import ProtectionPlan
from tegata.protect import read_plan
from tegata.protect.compile import DATA_VERBS
from tegata.protect.filters import filter_words
from tegata.protect.guarantee import guarantee

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "protection.md"
GUIDE: Final = ROOT / "docs" / "how-to" / "write-a-protection-plan.md"
TESTS: Final = {
    "drop": "tests/protect/test_apply.py::test_no_value_of_a_dropped_or_pseudonymised_column_leaves",
    "keep": "tests/protect/test_apply.py::test_columns_without_a_step_follow_otherwise",
    "mask": "tests/protect/test_operations.py::test_mask_shows_length_and_tail_only",
    "pseudonymise": "tests/protect/test_operations.py::test_pseudonyms_join_within_a_key_and_a_kind_only",
    "tokenise": "tests/vault/test_vault.py::test_one_random_token_for_each_value_whatever_the_batch",
    "encrypt_fpe": "tests/protect/test_fpe.py::test_form_stays_and_the_key_holder_gets_the_values_back",
    "encrypt": "tests/protect/test_encrypt.py::test_equal_values_differ_unless_they_are_to_stay_equal",
    "redact_text": "tests/scan/test_redaction.py::test_nothing_of_a_value_is_left_and_all_other_text_is",
    "generalise": "tests/protect/test_operations.py::test_a_date_in_any_writing_loses_its_day",
    "top_bottom_code": "tests/protect/test_operations.py::test_no_number_beyond_the_limits_leaves",
    "suppress_rare": "tests/protect/test_ready.py::test_rare_values_are_counted_among_those_that_may_leave",
    "round_location": "tests/protect/test_operations.py::test_the_corner_of_every_cell_is_far_enough",
    "shift_dates": "tests/protect/test_shift.py::"
    "test_one_shift_for_all_dates_of_a_subject_within_the_range_and_never_none",
    "keep_rows": "tests/protect/test_rows.py::test_only_numbers_within_the_limits_leave",
    "drop_rows": "tests/protect/test_rows.py::test_only_days_within_the_limits_leave",
    "k_anonymity": "tests/protect/test_anonymity.py::test_every_record_that_leaves_stands_among_k",
    "statistics": "tests/protect/test_statistics.py::"
    "test_no_answer_is_more_than_e_to_the_epsilon_times_as_likely_with_a_person",
}
WHOLE: Final = {
    "`rows`": "`keep_rows`, `drop_rows` (`where`)",
    "`otherwise: drop`": "`keep` with `otherwise: drop`",
    "`cap_subjects`": "`cap_subjects` (`max`)",
    "`anonymity`": "`k_anonymity` (`k`, `max_suppressed`, `hierarchies`; selected columns are sensitive)",
    "`statistics`": "`statistics`, with an account at the node",
    "`differencing`, `--earlier`": "`limit_differencing`; the node knows the earlier releases",
    "`none_left`": "filled in with the kinds that conditions remove",
    "`--plan NAME` of a ready plan, `--keep`": "the conditions of its clauses: `tegata publish --plan NAME --keep`",
    "`tegata encrypt COPY --for CERT`": "`encrypt_for_recipient`; the consumer names the certificate",
}
BY_HAND_ONLY: Final = {
    "`--against`, how far the copy can be linked with a public table": "a measurement against a table that somebody "
    "has to choose and have; a node has none. Make it before you publish.",
    "l and t as limits": "they are measured and told by both roads, and enforced by neither: with suppression t is not "
    "monotone in the lattice ([0014](decisions/0014-protection-runs-over-columns.md)).",
    "`taxonomy` hierarchies of one's own by column": "conditions name hierarchies by what columns were recognised as, "
    "so that they hold for every table; a column that was not recognised is told or not told.",
}
HEAD: Final = (
    "# What each protection guarantees / 各処理の保証",
    "",
    "Made by `make documents` from [the plan of the guide](how-to/write-a-protection-plan.md). The words are those that"
    " `--dry-run`, report and log entry give; the test tries the guarantee on values that it draws.",
    "",
    "| operation | what can still be learned | なお知られ得ること | test |",
    "|---|---|---|---|",
)


def plan_of_guide() -> ProtectionPlan:
    (text,) = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return read_plan(text.encode())


def told() -> Iterator[tuple[str, Text]]:
    plan = plan_of_guide()
    yield from ((str(type(step).__struct_config__.tag), guarantee(step)) for step in plan.steps)
    yield from ((str(type(one).__struct_config__.tag), filter_words(one)) for one in plan.rows)


def page() -> str:
    rows = sorted(dict(told()).items(), key=lambda row: list(TESTS).index(row[0]))
    table = (f"| `{op}` | {said.en} | {said.ja} | {_test(op)} |" for op, said in rows)
    return joined([*HEAD, *table, "", *_rest(), "", *_roads()])


def _roads() -> Iterator[str]:
    yield "## By hand and by agreement / 手作業と合意"
    yield ""
    yield (
        "`tegata protect` carries out a plan; a node carries out the conditions of an agreement, which a rule or the "
        "publisher (`tegata publish --conditions`) asks for. "
        "[Both roads](../tests/services/test_both_roads.py) are walked for every operation, and lead to the same bytes."
    )
    yield ""
    yield "| by hand | as a condition |"
    yield "|---|---|"
    yield from (f"| step `{verb}` | `{verb}`{_named(params)} |" for verb, params in DATA_VERBS.items())
    yield from (f"| {hand} | {condition} |" for hand, condition in WHOLE.items())
    yield ""
    yield "By hand only, and why:"
    yield ""
    yield from (f"* {what}: {why}" for what, why in BY_HAND_ONLY.items())


def _named(params: Collection[str]) -> str:
    return f" ({', '.join(f'`{name}`' for name in sorted(params))})" if params else ""


def _rest() -> Iterator[str]:
    yield f"k-anonymity: {_test('k_anonymity')}; statistics with noise: {_test('statistics')}."
    yield "Risk figures of releases are [attacked](attacks.md)."


def _test(op: str) -> str:
    file, _, name = TESTS[op].partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{file})"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
