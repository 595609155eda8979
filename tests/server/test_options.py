from pathlib import Path

from tunesmith.server.options import ServerOptions


def test_options_reach_another_process_as_they_are() -> None:
    plain = ServerOptions(data=Path("/data"))
    rich = ServerOptions(
        data=Path("/data with 'quotes'\nand a line"),
        host="::1",
        port=0,
        settings=Path("/settings.yaml"),
        database="postgresql://user:päss@host/db",
        s3_endpoint="http://127.0.0.1:9000",
        cpus=3,
        gpus=("0", "GPU-1"),
    )
    for options in (plain, rich):
        text = options.to_json()
        assert "\n" not in text, "the driver reads one line"
        assert ServerOptions.from_json(text) == options


def test_no_gpus_are_not_all_gpus() -> None:
    assert ServerOptions.from_json(ServerOptions(data=Path("/data"), gpus=()).to_json()).gpus == ()


def test_the_folder() -> None:
    options = ServerOptions(data=Path("/data"), database="sqlite://", s3_endpoint="http://s3")
    assert (options.folder.path, options.folder.database) == (Path("/data"), "sqlite://")
    assert options.folder.places.endpoint == "http://s3"
    assert options.folder.places.objects is None
