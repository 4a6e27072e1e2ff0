"""Fill a page: one HTML file that needs no network."""

from __future__ import annotations

from coresponder.errors import MissingExtra

try:
    from jinja2 import Environment, PackageLoader, StrictUndefined
except ImportError as _missing:
    raise MissingExtra("report", "a page") from _missing

__all__ = ["render"]


def render(template: str, page: object) -> str:
    """Return a page as HTML.

    Args:
        template: the name of the template.
        page: what the template shows.
    """
    environment = Environment(
        loader=PackageLoader("coresponder.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template(template).render(page=page)
