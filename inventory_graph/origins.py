"""Which page a browser asks for: its ``Origin`` beside the name that it asked."""


def is_own_origin(origin: str, host: str | None) -> bool:
    """Whether the page came from where the request goes: ``origin`` and ``host`` are the headers as they were sent.

    Compared as text and not taken apart: a browser writes an origin in one way only, and anybody else may write anything.
    """
    return host is not None and origin.lower() in {f"http://{host}".lower(), f"https://{host}".lower()}
