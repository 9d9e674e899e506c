//! The rules of expressions.

use super::{BLANK, DASH, LINE_END, Reader, Rule, WORD, is};

impl Reader<'_> {
    pub(super) fn value(&mut self) -> bool {
        self.expr() || self.late_value() || self.bad_value() || self.missing(Rule::missing_value)
    }
    pub(super) fn expr(&mut self) -> bool {
        self.node(Rule::expr, |r| r.operand() && r.many(|r| r.sp() && (r.op() && r.right() || r.ternary())))
    }
    fn right(&mut self) -> bool {
        self.all(|r| r.sp() && r.operand())
            || self.all(|r| r.nl() && !r.entry_ahead() && r.operand())
            || self.missing(Rule::missing_operand)
    }
    fn op(&mut self) -> bool {
        let next = self.next_byte();
        let length = match self.byte() {
            b'.' if next == b'.' => 2,
            b'=' | b'!' if next == b'=' => 2,
            b'<' | b'>' => 1 + usize::from(next == b'='),
            b'+' | b'*' => 1,
            b'-' if is(next, BLANK | LINE_END) => 1,
            b'/' if next != b'/' => 1,
            b'&' | b'|' if next == self.byte() => 2,
            b'o' | b'p' | b'a' | b'i' => {
                let end = self.run(self.at, WORD | DASH);
                match self.text.get(self.at..end) {
                    Some(word @ (b"of" | b"per" | b"and" | b"or" | b"in")) => word.len(),
                    _ => return false,
                }
            }
            _ => return false,
        };
        self.leaf(Rule::op, self.at + length)
    }
    fn operand(&mut self) -> bool {
        self.all(|r| {
            while r.prefix() {
                r.sp();
            }
            r.primary() && {
                while r.suffix() {}
                true
            }
        })
    }
    fn prefix(&mut self) -> bool {
        let length = match self.byte() {
            b'-' => 1,
            b'n' if self.word_ahead(b"not") => 3,
            b'!' if self.next_byte() != b'=' => 1,
            _ => return false,
        };
        self.leaf(Rule::prefix, self.at + length)
    }
    /// Each begins with bytes of its own.
    fn primary(&mut self) -> bool {
        match self.byte() {
            b'"' => self.string(),
            b'0'..=b'9' => self.number(),
            b'i' => self.conditional() || self.path(),
            b'm' => self.choose() || self.path(),
            b'[' => self.list(),
            b'{' => self.record(),
            b'(' => self.paren(),
            b'`' => self.raw(),
            _ => self.path(),
        }
    }
    fn suffix(&mut self) -> bool {
        match self.byte() {
            b'(' => self.args(),
            b'[' => self.index(),
            b'.' => self.field(),
            _ => false,
        }
    }
    fn field(&mut self) -> bool {
        self.node(Rule::field, |r| r.take(b'.') && r.name())
    }
    fn args(&mut self) -> bool {
        self.node(Rule::args, |r| r.take(b'(') && r.nl() && r.many(|r| r.argument() && r.nl() && r.item_end()) && r.take(b')'))
    }
    fn argument(&mut self) -> bool {
        self.node(Rule::argument, |r| {
            r.all(|r| r.name() && r.sp() && (r.equals() || r.wrong_colon()) && r.nl() && (r.item() || r.missing(Rule::missing_value)))
                || r.item()
        })
    }
    fn index(&mut self) -> bool {
        self.node(Rule::index, |r| r.take(b'[') && r.items() && r.take(b']'))
    }
    fn paren(&mut self) -> bool {
        self.node(Rule::paren, |r| r.take(b'(') && r.items() && r.take(b')'))
    }
    fn list(&mut self) -> bool {
        self.node(Rule::list, |r| r.take(b'[') && r.nl() && (r.comprehension() || r.items()) && r.take(b']'))
    }
    /// `nl ~ (item ~ nl ~ item_end)*`
    pub(super) fn items(&mut self) -> bool {
        self.nl() && self.many(|r| r.item() && r.nl() && r.item_end())
    }
    fn item(&mut self) -> bool {
        self.expr() || self.extra_comma() || self.bad_item()
    }
    fn item_end(&mut self) -> bool {
        self.take(b',') && self.nl() || matches!(self.byte(), b')' | b']' | b'}') || self.missing(Rule::missing_comma)
    }
    fn record(&mut self) -> bool {
        self.node(Rule::record, |r| r.take(b'{') && r.nl() && r.many(|r| (r.member() || r.bad_line()) && r.end()) && r.take(b'}'))
    }
    fn member(&mut self) -> bool {
        self.node(Rule::member, |r| (r.name() || r.string()) && r.sp() && (r.assign() && r.sp() && r.value() || r.bad_rest()))
    }

    fn comprehension(&mut self) -> bool {
        self.word_ahead(b"for") && self.node(Rule::comprehension, |r| r.text(b"for") && r.sp() && (r.all(Self::clauses) || r.bad_clause()))
    }
    fn clauses(&mut self) -> bool {
        self.name()
            && self.sp()
            && self.word(b"in")
            && self.sp()
            && self.expr()
            && self.nl()
            && self.maybe(|r| r.condition() && r.nl())
            && self.maybe(|r| r.take(b':') && r.nl() && r.expr() && r.nl())
            && (self.byte() == b']' || self.bad_clause())
    }
    fn condition(&mut self) -> bool {
        self.word_ahead(b"if") && self.node(Rule::condition, |r| r.text(b"if") && r.sp() && r.expr())
    }
    fn conditional(&mut self) -> bool {
        self.word_ahead(b"if")
            && self.node(Rule::conditional, |r| r.text(b"if") && r.sp() && (r.all(|r| r.expr() && r.then_()) || r.bad_rest()))
    }
    fn then_(&mut self) -> bool {
        self.all(|r| r.nl() && r.word(b"then") && r.nl() && (r.all(|r| r.expr() && r.else_()) || r.bad_rest())) || self.bad_rest()
    }
    fn else_(&mut self) -> bool {
        self.all(|r| r.nl() && r.word(b"else") && r.nl() && (r.expr() || r.bad_rest())) || self.bad_rest()
    }
    fn choose(&mut self) -> bool {
        self.word_ahead(b"match")
            && self.node(Rule::choose, |r| {
                r.text(b"match") && r.sp() && (r.all(|r| r.expr() && r.sp() && (r.all(Self::arms) || r.bad_rest())) || r.bad_rest())
            })
    }
    fn arms(&mut self) -> bool {
        self.take(b'{') && self.nl() && self.many(|r| (r.arm() || r.bad_line()) && r.end()) && self.take(b'}')
    }
    fn arm(&mut self) -> bool {
        self.node(Rule::arm, |r| r.expr() && r.sp() && (r.text(b"=>") && r.sp() && r.value() || r.bad_rest()))
    }
}
