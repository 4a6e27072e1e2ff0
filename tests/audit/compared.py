"""The verdicts of two programs on a store."""

from coresponder.audit.sources import cases_under
from coresponder.audit.verdicts import ChangedVerdict, comparing


def changed_verdicts(store, agency, old, new):
    """Return the incidents of a store whose verdicts differ, as of their last event."""
    with comparing(old, new) as found:
        list(found.take(cases_under((found.old, found.new), store, agency)))
        return [ChangedVerdict.from_dict(one) for one in found.changed]
