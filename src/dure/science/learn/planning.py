"""The stage `prepare`: task, columns, views and validation are decided before the first model is fitted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import plan as plans
from dure.science.learn import selective
from dure.science.learn.family import families, family_named
from dure.science.learn.features import columns_of, recipe_for, views_for, windowed, without_group
from dure.science.learn.given import Given, consecutive, given, groups_of, runs, runs_of, twins
from dure.science.learn.normal import detector_for, normal_rows, why_detector
from dure.science.learn.plan import Material, Plan
from dure.science.learn.reading import READ_FILE, TABLE_FILE, permitted, task_of
from dure.science.learn.refusals import TargetEmpty, TooFewRows
from dure.science.learn.request import TrainRequest
from dure.science.learn.steady import ceiling
from dure.science.learn.target import Classes, classes_of, decide, numbers, words
from dure.science.learn.validation import Setting, choose
from dure.science.learn.views import window_lengths
from dure.vocabulary import Progress, Text

Floats = NDArray[np.float64]

FEWEST_ROWS = 20
