"""The package: signed by a name, refused when strange, changed or out of bounds; nothing in it is ever run."""

import json
import re
import shutil
import stat
from functools import cache

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from dure.science.learn import fingerprint, load
from dure.science.learn.keeping import bounds, package, signing
from dure.science.learn.refusals import PackageAbsent, PackageDamaged, PackageTooLarge, SignerUnknown
from dure.vocabulary import ModelRefused


@pytest.fixture
def copy(scrap_model, tmp_path):
    return shutil.copytree(scrap_model, tmp_path / "copy")


def test_a_package_holds_plain_files_and_no_pickle(scrap_model):
    assert sorted(path.name for path in scrap_model.iterdir()) == [
        "card.json", "fingerprint.json", "judged.json", "judged.npz", "metrics.json", "model.onnx", "recipe.json", "report.json",
        "signature.json",
    ]  # fmt: skip


def test_the_key_is_ours_alone_and_made_once(own_home, scrap_model):
    key = own_home / "secret" / "signing" / "own.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    before = key.read_bytes()
    signing.signed(b"again", own_home)
    assert key.read_bytes() == before
    assert json.loads((scrap_model / "signature.json").read_bytes())["signer"] == "own"


@pytest.mark.parametrize(
    "name", ["model.onnx", "card.json", "recipe.json", "metrics.json", "report.json", "judged.npz"]
)
def test_one_changed_byte_is_found(copy, own_home, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(PackageDamaged, match=name):
        load(copy, home=own_home, trust=True)


def test_a_file_too_many_or_too_few_is_found(copy, own_home):
    (copy / "model-001.onnx").write_bytes(b"")
    with pytest.raises(PackageDamaged, match="model-001"):
        load(copy, home=own_home)
    (copy / "model-001.onnx").unlink()
    (copy / "report.json").unlink()
    with pytest.raises(PackageDamaged, match=r"report\.json is absent"):
        load(copy, home=own_home)


@pytest.mark.parametrize("name", ["evil.py", "..card.json", "model.pkl", ".hidden"])
def test_a_file_that_does_not_belong_there_is_refused(copy, own_home, name):
    (copy / name).write_bytes(b"x")
    with pytest.raises(PackageDamaged, match="does not belong"):
        load(copy, home=own_home)


def test_a_link_out_of_the_package_is_refused(copy, own_home, tmp_path):
    (tmp_path / "secret").write_text("{}")
    (copy / "report.json").unlink()
    (copy / "report.json").symlink_to(tmp_path / "secret")
    with pytest.raises(PackageDamaged, match="does not belong"):
        load(copy, home=own_home)


def test_an_unknown_signer_is_refused_unless_trusted(scrap_model, tmp_path):
    with pytest.raises(SignerUnknown, match="--trust"):
        load(scrap_model, home=tmp_path / "elsewhere")
    assert load(scrap_model, home=tmp_path / "elsewhere", trust=True).task == "classify"


def test_a_signer_whose_public_key_lies_in_trusted_is_known(scrap_model, own_home, tmp_path):
    (tmp_path / "trusted").mkdir()
    shutil.copy(own_home / "trusted" / "own.pub", tmp_path / "trusted" / "press-maker.pub")
    (tmp_path / "trusted" / "broken.pub").write_text("not a key")
    assert load(scrap_model, home=tmp_path).task == "classify"


def test_a_file_list_signed_by_nobody_is_refused(copy, own_home):
    signature = json.loads((copy / "signature.json").read_bytes())
    signature["files"]["report.json"] = "0" * 64
    (copy / "signature.json").write_text(json.dumps(signature))
    with pytest.raises(PackageDamaged, match="does not hold"):
        load(copy, home=own_home, trust=True)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"files": 3}', b'{"key": "%%%"}', b"[" * 100_000])
def test_a_signature_that_cannot_be_read_is_refused(copy, own_home, content):
    (copy / "signature.json").write_bytes(content)
    with pytest.raises(PackageDamaged):
        load(copy, home=own_home, trust=True)


def test_a_file_over_the_bound_is_refused_before_it_is_read(copy, own_home):
    with (copy / "model.onnx").open("r+b") as file:
        file.truncate(bounds.MOST_BYTES + 1)
    with pytest.raises(PackageTooLarge, match=r"model\.onnx"):
        load(copy, home=own_home)


def test_an_empty_folder_and_a_file_are_no_packages(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "file", tmp_path / "absent"):
        with pytest.raises(PackageAbsent):
            load(place, home=tmp_path)


def onnx_with(operator, **extra):
    nodes = [helper.make_node(operator, ["rows"], ["result"], **extra)]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "g", [value("rows", TensorProto.DOUBLE, [1])], [value("result", TensorProto.DOUBLE, [1])]
    )
    return helper.make_model(graph).SerializeToString()


def test_an_onnx_model_may_use_plain_operators_only():
    bounds.require_plain_onnx(onnx_with("Identity"), "m")
    for content in (onnx_with("Loop"), onnx_with("Identity", domain="com.evil"), onnx_with("If")):
        with pytest.raises(PackageTooLarge, match="uses"):
            bounds.require_plain_onnx(content, "m")
    with pytest.raises(PackageDamaged):
        bounds.require_plain_onnx(b"\xff\xff\xff", "m")


def test_an_onnx_model_that_reads_other_files_is_refused():
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], np.zeros(1, np.float32).tobytes(), raw=True)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    graph = helper.make_graph([], "g", [], [], [tensor])
    with pytest.raises(PackageTooLarge, match="other files"):
        bounds.require_plain_onnx(helper.make_model(graph).SerializeToString(), "m")


