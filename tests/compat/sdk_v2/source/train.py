"""A training script in the style of SageMaker's public examples; nothing in it knows of Tunesmith."""

import argparse
import json
import os
import time

try:
    import sagemaker_containers
except ImportError:
    sagemaker_containers = None


def main(arguments: argparse.Namespace) -> None:
    with open(os.path.join(arguments.train, "points.csv")) as file:
        points = [tuple(map(float, line.split(","))) for line in file]
    rate = {"adam": 1.0, "sgd": 2.0}[arguments.optimizer]
    for epoch in range(1, arguments.epochs + 1):
        loss = sum((y - arguments.lr * x) ** 2 for x, y in points) * rate / len(points) + 1.0 / epoch
        print(f"epoch {epoch}: validation loss={loss:.6f};", flush=True)
        time.sleep(arguments.pause)
    with open(os.path.join(arguments.model_dir, "model.json"), "w") as file:
        json.dump({"lr": arguments.lr, "optimizer": arguments.optimizer, "hosts": arguments.hosts}, file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--optimizer", type=str, default="adam")
    parser.add_argument("--hosts", type=list, default=json.loads(os.environ["SM_HOSTS"]))
    parser.add_argument("--current-host", type=str, default=os.environ["SM_CURRENT_HOST"])
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--num-gpus", type=int, default=os.environ["SM_NUM_GPUS"])
    main(parser.parse_args())
