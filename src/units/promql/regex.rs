//! Regular expressions of matchers, as far as they decide: is it one, and does it match nothing at all?
//!
//! Prometheus reads Go's (RE2): no look-around and no back references.

/// Does the expression match the empty text? The error is what is wrong, and at which byte.
pub(super) fn matches_empty(text: &str) -> Result<bool, (usize, String)> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let empty = reader.alternatives()?;
    match reader.peek() {
        None => Ok(empty),
        Some(_) => Err((reader.at, "this `)` closes nothing".to_owned())),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, (usize, String)>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }
    fn take(&mut self, what: &str) -> bool {
        let there = self.rest().starts_with(what);
        if there {
            self.at += what.len();
        }
        there
    }
    fn wrong<T>(&self, at: usize, what: impl Into<String>) -> Read<T> {
        Err((at, what.into()))
    }

    fn alternatives(&mut self) -> Read<bool> {
        let mut empty = self.sequence()?;
        while self.take("|") {
            empty |= self.sequence()?;
        }
        Ok(empty)
    }

    fn sequence(&mut self) -> Read<bool> {
        let mut empty = true;
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let start = self.at;
            let one = self.atom()?;
            let mut optional = false;
            let mut repeats = 0;
            loop {
                let here = self.at;
                if self.take("*") || self.take("?") {
                    optional = true;
                } else if self.take("+") {
                } else if let Some((least, length)) = counted(self.rest()) {
                    let (least, most) = least.map_err(|why| (here, why))?;
                    self.at += length;
                    if most.is_some_and(|most| most < least) || least > 1000 || most.is_some_and(|most| most > 1000) {
                        return self.wrong(here, "this repetition is out of range");
                    }
                    optional |= least == 0;
                } else {
                    break;
                }
                repeats += 1;
                // A `?` behind makes it lazy and is no repetition of its own.
                self.take("?");
                if repeats > 1 {
                    return self.wrong(here, "a repetition cannot be repeated");
                }
            }
            if repeats > 0 && self.text.get(start..=start).is_some_and(|c| matches!(c, "^" | "$")) {
                return self.wrong(start, "there is nothing to repeat");
            }
            empty &= one || optional;
        }
        Ok(empty)
    }

    /// Reads one atom; does it match the empty text?
    fn atom(&mut self) -> Read<bool> {
        let start = self.at;
        match self.next() {
            Some('(') => {
                self.depth += 1;
                if self.depth > 100 {
                    return self.wrong(start, "too deeply nested");
                }
                if self.take("?") {
                    self.group(start)?;
                }
                // `(?i)` sets a flag and is closed at once.
                let empty = if self.text.get(..self.at).is_some_and(|t| t.ends_with(')')) && self.text.get(start..start + 2) == Some("(?") {
                    true
                } else {
                    let empty = self.alternatives()?;
                    if !self.take(")") {
                        return self.wrong(start, "this `(` is not closed");
                    }
                    empty
                };
                self.depth -= 1;
                Ok(empty)
            }
            Some('[') => self.class(start).map(|()| false),
            Some('\\') => self.escape(start),
            Some('*' | '+' | '?') => self.wrong(start, "there is nothing to repeat"),
            Some('^' | '$') => Ok(true),
            _ => Ok(false),
        }
    }

    /// What stands behind `(?`.
    fn group(&mut self, start: usize) -> Read<()> {
        if ["=", "!", "<=", "<!"].iter().any(|look| self.rest().starts_with(look)) {
            return self.wrong(start, "Prometheus' regular expressions know no look-around");
        }
        if self.take("P<") || self.take("<") {
            let length = self.rest().find('>').unwrap_or(0);
            let name = self.rest().get(..length).unwrap_or("");
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return self.wrong(start, "this group has no legal name");
            }
            self.at += length + 1;
            return Ok(());
        }
        while let Some(c) = self.next() {
            match c {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' | ')' => return Ok(()),
                _ => break,
            }
        }
        self.wrong(start, "this is no group that RE2 knows")
    }

    fn class(&mut self, start: usize) -> Read<()> {
        self.take("^");
        let mut first = true;
        loop {
            if self.rest().starts_with("[:") && self.rest().contains(":]") {
                self.at += self.rest().find(":]").map_or(0, |end| end + 2);
                first = false;
                continue;
            }
            match self.next() {
                None => return self.wrong(start, "this `[` is not closed"),
                Some(']') if !first => return Ok(()),
                Some('\\') => {
                    let at = self.at - 1;
                    self.escape(at)?;
                }
                _ => {}
            }
            first = false;
        }
    }

    fn escape(&mut self, start: usize) -> Read<bool> {
        match self.next() {
            None => self.wrong(start, "a backslash at the end"),
            Some('b' | 'B' | 'A' | 'z') => Ok(true),
            Some('p' | 'P') => {
                if self.take("{") {
                    let length = self.rest().find('}').map_or(0, |end| end + 1);
                    if length == 0 {
                        return self.wrong(start, "this `{` is not closed");
                    }
                    self.at += length;
                } else {
                    self.next();
                }
                Ok(false)
            }
            Some('x') => {
                if self.take("{") {
                    self.at += self.rest().find('}').map_or(0, |end| end + 1);
                } else {
                    self.next();
                    self.next();
                }
                Ok(false)
            }
            Some('1'..='9') => self.wrong(start, "Prometheus' regular expressions know no back references"),
            Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' | '0' | 'C' | 'Q' | 'E') => Ok(false),
            Some(c) if c.is_ascii_alphanumeric() => self.wrong(start, format!("`\\{c}` is no escape that RE2 knows")),
            Some(_) => Ok(false),
        }
    }
}

/// `{n}`, `{n,}` or `{n,m}` with its length; any other brace is itself.
#[allow(clippy::type_complexity, reason = "least, most and length of one repetition")]
fn counted(rest: &str) -> Option<(Result<(u32, Option<u32>), String>, usize)> {
    let inner = rest.strip_prefix('{')?;
    let inner = inner.get(..inner.find('}')?)?;
    let (least, most) = inner.split_once(',').map_or((inner, None), |(least, most)| (least, Some(most)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(least) || most.is_some_and(|most| !most.is_empty() && !is_number(most)) {
        return None;
    }
    let read = |text: &str| text.parse::<u32>().map_err(|_| "this repetition is out of range".to_owned());
    let bounds = read(least).and_then(|least| {
        Ok((
            least,
            match most {
                None => Some(least),
                Some("") => None,
                Some(most) => Some(read(most)?),
            },
        ))
    });
    Some((bounds, inner.len() + 2))
}
