"""How the file that leaves is made from what was published: protected as agreed, or as it is where nothing can be done
to it and nothing has to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tegata import durable
from tegata.model.catalog import Agreement, Dataset
from tegata.model.plan import Release
from tegata.transfer.chunks import CHUNK, ChunkList, beside
from tegata.transfer.enveloping import Inside, Recipient, enveloped
from tegata.transfer.packing import packed
from tegata.transfer.parts import PartMaker, ReleaseKeys, Told, changed, no_disk, suffix_of
from tegata.transfer.vaulting import clerk_of

if TYPE_CHECKING:
    from tegata.protect.consented import Consented
    from tegata.tables import Collection, Part
    from tegata.vault.vaults import Keeping


@dataclass(frozen=True)
class MadeRelease:
    """The file that is to leave, the digests of its chunks, and what each of its tables tells of people."""

    release: Release
    path: Path
    chunks: ChunkList
    told: tuple[Told, ...] = ()
    epoch: int = 0  # of consent; 0: nobody was ever asked
    vault: str = ""  # of the chain of acts of the vault whose tokens are in it
    inside: Inside | None = None  # where the file is an envelope


def make_release(
    agreement: Agreement,
    dataset: Dataset,
    found: Collection,
    place: Path,
    keys: ReleaseKeys,
    consented: Consented | None = None,
    keeping: Keeping | None = None,
    recipient: Recipient | None = None,
) -> MadeRelease:
    """Make it in a folder of its own, of what was found where the data set is, with the records of people who have
    consented. Takes its time.

    Args:
        keeping: where the tokens are kept that the agreement asks for.
        recipient: for whose key the file is encrypted, if for anybody's.

    Raises:
        VerificationError: the source is not what was scanned.
        ExposureError: what is to leave still holds what was to be removed.
        InputError: it cannot be read, or not be protected as agreed. StoreError: the disk is full.
    """
    from tegata.protect import plans_for  # imported here: an idle node carries no columnar engine

    try:
        durable.make_folder(place)
    except OSError as error:
        raise no_disk(error) from error
    profile, plans = dataset.profile, plans_for(agreement.conditions, dataset.profile)
    with clerk_of(keeping) as clerk:
        maker = PartMaker(keys, consented, clerk)
        if profile.several:
            out = place / "data.zip"
            release = packed(found, profile, plans, out, maker.make)
        else:
            part = _only_part(found)
            out = place / f"data.{suffix_of(part.name) if profile.opaque else 'csv'}"
            release = maker.make(part, profile, plans[profile.name], out)
    inside: Inside | None = None
    if recipient is not None:
        release, out, inside = enveloped(release, out, recipient)
    chain = clerk.chain if clerk else ""
    return MadeRelease(release, out, _chunked(out), tuple(maker.told), vault=chain, inside=inside)


def _only_part(found: Collection) -> Part:
    if found.single:
        return found.parts[0]
    raise changed()


def _chunked(out: Path) -> ChunkList:
    """The digests of what lies there, which stay beside it."""
    try:
        chunks = ChunkList.of(out, CHUNK)
        durable.replace(beside(out), chunks.digests)
    except OSError as error:
        raise no_disk(error) from error
    return chunks
