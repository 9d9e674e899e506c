//! The shape of every kind, for each Kubernetes minor from 1.33 to 1.37: built-in kinds, and the custom resources that Bayplan writes.
//!
//! One flat table of some 115 KB is embedded; nothing is parsed at start. A definition is stored once for all minors, and each of its
//! fields carries the set of minors that have it, so a field that changed its type is there twice. `generate.py` writes the table.
//!
//! Layout, little-endian: `BAY1`; then offset and count of seven sections; then the sections:
//! strings `{ text: u32, length: u32 }`, lists of numbers `count, numbers…` (u16), types `{ kind: u8, list: u8, item, values, keys, format, limits: u16 }`,
//! shapes `{ first field, fields, name, open: u16 }`, fields `{ key, type: u16, minors, required: u8, _: u16 }` sorted by key,
//! kinds `{ api version, kind, shape, minors: u16 }` sorted by spelling, and the text. `list` says how a list is merged, and of an object that a
//! custom resource shares with the built-in kinds the newest minor whose fields it has, counted from 1.

pub mod gates;

use crate::tape::Key;

static TABLES: &[u8] = include_bytes!("tables.bin");

/// The Kubernetes minors that can be targeted: 1.33 to 1.37.
pub const MINORS: std::ops::RangeInclusive<u8> = 33..=37;

/// A section of the table: where it starts, how many records it has, how long one is.
struct Section {
    at: usize,
    count: usize,
    size: usize,
}
const STRINGS: Section = section(0, 8);
const LISTS: Section = section(1, 2);
const TYPES: Section = section(2, 12);
const SHAPES: Section = section(3, 8);
const FIELDS: Section = section(4, 8);
const KINDS: Section = section(5, 8);
const TEXT: Section = section(6, 1);

#[allow(clippy::indexing_slicing, reason = "runs in the compiler: a table too short for its header does not compile")]
const fn section(number: usize, size: usize) -> Section {
    const fn word(at: usize) -> usize {
        let table = include_bytes!("tables.bin");
        u32::from_le_bytes([table[at], table[at + 1], table[at + 2], table[at + 3]]) as usize
    }
    let (at, count) = (word(4 + number * 8), word(8 + number * 8));
    assert!(at + count * size <= include_bytes!("tables.bin").len(), "a section passes the end of tables.bin");
    Section { at, count, size }
}

impl Section {
    /// The bytes of a record; empty past the last one.
    fn record(&self, index: usize) -> &'static [u8] {
        if index >= self.count {
            return &[];
        }
        let at = self.at + index * self.size;
        TABLES.get(at..at + self.size).unwrap_or(&[])
    }
    /// So many records; none where the last would be past the end.
    fn records(&self, first: usize, count: usize) -> impl Iterator<Item = &'static [u8]> {
        let at = self.at + first * self.size;
        let all = if first + count > self.count { None } else { TABLES.get(at..at + count * self.size) };
        all.unwrap_or(&[]).chunks_exact(self.size)
    }
}
fn byte(record: &[u8], at: usize) -> u8 {
    record.get(at).copied().unwrap_or(0)
}
fn half(record: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([byte(record, at), byte(record, at + 1)])
}
fn word(record: &[u8], at: usize) -> usize {
    usize::from(half(record, at)) | usize::from(half(record, at + 2)) << 16
}
fn string(index: u16) -> &'static str {
    let record = STRINGS.record(usize::from(index));
    let at = TEXT.at + word(record, 0);
    TABLES.get(at..at + word(record, 4)).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
}
/// The numbers of a list; none for list 0.
fn list(index: u16) -> impl Iterator<Item = u16> + Clone {
    let first = usize::from(index) + 1;
    (first..first + usize::from(half(LISTS.record(usize::from(index)), 0))).map(|at| half(LISTS.record(at), 0))
}
fn bit(minor: u8) -> u8 {
    if MINORS.contains(&minor) { 1 << (minor - MINORS.start()) } else { 0 }
}
/// The minors of a set, in order.
fn minors(set: u8) -> impl Iterator<Item = u8> {
    MINORS.filter(move |minor| set & bit(*minor) != 0)
}

