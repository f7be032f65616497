"""Faces are masked for good: the masked picture shows none, keeps nothing of them, and is written beside the table."""

import json

import numpy as np
import polars as pl
import pytest

from dure.science.picture import decoded, faces_in
from dure.science.prepare import Recipe, Table, content_of, lend, read, reference_of, step_named
from dure.science.prepare.checks import require_equal_arrays, require_equal_streams
from dure.science.prepare.masking_faces import mask_faces, with_faces
from dure.science.prepare.preparing import Preparation, run
from dure.science.quality import profile
from dure.vocabulary import Permit


@pytest.fixture(scope="module")
def photo(recorded):
    return (recorded / "safety-ppe-photos" / "10.jpg").read_bytes()


@pytest.fixture(scope="module")
def folder(recorded, tmp_path_factory):
    """A photograph with a face and a tile without one."""
    made = tmp_path_factory.mktemp("shots")
    (made / "a.jpg").write_bytes((recorded / "safety-ppe-photos" / "10.jpg").read_bytes())
    tile = next(iter(sorted((recorded / "surface-magnetic-tile").rglob("*.jpg"))))
    (made / "b.jpg").write_bytes(tile.read_bytes())
    return made


@pytest.mark.parametrize("how", ["fill", "pixelate"])
def test_a_masked_face_is_found_no_more_and_nothing_else_changes(photo, how):
    before = decoded(photo, "photo")
    masked = mask_faces(photo, "photo", how)
    after = decoded(masked, "masked")
    assert masked.startswith(b"\x89PNG")
    (face,) = faces_in(before)
    assert not [one for one in faces_in(after) if abs(one.left - face.left) < 60]
    inside = after[int(face.top) : int(face.bottom), int(face.left) : int(face.right)]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= 16
    changed = (before != after).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed.mean() < 0.05
    assert columns.min() < face.left
    assert rows.max() > face.bottom


def test_a_picture_without_a_face_stays_itself(folder):
    content = (folder / "b.jpg").read_bytes()
    assert mask_faces(content, "b.jpg") is content


def test_batch_chunks_and_rows_give_the_same_references(folder):
    frame = read([folder]).frame.select("image")
    frame = pl.concat([frame, pl.DataFrame({"image": [None, "no reference"]}), frame])
    step = step_named("image.mask_faces")(columns=("image",))
    require_equal_streams(step, frame, [1, 3])
    require_equal_arrays(step, frame)
    made = step.fit(frame).transform(frame)["image"].to_list()
    assert made[0] != frame["image"][0]
    assert made[1] == frame["image"][1]
    assert made[2:4] == [None, None]
    assert faces_in(decoded(content_of(made[0]), "masked"), 0.9) == ()


def test_the_next_step_sees_the_masked_picture_also_when_it_was_lent(photo, monkeypatch):
    from dure.science.prepare import masking_faces

    class Plant:
        def open(self, reference):
            del reference
            return photo

    monkeypatch.setattr(masking_faces, "_MOST_BYTES", 0)
    monkeypatch.setattr(masking_faces, "_KNOWN", masking_faces._Known())
    frame = pl.DataFrame({"image": [reference_of(photo)]})
    step = step_named("image.mask_faces")(columns=("image",), how="pixelate")
    with lend(Plant()):
        made = step.fit(frame).transform(frame).item()
    assert reference_of(content_of(made)) == made, "made again from what was lent"


def test_masked_pictures_are_written_beside_the_table(folder, tmp_path):
    recipe = tmp_path / "mask.toml"
    recipe.write_text(Recipe((step_named("image.mask_faces")(columns=("image",)),), ("file",)).to_toml())
    facts = run(Preparation((str(folder),), tmp_path / "o.csv", recipe), Permit.own([str(folder)]))
    assert facts["masked_pictures"] == 1
    (written,) = (tmp_path / "o.masked").iterdir()
    assert f"sha256:{written.stem}" in (tmp_path / "o.csv").read_text()
    assert reference_of(written.read_bytes()) == f"sha256:{written.stem}"


def test_a_profile_counts_faces_where_it_is_asked_to(folder):
    table = read([folder])
    found = with_faces(profile(table), table.frame)
    told = next(one for one in found.findings if one.key == "faces-in-pictures")
    assert dict(told.facts) == {"faces": 1, "pictures": 1, "looked_at": 2}
    assert "1 faces in 1 of 2" in str(told.message.en)
    assert "image.mask_faces" in told.remedy.en
    assert json.dumps(found.to_dict(), default=str)
    without = pl.DataFrame({"a": [1.0]})
    plain = profile(Table(without, ("x",), (1,)))
    assert with_faces(plain, without) is plain
