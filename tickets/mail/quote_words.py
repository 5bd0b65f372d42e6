"""How the mail programs of each language introduce what they quote.

One line holds alternatives of one kind: `attribution` is a line above a quotation, with "…" for
anything and without its colon; `from`, `sent`, `to`, `subject` and `other` are the labels of an
Outlook header block; `original` stands in a line of dashes; `footer` is what devices add.
Case does not matter.
"""

from functools import cache

_WORDS = """
# English
attribution: on … wrote | at … wrote | … wrote on … | on … sent | in a message dated … writes
attribution: on … said | quoting … | ---- on … wrote ---- | … wrote the following on …
attribution: … wrote at … | on … via …
from: from
sent: sent | date | sent on
to: to
subject: subject
other: cc | bcc | reply-to | importance | attachments
original: original message | mail original | forwarded message | original email | reply message
original: begin forwarded message | forwarded by … | original appointment | replied message
original: start forwarded message
footer: sent from … | sent via … | sent with … | sent by … | sent using … | get outlook for …
footer: get [outlook for … | from my iphone … | from my iphone | … from mobile
footer: download outlook for … | envoy from …
# German
attribution: am … schrieb … | … schrieb am … | am … hat … geschrieben | … hat am … geschrieben
attribution: am … um … schrieb … | an … schrieb … | zitat von … | … schrieb … um …
attribution: on … schrieb …
from: von
sent: gesendet | datum | gesendet am
to: an
subject: betreff
other: cc | kopie | antwort an | wichtigkeit | anlagen | kopie (cc)
original: ursprüngliche nachricht | originalnachricht | original-nachricht
original: weitergeleitete nachricht | anfang der weitergeleiteten nachricht | ursprüngliche mail
original: original nachricht | urspruengliche nachricht
footer: von meinem … gesendet | gesendet von … | diese nachricht wurde von … gesendet
footer: von meinem … aus gesendet | gesendet mit … | von … gesendet | gesendet über …
footer: outlook für … herunterladen | holen sie sich outlook für … | outlook für … beziehen
# French
attribution: le … a écrit | … a écrit le … | on … a écrit | en date de … a écrit | le … écrivait
attribution: selon … | le … <…> a écrit | le … à … a écrit | le … a ecrit | … a écrit
from: de | message du | expéditeur
sent: envoyé | date | envoyé le | message du
to: à | a | pour | destinataire
subject: objet | sujet
other: cc | copie à | copie | répondre à | pièces jointes
original: message d'origine | message original | message transféré | e-mail d'origine
original: début du message transféré | message réexpédié | message initial
footer: envoyé de mon … | envoyé depuis … | envoyé à partir de … | envoyé de …
footer: obtenez outlook pour … | télécharger outlook pour … | envoyé avec … | envoyé via …
footer: provenance : …
# Spanish
attribution: el … escribió | … escribió el … | en … escribió | el … ha escrito | … escribió
attribution: el … escribio | con fecha … escribió
from: de
sent: enviado | fecha | enviado el | enviado el día
to: para | a
subject: asunto
other: cc | responder a | importancia
original: mensaje original | mensaje reenviado | inicio del mensaje reenviado | correo original
original: mensaje enviado
footer: enviado desde … | enviado con … | obtener outlook para … | enviado de … | enviado vía …
footer: obtén outlook para … | descargar outlook para …
# Italian
attribution: il … ha scritto | … ha scritto il … | in data … ha scritto | il giorno … ha scritto
attribution: alle … ha scritto | … ha scritto | il … scrive | citando …
from: da
sent: inviato | data | inviato il
to: a
subject: oggetto
other: cc | risposta | rispondi a | allegati
original: messaggio originale | messaggio inoltrato | inizio messaggio inoltrato
original: messaggio originario
footer: inviato da … | inviato dal mio … | scarica outlook per … | ottieni outlook per …
footer: inviato con … | inviato tramite …
# Portuguese
attribution: em … escreveu | … escreveu em … | a … escreveu | no dia … escreveu | às … escreveu
attribution: no … escreveu | … escreveu no dia … | em … disse | … escreveu | quoting …
from: de
sent: enviado | data | enviada em | enviado em | enviada
to: para
subject: assunto
other: cc | responder a | anexos | cópia
original: mensagem original | mensagem encaminhada | início da mensagem reencaminhada
original: mensagem reencaminhada | mensagem reenviada
footer: enviado do meu … | enviado via … | enviado a partir d… | enviado de …
footer: obter o outlook para … | obtenha o outlook para … | enviada do meu … | enviado pelo …
footer: enviado com …
# Dutch
attribution: op … schreef … | op … schreef | … schreef op … | op … heeft … geschreven
attribution: op … het volgende geschreven | … heeft op … geschreven | … schreef | citeren …
attribution: op … geschreven
from: van
sent: verzonden | datum | verzonden op | verstuurd
to: aan
subject: onderwerp
other: cc | antwoord aan | kopie | bijlagen
original: oorspronkelijk bericht | origineel bericht | doorgestuurd bericht
original: begin doorgestuurd bericht | oorspronkelijke bericht
footer: verzonden met … | verzonden vanaf … | verstuurd vanaf … | verzonden van …
footer: verstuurd met … | outlook voor … downloaden | download outlook voor … | verstuurd via …
footer: verzonden via … | verstuurd vanuit …
# Polish
attribution: w dniu … pisze | w dniu … napisał | w dniu … napisał(a) | w dniu … napisała
attribution: dnia … napisał(a) | dnia … napisał | dnia … napisała | dnia … pisze | … napisał(a)
attribution: … napisał | wiadomość napisana przez … w dniu … | … pisze
attribution: wiadomość napisana … przez … | w dniu … użytkownik … napisał
from: od
sent: wysłano | data | wysłane | data wysłania
to: do
subject: temat
other: dw | do wiadomości | cc | odpowiedź do | kopia
original: wiadomość oryginalna | oryginalna wiadomość | wiadomość przekazana dalej
original: przekazana wiadomość | treść oryginalnej wiadomości
original: początek przekazywanej wiadomości
footer: wysłane z … | wysłano z … | pobierz outlook dla … | pobierz program outlook dla …
footer: wysłane przez … | wysłane za pomocą …
# Romanian
attribution: în … a scris | pe … a scris | in … a scris | la … a scris | … a scris la …
attribution: … a scris pe … | la data … a scris | la data de … a scris | … a scris în …
attribution: … a scris | on … a scris
from: de la | from | expeditor
sent: trimis | data | trimis la | dată | trimisă
to: către | catre | la | destinatar
subject: subiect | subiectul | temă
other: cc | răspuns către | importanță | atașamente
original: mesaj original | mesajul original | mesaj redirecționat | mesaj inițial
original: mesaj redirectionat | începutul mesajului redirecționat | mesaj retrimis
original: mesaj transmis mai departe
footer: trimis de pe … | trimis din … | trimis cu … | trimis prin … | trimisă de pe …
footer: obțineți outlook pentru … | descărcați outlook pentru … | trimis de la …
# Turkish
attribution: … şunları yazdı (…) | … şunları yazdı | … tarihinde … yazdı | … tarihinde yazdı
attribution: … tarihinde şunu yazdı | … tarihinde şöyle yazdı | … şunu yazdı | … şöyle yazdı
attribution: … yazdı | … adresine sahip kullanıcı … yazdı | … tarihli iletisinde … | on … yazdı
attribution: … şunları yazdı … tarihinde | … tarihinde … şunu yazmış
from: kimden | gönderen
sent: gönderilme | gönderildi | tarih | gönderme tarihi | gönderim | gönderilen
sent: gönderilme tarihi
to: kime | alıcı
subject: konu
other: bilgi | cc | gizli | yanıt adresi | ekler | önem
original: özgün ileti | orijinal mesaj | özgün mesaj | orijinal ileti | iletilen mesaj
original: asıl ileti | i̇letilen ileti | iletilen ileti | yönlendirilmiş mesaj | orjinal mesaj
original: i̇letilen mesaj | yönlendirilen mesaj | i̇letilmiş ileti başlangıcı | özgün e-posta
footer: … gönderildi | … gönderilmiştir | … ile gönderildi | … için outlook'u edinin
footer: … için outlook’u edinin | outlook for … edinin | … gönderdim
# Russian
attribution: … пишет | … написал | … написал(а) | … написала | … писал | … писал(а)
attribution: … вы писали | … пользователь … написал | … от … | … написал … г.
from: от | от кого
sent: отправлено | дата | послано
to: кому
subject: тема
other: копия | cc | важность | ответить
original: исходное сообщение | пересылаемое сообщение | оригинальное сообщение
original: перенаправленное сообщение | пересланное сообщение
original: начало переадресованного сообщения | конец пересылаемого сообщения | исходное письмо
footer: отправлено с … | отправлено из … | отправлено через … | послано с …
footer: скачать outlook для … | отправлено от …
# Ukrainian
attribution: … пише | … написав | … написав(-ла) | … написала | … писав | … написав(ла)
from: від | від кого
sent: надіслано | дата
to: кому
subject: тема
other: копія
original: вихідне повідомлення | оригінальне повідомлення | переслане повідомлення
original: початкове повідомлення
footer: надіслано з … | відправлено з … | надіслано через …
# Swedish
attribution: den … skrev … | … skrev den … | … kl. … skrev … | … kl … skrev … | … skrev
attribution: på … skrev … | den … skrev
from: från
sent: skickat | datum | skickad
to: till
subject: ämne
other: kopia | cc | svara till | prioritet
original: ursprungligt meddelande | originalmeddelande | vidarebefordrat meddelande
original: vidarebefordrat brev | ursprungligt mail | börja på vidarebefordrat brev
footer: skickat från … | skickat med … | skickat via … | hämta outlook för …
footer: skaffa outlook för … | sänt från … | skickades från …
# Danish
attribution: den … skrev … | … skrev den … | den … skrev | på … skrev … | … kl. … skrev …
attribution: … skrev | … skrev følgende … kl. … | d. … skrev …
from: fra
sent: sendt | dato
to: til
subject: emne
other: cc | svar til | kopi
original: oprindelig besked | oprindelig meddelelse | videresendt besked | original meddelelse
original: original besked | videresendt meddelelse | start på videresendt besked
footer: sendt fra … | sendt med … | sendt via … | hent outlook til … | få outlook til …
# Norwegian
attribution: den … skrev … | … kl. … skrev … | … skrev den … | … skrev følgende … | på … skrev …
attribution: den … skrev
from: fra
sent: sendt | dato
to: til
subject: emne
other: kopi | cc
original: opprinnelig melding | original melding | videresendt melding | opprinnelig e-post
original: opprinneleg melding | videresendt e-post | start på videresendt melding
footer: sendt fra … | sendt med … | sendt via … | last ned outlook for …
footer: skaff deg outlook for … | hent outlook for …
# Finnish
attribution: … kirjoitti | … kirjoitti … | … kirjoittaa | … klo … kirjoitti
from: lähettäjä
sent: lähetetty | päivämäärä | päiväys
to: vastaanottaja
subject: aihe
other: kopio | vastausosoite
original: alkuperäinen viesti | alkuperäinen sähköposti | edelleenlähetetty viesti
original: välitetty viesti | välitetty viesti alkaa
footer: lähetetty … | lähetetty … -laitteesta | hanki outlook … | lataa outlook …
# Czech
attribution: … napsal | … napsal(a) | … napsala | dne … napsal(a) | dne … napsal | … píše
attribution: … odesílatel … napsal
from: od
sent: odesláno | datum | posláno
to: komu | pro
subject: předmět
other: kopie | odpověď na
original: původní zpráva | přeposlaná zpráva | původní e-mail | předaná zpráva
original: začátek přeposílané zprávy | původní správa
footer: odesláno z … | odesláno pomocí … | posláno z … | stáhnout outlook pro …
footer: získejte outlook pro … | odesláno ze …
# Slovak
attribution: … napísal | … napísal(a) | … napísala | dňa … napísal(a) | … píše
from: od
sent: odoslané | dátum
to: komu
subject: predmet
other: kópia
original: pôvodná správa | preposlaná správa
footer: odoslané z … | odoslané zo … | získajte outlook pre …
# Hungarian
attribution: … írta | … írta (időpont: …) | … ezt írta | … a következőt írta
attribution: … ezt írta (időpont: …)
from: feladó
sent: elküldve | dátum | küldve
to: címzett
subject: tárgy
other: másolatot kap
original: eredeti üzenet | továbbított üzenet | eredeti levél
footer: küldve az … készülékemről | az … küldve | küldve innen: … | … küldve
# Greek
attribution: στις … έγραψε | στις … ο χρήστης … έγραψε | … έγραψε | την … έγραψε
from: από
sent: στάλθηκε | ημερομηνία
to: προς
subject: θέμα
other: κοιν.
original: αρχικό μήνυμα | προωθημένο μήνυμα
footer: στάλθηκε από … | εστάλη από …
# Hebrew
attribution: בתאריך … מאת … | … כתב | … כתב/ה | ב-… כתב
from: מאת
sent: נשלח | תאריך
to: אל
subject: נושא
other: עותק
original: הודעה מקורית | הודעה שהועברה
footer: נשלח מ…
# Arabic
attribution: في … كتب … | … كتب | في … كتب
from: من
sent: تم الإرسال | التاريخ
to: إلى
subject: الموضوع
original: الرسالة الأصلية | رسالة معاد توجيهها
footer: أرسلت من … | مُرسل من … | أُرسلت من …
# Vietnamese
attribution: vào … đã viết | … đã viết | vào … viết
from: từ
sent: đã gửi | ngày
to: tới | đến
subject: chủ đề | tiêu đề
original: thư gốc | thư đã chuyển tiếp
footer: đã gửi từ … | gửi từ …
# Japanese
attribution: …が書き込みました | …さんが作成したメッセージ
attribution: … のメール | …のメール | …さんが書きました | …さんのメール | …は書きました
attribution: …からのメール | …wrote | …が書きました | …さん wrote | …に、…が書いた
attribution: …さんは書きました (…) | …さんは書きました(…) | …さんの書込み | …さんの書き込み
attribution: …のメッセージ | …さんは書きました | …さんからのメール | …さんはこう書きました
from: 差出人 | 送信者 | from
sent: 送信日時 | 日付 | 日時 | 送信日
to: 宛先
subject: 件名
other: cc | 返信先 | 添付ファイル
original: 元のメッセージ | 転送されたメッセージ | 転送メッセージ | オリジナルメッセージ
original: 元のメール | 以下は転送されたメッセージです | 引用元メッセージ | 転送元のメッセージ
original: 原文
footer: …から送信 | …から送信されました | …から送信しました | …for …を入手 | …を入手する
footer: …で送信 | … 版 outlook を入手 | …版 outlook を入手
# Chinese
attribution: 在 …写道 | 在…写道 | … 于…写道 | …写道 | 於 …寫道 | 在…寫道 | … 於…寫道 | …寫道
attribution: … 写道 | … 寫道 | … 于…发表
from: 发件人 | 寄件者 | 寄件人 | 發件人
sent: 发送时间 | 日期 | 寄件日期 | 傳送時間 | 发送日期 | 發送時間 | 时间 | 時間
to: 收件人 | 收件者
subject: 主题 | 主旨 | 主題
other: 抄送 | 副本
original: 原始邮件 | 转发邮件 | 原始郵件 | 轉寄郵件 | 转发的邮件 | 原始信件 | 原邮件
original: 已轉寄的郵件 | 轉寄的郵件 | 回复的原邮件 | 转发邮件信息 | 回复邮件
footer: 发自我的… | 發自我的… | 从我的…发送 | 從我的…傳送 | 從我的 … 傳送 | 来自我的…
footer: 获取 outlook for … | 获取outlook for … | 取得 outlook for … | 发送自 … | 发自… | 從…傳送
footer: 傳送自 …
# Korean
attribution: …님이 작성 | …님이 작성한 메시지 | …이(가) 쓴 글 | …작성 | …이 작성 | …님이 쓴 글
attribution: … 작성
from: 보낸 사람 | 보낸사람 | 발신
sent: 보낸 날짜 | 날짜 | 보낸날짜 | 보낸 시간
to: 받는 사람 | 받는사람 | 수신
subject: 제목
other: 참조
original: 원본 메시지 | 전달된 메시지 | 원본 메일 | 전달된 메일 | original message
footer: 나의 …에서 보냄 | 내 …에서 보냄 | …에서 보냄 | …에서 보냈습니다 | …용 outlook 다운로드
footer: …용 outlook 받기
"""


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """All phrases of one kind, over all languages, each once."""
    found: dict[str, None] = {}
    for line in _WORDS.splitlines():
        name, _, alternatives = line.partition(": ")
        if name == kind:
            found |= dict.fromkeys(alternatives.split(" | "))
    return tuple(found)
