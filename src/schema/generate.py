#!/usr/bin/env python3
"""Writes src/schema/tables.bin and src/tape/names.rs. Run by hand when a minor or a custom resource is added:

    python3 -m venv V && V/bin/pip install kubernetes-validate==1.37.0 pyyaml
    V/bin/python src/schema/generate.py

It needs the Go toolchain once, to download the sources that PyPI does not hold:
  - kubernetes-validate (Apache-2.0): the OpenAPI definitions of every minor, list-map keys among them;
  - k8s.io/api (Apache-2.0), one version a minor: the values of the types marked `+enum`, which the definitions leave out;
  - the custom resource definitions that tests/cluster/files/definitions lists, of the modules that go.mod beside it pins.
The same inputs give the same bytes. The format is described where it is read, in src/schema/mod.rs.

Of a custom resource the table keeps names, types, allowed values, bounds, patterns and list keys. It leaves out
  - prose, defaults and rules in CEL;
  - `oneOf`, `anyOf`, `allOf` and `not` over fields ("one of these"): what writes those fields writes one, and the API server judges the rest;
  - `status`, which no program writes;
  - repetition: an object that a built-in definition has just so is that definition, at the newest minor that it equals (a Rollout's
    pods are those of the minor that its controller was built for), and equal objects are one shape.
"""
import functools, glob, json, os, re, struct, subprocess, sys
import kubernetes_validate, yaml

MINORS = [33, 34, 35, 36, 37]
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
# A pattern of a custom resource is matched by a function of its own in src/prove/values.rs, by this number. None stands for a pattern that is
# left to the API server: no field that Bayplan writes has it, or what writes it knows the form. A pattern that is not here stops this script.
SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
PATTERNS = {
    rf"^{SUBDOMAIN}$": 6,
    r"^[-._a-zA-Z0-9]+$": 7,
    # Groups, kinds, namespaces, listeners, header names, hosts and durations of the Gateway API; groups and kinds of Istio.
    rf"^$|^{SUBDOMAIN}$": 8,
    r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$": 9,
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$": 10,
    rf"^(\*\.)?{SUBDOMAIN}$": 11,
    r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$": 12,
    r"^([0-9]{1,5}(h|m|s|ms)){1,4}$": 13,
    r"(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)": 14,
    rf"^Hostname|IPAddress|NamedAddress|{SUBDOMAIN}\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$": None,
    rf"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|{SUBDOMAIN}\/[A-Za-z0-9]+$": None,
    r"^[-_A-Za-z0-9]+$": None,
    # Prometheus.
    r"^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$": 15,
    r"^[a-zA-Z_][a-zA-Z0-9_]*$": 16,
    r"^(?i)(abort|warn)?$": None,
    r"(^0|([0-9]*[.])?[0-9]+((K|M|G|T|E|P)i?)?B)$": None,
    r"^(http|https|socks5)://.+$": None,
    # Labels, in several.
    r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$": 17,
    rf"^({SUBDOMAIN}(\/))?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$": 18,
    # Karpenter.
    r"^((100|[0-9]{1,2})%|[0-9]+)$": 19,
    r"^(([0-9]+(s|m|h))+|Never)$": 20,
    r"^([0-9]+(s|m|h))+$": 21,
    r"^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$": 22,
    r"^[^/]*$": None,
    r"^(@(annually|yearly|monthly|weekly|daily|midnight|hourly))|((.+)\s(.+)\s(.+)\s(.+)\s(.+))$": None,
    # AWS.
    r"ami-[0-9a-z]+": 23,
    r"sg-[0-9a-z]+": 24,
    r"subnet-[0-9a-z]+": 25,
    r"^((?:[1-9][0-9]{0,3}|[1-4][0-9]{4}|[5][0-8][0-9]{3}|59000)Gi|(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|[6][0-3][0-9]{3}|64000)G|([1-9]||[1-5][0-7]|58)Ti|([1-9]||[1-5][0-9]|6[0-3]|64)T)$": 26,
    r"^cr-[0-9a-z]+$": None,
    r"^[0-9]{12}$": None,
    r"^pg-[0-9a-z]+$": None,
    r"^((\d{1,2}(\.\d{1,2})?|100(\.0{1,2})?)%||(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?)$": None,
    # An amount that must be text.
    QUANTITY_PATTERN: 27,
    # cert-manager.
    r"^([0-9]+(\.[0-9]+)?(s|m|h))+$": None,
}
LIST_TYPES = {None: 0, "atomic": 1, "set": 2, "map": 3}
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
FILES = os.path.join(ROOT, "../tests/cluster/files")


@functools.cache
def go_module(module, cwd="/"):
    out = json.loads(subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=True, cwd=cwd).stdout)
    return out["Dir"]


def custom_resources():
    """(API version, kind, schema) of each kind in tests/cluster/files/definitions."""
    pinned = json.loads(subprocess.run(["go", "mod", "edit", "-json"], capture_output=True, text=True, check=True, cwd=FILES).stdout)["Require"]
    # `keda/…` is in github.com/kedacore/keda/v2: tests/cluster/build names the folders so.
    modules = {re.sub(r"/v[0-9]+$", "", m["Path"]).rsplit("/", 1)[1]: m["Path"] for m in pinned}
    for line in open(os.path.join(FILES, "definitions")):
        path, api, *kinds = line.split()
        module, path = path.split("/", 1)
        text = open(os.path.join(go_module(modules[module], FILES), path)).read()
        group, version = api.split("/")
        found = [d["spec"] for d in yaml.load_all(text, Loader=yaml.CSafeLoader) if d and d["kind"] == "CustomResourceDefinition"]
        for kind in kinds:
            (spec,) = [s for s in found if s["group"] == group and s["names"]["kind"] == kind]
            (schema,) = [v["schema"]["openAPIV3Schema"] for v in spec["versions"] if v["name"] == version and v["served"]]
            yield api, kind, schema


