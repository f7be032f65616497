"""Work that may be done elsewhere: where a cluster is named wrongly, and where none is."""

import pytest

from dure.science.prepare.preparing import Preparation, run
from dure.science.prepare.spreading import ClusterUnknown, each, is_remote, on, ray_address
from dure.vocabulary import Permit


def test_an_address_that_is_none_is_refused_before_anything_is_read(tmp_path):
    for wrong in ("http://host", "ray://", "ray://host/path", "ray://host:port", "spark://host"):
        with pytest.raises(ClusterUnknown):
            run(
                Preparation((str(tmp_path / "no.csv"),), tmp_path / "out.parquet", on=wrong),
                Permit.own(["no.csv"]),
            )
    assert ray_address("ray://10.0.0.7") == "ray://10.0.0.7:10001"


def test_work_is_done_here_unless_a_cluster_is_named():
    told = []
    with on("", lambda share, stage: told.append((share, stage))):
        assert not is_remote()
        assert each(str.upper, ["a", "b"], "read") == ["A", "B"]
    assert told == [(0.5, "read"), (1.0, "read")]
