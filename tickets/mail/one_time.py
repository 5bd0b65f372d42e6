"""Letters that prove an address to somebody else: verification mails, one-time codes.

Whoever gets such a letter at one of our addresses to see as a request could prove to other
services that the address is theirs (the “ticket trick”).
"""

import re

from tickets.mail.letter import Letter
from tickets.mail.quote_lines import normal

_LOOKED_AT = 4000
_WORDS = re.compile(
    "|".join(
        (
            r"(?:verification|confirmation|security|log-?in|sign-?in|activation|authentication|"
            r"access|one[- ]time) (?:pass)?code",
            r"one[- ]time pass(?:word|code)|magic link|reset your password|password reset",
            r"(?:verify|confirm|activate|validate) (?:your|this) (?:e-?mail|account|address|"
            r"registration|sign-?up|identity)",
            r"(?:bestätigungs|verifizierungs|sicherheits|anmelde|aktivierungs|einmal)-?"
            r"(?:code|passwort|kennwort|link)|passwort (?:zurücksetzen|zurückzusetzen)",
            r"(?:bestätigen|verifizieren|aktivieren) sie (?:ihre?n?|die|das)|"
            r"(?:adresse|konto|registrierung) (?:zu )?(?:bestätigen|verifizieren|aktivieren)",
            r"code de (?:vérification|confirmation|sécurité)|code à usage unique|"
            r"(?:confirmez|vérifiez|activez|réinitialisez) votre",
            r"código de (?:verificación|confirmación|seguridad|verificação|confirmação)|"
            r"(?:confirme|confirma|verifique|verifica|active|activa) (?:tu|su|o seu|sua|seu)\b",
            r"codice di (?:verifica|conferma|sicurezza)|conferma (?:il tuo|la tua|l'indirizzo)",
            r"verificatiecode|bevestigingscode|bevestig (?:je|uw)|kod weryfikacyjny|potwierdź",
            r"cod(?:ul)? de (?:verificare|confirmare|securitate)|"
            r"(?:confirmă|confirmați|confirmaţi|verifică|activează) (?:adresa|contul|e-?mailul)",
            r"(?:doğrulama|onay|güvenlik|etkinleştirme) kodu|tek kullanımlık (?:şifre|kod|parola)|"
            r"(?:hesabınızı|adresinizi|e-postanızı) (?:doğrula|onayla|etkinleştir)|"
            r"(?:şifrenizi|parolanızı) sıfırla",
            r"код подтверждения|одноразовый (?:код|пароль)|подтвердите",
            r"(?:認証|確認|検証|セキュリティ)コード|ワンタイムパスワード|メールアドレスの(?:確認|認証)|"
            r"パスワードの再設定",
            r"验证码|驗證碼|验证您的|驗證您的|确认您的|確認您的|인증 ?(?:코드|번호)|확인 ?코드",
        )
    )
)
_CODE = re.compile(r"(?<![\w.,/-])(?:\d{4,8}|\d{3}[ -]\d{3}|(?=[A-Z]*\d)[A-Z0-9]{6,10})(?![\w/-])")
_LINK = re.compile(r"https?://", re.IGNORECASE)


def proves_an_address(letter: Letter) -> bool:
    """Whether it speaks of verifying something, and holds the code or the link for it."""
    text = letter.text[:_LOOKED_AT]
    subject = letter.subject[:500]
    told = normal(f"{subject}\n{text}")
    if not _WORDS.search(told):
        return False
    return bool(_CODE.search(f"{subject}\n{text}") or _LINK.search(text or letter.html))