def test_an_onnx_model_that_hides_a_file_in_a_node_is_refused():
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], np.zeros(1, np.float32).tobytes(), raw=True)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    node = helper.make_node("Constant", [], ["w"], value=tensor)
    with pytest.raises(PackageTooLarge, match="other files"):
        bounds.require_plain_onnx(
            helper.make_model(helper.make_graph([node], "g", [], [])).SerializeToString(), "m"
        )


def test_an_onnx_model_that_blows_an_array_up_is_refused():
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [1_000_000, 1_000_000_000])
    node = helper.make_node("Expand", ["rows", "shape"], ["result"])
    graph = helper.make_graph([node], "g", [], [], [shape])
    with pytest.raises(PackageTooLarge, match="huge array"):
        bounds.require_plain_onnx(helper.make_model(graph).SerializeToString(), "m")


@cache
def trees_of_words():
    """A LightGBM text with splits by number and by word."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=400), rng.integers(0, 9, 400)])
    y = x[:, 0] + 3 * (x[:, 1] == 4)
    asked = {
        "verbosity": -1,
        "num_leaves": 6,
        "max_cat_to_onehot": 1,
        "min_data_per_group": 5,
        "min_data_in_leaf": 5,
    }
    learnt = lightgbm.Dataset(x, y, categorical_feature=[1], params=asked)
    text = lightgbm.train(asked, learnt, 3).model_to_string()
    return re.sub(r"\nparameters:\n.*?\nend of parameters\n", "\n", text, flags=re.DOTALL).encode()


def test_whole_trees_are_taken():
    text = trees_of_words()
    assert b"num_cat=1" in text
    bounds.require_bounded_trees(text, "m")
    lightgbm.Booster(model_str=text.decode())


@pytest.mark.parametrize(
    ("pattern", "instead", "said"),
    [
        (rb"\nsplit_feature=\d+", b"\nsplit_feature=7", "names no column"),
        (rb"\nthreshold=\S+", b"\nthreshold=nan", "threshold"),
        (rb"\nleaf_value=\S+", b"\nleaf_value=inf", "leaf_value"),
        (rb"\nleft_child=\S+", b"\nleft_child=0", "no later node"),
        (rb"\nright_child=\S+", b"\nright_child=99", "no later node"),
        (rb"\nright_child=\S+", b"\nright_child=-99", "no later node"),
        (rb"\nright_child=\S+", b"\nright_child=1.5", "right_child"),
        (rb"\nnum_leaves=6", b"\nnum_leaves=60", "split_feature"),
        (rb"\ncat_boundaries=0 \d+", b"\ncat_boundaries=0 900", "cat_boundaries"),
        (rb"\nnum_cat=1", b"\nnum_cat=0", "names no set"),
        (rb"\ntree_sizes=\d+", b"\ntree_sizes=999999999", "tree_sizes"),
        (rb"\nmax_feature_idx=1", b"\nmax_feature_idx=999999", "columns"),
        (rb"\nis_linear=0", b"\nis_linear=1", "a tree of"),
        (rb"\nnum_class=1", b"\nnum_class=123456", "num_class"),
        (rb"\nmax_feature_idx=1\n", b"\n", "max_feature_idx"),
        (rb"end of trees", b"and more", "no trees"),
    ],
)
def test_a_tree_that_is_none_is_refused_before_the_library_reads_it(pattern, instead, said):
    text = re.sub(pattern, instead, trees_of_words(), count=1)
    if said != "tree_sizes":
        text = re.sub(rb"\ntree_sizes=.*", b"", text)
    with pytest.raises(PackageDamaged, match=said):
        bounds.require_bounded_trees(text, "m")


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 10_000), byte=st.integers(32, 126))
def test_trees_with_a_changed_sign_are_refused_or_harmless(at, byte):
    text = bytearray(trees_of_words())
    text[at % len(text)] = byte
    try:
        bounds.require_bounded_trees(bytes(text), "m")
    except ModelRefused:
        return
    try:
        model = lightgbm.Booster(model_str=bytes(text).decode())
    except lightgbm.basic.LightGBMError:
        return
    model.predict(np.array([[0.0, 4.0], [np.nan, -1.0]]))


def test_trees_are_counted():
    with pytest.raises(PackageTooLarge, match="trees"):
        bounds.require_bounded_trees(b"tree\n" + b"\nTree=0\nnum_leaves=3\n" * (bounds.MOST_TREES + 1), "m")
    with pytest.raises(PackageTooLarge, match="leaves"):
        bounds.require_bounded_trees(b"tree\n\nTree=0\nnum_leaves=99999999\n", "m")
    with pytest.raises(PackageDamaged):
        bounds.require_bounded_trees(b"\x80\x04pickle", "m")


def test_two_names_sign_by_keys_of_their_own(tmp_path):
    package.write({"report.json": b"{}"}, tmp_path / "a", home=tmp_path, signer="line-1")
    package.write({"report.json": b"{}"}, tmp_path / "b", home=tmp_path, signer="line-2")
    keys = [json.loads((tmp_path / at / "signature.json").read_bytes())["key"] for at in "ab"]
    assert keys[0] != keys[1]
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


@pytest.mark.parametrize("name", ["../evil", "", "A B", "x" * 50])
def test_a_key_s_name_cannot_leave_its_folder(tmp_path, name):
    with pytest.raises(Exception, match="signer"):
        signing.signed(b"x", tmp_path, name)
