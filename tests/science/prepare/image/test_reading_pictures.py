"""Folders, patterns and archives of pictures as tables, with what stands beside them."""

import zipfile

import cv2
import numpy as np
import pytest

from dure.science.picture import NotAPicture, PictureDamaged
from dure.science.prepare import ContentAbsent, content_of, lend, read, reference_of
from dure.science.prepare.reading_refusals import NothingToRead

RNG = np.random.default_rng(0)


def picture(ending=".jpg", shape=(30, 40, 3)):
    return cv2.imencode(ending, RNG.integers(0, 256, shape, dtype=np.uint8))[1].tobytes()


def test_a_folder_is_a_table_in_natural_order(put, tmp_path):
    for name in ("good/10.jpg", "good/2.jpg", "bad/1.png"):
        put(name, picture(name[-4:]))
    frame = read([tmp_path]).frame
    assert frame.get_column("file").to_list() == ["bad/1.png", "good/2.jpg", "good/10.jpg"]
    assert frame.get_column("folder").to_list() == ["bad", "good", "good"]
    assert frame.select("width", "height", "channels").rows() == [(40, 30, 3)] * 3
    reference = frame.get_column("image")[1]
    assert content_of(reference) == (tmp_path / "good/2.jpg").read_bytes()
    assert reference == reference_of(content_of(reference))


def test_korean_names_patterns_and_single_files_are_read(put, tmp_path):
    put("불량/크랙 1.jpg", picture())
    assert read([tmp_path]).frame.get_column("file").to_list() == ["불량/크랙 1.jpg"]
    assert read([f"{tmp_path}/**/*.jpg"]).frame.get_column("file").to_list() == ["크랙 1.jpg"]
    assert read([tmp_path / "불량/크랙 1.jpg"]).frame.height == 1


def test_a_list_beside_the_pictures_is_joined_by_name(put, tmp_path):
    for name in ("a", "b", "c"):
        put(f"{name}.png", picture(".png"))
    put("labels.csv", "path,defect\nimages/b.png,1.0\nimages/a.png,0.25\nimages/zzz.png,0.5\n")
    frame = read([tmp_path]).frame
    assert frame.select("file", "defect").rows() == [("a.png", 0.25), ("b.png", 1.0), ("c.png", None)]


def test_a_table_that_lists_no_pictures_stays_a_table(put, tmp_path):
    put("shot.png", picture(".png"))
    put("line.csv", "bar,mm\n1,2\n3,4\n")
    assert read([tmp_path]).frame.columns == ["bar", "mm"]


def test_a_png_that_bears_the_name_of_a_jpg_is_its_mask(put, tmp_path):
    mask = np.zeros((30, 40), np.uint8)
    mask[:15] = 255
    put("a.jpg", picture())
    put("b.jpg", picture())
    put("a.png", cv2.imencode(".png", mask)[1].tobytes())
    frame = read([tmp_path]).frame
    assert frame.select("file", "masked").rows() == [("a.jpg", 0.5), ("b.jpg", None)]
    assert content_of(frame.get_column("mask")[0]) == (tmp_path / "a.png").read_bytes()


def test_boxes_and_the_word_in_which_names_differ_are_told(put, tmp_path):
    for part in ("001", "002"):
        for word in ("temp", "test"):
            put(f"{part}_{word}.jpg", picture())
        put(f"{part}.txt", "10 20 30 40 3\n50 60 70 80 1\n")
    frame = read([tmp_path]).frame
    assert frame.get_column("word").to_list() == ["temp", "test"] * 2
    assert frame.get_column("part").n_unique() == 2
    assert frame.get_column("marks").to_list() == [0, 2, 0, 2]
    assert frame.get_column("mark kinds").to_list() == ["", "1,3", "", "1,3"]


def test_an_archive_is_read_without_unpacking_it(tmp_path):
    path = tmp_path / "shots.zip"
    contents = {"ok/1.jpg": picture(), "ng/2.jpg": picture(), "__MACOSX/ok/._1.jpg": b"nothing"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    frame = read([path]).frame
    assert frame.get_column("file").to_list() == ["ng/2.jpg", "ok/1.jpg"]
    assert content_of(frame.get_column("image")[1]) == contents["ok/1.jpg"]


@pytest.mark.parametrize(
    ("content", "refusal"), [(b"", NotAPicture), (b"hello", NotAPicture), (picture()[:600], PictureDamaged)]
)
def test_a_file_that_only_bears_the_name_of_a_picture_is_refused_by_its_name(put, tmp_path, content, refusal):
    put("fine.jpg", picture())
    put("spoiled.jpg", content)
    with pytest.raises(refusal, match=r"spoiled\.jpg"):
        read([tmp_path])


def test_a_picture_changed_since_it_was_read_is_not_taken_for_the_old_one(put, tmp_path):
    path = put("shot.jpg", picture())
    reference = read([tmp_path]).frame.get_column("image")[0]
    path.write_bytes(picture())
    with pytest.raises(ContentAbsent, match=r"shot\.jpg"):
        content_of(reference)


def test_a_lent_shelf_comes_first_and_is_given_back():
    class Plant:
        asked = 0

        def open(self, reference):
            del reference
            Plant.asked += 1
            return b"from the plant"

    reference = reference_of(b"from the plant")
    with lend(Plant()):
        assert content_of(reference) == content_of(reference) == b"from the plant"
    assert Plant.asked == 1
    with pytest.raises(ContentAbsent):
        content_of(reference)


def test_a_folder_without_pictures_or_tables_is_refused(put, tmp_path):
    put("notes.md", "# nothing")
    with pytest.raises(NothingToRead):
        read([tmp_path])


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("pv-el-cells-elpv", 200, {"defect_probability", "module_type"}),
        ("surface-deeppcb", 80, {"folder", "word", "part", "marks", "mark kinds"}),
        ("surface-kamp-chromate", 4, {"folder"}),
        ("surface-magnetic-tile", 214, {"folder", "mask", "masked"}),
    ],
)
def test_recorded_pictures_become_one_table(recorded, name, rows, columns):
    frame = read([recorded / name]).frame
    assert frame.height == rows
    assert columns <= set(frame.columns)
    assert frame.get_column("image").null_count() == 0


def test_folders_and_files_side_by_side_are_read_as_the_folder_around_them(put, tmp_path):
    for name in ("good/1.png", "good/2.png", "bad/1.png"):
        put(name, picture(".png"))
    whole = read([tmp_path]).frame
    assert whole.get_column("folder").to_list() == ["bad", "good", "good"]
    names = ("bad", "good")
    assert read([tmp_path / name for name in names]).frame.rows() == whole.rows()
    spelt = [tmp_path / name for name in ("bad/1.png", "good/1.png", "good/2.png")]
    assert read(spelt).frame.rows() == whole.rows()
    assert read(spelt[1:]).frame.get_column("file").to_list() == ["1.png", "2.png"]


def test_bits_are_told_where_a_picture_has_more_than_eight(put, tmp_path):
    put("a.png", picture(".png"))
    assert "bits" not in read([tmp_path]).frame.columns
    deep = RNG.integers(0, 65_536, (30, 40), dtype=np.uint16)
    put("b.tiff", cv2.imencode(".tiff", deep)[1].tobytes())
    assert read([tmp_path]).frame.get_column("bits").to_list() == [8, 16]
