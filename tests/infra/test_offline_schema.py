"""Schemas are read out of published packages: what was written there is what Terraform is told."""

import io
import json
import re
import tarfile
import zipfile

import pytest

from infra.offline import extract, schemas
from infra.offline.generated_code import UnreadableSchemaError
from infra.offline.roots import ROOTS
from infra.offline.wanted import PACKAGES, Package

PAINT = Package(
    provider="paint",
    source="registry.terraform.io/example/paint",
    package="cdktn-provider-paint",
    version="1.2.3",
    resources=("paint_wall",),
    data_sources=("paint_shop",),
)
PROVIDER = """
function paintProviderBatchingToHclTerraform(struct) {
    const attrs = {
        send_after: {
            value: cdktn.stringToHclTerraform(struct.sendAfter),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
}
class PaintProvider extends cdktn.TerraformProvider {
    static tfResourceType = "paint";
    // alias - computed: false, optional: true, required: false
    _alias;
    get alias() {
        return this._alias;
    }
    // batching - computed: false, optional: true, required: false
    _batching;
    get batching() {
        return this._batching;
    }
    // SYNTHESIS
    synthesizeHclAttributes() {
        const attrs = {
            alias: {
                value: cdktn.stringToHclTerraform(this._alias),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            batching: {
                value: cdktn.listMapperHcl(paintProviderBatchingToHclTerraform, true)(this._batching),
                isBlock: true,
                type: "list",
                storageClassType: "PaintProviderBatchingList",
            },
        };
    }
}
"""
PROVIDER_TYPES = """
export interface PaintProviderBatching {
    readonly sendAfter: string;
}
"""
WALL = """
function wallCoatToHclTerraform(struct) {
    const attrs = {
        colours: {
            value: cdktn.listMapperHcl(cdktn.stringToHclTerraform, false)(struct.colours),
            isBlock: false,
            type: "set",
            storageClassType: "stringList",
        },
    };
}
class WallCoatOutputReference extends cdktn.ComplexObject {
    // colours - computed: false, optional: false, required: true
    _colours;
    get colours() {
        return cdktn.Fn.tolist(this.getListAttribute('colours'));
    }
    // dried - computed: true, optional: false, required: false
    get dried() {
        return this.getBooleanAttribute('dried');
    }
}
class WallCrackOutputReference extends cdktn.ComplexObject {
    // width - computed: true, optional: false, required: false
    get width() {
        return this.getNumberAttribute('width');
    }
}
class Wall extends cdktn.TerraformResource {
    static tfResourceType = "paint_wall";
    // cracks - computed: true, optional: false, required: false
    _cracks = new WallCrackList(this, "cracks", false);
    // name - computed: false, optional: false, required: true
    _name;
    get name() {
        return this.getStringAttribute('name');
    }
    // key_wo - computed: false, optional: true, required: false
    _keyWo;
    // key_wo_version - computed: false, optional: true, required: false
    _keyWoVersion;
    // size - computed: true, optional: true, required: false
    _size;
    // coat - computed: false, optional: false, required: true
    _coat = new WallCoatList(this, "coat", false);
    // primer - computed: false, optional: true, required: false
    _primer = new WallCoatOutputReference(this, "primer");
    // timeouts - computed: false, optional: true, required: false
    _timeouts = new WallTimeoutsOutputReference(this, "timeouts");
    // SYNTHESIS
    synthesizeHclAttributes() {
        const attrs = {
            ARGUMENTS
            coat: {
                value: cdktn.listMapperHcl(wallCoatToHclTerraform, true)(this._coat.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "WallCoatList",
            },
            primer: {
                value: wallCoatToHclTerraform(this._primer.internalValue),
                isBlock: true,
                type: "set",
                storageClassType: "WallCoatList",
            },
            timeouts: {
                value: wallTimeoutsToHclTerraform(this._timeouts.internalValue),
                isBlock: true,
                type: "struct",
                storageClassType: "WallTimeouts",
            },
        };
    }
}
function wallTimeoutsToHclTerraform(struct) {
    const attrs = {
    };
}
class WallTimeoutsOutputReference extends cdktn.ComplexObject {
}
"""
SIMPLE = """            NAME: {
                value: cdktn.stringToHclTerraform(this._x),
                isBlock: false,
                type: "simple",
                storageClassType: "KIND",
            },
"""
SHOP = """
class DataPaintShop extends cdktn.TerraformDataSource {
    static tfResourceType = "paint_shop";
    // prices - computed: true, optional: false, required: false
    _prices = new cdktn.NumberMap(this, "prices");
}
"""


def wall():
    kinds = {"name": "string", "key_wo": "string", "key_wo_version": "string", "size": "number"}
    texts = [SIMPLE.replace("NAME", name).replace("KIND", kind) for name, kind in kinds.items()]
    return WALL.replace("            ARGUMENTS\n", "".join(texts))


def wheel(folder, *, version="1.2.3", **replaced):
    """A wheel as the bindings are published: a package of npm inside a package of Python."""
    files = {
        "package.json": json.dumps({"version": version, "cdktn": {"provider": {"version": "8.7.0"}}}),
        "lib/provider/index.js": PROVIDER,
        "lib/provider/index.d.ts": PROVIDER_TYPES,
        "lib/wall/index.js": wall(),
        "lib/data-paint-shop/index.js": SHOP,
        "lib/unwanted/index.js": "class Unwanted {}",
    }
    files |= replaced
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    path = folder / "cdktn_provider_paint-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("cdktn_provider_paint/_jsii/provider-paint@1.2.3.jsii.tgz", inner.getvalue())
    return path