/// The shape of an object at one minor: which fields it may have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ShapeId {
    index: u16,
    minor: u8,
}

/// A field of a shape.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key.
    pub key: Key,
    /// Must it be there?
    pub required: bool,
    /// What it holds.
    pub ty: Type,
}

/// What a field or an item holds.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    record: &'static [u8],
    minor: u8,
}

/// The kinds of types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Anything at all.
    Any,
    /// Text.
    String,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An object of a known shape: [`Type::shape`].
    Object,
    /// A list: [`Type::item`].
    List,
    /// A map from free keys: [`Type::item`].
    Map,
    /// A whole number or text, often a percentage.
    IntOrString,
    /// An amount such as `500m` or `1Gi`, as text or number.
    Quantity,
    /// An object with any fields.
    Free,
}

/// What the text or number of a type must look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Nothing said.
    None,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Base64.
    Byte,
    /// RFC 3339.
    DateTime,
    /// Any number.
    Double,
    /// A DNS-1123 subdomain without the limit of its length.
    Subdomain,
    /// Letters, digits, `-`, `_` and `.`: the key of a ConfigMap or Secret.
    ConfigKey,
    /// An API group: a DNS-1123 subdomain, or empty for the core.
    Group,
    /// The name of a kind: letters, digits and `-`, a letter first, no `-` last.
    KindName,
    /// A DNS-1123 label without the limit of its length.
    Label,
    /// A host, whose first label may be `*`.
    HostPattern,
    /// The name of an HTTP header.
    HeaderName,
    /// A duration of the Gateway API: one to four numbers of up to five digits with `h`, `m`, `s` or `ms`.
    GatewayDuration,
    /// What CORS allows: `*`, or scheme and host, the port where one is said.
    CorsOrigin,
    /// A duration of Prometheus: whole numbers with `y`, `w`, `d`, `h`, `m`, `s` and `ms`, each once and in this order.
    PrometheusDuration,
    /// The name of a label of a metric.
    MetricLabel,
    /// The value of a label of an object.
    LabelValue,
    /// The key of a label of an object.
    LabelKey,
    /// How many nodes: a number or a percentage.
    NodeCount,
    /// Whole numbers with `h`, `m` or `s`, or `Never`.
    DurationOrNever,
    /// Whole numbers with `h`, `m` or `s`.
    PlainDuration,
    /// Whole hours, whole minutes or both.
    HoursAndMinutes,
    /// The id of a machine image of AWS.
    AmiId,
    /// The id of a security group of AWS.
    SecurityGroupId,
    /// The id of a subnet of AWS.
    SubnetId,
    /// The size of a volume of AWS, up to 64 terabytes.
    EbsSize,
    /// An amount such as `500m` that must be text.
    Quantity,
}

/// How a list is merged and what may not repeat in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListType {
    /// Not stated, or replaced as a whole.
    Atomic,
    /// Values, none twice.
    Set,
    /// Objects, told apart by [`Type::list_keys`].
    Map,
}

/// Bounds of a size or number; both ends belong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// Characters of text.
    pub length: (Option<u32>, Option<u32>),
    /// The number itself.
    pub number: (Option<u32>, Option<u32>),
    /// Keys of a map or object.
    pub keys: (Option<u32>, Option<u32>),
    /// Items of a list.
    pub items: (Option<u32>, Option<u32>),
}

