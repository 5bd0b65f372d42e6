"""Stems and small words of languages, and which language a text is likely written in."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from helpdesk.lib.fulltext.folding import fold

ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# Words without a subject. They stay in every query and count little.
SMALL_WORDS = {
    "en": "a an and are as at be been but by can could did do does for from had has have how i if "
    "in into is it its me my no not of on or our should so that the their them then there these "
    "they this to was we were what when where which who whom whose why will with would you your",
    "de": "aber als am an auch auf aus bei beim bin bis da das dass dem den der des die doch du "
    "durch ein eine einem einen einer eines er es für habe haben hat ich ihr im in ist ja kann "
    "kein keine man mein meine mich mir mit muss nach nicht noch nur ob oder sein sich sie sind so "
    "soll über um und uns unter vom von vor wann war waren warum was welche welchem welchen "
    "welcher welches wenn wer werden wie wieso wir wird wo wurde wurden zu zum zur",
    "tr": "acaba ama ancak bana ben beni benim bir bu bunu çok da daha de değil diye en gibi hangi "
    "hem hep her için ile ise kaç ki kim kimin mi mı mu mü nasıl ne neden nedir nerede nereye "
    "niçin niye o olan olarak olur onu onun sen şu var ve veya ya yok",
    "ro": "a al ale am ar are as au avea această acest aceste ca care când ce cea cei cel cele "
    "cine către cu cum da de deci despre din după ea ei el ele era este eu fi fie fost îi îl în "
    "între la le lor lui mai mă mea meu mi ne nu o ori pe pentru poate prin sa să sau se și sunt "
    "te un una unde unei unor unui va vor",
    "fr": "à au aux avec ce ces comment dans de des du elle en est et il je la le les leur ma mais "
    "mes mon ne nous on ou où par pas plus pour pourquoi qu quand que quel quelle qui sa se ses "
    "son sont sur ta un une vos votre vous",
    "es": "al como cómo con cual cuál cuando cuándo de del dónde el ella en es esta este la las lo "
    "los me mi no nos o para pero por porque qué que quién se si sin son su sus un una y yo",
    "it": "a al alla che chi ci come con cosa da dal dei del della di dove e è gli ha i il in io "
    "la le lo ma mi mio nel nella non o per perché più quale quando quanto se si sono su un una",
    "nl": "aan als bij dat de deze die dit door een en er het hij hoe ik in is je kan met mijn "
    "naar niet of om ook op te tot uit van voor waar waarom wanneer was wat we welke wie wij zijn",
    "pt": "a ao as com como da das de do dos e é em essa este eu foi mais mas me meu na não no nos "
    "o onde os ou para por porque qual quando que quem se ser seu sua um uma",
    "pl": "a ale co czy dla do gdzie i ich jak jaki jest kiedy kto który na nie o od po przez się "
    "są ta tak to w z za że",
}
LITTLE = {language: frozenset(map(fold, words.split())) for language, words in SMALL_WORDS.items()}
SMALL = frozenset().union(*LITTLE.values())
EVIDENCE = 3  # Small words of another language before the hint is called wrong.


@lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """The folded stem of a word in small letters; the folded word where no rules are known."""
    algorithm = ALGORITHMS.get(language)
    if algorithm is None or not word.isalpha():  # Codes have no endings.
        return fold(word)
    return fold(snowballstemmer.stemmer(algorithm).stemWord(word)) or fold(word)


def base(hint: str) -> str:
    """de for de-AT and de_CH; nothing for what is no language."""
    return hint.replace("_", "-").split("-")[0].lower()


def likely(folded: Iterable[str], hint: str) -> str:
    """The language that the small words of a text speak for, the hint where they say little."""
    counts: Counter[str] = Counter()
    for word, times in Counter(folded).items():
        if word in SMALL:
            counts.update({name: times for name, little in LITTLE.items() if word in little})
    if not counts:
        return hint
    best, most = max(counts.items(), key=lambda item: (item[1], item[0] == hint))
    return best if most >= EVIDENCE and most > 1.5 * counts[hint] else hint
