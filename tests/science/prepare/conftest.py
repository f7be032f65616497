"""What tests of reading share: a file put down with some content."""

import pytest


@pytest.fixture
def put(tmp_path):
    """Write `content` (text or bytes) to a file of that name in an empty folder; its path."""

    def put(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put