impl Type {
    /// What kind of type.
    pub fn kind(self) -> Kind {
        match byte(self.record, 0) {
            1 => Kind::String,
            2 => Kind::Int,
            3 => Kind::Number,
            4 => Kind::Bool,
            5 => Kind::Object,
            6 => Kind::List,
            7 => Kind::Map,
            8 => Kind::IntOrString,
            9 => Kind::Quantity,
            10 => Kind::Free,
            _ => Kind::Any,
        }
    }
    /// The shape of an object.
    pub fn shape(self) -> Option<ShapeId> {
        // A custom resource that embeds a built-in shape has it as of the minor that it was written for.
        let newest = byte(self.record, 1).checked_sub(1).map_or(self.minor, |number| MINORS.start() + number);
        (self.kind() == Kind::Object).then(|| ShapeId { index: half(self.record, 2), minor: self.minor.min(newest) })
    }
    /// The type of a list's items or a map's values.
    pub fn item(self) -> Option<Type> {
        matches!(self.kind(), Kind::List | Kind::Map).then(|| Type::at(half(self.record, 2), self.minor))
    }
    /// The values that are allowed; none listed means any.
    pub fn values(self) -> impl Iterator<Item = &'static str> + Clone {
        list(half(self.record, 4)).map(string)
    }
    /// How a list is merged.
    pub fn list_type(self) -> ListType {
        match byte(self.record, 1) {
            _ if self.kind() != Kind::List => ListType::Atomic,
            2 => ListType::Set,
            3 => ListType::Map,
            _ => ListType::Atomic,
        }
    }
    /// The fields that tell the items of a list apart, for server-side apply and for a diff. None for a list that is replaced as a whole.
    pub fn list_keys(self) -> impl Iterator<Item = Key> + Clone {
        list(half(self.record, 6)).map(|key| Key(u32::from(key)))
    }
    /// What its text or number must look like.
    pub fn format(self) -> Format {
        match half(self.record, 8) {
            1 => Format::Int32,
            2 => Format::Int64,
            3 => Format::Byte,
            4 => Format::DateTime,
            5 => Format::Double,
            6 => Format::Subdomain,
            7 => Format::ConfigKey,
            8 => Format::Group,
            9 => Format::KindName,
            10 => Format::Label,
            11 => Format::HostPattern,
            12 => Format::HeaderName,
            13 => Format::GatewayDuration,
            14 => Format::CorsOrigin,
            15 => Format::PrometheusDuration,
            16 => Format::MetricLabel,
            17 => Format::LabelValue,
            18 => Format::LabelKey,
            19 => Format::NodeCount,
            20 => Format::DurationOrNever,
            21 => Format::PlainDuration,
            22 => Format::HoursAndMinutes,
            23 => Format::AmiId,
            24 => Format::SecurityGroupId,
            25 => Format::SubnetId,
            26 => Format::EbsSize,
            27 => Format::Quantity,
            _ => Format::None,
        }
    }
    /// Its bounds.
    pub fn limits(self) -> Limits {
        // Which bounds there are, as a set of bits; then each in two halves.
        let mut stored = list(half(self.record, 10));
        let mut there = stored.next().unwrap_or(0);
        let mut next = || {
            let bound = if there & 1 != 0 { stored.next().zip(stored.next()) } else { None };
            there >>= 1;
            bound.map(|(low, high)| u32::from(low) | u32::from(high) << 16)
        };
        Limits { length: (next(), next()), number: (next(), next()), keys: (next(), next()), items: (next(), next()) }
    }
    /// Are there allowed values, a format or bounds, so that the value itself has to be looked at?
    pub fn is_constrained(self) -> bool {
        half(self.record, 4) != 0 || half(self.record, 8) != 0 || half(self.record, 10) != 0 || self.kind() == Kind::Quantity
    }
    fn at(index: u16, minor: u8) -> Type {
        Type { record: TYPES.record(usize::from(index)), minor }
    }
}

