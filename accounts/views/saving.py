"""What a form says of the words that it saves as they are typed."""

from django.http import HttpRequest

from integrations.text import clean_text


def version_seen(request: HttpRequest) -> int:
    """The version that whoever typed had before them; 0 for nonsense, which is none."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def page_key(request: HttpRequest) -> str:
    """The open page that saves: what this one stored, it has seen."""
    return clean_text(request.POST.get("page", ""), limit=32)