# What a schema says that is kept, of one node.
KEPT = """
type format pattern enum required properties additionalProperties items minLength maxLength minimum maximum minProperties maxProperties minItems
maxItems x-kubernetes-int-or-string x-kubernetes-preserve-unknown-fields x-kubernetes-list-type x-kubernetes-list-map-keys
""".split()


def stripped(node):
    """A custom resource's schema without what the table leaves out."""
    kept = {key: node[key] for key in KEPT if key in node}
    if "properties" in kept:
        kept["properties"] = {name: stripped(child) for name, child in node["properties"].items()}
        kept["required"] = sorted(kept.get("required", []))
    for key in ("additionalProperties", "items"):
        if isinstance(kept.get(key), dict):
            kept[key] = stripped(kept[key])
    return kept


def equals(node, other, minor, path):
    """Has a custom resource's schema the shape of a built-in one? What it leaves open (a Rollout's volumes), its controller hands to Kubernetes."""
    while "$ref" in other:
        path = other["$ref"].rsplit("/", 1)[1]
        other = definitions[minor][path]
    if node.get("pattern") not in (None, QUANTITY_PATTERN) or limits_of(node):
        return False
    if node.get("enum") and node["enum"] != enums[minor].get(tuple(path.rsplit("!", 1)), other.get("enum")):
        return False
    if "properties" in other:
        if "properties" not in node:
            return True
        if path.endswith("meta.v1.ObjectMeta"):
            return set(node["properties"]) <= set(other["properties"])
        return (
            set(node["properties"]) == set(other["properties"])
            and node["required"] == sorted(other.get("required", []))
            and all(equals(child, other["properties"][name], minor, f"{path}!{name}") for name, child in node["properties"].items())
        )
    for key in ("items", "additionalProperties"):
        if isinstance(other.get(key), dict):
            return not node.get("type") or (isinstance(node.get(key), dict) and equals(node[key], other[key], minor, path))
    if "properties" in node or "items" in node or isinstance(node.get("additionalProperties"), dict):
        return False
    plain = other.get("type")
    plain = next((k for k in plain if k != "null"), None) if isinstance(plain, list) else plain
    return plain in (None, node.get("type")) or not node.get("type")


# The definitions that custom resources embed, the outer one first.
EMBEDDED = ["io.k8s.api.core.v1.PodTemplateSpec", "io.k8s.api.batch.v1.JobSpec", "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]


def built_in(node):
    """The definition that an object of a custom resource repeats, and the newest minor at which it does. None if there is none."""
    for name in EMBEDDED:
        for minor in reversed(MINORS):
            if equals(node, definitions[minor][name], minor, name):
                return name, minor


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
    """Which bounds there are, as a set of bits, then each in two halves."""
    wanted = [node.get(k) for k in ("minLength", "maxLength", "minimum", "maximum", "minProperties", "maxProperties", "minItems", "maxItems")]
    if all(v is None for v in wanted):
        return None
    assert all(v is None or 0 <= v < 1 << 32 for v in wanted), wanted
    return [sum(1 << i for i, v in enumerate(wanted) if v is not None)] + [half for v in wanted if v is not None for half in (v & 0xFFFF, v >> 16)]


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
            same = built_in(node)
            if same:
                return t.type(OBJECT, t.shape(same[0]), limits=limits_of(node), list_type=same[1] - MINORS[0] + 1)
            path = equal.setdefault(json.dumps(node, sort_keys=True), path)
            t.shape(path)
            define(path, node, minor, definitions)
            return t.type(OBJECT, t.shape(path), limits=limits_of(node))
        if isinstance(node.get("additionalProperties"), dict):
            return t.type(MAP, convert(node["additionalProperties"], minor, path + ".*", None, definitions), limits=limits_of(node))
        # An object of the definitions without a property, as `CustomResourceSubresourceStatus`, stays free.
        return t.type(FREE)
    if kind == "array":
        item = convert(node["items"], minor, path + "[]", enum, definitions)
        keys = node.get("x-kubernetes-list-map-keys")
        return t.type(LIST, item, keys=keys, limits=limits_of(node), list_type=LIST_TYPES[node.get("x-kubernetes-list-type")])
    values = node.get("enum") or enum
    if kind == "string":
        form = FORMATS.get(node.get("format"))
        assert form is not None, node["format"]
        if node.get("pattern"):
            form = PATTERNS[node["pattern"]] or form
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
for api, kind, schema in custom_resources():
    schema = stripped(schema)
    # The API server takes these of every object, whether its definition says so or not (Istio's do not).
    for field in ("apiVersion", "kind"):
        schema["properties"][field] = {"type": "string"}
    schema["properties"]["metadata"] = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
    schema["properties"].pop("status", None)
    crds.append((api, kind, schema))

names = set(LABELS)
properties([definitions, [c[2] for c in crds]], names)
names = [""] + sorted(names)
numbers = {name: i for i, name in enumerate(names)}
enums = {m: go_enums(m) for m in MINORS}
t, done, kinds, equal = Tables(), set(), {}, {}
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
    built = name.startswith("io.k8s") and "[]" not in name
    # A custom resource's is its path from its kind: `VirtualService.spec.http[]`.
    short = name.rsplit(".", 1)[1] if built else re.sub(r"^.*/v[^.]*\.", "", name)
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
