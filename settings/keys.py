"""The keys that a stack file may hold, read from the models: of a stack on AWS, unless another root is given."""

import difflib
from collections.abc import Mapping
from typing import cast, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.secrets import Path
from settings.stack import Settings


def _fields(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    """The section that a field is, may be, or is a list of."""
    annotation = cast("object", field.annotation)
    candidates = (annotation, *cast("tuple[object, ...]", get_args(annotation)))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _is_list(field: FieldInfo) -> bool:
    return getattr(field.annotation, "__origin__", None) is tuple


def field_at(path: Path, root: type[BaseModel] = Settings) -> FieldInfo | None:
    """The field that `path` names or, for an item of a list, the field of the list; None where there is none."""
    model: type[BaseModel] | None = root
    field: FieldInfo | None = None
    for part in path:
        if isinstance(part, int):
            continue
        field = _fields(model).get(part) if model else None
        if field is None:
            return None
        model = _model_of(field)
    return field


def keys_of(path: Path, root: type[BaseModel] = Settings) -> tuple[str, ...]:
    """Keys that the section at `path` may hold, none where it is not a section."""
    if not path:
        return tuple(_fields(root))
    field = field_at(path, root)
    if field is None or (_is_list(field) and not isinstance(path[-1], int)):
        return ()
    model = _model_of(field)
    return tuple(_fields(model)) if model else ()


def all_paths(path: Path = (), root: type[BaseModel] = Settings) -> tuple[Path, ...]:
    """Every path of a stack file, sections included."""
    return tuple(found for key in keys_of(path, root) for found in ((*path, key), *all_paths((*path, key), root)))


def nearest_key(path: Path, root: type[BaseModel] = Settings) -> Path | None:
    """The valid path that the unknown `path` most likely means: a similar key beside it, or its name elsewhere."""
    *section, name = path
    by_plain_name = {_plain(key): key for key in keys_of(tuple(section), root)}
    close = difflib.get_close_matches(_plain(str(name)), by_plain_name, n=1)
    if close:
        return (*section, by_plain_name[close[0]])
    return next((known for known in all_paths(root=root) if _plain(str(known[-1])) == _plain(str(name))), None)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
