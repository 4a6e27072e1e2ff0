"""NENA EIDO (STA-021.1): the state of an incident, as one public-safety system tells it another."""

from coresponder.interop.eido.codes import NATURES
from coresponder.interop.eido.conveyance import (
    Message,
    answer,
    answer_unreadable,
    notify,
    read_message,
    request_service,
    subscribe,
)
from coresponder.interop.eido.news import EidoNews, news_of
from coresponder.interop.eido.reading import eido_from, read_eido
from coresponder.interop.eido.told import EidoIncident
from coresponder.interop.eido.writing import eido_of

__all__ = [
    "NATURES",
    "EidoIncident",
    "EidoNews",
    "Message",
    "answer",
    "answer_unreadable",
    "eido_from",
    "eido_of",
    "news_of",
    "notify",
    "read_eido",
    "read_message",
    "request_service",
    "subscribe",
]
