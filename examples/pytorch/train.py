"""Train a small convolutional network on handwritten digits; reports the validation accuracy of every epoch."""

import argparse
import os
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import tunesmith


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=1e-3)
    parser.add_argument("--weight_decay", type=float, default=1e-4)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR", "."))
    return parser.parse_args()


def load() -> tuple[TensorDataset, TensorDataset]:
    """The training and validation images, (n, 1, 8, 8) in [0, 1]: a fixed split, the same for every trial."""
    images, labels = load_digits(return_X_y=True)
    rows = train_test_split(range(len(labels)), test_size=0.25, stratify=labels, random_state=0)
    inputs = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    targets = torch.tensor(labels)
    training, validation = (TensorDataset(inputs[part], targets[part]) for part in rows)
    return training, validation


def make_network(channels: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, 2 * channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(2 * channels * 16, 10),
    )


@torch.no_grad()
def accuracy(network: nn.Module, data: TensorDataset) -> float:
    inputs, targets = data.tensors
    network.eval()
    return (network(inputs).argmax(dim=1) == targets).float().mean().item()


def train_epoch(network: nn.Module, batches: DataLoader, optimizer: torch.optim.Optimizer) -> None:
    network.train()
    for inputs, targets in batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs), targets).backward()
        optimizer.step()


def main() -> None:
    arguments = parse_arguments()
    torch.manual_seed(0)
    training, validation = load()
    network = make_network(arguments.channels, arguments.dropout)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=arguments.learning_rate, weight_decay=arguments.weight_decay
    )
    batches = DataLoader(training, batch_size=arguments.batch_size, shuffle=True)
    for epoch in range(1, arguments.epochs + 1):
        train_epoch(network, batches, optimizer)
        tunesmith.report(accuracy=accuracy(network, validation), epoch=epoch)
    torch.save(network.state_dict(), arguments.model_dir / "model.pt")


if __name__ == "__main__":
    main()
