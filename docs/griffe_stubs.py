"""The reference shows a field's default as the module has it: a stub adds a converter, which only
type checkers read.
"""

from pathlib import Path
from typing import Any

import griffe


class WithoutStubValues(griffe.Extension):
    """Leaves out the values that stubs give to fields."""

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Forget the value, where the attribute stands in a stub."""
        if isinstance(attr.filepath, Path) and attr.filepath.suffix == ".pyi":
            attr.value = None
