"""Looking for damage in the background, so that it is found while the other copies are still whole."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from tegata.evidence.audit import check_evidence
from tegata.evidence.published import PublishedLog
from tegata.model.errors import StoreError
from tegata.store import Store
from tegata.trust import KeyHistory

PERIOD_SECONDS: Final = 6 * 3600
_TOLD: Final = 20
_log = structlog.get_logger("tegata.log")


async def scrub(store: Store, keys: KeyHistory, tiles: PublishedLog) -> None:
    """Audit the whole log every six hours, for ever; each damage goes to the operational log."""
    while True:
        await asyncio.sleep(PERIOD_SECONDS)
        try:
            report = await store.read(lambda tx: check_evidence(tx, keys, tiles))
        except StoreError as error:
            _log.error("log.not_audited", why=str(error))
            continue
        for damage in report.damages[:_TOLD]:
            _log.error("log.damaged", copy=damage.copy, level=damage.level, index=damage.index, say=damage.say.en)
        _log.info("log.audited", size=report.size, damages=len(report.damages))
