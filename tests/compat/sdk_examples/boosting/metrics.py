import numpy as np


def rmse(labels, predictions):
    return float(np.sqrt(np.mean((np.asarray(labels) - predictions) ** 2)))
