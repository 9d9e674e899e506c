//! The grammar, as pest derives it, and what its rules are called in a message.

/// The parser that `grammar/bayplan.pest` describes.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/bayplan.pest"]
pub(super) struct Grammar;

/// What a person calls a rule. Exhaustive, so that a new rule gets its name.
pub(super) fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::file | Rule::EOI => "the end of the file",
        Rule::body => "a block's `{ … }`",
        Rule::entry | Rule::declaration | Rule::plain | Rule::keyword | Rule::entry_ahead => "an entry",
        Rule::end | Rule::gap => "the end of the entry",
        Rule::import => "a `use`",
        Rule::input => "an `input`",
        Rule::binding => "a `let`",
        Rule::typedef => "a `type`",
        Rule::function => "a `fn`",
        Rule::component => "a `component`",
        Rule::policy => "a `policy`",
        Rule::repeat => "a `for`",
        Rule::branch | Rule::conditional => "an `if`",
        Rule::otherwise | Rule::late_else | Rule::wrong_else | Rule::else_ => "an `else`",
        Rule::require => "a `require`",
        Rule::remove => "a `remove`",
        Rule::allow => "an `allow`",
        Rule::add => "an `add`",
        Rule::include => "an `include`",
        Rule::params | Rule::param => "a parameter",
        Rule::type_ | Rule::type_atom | Rule::type_list | Rule::type_map | Rule::optional => "a type",
        Rule::assignment | Rule::assign | Rule::wrong_colon | Rule::wrong_equals => "`=`",
        Rule::label => "a label",
        Rule::within => "`in`",
        Rule::value
        | Rule::expr
        | Rule::right
        | Rule::operand
        | Rule::primary
        | Rule::item
        | Rule::late_value
        | Rule::bare_value
        | Rule::ternary
        | Rule::missing_value
        | Rule::missing_operand
        | Rule::bad_value
        | Rule::bad_item => "a value",
        Rule::op | Rule::op_start | Rule::prefix => "an operator",
        Rule::field => "a field",
        Rule::args | Rule::argument => "an argument",
        Rule::index | Rule::suffix => "an index",
        Rule::paren => "a value in parentheses",
        Rule::list => "a list",
        Rule::item_end | Rule::missing_comma | Rule::extra_comma => "a comma",
        Rule::record | Rule::member => "a record",
        Rule::comprehension | Rule::condition | Rule::bad_clause => "a list made from another",
        Rule::then_ => "`then`",
        Rule::choose | Rule::arm => "a `match`",
        Rule::name | Rule::path | Rule::kw_end => "a name",
        Rule::number => "a number",
        Rule::string | Rule::short | Rule::long | Rule::raw => "a string",
        Rule::interpolation => "an interpolation",
        Rule::sp | Rule::run | Rule::nl | Rule::comment => "a space",
        Rule::late_body | Rule::bad_line | Rule::bad_tail | Rule::bad_rest | Rule::junk | Rule::deep => "something else",
    }
}
