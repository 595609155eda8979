"""Do what SageMaker's users do: everything.py SOURCE DATA TABLES KINDS... Prints what came of it, as JSON."""

import json
import sys

import sagemaker
from train import stop, train
from tune import tune

source, data, tables, *kinds = sys.argv[1:]
session = sagemaker.Session()
told = {
    "bucket": session.default_bucket(),
    "kinds": tune(session, [kind for kind in kinds if kind not in {"single", "stop"}], source, data, tables),
    "single": train(session, source, data) if "single" in kinds else None,
    "stop": stop(session, source, data) if "stop" in kinds else None,
}
print(json.dumps(told, default=str))
