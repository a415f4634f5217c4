"""Keys of those who cosign checkpoints and are no participants, as C2SP vkeys."""

from __future__ import annotations

from typing import Final

from tegata.log import ED25519_COSIGNATURE, ML_DSA_44, Verifier, read_vkey
from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.keys import PublicKey
from tegata.trust.mldsa import MlDsaPublicKey

_KEYS: Final[dict[bytes, type[PublicKey | MlDsaPublicKey]]] = {
    ED25519_COSIGNATURE: PublicKey,
    ML_DSA_44: MlDsaPublicKey,
}


def cosigner_key(vkey: str) -> tuple[str, Verifier]:
    """Name and key of a cosigner. VerificationError for what is no vkey, or one of another kind."""
    name, kind, raw = read_vkey(vkey)
    if kind not in _KEYS:
        raise VerificationError(t("its key is not of a kind that cosigns", "連署用の種別の鍵ではありません"))
    return name, _KEYS[kind](raw)
