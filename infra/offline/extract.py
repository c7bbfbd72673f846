"""Writes `schema/<provider>.json` from the published bindings of each provider.

Run `python -m infra.offline.extract` to refresh: the pinned packages are downloaded by pip into a temporary folder.
Wheels already at hand can be named instead: `python -m infra.offline.extract WHEEL…`. The output depends on the
wheels and on `infra.offline.wanted` alone, so that a second run changes nothing.
"""

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.offline.generated_code import Module, block_of, parse
from infra.offline.schemas import SCHEMA_DIR
from infra.offline.wanted import PACKAGES, Package

RESOURCE_TYPE = re.compile(r'static tfResourceType = "([\w-]+)";')
PROVIDER_FOLDER = "provider"


class ExtractionError(Exception):
    """A wheel does not hold what `infra.offline.wanted` asks of it."""


def extract(package: Package, wheel: Path) -> dict[str, Any]:
    """The wanted part of one provider's schema.

    Returns:
        `{"origin": {package, package_version, provider, provider_version, source}, "schema": …}`, where `schema`
        has the shape of one entry of `provider_schemas` in `terraform providers schema -json`.

    Raises:
        ExtractionError: a wanted type is missing, or the wheel is of another version.
        UnreadableSchemaError: the generated code has an unknown form.
    """
    folders = _folders(package)
    sources, manifest = _read(wheel, set(folders.values()) | {PROVIDER_FOLDER})
    if manifest["version"] != package.version:
        raise ExtractionError(f"{wheel.name} is version {manifest['version']}, wanted {package.version}")
    return {
        "origin": {
            "package": package.package,
            "package_version": package.version,
            "provider": package.provider,
            "provider_version": manifest["cdktn"]["provider"]["version"],
            "source": package.source,
        },
        "schema": {
            "provider": _schema(_module(sources, PROVIDER_FOLDER), package.provider),
            "resource_schemas": _schemas(package.resources, folders, sources, ""),
            "data_source_schemas": _schemas(package.data_sources, folders, sources, "data."),
        },
    }


def write(document: Mapping[str, Any], folder: Path = SCHEMA_DIR) -> Path:
    """Writes one provider's file; the same document gives the same bytes."""
    path = folder / f"{document['origin']['provider']}.json"
    path.write_text(_lines(document) + "\n", encoding="utf-8")
    return path


def _lines(document: Mapping[str, Any]) -> str:
    """One line a type: small, and a changed type is one changed line."""
    parts = ['"origin": ' + json.dumps(document["origin"], sort_keys=True)]
    schema = document["schema"]
    inner = ['  "provider": ' + json.dumps(schema["provider"], sort_keys=True)]
    for group in ("resource_schemas", "data_source_schemas"):
        rows = [
            f"    {json.dumps(name)}: {json.dumps(schema[group][name], sort_keys=True)}"
            for name in sorted(schema[group])
        ]
        inner.append(f'  "{group}": {{' + ("\n" + ",\n".join(rows) + "\n  " if rows else "") + "}")
    parts.append('"schema": {\n' + ",\n".join(inner) + "\n}")
    return "{" + ",\n".join(parts) + "}"


def _folders(package: Package) -> dict[str, str]:
    """Type (data sources marked `data.`) → the folder of its generated code.

    The generator takes the provider's name off a managed type's folder, never off a data source's.
    """
    prefix = package.provider + "_"
    folders = {name: name.removeprefix(prefix).replace("_", "-") for name in package.resources}
    return folders | {f"data.{name}": "data-" + name.replace("_", "-") for name in package.data_sources}


def _read(wheel: Path, folders: Iterable[str]) -> tuple[dict[str, tuple[str, str]], dict[str, Any]]:
    """The JavaScript and the declarations of the named folders, and the package's manifest."""
    wanted = set(folders)
    code: dict[str, list[str]] = {}
    typings: dict[str, list[str]] = {}
    manifest: dict[str, Any] = {}
    with zipfile.ZipFile(wheel) as outer:
        name = next(entry for entry in outer.namelist() if entry.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name)), mode="r:gz") as inner:
            for member in inner:
                _package, *path = member.name.split("/")
                file = inner.extractfile(member) if member.isfile() else None
                if file is None:
                    continue
                if member.name == "package/package.json":
                    manifest = json.load(file)
                elif path[0] == "lib" and path[1] in wanted:
                    kind = typings if member.name.endswith(".d.ts") else code
                    kind.setdefault(path[1], []).append(file.read().decode())
    return {key: ("\n".join(code[key]), "\n".join(typings.get(key, []))) for key in code}, manifest


def _module(sources: Mapping[str, tuple[str, str]], folder: str) -> Module:
    if folder not in sources:
        raise ExtractionError(f"the wheel holds no {folder}")
    return parse(*sources[folder])


def _schemas(
    names: Iterable[str], folders: Mapping[str, str], sources: Mapping[str, tuple[str, str]], mark: str
) -> dict[str, Any]:
    return {name: _schema(_module(sources, folders[mark + name]), name) for name in names}


def _schema(module: Module, type_name: str) -> dict[str, Any]:
    """`version` is 0 throughout: the bindings do not carry it, and no state is ever upgraded here."""
    for name, body in module.classes.items():
        found = RESOURCE_TYPE.search(body)
        if found and found[1] == type_name:
            return {"version": 0, "block": block_of(module, name)}
    raise ExtractionError(f"no class for {type_name}")


def download(package: Package, folder: Path) -> Path:
    """Fetches one pinned wheel by pip (no dependencies) into `folder`."""
    requirement = f"{package.package}=={package.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), requirement]
    subprocess.run(command, check=True)  # noqa: S603 - the command is made of constants of this package
    return _find(package, folder.iterdir())


def _find(package: Package, wheels: Iterable[Path]) -> Path:
    stem = package.package.replace("-", "_") + f"-{package.version}-"
    found = next((wheel for wheel in wheels if wheel.name.startswith(stem)), None)
    if found is None:
        raise ExtractionError(f"no wheel of {package.package} {package.version} among those named")
    return found


def main() -> None:
    """Refreshes every provider's file, or those whose wheels are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", nargs="*", type=Path, metavar="WHEEL", help="wheels at hand; default: download")
    wheels = parser.parse_args().wheels
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            wheel = _find(package, wheels) if wheels else download(package, Path(scratch))
            sys.stdout.write(f"{write(extract(package, wheel))}\n")


if __name__ == "__main__":
    main()
