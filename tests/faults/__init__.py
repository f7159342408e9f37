"""All or nothing, on the real program in processes of its own: killed, refused, stopped."""

import pytest

pytest.register_assert_rewrite("tests.faults.lab")
