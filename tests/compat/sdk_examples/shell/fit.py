import argparse
import glob
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float)
parser.add_argument("--epochs", type=int)
parser.add_argument("--data-dir")
args = parser.parse_args()

points = []
for path in glob.glob(os.path.join(args.data_dir, "**", "*.csv"), recursive=True):
    with open(path) as file:
        points += [tuple(map(float, line.split(","))) for line in file]

slope = 0.0
for epoch in range(args.epochs):
    gradient = sum(2 * (slope * x - y) * x for y, x in points) / len(points)
    slope -= args.learning_rate * gradient
    loss = sum((slope * x - y) ** 2 for y, x in points) / len(points)
    print(f"Epoch {epoch + 1}/{args.epochs} - loss: {loss:.4f} -")

with open(os.path.join(os.environ["SM_MODEL_DIR"], os.environ["MODEL_NAME"] + ".json"), "w") as file:
    json.dump({"slope": slope}, file)
