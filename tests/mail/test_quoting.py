"""Own words out of replies, as the mail programs of each language write them."""

import pytest

from tickets.mail.quoting import own_words

WORDS = "The printer is still dead.\nCould somebody come up?"

# What programs put above a quotation, by language. Each is tried with and without `>` below.
ATTRIBUTIONS = {
    "en": [
        "On Sun, Nov 22, 2026 at 2:05 PM Support <helpdesk@example.com> wrote:",
        "On 22/11/2026 14:05, Support wrote:",
        "On Nov 22, 2026, at 14:05, Support <helpdesk@example.com> wrote:",
        "On Sunday, November 22nd, 2026 at 2:05 PM, Support <helpdesk@example.com> wrote:",
        'On Sun, Nov 22, 2026 at 2:05 PM, "Support via Desk" <\nhelpdesk@example.com> wrote:',
        "Support <helpdesk@example.com> wrote on 22.11.2026 14:05:",
        "At 22/11/2026 02:05 PM, you wrote:",
        "---- On Sun, 22 Nov 2026 14:05:43 +0530 helpdesk@example.com wrote ----",
        "In a message dated 11/22/2026 2:05:32 PM Eastern Time, helpdesk@example.com writes:",
        "22.11.2026, 14:05, \"Support\" <helpdesk@example.com>:",
    ],
    "de": [
        "Am So., 22. Nov. 2026 um 14:05 Uhr schrieb Support <helpdesk@example.com>:",
        "Am 22.11.26 um 14:05 schrieb Support:",
        "Am 22.11.2026 um 14:05 schrieb Support <helpdesk@example.com>:",
        'Am 22.11.2026 14:05 schrieb "Support" <helpdesk@example.com>:',
        "Support <helpdesk@example.com> schrieb am So., 22. Nov. 2026, 14:05:",
        "Support <helpdesk@example.com> hat am 22.11.2026 14:05 geschrieben:",
        "Gesendet: Sonntag, 22. November 2026 um 14:05 Uhr\nVon: Support <helpdesk@example.com>\n"
        "An: jonas@example.org\nBetreff: Drucker",
        "Am Sonntag, 22. November 2026, 14:05:11 MEZ hat Support <helpdesk@example.com> Folgendes"
        " geschrieben:",
    ],
    "fr": [
        "Le dim. 22 nov. 2026 à 14:05, Support <helpdesk@example.com> a écrit :",
        "Le 22/11/2026 à 14:05, Support a écrit :",
        "Le 22 nov. 2026 à 14:05, Support <helpdesk@example.com> a écrit :",
        "Support <helpdesk@example.com> a écrit le 22/11/2026 à 14:05 :",
    ],
    "es": [
        "El dom, 22 nov 2026 a las 14:05, Soporte (<helpdesk@example.com>) escribió:",
        "El 22/11/26 a las 14:05, Soporte escribió:",
        "El 22 nov 2026, a las 14:05, Soporte <helpdesk@example.com> escribió:",
    ],
    "it": [
        "Il giorno dom 22 nov 2026 alle ore 14:05 Assistenza <helpdesk@example.com> ha scritto:",
        "Il 22/11/2026 14:05, Assistenza ha scritto:",
        "Il giorno 22 nov 2026, alle ore 14:05, Assistenza <helpdesk@example.com> ha scritto:",
    ],
    "pt": [
        "Em dom., 22 de nov. de 2026 às 14:05, Suporte <helpdesk@example.com> escreveu:",
        "Em 22/11/2026 14:05, Suporte escreveu:",
        "Suporte <helpdesk@example.com> escreveu no dia domingo, 22/11/2026 à(s) 14:05:",
        "No dia 22 de nov. de 2026, às 14:05, Suporte <helpdesk@example.com> escreveu:",
    ],
    "nl": [
        "Op zo 22 nov 2026 om 14:05 schreef Support <helpdesk@example.com>:",
        "Op 22-11-2026 om 14:05 schreef Support:",
        "Op 22 nov. 2026 om 14:05 heeft Support <helpdesk@example.com> het volgende geschreven:",
    ],
    "pl": [
        "niedz., 22 lis 2026 o 14:05 Wsparcie <helpdesk@example.com> napisał(a):",
        "W dniu 22.11.2026 o 14:05, Wsparcie pisze:",
        "Wiadomość napisana przez Wsparcie <helpdesk@example.com> w dniu 22.11.2026, o 14:05:",
        "Dnia 22 listopada 2026 14:05 Wsparcie <helpdesk@example.com> napisał(a):",
    ],
    "ro": [
        "În dum., 22 nov. 2026 la 14:05, Suport <helpdesk@example.com> a scris:",
        "Pe 22.11.2026 14:05, Suport a scris:",
        "Pe 22 nov. 2026, la 14:05, Suport <helpdesk@example.com> a scris:",
        "In data de 22.11.2026 14:05, Suport a scris:",
        "La 22.11.2026 14:05, Suport a scris:",
    ],
    "tr": [
        "Destek <helpdesk@example.com>, 22 Kas 2026 Paz, 14:05 tarihinde şunu yazdı:",
        "Destek, 22.11.2026 14:05 tarihinde yazdı:",
        "Destek <helpdesk@example.com> şunları yazdı (22 Kas 2026 14:05):",
        "22.11.2026 14:05 tarihinde Destek yazdı:",
        "22 Kas 2026 Paz, saat 14:05 tarihinde Destek <helpdesk@example.com> şunu yazdı:",
        "22 Kasım 2026 Pazar 14:05 tarihinde Destek <helpdesk@example.com> şöyle yazdı:",
    ],
    "ja": [
        "2026年11月22日(日) 14:05 サポート <helpdesk@example.com>:",
        "2026/11/22 14:05、サポート <helpdesk@example.com>のメール:",
        "On 2026/11/22 14:05, サポート wrote:",
        "2026年11月22日(日) 午後2:05 サポート <helpdesk@example.com>:",
    ],
    "zh": [
        "在 2026年11月22日，下午2:05，支持 <helpdesk@example.com> 写道：",
        "支持 <helpdesk@example.com> 于2026年11月22日周日 14:05写道：",
        "在 2026/11/22 14:05, 支持 写道:",
        "支援 <helpdesk@example.com> 於 2026年11月22日 週日 下午2:05寫道：",
    ],
    "ko": [
        "2026년 11월 22일 (일) 오후 2:05, 지원 <helpdesk@example.com>님이 작성:",
        "2026. 11. 22. 오후 2:05, 지원 <helpdesk@example.com> 작성:",
        "2026-11-22 오후 2:05에 지원 이(가) 쓴 글:",
    ],
    "ru": [
        "вс, 22 нояб. 2026 г. в 14:05, Поддержка <helpdesk@example.com>:",
        "22.11.2026 14:05, Поддержка пишет:",
        "22 нояб. 2026 г., в 14:05, Поддержка <helpdesk@example.com> написал(а):",
        "Воскресенье, 22 ноября 2026, 14:05 +03:00 от Поддержка <helpdesk@example.com>:",
    ],
    "sv": [
        "Den sön 22 nov. 2026 kl 14:05 skrev Support <helpdesk@example.com>:",
        "Den 2026-11-22 kl. 14:05, skrev Support:",
        "22 nov. 2026 kl. 14:05 skrev Support <helpdesk@example.com>:",
    ],
    "da": [
        "Den søn. 22. nov. 2026 kl. 14.05 skrev Support <helpdesk@example.com>:",
        "Den 22-11-2026 kl. 14:05 skrev Support:",
        "Den 22. nov. 2026 kl. 14.05 skrev Support <helpdesk@example.com>:",
    ],
    "no": [
        "søn. 22. nov. 2026 kl. 14:05 skrev Support <helpdesk@example.com>:",
        "Den 22.11.2026 14:05, skrev Support:",
        "22. nov. 2026 kl. 14:05 skrev Support <helpdesk@example.com>:",
    ],
    "fi": [
        "su 22. marrask. 2026 klo 14.05 Tuki (helpdesk@example.com) kirjoitti:",
        "Tuki kirjoitti 22.11.2026 klo 14.05:",
        "Tuki <helpdesk@example.com> kirjoitti 22.11.2026 kello 14.05:",
    ],
    "cs": [
        "ne 22. 11. 2026 v 14:05 odesílatel Podpora <helpdesk@example.com> napsal:",
        "Dne 22. 11. 26 v 14:05 Podpora napsal(a):",
        "22. 11. 2026 v 14:05, Podpora <helpdesk@example.com>:",
    ],
    "uk": ["нд, 22 лист. 2026 р. о 14:05 Підтримка <helpdesk@example.com> пише:"],
    "hu": ["Ügyfélszolgálat <helpdesk@example.com> ezt írta (időpont: 2026. nov. 22., V, 14:05):"],
}  # fmt: skip

