//! The functions that every program has: how each is called and what it gives, for the reference page. The checker types them.

/// One function.
#[derive(Debug)]
pub struct Function {
    /// As called.
    pub name: &'static str,
    /// Its parameters and its result, as a declaration would say them; `T` is any type with an order or a sum.
    pub signature: &'static str,
    /// Markdown.
    pub doc: &'static str,
    /// A `let` that uses it.
    pub example: &'static str,
}

/// All, in the order of the reference page.
pub static ALL: &[Function] = &[
    Function {
        name: "min",
        signature: "min(T, …) -> T",
        doc: "The least of its arguments, or of a list's items.",
        example: "let a: Bytes = min(1Gi, 768Mi)",
    },
    Function {
        name: "max",
        signature: "max(T, …) -> T",
        doc: "The greatest of its arguments, or of a list's items.",
        example: "let a: Duration = max(30s, 1m)",
    },
    Function {
        name: "sum",
        signature: "sum(T, …) -> T",
        doc: "Its arguments, or a list's items, added up.",
        example: "let a: Cpu = sum([for n in [1, 2]: n * 100m])",
    },
    Function {
        name: "length",
        signature: "length(value) -> Int",
        doc: "Items of a list, fields of a map, characters of a string.",
        example: "let a = length([\"eu\", \"us\"])",
    },
    Function {
        name: "join",
        signature: "join(list: [String], between: String) -> String",
        doc: "The items with `between` between them.",
        example: "let a = join([\"eu\", \"us\"], \",\")",
    },
    Function { name: "lower", signature: "lower(text: String) -> String", doc: "In small letters.", example: "let a = lower(\"EU\")" },
    Function { name: "upper", signature: "upper(text: String) -> String", doc: "In capital letters.", example: "let a = upper(\"eu\")" },
    Function {
        name: "contains",
        signature: "contains(text: String, part: String) -> Bool",
        doc: "Does the text hold the part?",
        example: "let a = contains(\"eu-west\", \"west\")",
    },
    Function {
        name: "starts-with",
        signature: "starts-with(text: String, part: String) -> Bool",
        doc: "Does the text begin with the part?",
        example: "let a = starts-with(\"eu-west\", \"eu\")",
    },
    Function {
        name: "ends-with",
        signature: "ends-with(text: String, part: String) -> Bool",
        doc: "Does the text end with the part?",
        example: "let a = ends-with(\"eu-west\", \"west\")",
    },
    Function {
        name: "replace",
        signature: "replace(text: String, part: String, by: String) -> String",
        doc: "The text with each such part replaced.",
        example: "let a = replace(\"eu-west\", \"-\", \"_\")",
    },
];
