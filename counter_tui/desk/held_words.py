"""The Japanese words in which a patron reads what is stored: of tables, columns and codes.

The report is for the patron: its words are those of the library's forms, whatever the terminal
speaks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from counter_tui.clock import TOKYO

_SECTIONS: Final = {
    "patron": "利用者",
    "patron_search_keys": "検索用の写し",
    "validity_change": "有効期限の変更",
    "patron_note": "職員の注記",
    "renewal_outcome": "有効期限の自動更新",
    "card_link": "マイナンバーカードの連携",
    "loan": "貸出中の資料",
    "print_job": "レシート",
    "hold": "予約",
    "patron_block": "貸出停止",
    "loan_history_wish": "貸出履歴の希望",
    "audit_event": "操作履歴",
}
_FIELDS: Final = {
    "action": "操作",
    "address": "住所",
    "amount": "件数",
    "at": "日時",
    "attempts": "印刷の試行",
    "birth_date": "生年月日",
    "blocked_at": "停止日時",
    "blocked_at_counter": "停止カウンター",
    "blocked_by": "停止担当者",
    "bytes_sent": "送信バイト数",
    "card_key": "カードの公開鍵",
    "certificate_ends_on": "証明書の有効期限",
    "changed_at": "変更日時",
    "checked_at": "確認日時",
    "consented_at": "同意日時",
    "counter": "カウンター",
    "created_at": "作成日時",
    "digest": "連鎖値",
    "due_before_extension": "延長前の返却期限",
    "due_on": "返却期限",
    "enrollment_id": "手続き番号",
    "expired_on": "前の有効期限",
    "expires_on": "有効期限",
    "extended_at": "延長日時",
    "extended_at_counter": "延長カウンター",
    "filled_by": "貸出の番号",
    "given_kana": "カナ(名)",
    "given_name": "氏名(名)",
    "id": "内部番号",
    "item": "資料",
    "kana": "カナ",
    "kind": "種類",
    "last_error": "印刷の不具合",
    "lent_at": "貸出日時",
    "lent_at_counter": "貸出カウンター",
    "lent_by": "貸出担当者",
    "library_card_number": "貸出券番号",
    "linked_at": "連携日時",
    "linked_at_counter": "連携カウンター",
    "linked_by": "連携担当者",
    "look_began_at": "確認の始まり",
    "loose_kana": "カナ(清音)",
    "name": "氏名",
    "note": "理由(職員用)",
    "number": "番号",
    "number_was_issued": "番号を発行",
    "operator": "担当者",
    "outcome": "結果",
    "patron_number": "利用者の内部番号",
    "pickup_branch": "受取館",
    "placed_at": "予約日時",
    "proof_date": "証明の日付",
    "reason": "理由",
    "registered_at": "登録日時",
    "registered_at_counter": "登録カウンター",
    "reprint_no": "再発行の回数",
    "reprint_of": "再発行の元",
    "residency": "区分",
    "returned_at": "返却日時",
    "returned_at_counter": "返却カウンター",
    "returned_on": "返却日",
    "reversed_number": "番号(逆順)",
    "reversed_telephone": "電話番号(逆順)",
    "run": "自動更新の回",
    "scheme": "連携の方式",
    "slip": "レシート番号",
    "state": "状態",
    "suspension_confirmed": "一時停止の確認",
    "telephone": "電話番号",
    "terms_version": "規約の版",
    "text": "本文",
    "unlink_owed_since": "解除の連絡待ち",
    "unlink_reason": "解除の理由",
    "unlinked_at": "解除日時",
    "unlinked_at_counter": "解除カウンター",
    "unlinked_by": "解除担当者",
    "user_identifier": "ユーザー識別子",
    "wished_at": "希望日時",
    "within_days": "一覧の日数",
    "word": "証明書の状態",
    "written_at": "記入日時",
    "written_at_counter": "記入カウンター",
    "written_by": "記入担当者",
}
_UNLINK_REASONS: Final = {
    "lost": "カードの紛失",
    "stolen": "カードの盗難",
    "reissued": "カードの再発行",
    "wish": "本人の希望",
    "error": "登録の誤り",
    "lapsed": "貸出券の期限切れ",
}
_UNDO_REASONS: Final = {
    "wrong_patron": "人ちがい",
    "found": "カードが見つかった",
    "mistake": "操作の誤り",
    "wish": "本人の申し出",
}
_PROOFS: Final = {
    "address": "住所の確認",
    "mynumber_card": "マイナンバーカードと照合",
    "employee_card": "社員証",
    "employment_certificate": "在勤証明書",
    "student_card": "学生証",
    "enrolment_certificate": "在学証明書",
    "other": "ほかの証明",
}
_REASONS: Final = {
    **_PROOFS,
    **_UNDO_REASONS,
    **_UNLINK_REASONS,
    "name_from_card": "氏名",
    "address_from_card": "住所",
    "paper": "紙",
    "file": "ファイル",
    "on": "残す",
    "off": "残さない",
    "card_lost": "貸出券の紛失",
    "manual": "職員による停止",
    "overdue": "返却の遅れ",
    "loan_limit": "貸出の上限",
    "not_for_loan": "禁帯出",
    "reserved": "予約あり",
    "extension": "延長の決まり",
    "returns_today": "きょう返る",
    "needed": "必要があって",
    "library_mistake": "図書館の手ちがい",
    "decided": "責任者の判断",
}
_CODES: Final = {
    ("patron", "residency"): {
        "resident": "在住",
        "worker": "在勤",
        "student": "在学",
        "non_resident": "市外",
    },
    ("validity_change", "kind"): {
        "registration": "登録",
        "import": "取りこみ",
        "counter": "カウンターで更新",
        "automatic": "自動更新",
        "undo": "取り消し",
    },
    ("validity_change", "reason"): _PROOFS | _UNDO_REASONS,
    ("card_link", "unlink_reason"): _UNLINK_REASONS,
    ("patron_block", "kind"): {"card_lost": "貸出券の紛失", "manual": "職員による停止"},
    ("print_job", "kind"): {
        "checkout": "貸出のレシート",
        "enrollment": "連携登録の控え",
        "unlinking": "連携解除の控え",
        "report": "この控え",
        "validity": "期限更新の控え",
        "return": "返却の控え",
        "follow_up": "来館のお願い",
        "links": "連携し直しの一覧",
        "handover": "引きつぎ",
        "counter_handover": "引きつぎ",
    },
    ("print_job", "state"): {
        "queued": "印刷待ち",
        "sending": "印刷中",
        "printed": "印刷済",
        "sent": "送信済",
        "unknown": "印刷は不明",
        "failed": "印刷できず",
        "expired": "印刷せず",
    },
    ("renewal_outcome", "word"): {
        "good": "有効",
        "revoked": "失効",
        "on_hold": "一時停止",
        "expired": "期限切れ",
        "absent": "なし",
        "unknown": "不明",
        "unreachable": "照会できず",
    },
    ("renewal_outcome", "outcome"): {
        "renewed": "更新した",
        "not_linked": "連携なし",
        "needs_proof": "在勤・在学の証明が必要",
        "lapsed": "貸出券の期限切れ",
        "no_certificate": "署名用証明書なし",
        "revoked": "証明書の失効",
        "on_hold": "証明書の一時停止",
        "certificate_expired": "証明書の期限切れ",
        "valid_longer": "有効期限がもっと先",
        "unknown": "証明書の状態が不明",
        "unreachable": "照会できず",
        "stale": "確認が古い",
    },
    ("audit_event", "action"): {
        "link": "カードを連携した",
        "unlink": "連携を解除した",
        "relink": "新しいカードに連携した",
        "undo_unlink": "解除を取り消した",
        "override": "特例で貸した",
        "undo_checkout": "貸出を取り消した",
        "undo_extension": "延長を取り消した",
        "block": "貸出を止めた",
        "unblock": "貸出の停止を解いた",
        "history_wish": "貸出履歴の希望を変えた",
        "search": "利用者をさがした",
        "open_file": "詳細を見た",
        "note_added": "注記を書いた",
        "note_removed": "注記を消した",
        "report": "この控えを出した",
        "list": "一覧を出した",
        "delete": "記録を消した",
        "deletion_run": "期限切れの記録を消した",
        "import": "取りこんだ",
        "renew_validity": "有効期限を更新した",
        "correct_record": "カードのとおりに直した",
        "undo_renewal": "有効期限の更新を取り消した",
        "auto_renewal": "有効期限を自動更新した",
        "forget_run": "自動更新の回を消した",
        "fence_lifted": "自動更新の安全の線を一度だけ上げた",
    },
}


def section_label(section: str) -> str:
    """What a patron reads for a table."""
    return _SECTIONS.get(section, section)


def field_label(column: str) -> str:
    """What a patron reads for a column."""
    return _FIELDS.get(column, column)


def value_words(section: str, column: str, value: str | int | None) -> str:
    """What a patron reads for a value: codes and yes or no in words, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    text = str(value)
    if (section, column) == ("audit_event", "at"):
        return datetime.fromisoformat(text).astimezone(TOKYO).isoformat(timespec="seconds")
    if (section, column) == ("audit_event", "reason"):
        # A rule that was set aside stands before its reason: "RULE:REASON".
        return "、".join(_REASONS.get(code, code) for code in text.split(":"))
    return _CODES.get((section, column), {}).get(text, text)