impl ShapeId {
    fn record(self) -> &'static [u8] {
        SHAPES.record(usize::from(self.index))
    }
    /// The name of the definition, without its package: `PodSpec`.
    pub fn name(self) -> &'static str {
        string(half(self.record(), 4))
    }
    /// May it have fields that are not listed?
    pub fn is_open(self) -> bool {
        half(self.record(), 6) != 0
    }
    /// The minor at which it was looked up.
    pub fn minor(self) -> u8 {
        self.minor
    }
    fn records(self) -> impl Iterator<Item = &'static [u8]> {
        FIELDS.records(usize::from(half(self.record(), 0)), usize::from(half(self.record(), 2)))
    }
    /// The fields at this minor, in the order of their names.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        self.records().filter(move |record| byte(record, 4) & bit(self.minor) != 0).map(move |record| self.read(record))
    }
    /// The keys of the fields that must be there at this minor, in the order of their names.
    pub fn required(self) -> impl Iterator<Item = Key> {
        let there = self.records().filter(move |record| byte(record, 4) & byte(record, 5) & bit(self.minor) != 0);
        there.map(|record| Key(u32::from(half(record, 0))))
    }
    /// The minors, in order, at which a field of this key exists here.
    pub fn minors_with(self, key: Key) -> impl Iterator<Item = u8> {
        minors(self.records().filter(|record| u32::from(half(record, 0)) == key.0).fold(0, |set, record| set | byte(record, 4)))
    }
    fn read(self, record: &'static [u8]) -> Field {
        Field {
            key: Key(u32::from(half(record, 0))),
            required: byte(record, 5) & bit(self.minor) != 0,
            ty: Type::at(half(record, 2), self.minor),
        }
    }
}

