"""Scenario files: YAML that is read safely, with kind errors, and written so that a person can read it."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sim.base import ScenarioError, plain, show


def scenarios() -> list[str]:
    """Names of the scenarios that are shipped with the package: ``baseline``, then the others by name."""
    folder = resources.files("sim") / "scenarios"
    names = (entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return sorted(names, key=lambda name: (name != "baseline", name))


def write(content: Mapping[str, Any]) -> str:
    """Plain data as YAML text."""
    return yaml.dump(dict(content), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)


def read(source: str | Path) -> tuple[dict[str, Any], str]:
    """Content of a shipped scenario or of a file, and what to call it in a message."""
    if str(source) in scenarios():
        shipped = resources.files("sim") / "scenarios" / f"{source}.yaml"
        raw, what = shipped.read_bytes(), f"scenario {str(source)!r}"
    else:
        what = f"file {str(source)!r}"
        try:
            raw = Path(source).expanduser().read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
            near = difflib.get_close_matches(Path(source).stem.strip().lower(), scenarios(), n=1)
            raise ScenarioError(
                f"there is no scenario and no file called {show(str(source))}. "
                f"{f'Did you mean {near[0]!r}? ' if near else ''}Shipped scenarios: {', '.join(scenarios())}. "
                "A file of your own is given by its path, such as 'shop.yaml'"
            ) from None
        except (OSError, RuntimeError) as error:
            raise ScenarioError(f"{what} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return plain(_known(raw, what)), what


def parsed(raw: bytes, what: str) -> dict[str, Any]:
    """Content of a scenario file from its bytes; `what` is what messages call it. Nothing in it is executed."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError(f"{what} is not text in UTF-8, so it is no scenario") from None
    content = loaded(text, what)
    if not isinstance(content, dict):
        raise ScenarioError(
            f"{what} is not a scenario: it holds {show(content)} where a mapping with a name, demand, case_types, "
            "channels and teams is expected"
        )
    return content


# Parsing takes longer than all that follows, and one file is read often: by itself, and as the base of others.
_known = lru_cache(maxsize=16)(parsed)


def loaded(text: str, what: str) -> Any:
    """What YAML text says; `what` is what messages call it. Nothing in it is executed."""
    try:
        return yaml.load(text, Loader=Loader)
    except RecursionError:
        raise ScenarioError(f"{what} is nested too deeply to be read") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ScenarioError(f"{what} is not YAML{place}: {error.problem or error.context}") from None
    # The library lets errors of its parts through, such as those of a date with a thirteenth month.
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ScenarioError(f"{what} is not YAML: {str(error).splitlines()[0]}") from None


class Loader(yaml.SafeLoader):
    """Safe YAML in which a key may stand only once, as a second one would silently win, and 20:00 is a time.

    The library follows YAML 1.1, where 20:00 is a number to the base of sixty: 1200.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping, or an error at its second key of the same name."""
        seen = set()
        for key_node, _ in node.value:
            key = None if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if key is not None and isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {show(key)} is given twice in one mapping", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_yaml_int(self, node: Any) -> Any:
        """A whole number, or what looks like a time as text."""
        return node.value if ":" in node.value else super().construct_yaml_int(node)

    def construct_yaml_float(self, node: Any) -> Any:
        """A number, or what looks like a time as text."""
        return node.value if ":" in node.value else super().construct_yaml_float(node)


Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_yaml_int)
Loader.add_constructor("tag:yaml.org,2002:float", Loader.construct_yaml_float)

_MERGE = "tag:yaml.org,2002:merge"


class _PlainDumper(yaml.SafeDumper):
    """YAML without aliases; lists and mappings that hold nothing but numbers and words stand on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _on_one_line(items: Iterable[Any]) -> bool:
    return all(item is None or isinstance(item, (bool, int, float, str)) for item in items)


def _represent_list(dumper: yaml.SafeDumper, data: Sequence[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_on_one_line(data))


def _represent_dict(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=_on_one_line(data.values()))


def _represent_text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    # PyYAML reads these rare line breaks back as blanks unless they are escaped.
    style = '"' if set(data) & set("\r\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_PlainDumper.add_representer(str, _represent_text)
_PlainDumper.add_representer(list, _represent_list)
_PlainDumper.add_representer(tuple, _represent_list)
_PlainDumper.add_representer(dict, _represent_dict)
