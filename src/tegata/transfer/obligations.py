"""How each condition of an agreement was met, as the passport tells it."""

from __future__ import annotations

from typing import Final

from tegata.model.base import Text, t
from tegata.model.catalog import FOR_RECIPIENT, LIMIT_USE, TOKENISE, WITNESSED
from tegata.model.decision import Condition
from tegata.model.evidence import ObligationMet
from tegata.protect.compile import DATA_VERBS, WHOLE_VERBS

_ON_THE_BYTES = t(
    "carried out on the data before it left; the plan's digest stands in the release entry",
    "データが出る前に処理として実施しました。計画のダイジェストはリリースの記録にあります",
)
_ENCRYPTED = t("the data was handed over through TLS only", "データは TLS でのみ引き渡されます")
_SAME_MACHINE = t(
    "both nodes run on one machine: the data crosses no network",
    "両ノードが同一マシン上にあり、データは通信網に出ません",
)
_LIMITED = t(
    "the provider's doors count what leaves under the agreement, and keep to it",
    "提供者の出口で合意ごとに提供量を数え、上限を守ります",
)
_TOKENS = t(
    "these values left as tokens, or as less where another condition asks for it; the provider alone holds the vault "
    "that turns tokens back, made for this agreement",
    "値はトークン（別の条件があればそれより情報の少ないもの）として提供します。元の値が分かる保管庫はこの合意専用で、"
    "提供者だけが保持します",
)
_SEALED = t(
    "the data left encrypted for the certificate that the recipient named in its signed request; the entry names it",
    "受領者が署名付きの要求で示した証明書の鍵で暗号化して提供しました。証明書はリリースの記録にあります",
)
_NOT_SEALED = t("the data left as it is", "データは暗号化せずに提供されました")
_COMPARED = t(
    "the release was compared with all earlier ones of the data set before it left; the figures stand in its entry",
    "提供前にこのデータの以前の提供すべてと比較しました。結果はリリースの記録にあります",
)
_WITNESSED = t(
    "nothing left before the checkpoint below had the witnesses; their cosignatures stand under it",
    "後に示すチェックポイントに必要な連署が揃うまで、何も提供されていません。連署はその下にあります",
)
_NOT_ENCRYPTED = t("the endpoint is plain HTTP", "エンドポイントが暗号化されない HTTP です")

_HOW: Final = {LIMIT_USE: _LIMITED, "limit_differencing": _COMPARED, WITNESSED: _WITNESSED, TOKENISE: _TOKENS}


def obligations_met(
    conditions: tuple[Condition, ...], agreement: str, endpoint: str, *, sealed: bool
) -> tuple[ObligationMet, ...]:
    """One line per condition. Process conditions count as met when the agreement binds the parties to them.

    Args:
        sealed: whether the file is an envelope for the consumer's certificate.
    """
    return tuple(_met(condition, agreement, endpoint, sealed=sealed) for condition in conditions)


def _met(condition: Condition, agreement: str, endpoint: str, *, sealed: bool) -> ObligationMet:
    if condition.verb == FOR_RECIPIENT:
        return ObligationMet(condition=condition, how=_SEALED if sealed else _NOT_SEALED, met=sealed)
    if condition.verb == "encrypt_in_transit":
        how = _transit(endpoint)
        return ObligationMet(condition=condition, how=how, met=how is not _NOT_ENCRYPTED)
    if condition.verb in _HOW:
        return ObligationMet(condition=condition, how=_HOW[condition.verb], met=True)
    if condition.verb in DATA_VERBS or condition.verb in WHOLE_VERBS:
        return ObligationMet(condition=condition, how=_ON_THE_BYTES, met=True)
    bound = t(
        f"both parties are bound to it by agreement {agreement}", f"合意 {agreement} により両当事者が義務を負います"
    )
    return ObligationMet(condition=condition, how=bound, met=True)


def _transit(endpoint: str) -> Text:
    if endpoint.startswith("https://"):
        return _ENCRYPTED
    if endpoint.startswith(("http://127.0.0.1:", "http://[::1]:")):
        return _SAME_MACHINE
    return _NOT_ENCRYPTED
