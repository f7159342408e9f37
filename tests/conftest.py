"""Resources every test may use; values come from `factories.py`."""

from __future__ import annotations

pytest_plugins = ["tests.golden_plugin"]
