"""The list of a monthly run for the counter: who has to come, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.csv_text import write_csv
from counter_tui.desk.renewal_outcomes import FollowUp

HEADINGS: Final = ("貸出券番号", "氏名", "カナ", "電話番号", "有効期限", "理由", "すること")

_RENEW_CERTIFICATE: Final = "署名用電子証明書は、住民票のある市区町村の窓口で更新できます"
_AT_COUNTER: Final = "カウンターで期限の更新"
_NEXT_RUN: Final = "次の回にもう一度確かめます"

_WORDS: Final = {
    NotRenewed.NOT_LINKED: ("連携を解除した", _AT_COUNTER),
    NotRenewed.NEEDS_PROOF: ("在勤・在学", "在勤・在学の証明を見て、カウンターで期限の更新"),
    NotRenewed.LAPSED: ("期限が切れている", _AT_COUNTER),
    NotRenewed.NO_CERTIFICATE: ("署名用電子証明書がない", _AT_COUNTER),
    NotRenewed.REVOKED: ("署名用電子証明書が失効", f"{_AT_COUNTER}。{_RENEW_CERTIFICATE}"),
    NotRenewed.ON_HOLD: ("署名用電子証明書が一時停止", f"{_AT_COUNTER}。{_RENEW_CERTIFICATE}"),
    NotRenewed.CERTIFICATE_EXPIRED: (
        "署名用電子証明書の期限切れ",
        f"{_AT_COUNTER}。{_RENEW_CERTIFICATE}",
    ),
    NotRenewed.UNKNOWN: ("状態がわからない", _NEXT_RUN),
    NotRenewed.UNREACHABLE: ("照会先につながらない", _NEXT_RUN),
    NotRenewed.STALE: ("確かめてから時間がたった", _NEXT_RUN),
}
"""Japanese in any language of the screens, as all files that leave the program."""


def follow_up_list(path: Path, follow_ups: Sequence[FollowUp]) -> None:
    """Write the list for a spreadsheet: mode 0600, whole or not at all.

    Raises:
        OSError
    """
    write_csv(
        path,
        HEADINGS,
        (
            (
                each.library_card_number,
                each.name,
                each.kana,
                each.telephone,
                each.expires_on.isoformat(),
                *_WORDS[each.reason],
            )
            for each in follow_ups
        ),
    )
