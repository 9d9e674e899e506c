//! What the reader makes of a text: nodes of the grammar's rules, flat, each before those it holds.

/// The rules of `grammar/bayplan.pest` that make a node, under the names that they have there.
#[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the grammar's own names: the tests compare them with it")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    file,
    EOI,
    body,
    import,
    input,
    binding,
    typedef,
    function,
    component,
    policy,
    repeat,
    branch,
    require,
    remove,
    allow,
    add,
    include,
    params,
    param,
    type_,
    type_list,
    type_map,
    optional,
    plain,
    within,
    expr,
    op,
    prefix,
    field,
    args,
    argument,
    index,
    paren,
    list,
    record,
    member,
    comprehension,
    condition,
    conditional,
    choose,
    arm,
    name,
    path,
    number,
    string,
    short,
    long,
    interpolation,
    raw,
    wrong_colon,
    wrong_equals,
    wrong_else,
    late_else,
    late_body,
    late_value,
    bare_value,
    ternary,
    missing_value,
    missing_operand,
    missing_comma,
    extra_comma,
    bad_line,
    bad_tail,
    bad_value,
    bad_rest,
    bad_item,
    bad_clause,
}

impl Rule {
    /// What a person calls it.
    pub(super) fn called(self) -> &'static str {
        match self {
            Rule::file | Rule::EOI => "the end of the file",
            Rule::body => "a block's `{ … }`",
            Rule::plain => "an entry",
            Rule::import => "a `use`",
            Rule::input => "an `input`",
            Rule::binding => "a `let`",
            Rule::typedef => "a `type`",
            Rule::function => "a `fn`",
            Rule::component => "a `component`",
            Rule::policy => "a `policy`",
            Rule::repeat => "a `for`",
            Rule::branch | Rule::conditional => "an `if`",
            Rule::late_else | Rule::wrong_else => "an `else`",
            Rule::require => "a `require`",
            Rule::remove => "a `remove`",
            Rule::allow => "an `allow`",
            Rule::add => "an `add`",
            Rule::include => "an `include`",
            Rule::params | Rule::param => "a parameter",
            Rule::type_ | Rule::type_list | Rule::type_map | Rule::optional => "a type",
            Rule::wrong_colon | Rule::wrong_equals => "`=`",
            Rule::within => "`in`",
            Rule::expr
            | Rule::late_value
            | Rule::bare_value
            | Rule::ternary
            | Rule::missing_value
            | Rule::missing_operand
            | Rule::bad_value
            | Rule::bad_item => "a value",
            Rule::op | Rule::prefix => "an operator",
            Rule::field => "a field",
            Rule::args | Rule::argument => "an argument",
            Rule::index => "an index",
            Rule::paren => "a value in parentheses",
            Rule::list => "a list",
            Rule::missing_comma | Rule::extra_comma => "a comma",
            Rule::record | Rule::member => "a record",
            Rule::comprehension | Rule::condition | Rule::bad_clause => "a list made from another",
            Rule::choose | Rule::arm => "a `match`",
            Rule::name | Rule::path => "a name",
            Rule::number => "a number",
            Rule::string | Rule::short | Rule::long | Rule::raw => "a string",
            Rule::interpolation => "an interpolation",
            Rule::late_body | Rule::bad_line | Rule::bad_tail | Rule::bad_rest => "something else",
        }
    }
}

/// One place where a rule held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) rule: Rule,
    /// Offset of its first byte.
    pub(super) start: u32,
    /// Offset of the byte after its last.
    pub(super) end: u32,
    /// How many of the nodes behind it lie in it, at whatever depth.
    pub(super) inner: u32,
}

/// A node with all that lies in it.
#[derive(Clone, Copy)]
pub(super) struct Pair<'n> {
    node: &'n Node,
    inner: &'n [Node],
}

impl<'n> Pair<'n> {
    pub(super) fn rule(self) -> Rule {
        self.node.rule
    }
    pub(super) fn start(self) -> usize {
        self.node.start as usize
    }
    pub(super) fn end(self) -> usize {
        self.node.end as usize
    }
    /// The nodes directly in it.
    pub(super) fn inner(self) -> Pairs<'n> {
        Pairs(self.inner)
    }
}

/// Nodes beside each other, in order, each with all that lies in it.
#[derive(Clone)]
pub(super) struct Pairs<'n>(pub(super) &'n [Node]);

impl<'n> Pairs<'n> {
    /// The next one, which stays the next one.
    pub(super) fn peek(&self) -> Option<Pair<'n>> {
        Some(self.split()?.0)
    }
    fn split(&self) -> Option<(Pair<'n>, &'n [Node])> {
        let (node, behind) = self.0.split_first()?;
        let (inner, behind) = behind.split_at_checked(node.inner as usize)?;
        Some((Pair { node, inner }, behind))
    }
}

impl<'n> Iterator for Pairs<'n> {
    type Item = Pair<'n>;
    fn next(&mut self) -> Option<Pair<'n>> {
        let (pair, behind) = self.split()?;
        self.0 = behind;
        Some(pair)
    }
}
