"""Short ways to write the feeds of tests."""


def event(*lines: str, uid: str = "1") -> str:
    body = [f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines]
    return "\r\n".join(["BEGIN:VEVENT", *body, "END:VEVENT", ""])


def calendar(*events: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Aldera//Tests//EN\r\n"
    return f"{head}{''.join(events)}END:VCALENDAR\r\n".encode()


def whole_day(on: str, name: str = "Closed", *lines: str, uid: str = "1") -> str:
    """An entry for the day 20260501."""
    return event(f"DTSTART;VALUE=DATE:{on}", f"SUMMARY:{name}", *lines, uid=uid)


def days_off(*days: str) -> bytes:
    return calendar(*(whole_day(day, f"Day {n}", uid=str(n)) for n, day in enumerate(days)))
