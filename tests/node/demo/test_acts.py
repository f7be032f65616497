"""What the demo takes from the tags of the line: each cell's inputs, by the words of the battery pack."""

from dure.node.demo import acts
from dure.node.demo.machine import tags


def test_every_cell_of_the_line_gets_its_own_signals_and_the_chambers():
    listed = [f"daon/Line1/Formation/{tag.path}" for tag in tags(24)]
    inputs = acts.cells(listed)
    assert len(inputs) == 24
    assert inputs["daon/Line1/Formation/Cell07"] == {
        "Cell voltage [V]": "daon/Line1/Formation/Cell07/Voltage",
        "Current [A]": "daon/Line1/Formation/Cell07/Current",
        "Cell temperature [Cel]": "daon/Line1/Formation/Cell07/Temperature",
        "Chamber temperature [Cel]": "daon/Line1/Formation/Chamber/Temperature",
    }


def test_a_cell_without_one_of_its_signals_is_left_out():
    listed = [f"daon/{tag.path}" for tag in tags(2) if tag.path != "Cell01/Current"]
    assert acts.cells(listed).keys() == {"daon/Cell02"}
    assert acts.cells([path for path in listed if "Chamber" not in path]) == {}
