"""Mail providers where everybody in the world can have an address."""

from collections.abc import Iterable

_PUBLIC = """
126.com 163.com aol.com daum.net docomo.ne.jp fastmail.com free.fr freenet.de gmail.com gmx.at
gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.com hotmail.de icloud.com
laposte.net libero.it live.com live.de mac.com mail.com mail.ru me.com msn.com mynet.com
naver.com o2.pl onet.pl orange.fr outlook.com outlook.de pm.me proton.me protonmail.com qq.com
rediffmail.com seznam.cz t-online.de tuta.io tutanota.com web.de wp.pl yahoo.co.jp yahoo.com
yahoo.de yahoo.ro yandex.com yandex.com.tr yandex.ru ymail.com zoho.com
"""
PUBLIC = frozenset(_PUBLIC.split())


def public_among(lines: Iterable[str]) -> list[str]:
    """Those of public mail providers."""
    return sorted(set(lines) & PUBLIC)
