"""A local server of the WorkPhotos Developer API, with a sample workspace.

For the demo, for integrators who want to try a client without an account, and for tests that
change a workspace between two runs. Imports nothing else of `archiver`, and no Pillow until
the first picture is drawn.
"""

from archiver.localapi.sample import (
    MISSING_PHOTO_PATH,
    SAMPLE_AUTH_KEY,
    SAMPLE_WORKSPACE_ID,
    sample_workspace,
)
from archiver.localapi.server import Intercept, LocalApi, RequestRecord
from archiver.localapi.workspace import (
    ABSENT,
    LocalImage,
    LocalJob,
    Person,
    Served,
    Workspace,
    chat,
    hex_id,
    photo,
    timestamp,
)

__all__ = [
    "ABSENT",
    "MISSING_PHOTO_PATH",
    "SAMPLE_AUTH_KEY",
    "SAMPLE_WORKSPACE_ID",
    "Intercept",
    "LocalApi",
    "LocalImage",
    "LocalJob",
    "Person",
    "RequestRecord",
    "Served",
    "Workspace",
    "chat",
    "hex_id",
    "photo",
    "sample_workspace",
    "timestamp",
]