/// The field of this key, if the shape has it at its minor.
pub fn field(shape: ShapeId, key: Key) -> Option<Field> {
    // By halves to the first record of the key; a key has as many as the field had types.
    let first = usize::from(half(shape.record(), 0));
    let end = first + usize::from(half(shape.record(), 2));
    let key_at = |at: usize| u32::from(half(FIELDS.record(at), 0));
    let (mut low, mut high) = (first, end);
    while low < high {
        let middle = low.midpoint(high);
        if key_at(middle) < key.0 {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (low..end)
        .take_while(|at| key_at(*at) == key.0)
        .map(|at| FIELDS.record(at))
        .find(|record| byte(record, 4) & bit(shape.minor) != 0)
        .map(|record| shape.read(record))
}

/// The shape of a kind, if the minor serves it in this API version. `api_version` is written as in a manifest: `v1`, `apps/v1`.
pub fn kind(minor: u8, api_version: &str, kind: &str) -> Option<ShapeId> {
    let record = find_kind(api_version, kind)?;
    (half(record, 6) & u16::from(bit(minor)) != 0).then(|| ShapeId { index: half(record, 4), minor })
}

/// The minors, in order, that have the kind in this API version. None when no minor here has it.
pub fn kind_minors(api_version: &str, kind: &str) -> impl Iterator<Item = u8> {
    minors(find_kind(api_version, kind).map_or(0, |record| byte(record, 6)))
}

/// The API versions in which a minor has a kind, in the order of their spelling: `autoscaling/v1` and `autoscaling/v2`.
pub fn api_versions(minor: u8, kind: &str) -> impl Iterator<Item = &'static str> {
    (0..KINDS.count)
        .map(|at| KINDS.record(at))
        .filter(move |record| string(half(record, 2)) == kind && byte(record, 6) & bit(minor) != 0)
        .map(|record| string(half(record, 0)))
}

/// All kinds of a minor: API version, kind, shape.
pub fn kinds(minor: u8) -> impl Iterator<Item = (&'static str, &'static str, ShapeId)> {
    (0..KINDS.count)
        .map(|at| KINDS.record(at))
        .filter(move |record| byte(record, 6) & bit(minor) != 0)
        .map(move |record| (string(half(record, 0)), string(half(record, 2)), ShapeId { index: half(record, 4), minor }))
}

fn find_kind(api_version: &str, kind: &str) -> Option<&'static [u8]> {
    let (mut low, mut high) = (0, KINDS.count);
    while low < high {
        let middle = low.midpoint(high);
        let record = KINDS.record(middle);
        match (string(half(record, 0)), string(half(record, 2))).cmp(&(api_version, kind)) {
            std::cmp::Ordering::Equal => return Some(record),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets the unexpected must fail")]
    use super::*;
    use crate::tape::key;

    fn at(minor: u8, api_version: &str, name: &str, path: &[&str]) -> Type {
        let mut shape = kind(minor, api_version, name).unwrap();
        let mut ty = None;
        for part in path {
            let mut next = field(shape, key(part)).unwrap_or_else(|| panic!("{part} in {}", shape.name())).ty;
            ty = Some(next);
            while let Some(item) = next.item() {
                next = item;
            }
            shape = next.shape().unwrap_or(shape);
        }
        ty.unwrap()
    }

    #[test]
    fn the_table_is_whole() {
        assert!(TABLES.starts_with(b"BAY1"));
        assert!(TABLES.len() < 400_000);
        assert_eq!(TEXT.at + TEXT.count, TABLES.len());
        for minor in MINORS {
            let all: Vec<_> = kinds(minor).collect();
            assert!(all.len() > 80, "{minor}: {}", all.len());
            assert!(all.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
            for (api_version, name, shape) in all {
                assert_eq!(kind(minor, api_version, name), Some(shape));
                assert!(field(shape, key("metadata")).unwrap().ty.shape().is_some_and(|meta| meta.name() == "ObjectMeta"), "{name}");
            }
        }
    }

    #[test]
    fn every_shape_is_sound_at_every_minor() {
        for index in 0..SHAPES.count as u16 {
            for minor in MINORS {
                let shape = ShapeId { index, minor };
                let fields: Vec<_> = shape.fields().collect();
                assert!(fields.is_sorted_by(|a, b| a.key < b.key), "{}", shape.name());
                for each in fields {
                    assert!(!each.key.known().unwrap().is_empty());
                    assert_eq!(field(shape, each.key).unwrap().ty.record, each.ty.record);
                    assert!(each.ty.values().all(|value| value.len() < 64));
                    for list_key in each.ty.list_keys() {
                        let item = each.ty.item().unwrap().shape().unwrap();
                        assert!(field(item, list_key).is_some(), "{} of {}", list_key.known().unwrap(), item.name());
                    }
                }
            }
        }
    }

    #[test]
    fn a_deployment_is_known_to_the_leaves() {
        let of = |path: &[&str]| at(37, "apps/v1", "Deployment", path);
        assert_eq!(of(&["spec", "replicas"]).kind(), Kind::Int);
        assert_eq!(of(&["spec", "replicas"]).format(), Format::Int32);
        assert_eq!(of(&["spec", "strategy", "type"]).values().collect::<Vec<_>>(), ["Recreate", "RollingUpdate"]);
        assert_eq!(of(&["spec", "strategy", "rollingUpdate", "maxSurge"]).kind(), Kind::IntOrString);
        assert_eq!(of(&["metadata", "labels"]).item().unwrap().kind(), Kind::String);
        let ports = of(&["spec", "template", "spec", "containers", "ports"]);
        assert_eq!(ports.list_type(), ListType::Map);
        assert_eq!(ports.list_keys().collect::<Vec<_>>(), [key("containerPort"), key("protocol")]);
        assert_eq!(of(&["spec", "template", "spec", "containers", "resources", "limits"]).item().unwrap().kind(), Kind::Quantity);
        assert!(field(kind(37, "apps/v1", "Deployment").unwrap(), key("replicas")).is_none());
    }

    #[test]
    fn fields_and_kinds_come_and_go_with_the_minor() {
        let pod = |minor| field(kind(minor, "v1", "Pod").unwrap(), key("spec")).unwrap().ty.shape().unwrap();
        assert!(field(pod(33), key("hostnameOverride")).is_none());
        assert!(field(pod(34), key("hostnameOverride")).is_some());
        assert_eq!(pod(33).minors_with(key("hostnameOverride")).collect::<Vec<_>>(), [34, 35, 36, 37]);
        assert_eq!(pod(33).minors_with(key("workloadRef")).collect::<Vec<_>>(), [35]);
        let selector = |minor| {
            let spec = field(kind(minor, "networking.k8s.io/v1", "NetworkPolicy").unwrap(), key("spec")).unwrap();
            field(spec.ty.shape().unwrap(), key("podSelector")).unwrap().required
        };
        assert!(selector(33) && !selector(34));
        assert_eq!(kind_minors("networking.k8s.io/v1beta1", "IPAddress").collect::<Vec<_>>(), [33, 34, 35, 36]);
        assert!(kind(37, "networking.k8s.io/v1beta1", "IPAddress").is_none());
        assert_eq!(kind_minors("policy/v1beta1", "PodDisruptionBudget").count(), 0);
        assert_eq!(api_versions(36, "HorizontalPodAutoscaler").collect::<Vec<_>>(), ["autoscaling/v1", "autoscaling/v2"]);
        assert!(kind(32, "apps/v1", "Deployment").is_none() && kind(38, "apps/v1", "Deployment").is_none());
    }

    #[test]
    fn custom_resources_have_their_patterns_and_bounds() {
        let of = |path: &[&str]| at(35, "external-secrets.io/v1", "ExternalSecret", path);
        assert_eq!(of(&["spec", "secretStoreRef", "name"]).format(), Format::Subdomain);
        assert_eq!(of(&["spec", "secretStoreRef", "name"]).limits().length, (Some(1), Some(253)));
        assert_eq!(of(&["spec", "refreshPolicy"]).values().count(), 3);
        let of = |path: &[&str]| at(35, "autoscaling.k8s.io/v1", "VerticalPodAutoscaler", path);
        assert_eq!(of(&["spec", "resourcePolicy", "containerPolicies", "minAllowed"]).item().unwrap().kind(), Kind::Quantity);
        assert_eq!(of(&["spec", "updatePolicy", "updateMode"]).values().next(), Some("Off"));
        let of = |path: &[&str]| at(37, "gateway.networking.k8s.io/v1", "HTTPRoute", path);
        assert_eq!(of(&["spec", "hostnames"]).limits().items, (None, Some(16)));
        assert_eq!(of(&["spec", "hostnames"]).item().unwrap().format(), Format::HostPattern);
        assert_eq!(of(&["spec", "rules", "backendRefs", "weight"]).limits().number, (Some(0), Some(1_000_000)));
        let of = |path: &[&str]| at(37, "networking.istio.io/v1", "DestinationRule", path);
        assert_eq!(of(&["spec", "trafficPolicy", "outlierDetection", "consecutive5xxErrors"]).limits().number, (Some(0), Some(u32::MAX)));
        let of = |path: &[&str]| at(37, "monitoring.coreos.com/v1", "PrometheusRule", path);
        assert_eq!(of(&["spec", "groups"]).list_keys().collect::<Vec<_>>(), [key("name")]);
        assert_eq!(of(&["spec", "groups", "rules", "for"]).format(), Format::PrometheusDuration);
    }

    #[test]
    fn pods_of_a_rollout_are_those_of_the_minor_it_was_written_for() {
        let template = |minor| at(minor, "argoproj.io/v1alpha1", "Rollout", &["spec", "template"]).shape().unwrap();
        assert_eq!(
            [33, 34, 37].map(|minor| (template(minor).name(), template(minor).minor())),
            [33, 34, 34].map(|m| ("PodTemplateSpec", m))
        );
        let job = at(37, "argoproj.io/v1alpha1", "AnalysisTemplate", &["spec", "metrics", "provider", "job", "spec"]).shape().unwrap();
        assert_eq!((job.name(), job.minor()), ("JobSpec", 34));
    }

    #[test]
    fn equal_objects_of_custom_resources_are_one_shape() {
        let policy = |path: &[&str]| at(37, "networking.istio.io/v1", "DestinationRule", path).shape().unwrap();
        assert_eq!(policy(&["spec", "trafficPolicy"]), policy(&["spec", "subsets", "trafficPolicy"]));
        assert_eq!(policy(&["spec", "trafficPolicy"]).name(), "DestinationRule.spec.subsets[].trafficPolicy");
    }

    #[test]
    fn kinds_of_one_name_are_told_apart_by_their_group() {
        let servers =
            |api| field(field(kind(37, api, "Gateway").unwrap(), key("spec")).unwrap().ty.shape().unwrap(), key("servers")).is_some();
        assert!(servers("networking.istio.io/v1") && !servers("gateway.networking.k8s.io/v1"));
        assert_eq!(api_versions(37, "Gateway").count(), 2);
    }
}