BLOCKS = {
    "en": ("From", "Sent", "To", "Subject", "Original Message"),
    "de": ("Von", "Gesendet", "An", "Betreff", "Ursprüngliche Nachricht"),
    "fr": ("De", "Envoyé", "À", "Objet", "Message d'origine"),
    "es": ("De", "Enviado", "Para", "Asunto", "Mensaje original"),
    "it": ("Da", "Inviato", "A", "Oggetto", "Messaggio originale"),
    "pt": ("De", "Enviada em", "Para", "Assunto", "Mensagem original"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp", "Oorspronkelijk bericht"),
    "pl": ("Od", "Wysłano", "Do", "Temat", "Wiadomość oryginalna"),
    "ro": ("De la", "Trimis", "Către", "Subiect", "Mesaj original"),
    "tr": ("Kimden", "Gönderilme", "Kime", "Konu", "Özgün İleti"),
    "ja": ("差出人", "送信日時", "宛先", "件名", "元のメッセージ"),
    "zh": ("发件人", "发送时间", "收件人", "主题", "原始邮件"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목", "원본 메시지"),
    "ru": ("От", "Отправлено", "Кому", "Тема", "Исходное сообщение"),
    "sv": ("Från", "Skickat", "Till", "Ämne", "Ursprungligt meddelande"),
    "da": ("Fra", "Sendt", "Til", "Emne", "Oprindelig meddelelse"),
    "no": ("Fra", "Sendt", "Til", "Emne", "Opprinnelig melding"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe", "Alkuperäinen viesti"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět", "Původní zpráva"),
}

FOOTERS = [
    "Sent from my iPhone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent via the Samsung Galaxy S24, an AT&T 5G smartphone",
    "Sent from Yahoo Mail on Android",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Envoyé de mon iPhone",
    "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Enviado do meu iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "Trimis de pe iPhone-ul meu",
    "iPhone'umdan gönderildi",
    "Samsung Mobile tarafından gönderildi",
    "iPhoneから送信",
    "发自我的 iPhone",
    "나의 iPhone에서 보냄",
    "Отправлено с iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
]

attributions = pytest.mark.parametrize(
    "line", [line for lines in ATTRIBUTIONS.values() for line in lines]
)
block_labels = pytest.mark.parametrize("labels", BLOCKS.values(), ids=BLOCKS)


def block(labels: tuple[str, ...]) -> str:
    sender, sent, to, subject, _ = labels
    return (
        f"{sender}: Support <helpdesk@example.com>\n{sent}: 22.11.2026 14:05\n"
        f"{to}: elif@example.org\n{subject}: Printer\n\nWe look into it.\nRegards"
    )


@attributions
def test_a_reply_above_a_marked_quotation(line: str) -> None:
    assert own_words(f"{WORDS}\n\n{line}\n\n> We look into it.\n> Regards\n") == WORDS


@attributions
def test_a_reply_above_an_unmarked_quotation(line: str) -> None:
    assert own_words(f"{WORDS}\n\n{line}\n\nWe look into it.\nRegards\n") == WORDS


@attributions
def test_a_reply_below_a_quotation(line: str) -> None:
    if "\nVon:" in line:
        pytest.skip("a block of headers never stands above marked lines")
    assert own_words(f"{line}\n> We look into it.\n\n{WORDS}\n") == WORDS


@attributions
def test_an_attribution_directly_below_the_words(line: str) -> None:
    assert own_words(f"{WORDS}\n{line}\n> We look into it.\n") == WORDS


@block_labels
def test_a_reply_above_a_block_of_headers(labels: tuple[str, ...]) -> None:
    assert own_words(f"{WORDS}\n\n{'_' * 32}\n{block(labels)}") == WORDS
    assert own_words(f"{WORDS}\n\n{block(labels)}") == WORDS


@block_labels
def test_bold_labels_of_a_block_of_headers(labels: tuple[str, ...]) -> None:
    bold = block(labels)
    for label in labels[:4]:
        bold = bold.replace(f"{label}: ", f"*{label}:* ", 1)
    assert own_words(f"{WORDS}\n\n{bold}") == WORDS


@block_labels
def test_a_reply_above_the_original_message(labels: tuple[str, ...]) -> None:
    assert own_words(f"{WORDS}\n\n-----{labels[4]}-----\n{block(labels)}") == WORDS
    assert own_words(f"{WORDS}\n\n-------- {labels[4]} --------\nWe look into it.") == WORDS


@pytest.mark.parametrize("footer", FOOTERS)
def test_what_a_device_adds_is_folded_away(footer: str) -> None:
    assert own_words(f"{WORDS}\n\n{footer}") == WORDS
    assert own_words(f"{WORDS}\n\n{footer}\n\nOn 22/11/2026 14:05, X wrote:\n> Hi") == WORDS


@pytest.mark.parametrize(
    "footer",
    [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "iPhone’umdan gönderildi",
        "Trimis de pe iPhone-ul meu",
        "iPhoneから送信",
        "iOS 版 Outlook を入手<https://aka.ms/o0ukef>",
        "Outlook für iOS beziehen<https://aka.ms/o0ukef>",
    ],
)
def test_what_a_device_adds_right_below_the_words(footer: str) -> None:
    assert own_words(f"{WORDS}\n{footer}") == WORDS


def test_a_signature_block_is_folded_away() -> None:
    assert own_words(f"{WORDS}\n\n-- \nElif Kaya\nHuman Resources\n+90 212 555") == WORDS
    assert own_words(f"{WORDS}\n--\nElif Kaya") == WORDS


def test_answers_between_quoted_lines_all_stay() -> None:
    text = (
        "On 22/11/2026 14:05, Support wrote:\n> Which floor?\n\nThe third.\n\n"
        "> Which printer?\n\nThe red one.\n\n> Regards\n"
    )
    assert own_words(text) == "The third.\n\nThe red one."


def test_a_broken_quoted_line_belongs_to_its_quotation() -> None:
    quoted = (
        "> We would be glad to hear whether the printer on the third floor works and\nif so how\n>"
    )
    assert own_words(f"{WORDS}\n\nOn 22/11/2026 14:05, X wrote:\n{quoted}\n> Bye") == WORDS


def test_an_address_broken_behind_its_bracket() -> None:
    line = "Am 22.11.2026 um 14:05 schrieb Support <helpdesk.of.the.company@example.com\n>:"
    assert own_words(f"{WORDS}\n\n{line}\n\n> We look into it.") == WORDS


def test_an_attribution_broken_into_three_lines() -> None:
    line = "On Nov 21, 2026,\nat 10:18,\nSupport <helpdesk@example.com> wrote:"
    assert own_words(f"{WORDS}\n\n{line}\n\n> We look into it.") == WORDS


def test_a_forwarded_mail_without_own_words_is_read_below_its_headers() -> None:
    text = f"---------- Forwarded message ----------\n{block(BLOCKS['en'])}"
    assert own_words(text) == "We look into it.\nRegards"


def test_the_line_above_which_to_reply() -> None:
    mark = "##- Please type your reply above this line -##"
    assert own_words(f"{WORDS}\n\n{mark}\n\nYour request (42) was updated.") == WORDS


def test_the_footer_of_a_mailing_list_below_the_quotation() -> None:
    footer = "_______________\nusers mailing list\nusers@lists.example.com"
    assert own_words(f"{WORDS}\n\nOn 22/11/2026 14:05, X wrote:\n> Hi\n\n{footer}") == WORDS
    assert own_words(f"{WORDS}\n\n{'_' * 47}\nusers mailing list\nhttp://lists.example") == WORDS
