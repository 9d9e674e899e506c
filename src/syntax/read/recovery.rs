//! The rules that read what is wrong: each is one message.

use super::{BLANK, DASH, Reader, Rule, WORD};

impl Reader<'_> {
    pub(super) fn wrong_colon(&mut self) -> bool {
        self.byte() == b':' && self.leaf(Rule::wrong_colon, self.at + 1 + usize::from(self.next_byte() == b'='))
    }
    pub(super) fn wrong_equals(&mut self) -> bool {
        self.byte() == b'=' && matches!(self.next_byte(), b'=' | b'>') && self.leaf(Rule::wrong_equals, self.at + 2)
    }
    pub(super) fn wrong_else(&mut self) -> bool {
        self.node(Rule::wrong_else, |r| {
            (r.word(b"elseif") || r.word(b"elsif") || r.word(b"elif"))
                && r.sp()
                && r.expr()
                && r.sp()
                && r.body()
                && r.maybe(|r| r.sp() && r.otherwise())
        })
    }
    pub(super) fn late_else(&mut self) -> bool {
        self.node(Rule::late_else, Self::otherwise)
    }
    pub(super) fn late_body(&mut self) -> bool {
        self.node(Rule::late_body, |r| r.line_end() && r.nl() && r.body())
    }
    pub(super) fn late_value(&mut self) -> bool {
        self.node(Rule::late_value, |r| r.line_end() && r.nl() && matches!(r.byte(), b'0'..=b'9' | b'"' | b'`' | b'[') && r.expr())
    }
    pub(super) fn bare_value(&mut self) -> bool {
        matches!(self.byte(), b'0'..=b'9' | b'[' | b'`' | b'-') && self.node(Rule::bare_value, Self::expr)
    }
    pub(super) fn ternary(&mut self) -> bool {
        self.byte() == b'?'
            && self.node(Rule::ternary, |r| {
                r.take(b'?') && r.nl() && r.maybe(|r| r.expr() && r.maybe(|r| r.nl() && r.take(b':') && r.nl() && r.maybe(Self::expr)))
            })
    }
    pub(super) fn extra_comma(&mut self) -> bool {
        self.byte() == b',' && self.leaf(Rule::extra_comma, self.at + 1)
    }
    pub(super) fn bad_line(&mut self) -> bool {
        self.node(Rule::bad_line, |r| r.junks() || r.take(b','))
    }
    pub(super) fn bad_tail(&mut self) -> bool {
        self.node(Rule::bad_tail, Self::junks)
    }
    pub(super) fn bad_value(&mut self) -> bool {
        self.node(Rule::bad_value, Self::junks)
    }
    pub(super) fn bad_rest(&mut self) -> bool {
        self.node(Rule::bad_rest, |r| r.maybe(Self::junks))
    }
    pub(super) fn bad_item(&mut self) -> bool {
        self.node(Rule::bad_item, |r| r.deep() && r.many(Self::deep))
    }
    pub(super) fn bad_clause(&mut self) -> bool {
        self.node(Rule::bad_clause, |r| r.many(|r| r.deep() || r.take(b',')))
    }
    /// Only looks: the place stays.
    pub(super) fn entry_ahead(&self) -> bool {
        let Some(end) = self.path_at(self.at) else { return false };
        let at = self.run(end, BLANK);
        match self.byte_at(at) {
            b'{' | b'"' => true,
            b'=' => !matches!(self.byte_at(at + 1), b'=' | b'>'),
            _ => {
                let word = self.text.get(at..self.run(at, WORD | DASH));
                !matches!(word, Some(b"of" | b"per" | b"and" | b"or" | b"in" | b"then" | b"else")) && self.name_at(at).is_some()
            }
        }
    }
    /// `junk+`
    fn junks(&mut self) -> bool {
        self.junk() && self.many(Self::junk)
    }
    /// A `@` rule silences the `@` rules in it, but not the `$` ones: strings are nodes here, backtick strings none.
    fn junk(&mut self) -> bool {
        match self.byte() {
            b'"' => self.string(),
            b'`' => {
                let end = self.raw_at(self.at);
                self.at = end.unwrap_or(self.at);
                end.is_some()
            }
            b'(' => self.junk_until(b')'),
            b'[' => self.junk_until(b']'),
            b'{' => self.junk_until(b'}'),
            b')' | b']' | b'}' | b',' | b'\n' | b'\r' => false,
            b'/' if self.next_byte() == b'/' => false,
            _ => self.any(),
        }
    }
    fn junk_until(&mut self, closer: u8) -> bool {
        self.all(|r| r.any() && r.many(|r| r.deep() || r.take(b',')) && r.take(closer))
    }
    fn deep(&mut self) -> bool {
        self.line_end() || self.junk()
    }
}
