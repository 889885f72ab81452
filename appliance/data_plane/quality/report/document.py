"""A whole page: the style sheet inside, and not a byte from elsewhere."""

from __future__ import annotations

from importlib import resources

from appliance.data_plane.quality.report.markup import text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def document(title: str, body: str) -> str:
    """A whole page that needs nothing else: title as plain text, body as markup with a landmark called `main`."""
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{text(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{text(title)}</title><style>{style}</style></head>\n"
        f'<body><a class="skip" href="#main">Skip to the report</a>{body}</body></html>\n'
    )
