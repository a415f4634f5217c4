"""Protection: obligations become a plan, the plan becomes columnar operations on a stream of record batches.

The columnar engine is loaded when a plan is applied: importing this package is cheap.
"""

from tegata.protect.apply import apply_plan
from tegata.protect.compile import plan_for, statistics_of
from tegata.protect.dataset import plans_for
from tegata.protect.plan import read_plan, read_set_plan
from tegata.protect.ready import conditions_of, plan_by, ready_plan, ready_plans

__all__ = [
    "apply_plan",
    "conditions_of",
    "plan_by",
    "plan_for",
    "plans_for",
    "read_plan",
    "read_set_plan",
    "ready_plan",
    "ready_plans",
    "statistics_of",
]