@pytest.fixture
def paint(tmp_path):
    return extract.extract(PAINT, wheel(tmp_path))


@pytest.fixture
def wall_block(paint):
    return paint["schema"]["resource_schemas"]["paint_wall"]["block"]


def test_attributes_carry_their_flags_and_types(wall_block):
    assert wall_block["attributes"] == {
        "cracks": {"type": ["list", ["object", {"width": "number"}]], "computed": True},
        "key_wo": {"type": "string", "optional": True, "write_only": True},
        "key_wo_version": {"type": "string", "optional": True},
        "name": {"type": "string", "required": True},
        "size": {"type": "number", "optional": True, "computed": True},
    }


def test_blocks_carry_their_nesting_and_how_many_there_may_be(wall_block):
    inner = {
        "attributes": {
            "colours": {"type": ["set", "string"], "required": True},
            "dried": {"type": "bool", "computed": True},
        }
    }
    assert wall_block["block_types"] == {
        "coat": {"nesting_mode": "list", "min_items": 1, "block": inner},
        "primer": {"nesting_mode": "set", "max_items": 1, "block": inner},
        "timeouts": {"nesting_mode": "single", "block": {}},
    }


def test_the_providers_own_arguments_are_read_without_those_of_the_language(paint):
    block = paint["schema"]["provider"]["block"]
    batching = {"attributes": {"send_after": {"type": "string", "required": True}}}
    assert block == {"block_types": {"batching": {"nesting_mode": "list", "block": batching}}}


def test_data_sources_are_read(paint):
    block = paint["schema"]["data_source_schemas"]["paint_shop"]["block"]
    assert block == {"attributes": {"prices": {"type": ["map", "number"], "computed": True}}}


def test_what_was_read_says_where_it_is_from(paint):
    assert paint["origin"] == {
        "package": "cdktn-provider-paint",
        "package_version": "1.2.3",
        "provider": "paint",
        "provider_version": "8.7.0",
        "source": "registry.terraform.io/example/paint",
    }


def test_a_second_run_writes_the_same_bytes(tmp_path):
    written = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        written.append(extract.write(extract.extract(PAINT, wheel(folder)), folder).read_bytes())
    assert written[0] == written[1]
    assert json.loads(written[0])["schema"]["resource_schemas"]["paint_wall"]["version"] == 0


def test_a_wheel_of_another_version_is_refused(tmp_path):
    with pytest.raises(extract.ExtractionError, match=r"is version 9\.0\.0, wanted 1\.2\.3"):
        extract.extract(PAINT, wheel(tmp_path, version="9.0.0"))


def test_a_wanted_type_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(extract.ExtractionError, match="no class for paint_wall"):
        extract.extract(PAINT, wheel(tmp_path, **{"lib/wall/index.js": SHOP}))


def test_code_of_an_unknown_form_is_refused_instead_of_guessed(tmp_path):
    strange = SHOP.replace("new cdktn.NumberMap(", "new cdktn.Riddle(")
    with pytest.raises(UnreadableSchemaError, match="prices"):
        extract.extract(PAINT, wheel(tmp_path, **{"lib/data-paint-shop/index.js": strange}))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.provider)
def test_each_committed_schema_is_the_one_that_is_wanted(package):
    document = schemas.load(package.provider)
    assert document["origin"]["package"] == package.package
    assert document["origin"]["package_version"] == package.version
    assert document["origin"]["source"] == package.source
    assert set(document["schema"]["resource_schemas"]) == set(package.resources)
    assert set(document["schema"]["data_source_schemas"]) == set(package.data_sources)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.provider)
def test_each_committed_schema_is_as_the_extraction_writes_it(package, tmp_path):
    committed = (schemas.SCHEMA_DIR / f"{package.provider}.json").read_bytes()
    assert extract.write(json.loads(committed), tmp_path).read_bytes() == committed


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_the_schemas_are_of_versions_that_the_modules_allow(root):
    text = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("versions.tf"))
    named = re.findall(r'source\s*=\s*"(hashicorp/[\w-]+)"\s*version\s*=\s*"([^"]+)"', text)
    assert named
    origins = [schemas.load(name)["origin"] for name in schemas.providers()]
    versions = {
        origin["source"].removeprefix("registry.terraform.io/"): origin["provider_version"] for origin in origins
    }
    for source, constraint in named:
        major, least = map(int, re.fullmatch(r"~> (\d+)\.(\d+)", constraint).groups())
        found_major, found_minor, _patch = map(int, versions[source].split("."))
        assert (found_major, found_minor >= least) == (major, True), (source, constraint)


def test_a_type_is_told_with_arguments_before_outputs():
    lines = schemas.describe("google_secret_manager_secret_version").splitlines()
    assert lines[0] == "google_secret_manager_secret_version  (google 8.7.0)"
    assert "  secret: string  [required]" in lines
    assert "  secret_data_wo: string  [optional, write-only]" in lines
    assert lines.index("  secret: string  [required]") < lines.index("  name: string  [output]")
    assert "  push_config {}  [list block, optional, one]" in schemas.describe("google_pubsub_subscription")


def test_a_type_that_no_schema_has_is_told_how_to_add():
    with pytest.raises(schemas.UnknownTypeError, match=r"wanted\.py"):
        schemas.describe("google_pubsub_topik")


def test_types_read_as_terraform_writes_them():
    assert schemas.type_text(["list", ["object", {"b": "dynamic", "a": ["set", "string"]}]]) == (
        "list(object({a: set(string), b: any}))"
    )
