from __future__ import annotations

import re

import pytest

from tunesmith.jobfile.script_arguments import Argument, PrintedMetric, read


def argument(call: str) -> Argument:
    (found,) = read(f"parser.add_argument({call})").arguments
    return found


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('"--lr", type=float, default=1e-3', Argument("lr", type="float", default=0.001)),
        ('"-l", "--learning-rate", type=float', Argument("learning-rate", type="float")),
        ('"-n", default=-3, type=int', Argument("n", type="int", default=-3)),
        ('"--kind", choices=["a", "b", "a"]', Argument("kind", choices=("a", "b"))),
        ('"--size", choices=(1, 2), type=int, default=2', Argument("size", "int", 2, (1, 2))),
        ('"--on", type=tools.str2bool, default=True', Argument("on", type="str2bool", default=True)),
        ('"--fun", type=lambda text: text', Argument("fun", type="lambda")),
        ('"--data", required=True', Argument("data", is_required=True)),
        ('"--made", default=make(), choices=CHOICES', Argument("made")),
    ],
)
def test_an_argument_is_read(call: str, expected: Argument) -> None:
    assert argument(call) == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('"data"', "positional"),
        ('"-lr", type=float', "-lr does not take"),
        ('"--x", type=float', "--x does not take"),
        ('"--amp", action="store_true"', "no value"),
        ('"--amp", action=argparse.BooleanOptionalAction', "no value"),
        ('"--sizes", nargs="+"', "list of values"),
        ('"--on", type=bool', "makes True of every text"),
        ('"--own", action=Mine', "Mine is not known"),
    ],
)
def test_what_script_mode_cannot_pass_says_why(call: str, why: str) -> None:
    assert why in (argument(call).problem or "")


@pytest.mark.parametrize(
    "call",
    [
        '"--model-dir", default=os.environ["SM_MODEL_DIR"]',
        '"--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN", "data")',
        '"--version", action="version"',
        "*names",
    ],
)
def test_what_is_no_hyperparameter_is_left_out(call: str) -> None:
    assert read(f"parser.add_argument({call})").arguments == ()


@pytest.mark.parametrize(
    ("line", "printed", "name", "value"),
    [
        ('print(f"loss={loss:.4f}")', "loss=0.1250", "loss", "0.1250"),
        ('print("accuracy:", acc)', "accuracy: 0.5", "accuracy", "0.5"),
        (
            'print(f"epoch {epoch} val_loss: {loss:8.3f}")',
            "epoch 3 val_loss:    1.5e-3",
            "val_loss",
            "1.5e-3",
        ),
        ('logging.info(f"{n}; eval/f1 = {f1}")', "2; eval/f1 = .75", "eval/f1", ".75"),
        ('print("test score", score)', "test score -2", "score", "-2"),
    ],
)
def test_a_number_behind_a_word_is_a_metric(line: str, printed: str, name: str, value: str) -> None:
    (found,) = read(line).metrics
    assert found.name == name
    match = re.search(found.regex or "", printed)
    assert match is not None
    assert match[1] == value


def test_a_metric_is_not_found_in_a_longer_word() -> None:
    (found,) = read('print(f"loss={loss}")').metrics
    assert re.search(found.regex or "", "val_loss=3") is None


def test_reported_metrics_need_no_expression() -> None:
    assert read("tunesmith.report(loss=loss)").metrics == (PrintedMetric("loss", None),)


@pytest.mark.parametrize("line", ['print(f"epoch {epoch}")', 'print("done")', "print(loss)", "print()"])
def test_what_is_no_metric_is_passed_over(line: str) -> None:
    assert read(line).metrics == ()


def test_modules_are_those_that_are_imported() -> None:
    assert read("import torch.nn as nn\nfrom sklearn.svm import SVC\nfrom . import own").modules == {
        "torch.nn",
        "sklearn.svm",
    }


@pytest.mark.parametrize("source", ["def", "print(\0)", "(" * 500])
def test_what_is_not_python_is_refused(source: str) -> None:
    with pytest.raises(SyntaxError):
        read(source)
