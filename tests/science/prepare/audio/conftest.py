"""What tests of sound share: a sound put down as a file."""

import numpy as np
import pytest
import soundfile


@pytest.fixture
def record(tmp_path):
    """Write samples to a file of that name below an empty folder; its path."""

    def record(name, samples, rate=8000, subtype=None):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.asarray(samples), rate, subtype=subtype)
        return path

    return record
