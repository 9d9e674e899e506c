#!/usr/bin/env python3
"""Writes src/schema/tables.bin and src/tape/names.rs. Run by hand when a minor or a custom resource is added:

    python3 -m venv V && V/bin/pip install kubernetes-validate==1.37.0 pyyaml
    V/bin/python src/schema/generate.py

It needs the Go toolchain once, to download the sources that PyPI does not hold:
  - kubernetes-validate (Apache-2.0): the OpenAPI definitions of every minor, list-map keys among them;
  - k8s.io/api (Apache-2.0), one version a minor: the values of the types marked `+enum`, which the definitions leave out;
  - the custom resource definitions listed in CRDS.
The same inputs give the same bytes. The format is described where it is read, in src/schema/mod.rs.
"""
import glob, json, os, re, struct, subprocess, sys
import kubernetes_validate, yaml

MINORS = [33, 34, 35, 36, 37]
CRDS = [
    ("k8s.io/autoscaler/vertical-pod-autoscaler@v1.8.1", "deploy/vpa-v1-crd-gen.yaml", [("VerticalPodAutoscaler", "v1")]),
    ("github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases/external-secrets.io_externalsecrets.yaml", [("ExternalSecret", "v1")]),
]
# Keys of free maps that Bayplan writes or reads often: labels, annotations, resource names.
LABELS = """
app.kubernetes.io/component app.kubernetes.io/instance app.kubernetes.io/managed-by app.kubernetes.io/name app.kubernetes.io/part-of
app.kubernetes.io/version pod-security.kubernetes.io/enforce pod-security.kubernetes.io/enforce-version pod-security.kubernetes.io/audit
pod-security.kubernetes.io/audit-version pod-security.kubernetes.io/warn pod-security.kubernetes.io/warn-version kubernetes.io/metadata.name
k8s-app cpu memory ephemeral-storage pods topology.kubernetes.io/zone kubernetes.io/hostname kubernetes.io/os kubernetes.io/arch
limits.cpu limits.memory limits.ephemeral-storage requests.cpu requests.memory requests.ephemeral-storage requests.storage
""".split()
# Enumerations that k8s.io/api does not hold, because they live in k8s.io/apimachinery or lack the mark.
ENUMS_BY_HAND = {
    ("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "operator"): ["In", "NotIn", "Exists", "DoesNotExist"],
    ("io.k8s.api.autoscaling.v2.HPAScalingRules", "selectPolicy"): ["Max", "Min", "Disabled"],
    ("io.k8s.api.autoscaling.v2.HPAScalingPolicy", "type"): ["Pods", "Percent"],
    ("io.k8s.api.autoscaling.v2.MetricSpec", "type"): ["Object", "Pods", "Resource", "ContainerResource", "External"],
    ("io.k8s.api.autoscaling.v2.MetricTarget", "type"): ["Utilization", "Value", "AverageValue"],
}

ANY, STRING, INT, NUMBER, BOOL, OBJECT, LIST, MAP, INT_OR_STRING, QUANTITY, FREE = range(11)
FORMATS = {None: 0, "int32": 1, "int64": 2, "byte": 3, "date-time": 4, "double": 5}
QUANTITY_PATTERN = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
# A pattern of a custom resource is matched by a function of its own in src/prove/schema.rs: an unknown one stops this script.
PATTERNS = {r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$": 6, r"^[-._a-zA-Z0-9]+$": 7}
LIST_TYPES = {None: 0, "atomic": 1, "set": 2, "map": 3}
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def go_module(module):
    out = json.loads(subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=True, cwd="/").stdout)
    return out["Dir"]


def go_enums(minor):
    """(definition, field) -> values, for the fields whose Go type is marked +enum."""
    base = go_module(f"k8s.io/api@v0.{minor}.0")
    found = {}
    packages, structs = {}, []
    for path in sorted(glob.glob(base + "/**/types.go", recursive=True)):
        group = os.path.relpath(os.path.dirname(path), base).replace("/", ".")
        text = open(path).read()
        enums = {}
        for block in re.finditer(r"((?:^//.*\n)+)type (\w+) string\b", text, re.M):
            if "+enum" in block[1]:
                enums[block[2]] = []
        for const in re.finditer(r"^\s*(?:const\s+)?\w+\s+(\w+)\s*=\s*\"([^\"]*)\"", text, re.M):
            if const[1] in enums and const[2] not in enums[const[1]]:
                enums[const[1]].append(const[2])
        packages[group] = {k: v for k, v in enums.items() if v}
        for struct_ in re.finditer(r"^type (\w+) struct \{\n(.*?)^\}", text, re.M | re.S):
            for field in re.finditer(r"^\t\w+\s+(\S+)\s+`json:\"(\w+)", struct_[2], re.M):
                structs.append((group, struct_[1], field[2], field[1]))
    for group, name, field, type_ in structs:
        bare = type_.lstrip("*[]")
        package, bare = (("core.v1" if bare.startswith("v1.") else None), bare[3:]) if bare.startswith("v1.") else (group, bare)
        values = packages.get(package, {}).get(bare)
        if values:
            found[(f"io.k8s.api.{group}.{name}", field)] = values
    return {**found, **ENUMS_BY_HAND}


class Tables:
    def __init__(self):
        self.text, self.strings, self.string_ids = b"", [], {}
        self.lists, self.list_ids = [0], {}
        self.types, self.type_ids = [], {}
        self.shapes = {}  # name -> {field: {type: [minors, required]}}
        self.shape_ids, self.open = {}, set()

    def string(self, s):
        if s not in self.string_ids:
            b = s.encode()
            self.string_ids[s] = len(self.strings)
            self.strings.append((len(self.text), len(b)))
            self.text += b
        return self.string_ids[s]

    def list(self, numbers):
        numbers = tuple(numbers)
        if numbers not in self.list_ids:
            self.list_ids[numbers] = len(self.lists)
            self.lists += [len(numbers), *numbers]
        return self.list_ids[numbers]

    def type(self, kind, item=0, enum=None, keys=None, format=0, limits=None, list_type=0):
        record = (
            kind,
            list_type,
            item,
            self.list(self.string(v) for v in enum) if enum else 0,
            self.list(number(k) for k in keys) if keys else 0,
            format,
            self.list(limits) if limits else 0,
        )
        if record not in self.type_ids:
            self.type_ids[record] = len(self.types)
            self.types.append(record)
        return self.type_ids[record]

    def shape(self, name):
        if name not in self.shape_ids:
            self.shape_ids[name] = len(self.shape_ids)
            self.shapes[name] = {}
        return self.shape_ids[name]


def limits_of(node):
    wanted = [node.get(k) for k in ("minLength", "maxLength", "minimum", "maximum", "minProperties", "maxProperties")]
    assert all(v is None or 0 <= v < 65535 for v in wanted), wanted
    return [0 if v is None else v + 1 for v in wanted] if any(v is not None for v in wanted) else None


def convert(node, minor, path, enum, definitions):
    """The type of a schema node. `path` names the shape of an object that has no definition of its own."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        target = definitions[name]
        if "properties" not in target:
            return convert(target, minor, name, enum, definitions)
        t.shape(name)
        define(name, target, minor, definitions)
        return t.type(OBJECT, t.shape(name))
    kind = node.get("type")
    kind = next((k for k in kind if k != "null"), None) if isinstance(kind, list) else kind
    if node.get("x-kubernetes-int-or-string") or "oneOf" in node:
        quantity = path.endswith("Quantity") or node.get("pattern") == QUANTITY_PATTERN
        assert quantity or "pattern" not in node, node["pattern"]
        return t.type(QUANTITY if quantity else INT_OR_STRING)
    assert not (node.get("allOf") or node.get("not")), path
    if kind == "object":
        if "properties" in node:
            t.shape(path)
            define(path, node, minor, definitions)
            return t.type(OBJECT, t.shape(path), limits=limits_of(node))
        if isinstance(node.get("additionalProperties"), dict):
            return t.type(MAP, convert(node["additionalProperties"], minor, path + ".*", None, definitions), limits=limits_of(node))
        # An object of the definitions without a property, as `CustomResourceSubresourceStatus`, stays free.
        return t.type(FREE)
    if kind == "array":
        item = convert(node["items"], minor, path + "[]", enum, definitions)
        assert not limits_of(node), path
        keys = node.get("x-kubernetes-list-map-keys")
        return t.type(LIST, item, keys=keys, list_type=LIST_TYPES[node.get("x-kubernetes-list-type")])
    values = node.get("enum") or enum
    if kind == "string":
        form = FORMATS.get(node.get("format"))
        assert form is not None, node["format"]
        if node.get("pattern"):
            form = PATTERNS[node["pattern"]]
        return t.type(STRING, enum=values, format=form, limits=limits_of(node))
    if kind in ("integer", "number"):
        return t.type(INT if kind == "integer" else NUMBER, format=FORMATS[node.get("format")], limits=limits_of(node))
    if kind == "boolean":
        return t.type(BOOL)
    assert kind is None, (path, kind)
    return t.type(ANY)


def define(name, node, minor, definitions):
    bit = 1 << MINORS.index(minor)
    if (name, minor) in done:
        return
    done.add((name, minor))
    if node.get("x-kubernetes-preserve-unknown-fields"):
        t.open.add(name)
    for field, child in node["properties"].items():
        enum = None if field in ("apiVersion", "kind") else enums[minor].get((name, field))
        if field in ("apiVersion", "kind"):
            child = {"type": "string"}
        type_ = convert(child, minor, f"{name}.{field}", enum, definitions)
        record = t.shapes[name].setdefault(field, {}).setdefault(type_, [0, 0])
        record[0] |= bit
        record[1] |= bit if field in node.get("required", []) else 0


def number(name):
    return numbers[name]


def properties(node, into):
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            into.update(node["properties"])
        for child in node.values():
            properties(child, into)
    elif isinstance(node, list):
        for child in node:
            properties(child, into)


base = os.path.join(os.path.dirname(kubernetes_validate.__file__), "kubernetes-json-schema")
definitions = {m: json.load(open(f"{base}/v1.{m}.0-local/_definitions.json"))["$defs"] for m in MINORS}
crds = []
for module, path, wanted in CRDS:
    for document in yaml.safe_load_all(open(os.path.join(go_module(module), path))):
        spec = document and document["spec"]
        for version in spec and spec["versions"] or []:
            if (spec["names"]["kind"], version["name"]) in wanted:
                schema = version["schema"]["openAPIV3Schema"]
                schema["properties"]["metadata"] = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
                crds.append((f"{spec['group']}/{version['name']}", spec["names"]["kind"], schema))
assert len(crds) == sum(len(w) for _, _, w in CRDS)

names = set(LABELS)
properties([definitions, [c[2] for c in crds]], names)
names = [""] + sorted(names)
numbers = {name: i for i, name in enumerate(names)}
enums = {m: go_enums(m) for m in MINORS}
t, done, kinds = Tables(), set(), {}
t.type(ANY)
for m in MINORS:
    bit = 1 << MINORS.index(m)
    for name, node in definitions[m].items():
        gvks = node.get("x-kubernetes-group-version-kind", [])
        # Lists, and what is sent to the server but never stored, are no objects of a bundle.
        if len(gvks) != 1 or gvks[0]["kind"].endswith("List") and "items" in node["properties"] or name.startswith("io.k8s.apimachinery"):
            continue
        gvk = gvks[0]
        api = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
        shape = t.shape(name)
        define(name, node, m, definitions[m])
        kinds.setdefault((api, gvk["kind"]), [shape, 0])[1] |= bit
    for api, kind, schema in crds:
        name = f"{api}.{kind}"
        shape = t.shape(name)
        define(name, schema, m, definitions[m])
        kinds.setdefault((api, kind), [shape, 0])[1] |= bit

fields, shapes = [], []
for name in t.shape_ids:
    short = name.rsplit(".", 1)[1] if name.startswith("io.k8s") and "[]" not in name else name
    rows = [(number(f), *r) for f, types in t.shapes[name].items() for r in [(k, v[0], v[1]) for k, v in types.items()]]
    rows.sort()
    shapes.append((len(fields), len(rows), t.string(short), int(name in t.open)))
    fields += rows
kind_rows = [(t.string(api), t.string(kind), shape, minors) for (api, kind), (shape, minors) in sorted(kinds.items(), key=lambda k: (k[0][0].encode(), k[0][1].encode()))]

sections = [
    b"".join(struct.pack("<II", *s) for s in t.strings),
    b"".join(struct.pack("<H", n) for n in t.lists),
    b"".join(struct.pack("<BBHHHHH", *r) for r in t.types),
    b"".join(struct.pack("<HHHH", *s) for s in shapes),
    b"".join(struct.pack("<HHBBH", key, type_, minors, required, 0) for key, type_, minors, required in fields),
    b"".join(struct.pack("<HHHH", *k) for k in kind_rows),
    t.text,
]
header, at = [], 4 + 8 * len(sections)
for section, size in zip(sections, (8, 2, 12, 8, 8, 8, 1)):
    header += [at, len(section) // size]
    at += len(section)
with open(os.path.join(ROOT, "schema/tables.bin"), "wb") as f:
    f.write(b"BAY1" + struct.pack(f"<{len(header)}I", *header) + b"".join(sections))
with open(os.path.join(ROOT, "tape/names.rs"), "w") as f:
    f.write("//! The names of all fields that the schemas hold, and of the labels that Bayplan writes. Generated by src/schema/generate.py.\n\n")
    f.write(f"/// Sorted by bytes. The first is empty: the key of what has none.\npub(super) static NAMES: [&str; {len(names)}] = [\n")
    f.writelines(f"    {json.dumps(n)},\n" for n in names)
    f.write("];\n")
enum_fields = sum(1 for m in MINORS for k in enums[m] if k[0] in t.shapes)
print(f"names {len(names)}, strings {len(t.strings)}, types {len(t.types)}, shapes {len(shapes)}, fields {len(fields)}, kinds {len(kind_rows)}, enum fields {enum_fields}, bytes {at}", file=sys.stderr)
