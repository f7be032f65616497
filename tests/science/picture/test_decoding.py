"""Pictures of every kind that machines write, and bytes that are none."""

import base64
import struct
import zlib

import cv2
import numpy as np
import pytest

from dure.science.picture import (
    NotAPicture,
    PictureDamaged,
    PictureTooLarge,
    alike,
    decoded,
    deep,
    embedded,
    facts_of,
    fingerprint,
    looks,
    written,
)

NOISE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
KINDS = (".jpg", ".png", ".bmp", ".tiff", ".webp")


def encoded(ending, picture=NOISE, *told):
    return cv2.imencode(ending, picture, *told)[1].tobytes()


def with_exif(jpeg, orientation):
    """The JPEG with an Exif tag Orientation in front."""
    tag = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    body = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + struct.pack(">H", 1) + tag + b"\x00" * 4
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize("ending", KINDS)
def test_every_kind_is_measured_by_its_header_and_decoded(ending):
    content = encoded(ending)
    facts = facts_of(content, "shot")
    assert (facts.width, facts.height) == (80, 60)
    assert decoded(content, "shot").shape == (60, 80, 3)


@pytest.mark.parametrize("ending", KINDS)
@pytest.mark.parametrize("share", [0.0005, 0.2, 0.6, 0.98])
def test_a_picture_cut_short_is_refused_by_its_name(ending, share):
    content = encoded(ending)
    cut = content[: max(12, int(len(content) * share))]
    with pytest.raises(PictureDamaged, match="line 3/shot"):
        decoded(cut, "line 3/shot")


