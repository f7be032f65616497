"""`python -m dure.plant.connect SOURCE_ID`: the collector process of one source."""

import sys

from dure.plant.connect.collector import main

sys.exit(main())
