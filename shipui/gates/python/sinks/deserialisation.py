"""Formats of which reading alone can run code."""

from __future__ import annotations

from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, grade, whence
from shipui.gates.python.values import Origin, Trait, Value
from shipui.model.findings import Severity

_RULE = "python-unsafe-deserialisation"
_SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader")


def _hit(value: Value) -> Hit:
    if Trait.DOWNLOADED in value.traits:
        return Hit(_RULE, Severity.HIGH, (0, 0), "What is read came over the network.", value.lines)
    return Hit(_RULE, grade(value), (0, 0), whence(value), value.lines)


def _read(call: Call) -> Iterator[Hit]:
    """pickle and its kin: whatever is not fixed in the program."""
    value = call.argument(0, "data", "file", "string", "str", "filename", "s", "obj", "serialized")
    if value is None or "pickle.dumps" in value.name or "dumps()" in value.name:
        return
    if value.dynamic:
        yield _hit(value)


def _read_path(call: Call) -> Iterator[Hit]:
    """The same by path or address: a fixed one is the program's own file."""
    value = call.argument(0, "filename", "filepath_or_buffer", "f", "path", "filepath")
    if value is not None and value.dynamic and Trait.OWN_FILE not in value.traits:
        yield _hit(value)


def _yaml(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "stream")
    if value is None:
        return
    loader = call.argument(1, "Loader")
    if loader is not None and (
        loader.name.endswith(_SAFE_LOADERS) or not loader.name or loader.name.startswith(("?", "class:"))
    ):
        return
    if value.dynamic:
        yield _hit(value)


def _yaml_unsafe(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "stream")
    if value is not None and value.dynamic:
        yield _hit(value)


def _ruamel(call: Call) -> Iterator[Hit]:
    if call.constant(0, "typ") == "unsafe" or call.constant(0, "typ") == "base":
        yield Hit(_RULE, Severity.MEDIUM, (0, 0), "This kind of loader makes any object that the text names.")


def _torch(call: Call) -> Iterator[Hit]:
    only = call.keywords.get("weights_only")
    if only is not None and only.fixed_text != "False":
        return
    yield from _read_path(call)


def _numpy(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "file")
    if value is not None and value.dynamic and call.constant(-1, "allow_pickle") is True:
        yield _hit(value)


def _keras(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "filepath")
    if value is not None and value.dynamic and call.constant(-1, "safe_mode") is False:
        yield _hit(value)


def _received(call: Call) -> Iterator[Hit]:
    """multiprocessing.connection: what a peer sends is unpickled."""
    if call.name.startswith(("multiprocessing.connection.Client()", "multiprocessing.connection.Listener()")):
        yield Hit(_RULE, Severity.MEDIUM, (0, 0), "What the other side sends is unpickled.")


def _unpickler(call: Call) -> Iterator[Hit]:
    if call.name.endswith("ickle.Unpickler().load") or call.name == "dill.Unpickler().load":
        value = call.receiver
        if value.dynamic or value.origin is Origin.CLEAN:
            yield _hit(value)


CALLS = {
    **dict.fromkeys(
        [
            "pickle.load",
            "pickle.loads",
            "cPickle.load",
            "cPickle.loads",
            "_pickle.load",
            "_pickle.loads",
            "dill.load",
            "dill.loads",
            "cloudpickle.load",
            "cloudpickle.loads",
            "pickle5.load",
            "pickle5.loads",
            "marshal.load",
            "marshal.loads",
            "jsonpickle.decode",
            "jsonpickle.loads",
            "jsonpickle.unpickler.decode",
            "klepto.load",
            "six.moves.cPickle.loads",
            "six.moves.cPickle.load",
            "django.core.signing.PickleSerializer().loads",
            "yaml.unsafe_load",
            "yaml.unsafe_load_all",
            "pickle.Unpickler",
            "shelve.Shelf",
            "kombu.serialization.pickle_loads",
            "celery.utils.serialization.pickle.loads",
            "camel.Camel().load",
            "dill.load_session",
        ],
        _read,
    ),
    **dict.fromkeys(
        [
            "joblib.load",
            "pandas.read_pickle",
            "shelve.open",
            "dill.load_module",
            "sklearn.externals.joblib.load",
            "pandas.compat.pickle_compat.load",
            "skops.io.load_",
        ],
        _read_path,
    ),
    **dict.fromkeys(("yaml.load", "yaml.load_all", "ruamel.yaml.load", "ruamel.yaml.load_all"), _yaml),
    **dict.fromkeys(("yaml.full_load", "yaml.full_load_all"), _yaml_unsafe),
    **dict.fromkeys(("ruamel.yaml.YAML", "ruamel_yaml.YAML"), _ruamel),
    "torch.load": _torch,
    "numpy.load": _numpy,
    **dict.fromkeys(
        ("keras.models.load_model", "tensorflow.keras.models.load_model", "tf.keras.models.load_model"), _keras
    ),
}
METHODS = {"recv": _received, "load": _unpickler}
