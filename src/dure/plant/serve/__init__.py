"""dure as a server: predictions, alarm states and their quality for the SCADA and PLCs that are there already.

An OPC UA server and a Sparkplug B edge node publish signals of the historian, each with a sign of life: whoever reads
them sees within two seconds that dure has stopped, hangs, or no longer scores.
"""

from dure.plant.serve.freshness import Freshness, Present
from dure.plant.serve.pulse import BEAT, Pulse, beat, last_beat
from dure.plant.serve.settings import OpcUaFace, Serving, ServingRefused, SparkplugFace

__all__ = [
    "BEAT",
    "Freshness",
    "OpcUaFace",
    "Present",
    "Pulse",
    "Serving",
    "ServingRefused",
    "SparkplugFace",
    "beat",
    "last_beat",
]