@pytest.mark.parametrize(
    "content", [b"", b"a;b\n1;2\n", b"%PDF-1.7", b"GIF89a" + b"\0" * 40, b"RIFF\0\0\0\0WAVE"]
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(NotAPicture, match="shot"):
        decoded(content, "shot")


def bomb(width, height):
    """A PNG that says it is huge and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + b"\0" * 4 + b"\0\0\0\0IEND\xaeB`\x82"
    )


def test_a_bomb_is_refused_by_its_header():
    with pytest.raises(PictureTooLarge, match="10000 million"):
        decoded(bomb(100_000, 100_000), "bomb")
    with pytest.raises(PictureDamaged):
        decoded(bomb(0, 5), "empty")


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_sixteen_bits_run_over_the_whole_range(ending):
    shot = encoded(ending, NOISE.astype(np.uint16) * 257)
    assert facts_of(shot, "shot").bits == 16
    assert np.array_equal(decoded(shot, "shot"), NOISE[:, :, ::-1])
    assert np.array_equal(deep(shot, "shot"), NOISE[:, :, ::-1].astype(np.float32))
    assert np.allclose(embedded(shot, "shot"), embedded(encoded(".png", NOISE), "shot"), atol=0.5)
    plain = looks(encoded(".png", NOISE), "shot")
    assert np.allclose(looks(shot, "shot"), plain, atol=0.02)


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_what_lies_below_the_upper_byte_is_seen(ending):
    flat = np.full((64, 64), 20_000, np.uint16)
    marked = flat.copy()
    marked[20:40, 20:40] += 120  # less than half a step of eight bits
    plain, mark = encoded(ending, flat), encoded(ending, marked)
    assert np.array_equal(decoded(plain, "plain"), decoded(mark, "mark"))
    assert np.abs(embedded(plain, "plain") - embedded(mark, "mark")).max() > 1e-3
    assert looks(mark, "mark")[3] > looks(plain, "plain")[3]


def test_bits_are_those_of_the_header():
    assert facts_of(encoded(".jpg", NOISE), "shot").bits == 8
    assert facts_of(encoded(".tiff", NOISE[:, :, 0]), "shot").bits == 8
    assert facts_of(encoded(".bmp", NOISE), "shot").bits == 8


@pytest.mark.parametrize("ending", [".bmp", ".webp"])
def test_a_picture_that_ends_too_soon_is_damaged_by_its_header(ending):
    content = encoded(ending, NOISE)
    facts_of(content, "whole")
    with pytest.raises(PictureDamaged):
        facts_of(content[: len(content) // 2], "half")


def test_grey_transparent_and_single_pixels_become_rgb():
    for picture in (NOISE[:, :, 0], np.dstack([NOISE, NOISE[:, :, 0]]), NOISE[:1, :1]):
        content = encoded(".png", picture)
        assert decoded(content, "shot").shape == (*picture.shape[:2], 3)
        assert np.isfinite(embedded(content, "shot")).all()
        assert np.isfinite(looks(content, "shot")).all()


def test_a_turned_camera_is_turned_back():
    wide = encoded(".jpg")
    turned = with_exif(wide, 6)
    assert decoded(turned, "turned").shape == (80, 60, 3)
    assert np.array_equal(decoded(turned, "turned"), np.rot90(decoded(wide, "wide"), -1))
    assert looks(turned, "turned")[:2].tolist() == [60.0, 80.0]


# A JPEG of four inks, 24 × 16, all of (0, 200, 200, 0), as Pillow writes it; packed, for OpenCV writes none.
FOUR_INKS = (
    "c-s4a<NrGbKF5^&q*R6!1`zmvo57hufSZSphf9EumrqDgKv+UUN<vIb!cbXNR>R8J*2dD<!rZ|l#?Qee+|}G7AU7~PJ}EsT-"
    "OjhLvLK}*CN(|z{{aRO4h8`R2^MET246vjNI?c~L5BZF7~~lk7+D#?fB^~^nV4Bv+1NQaxwwG}whAyXF)}kVu`si;vakSUYk"
    "~3%EP|{;iiVDC!hwnGN`)dujT0AgC_8ODC>nI}gNkudQ4=SZn7D+bl&YG#hNhN@shPQjrIoXbtDC!rr&n-DXjpheWK?oWYFc"
    "_mW>#@YX<2ziWmR)aYg>CqXV;|3Q>IRvK4a#rMT?g#UABD1%2k^-Z`rzS`;MKv4jn#n^w{weCr@3veC6u3>o;!Rdidz^lc&#"
    "~zj*oT<EPJGzJB}u<L9scw;1?XoEdx>A{o3H80;Coa6MZ+YrVswE)8U~{{Kw?l4*Z&"
)


def test_four_inks_become_rgb():
    content = zlib.decompress(base64.b85decode(FOUR_INKS))
    assert facts_of(content, "ink").channels == 4
    red, green, blue = decoded(content, "ink").reshape(-1, 3).mean(axis=0)
    assert red > 200
    assert max(green, blue) < 100


def test_a_jpeg_is_decoded_no_larger_than_needed_and_looks_the_same():
    smooth = cv2.resize(NOISE, (1600, 1200), interpolation=cv2.INTER_CUBIC)
    content = encoded(".jpg", smooth)
    small, whole = decoded(content, "large", 140), decoded(content, "large")
    assert small.shape == (150, 200, 3)
    shrunk = cv2.resize(whole, (200, 150), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - shrunk.astype(int)).mean() < 2


def test_the_same_part_under_another_light_is_alike_and_another_is_not():
    rng = np.random.default_rng(1)
    parts = [
        cv2.GaussianBlur(rng.integers(60, 190, (200, 260, 3), dtype=np.uint8), (0, 0), 4) for _ in range(6)
    ]
    lit = [np.clip(part.astype(float) * 0.7 + 30, 0, 255).astype(np.uint8) for part in parts]
    marks = [fingerprint(written(one), "part") for one in (*parts, *lit)]
    assert alike(marks) == [0, 1, 2, 3, 4, 5] * 2


def test_a_picture_of_one_grey_is_like_none():
    plain = written(np.full((50, 50, 3), 80, np.uint8))
    marks = [fingerprint(plain, "plain"), fingerprint(plain, "plain")]
    assert alike(marks) == [0, 1]


def test_a_sharp_picture_is_sharper_than_its_blur():
    sharp, soft = (
        looks(encoded(".png"), "sharp"),
        looks(encoded(".png", cv2.GaussianBlur(NOISE, (0, 0), 3)), "soft"),
    )
    assert sharp[4] > 10 * soft[4]
    assert sharp[5] > soft[5]
    assert abs(sharp[2] - soft[2]) < 0.02
