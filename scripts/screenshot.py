"""Draw docs/images/page.png, the page of a tuning job that has just ended: pip install 'tunesmith[ui]' playwright scikit-learn.

It trains perceptrons to read digits, serves what came out, and takes a picture with Chromium or Chrome.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import tunesmith
from tunesmith import Continuous, Integer

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "page.png"
NAME = "perceptron-digits"
EPOCHS = 30
SPACE: list[Continuous | Integer] = [
    Continuous("learning_rate", 1e-4, 0.1, scale="Logarithmic"),
    Integer("hidden", 8, 256, scale="Logarithmic"),
    Integer("batch_size", 16, 512, scale="Logarithmic"),
    Continuous("alpha", 1e-6, 1.0, scale="Logarithmic"),
]
DEFAULTS = {"learning_rate": 0.001, "hidden": 100, "batch_size": 200, "alpha": 1e-4}  # scikit-learn's


def train(config: dict[str, Any]) -> float:
    """Train a perceptron, reporting its error after each epoch."""
    images, digits = load_digits(return_X_y=True)
    seen, new, seen_digits, new_digits = train_test_split(images / 16, digits, test_size=0.4, random_state=0)
    model = MLPClassifier(
        (config["hidden"],),
        learning_rate_init=config["learning_rate"],
        batch_size=config["batch_size"],
        alpha=config["alpha"],
        random_state=0,
    )
    error = 1.0
    for epoch in range(EPOCHS):
        if epoch:
            tunesmith.report(error=error)
        model.partial_fit(seen, seen_digits, classes=range(10))
        error = 1.0 - model.score(new, new_digits)
    return error


def main() -> None:
    """Tune, serve, and take the picture."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    with tempfile.TemporaryDirectory() as folder:
        tunesmith.minimize(
            train,
            SPACE,
            metric="error",
            initial=[DEFAULTS],
            trials=48,
            stopping="gain",
            seed=1,
            name=NAME,
            store=f"sqlite:///{folder}/tunesmith.db",
        )
        command = [sys.executable, "-m", "tunesmith", "serve", "--data", folder, "--port", "0", "--ui-open"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            address = next(line for line in server.stdout or () if line.startswith("The page: ")).split()[2]
            picture = photograph(f"{address}jobs/{NAME}")
        finally:
            server.terminate()
            server.wait()
    picture.quantize(128).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} kB")


def photograph(address: str) -> Image.Image:
    """The page down to the learning curves."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 2200})
        page.goto(address)
        page.locator(".findings li").first.wait_for(timeout=120_000)  # they come last
        page.wait_for_timeout(1000)  # colours move into place
        end = page.locator("section", has_text="Learning curves").evaluate(
            "it => it.getBoundingClientRect().bottom"
        )
        shot = page.screenshot(clip={"x": 0, "y": 0, "width": 1280, "height": end + 16})
        browser.close()
    return Image.open(io.BytesIO(shot)).convert("RGB")


if __name__ == "__main__":
    main()
