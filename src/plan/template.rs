//! Templates of configuration files, rendered by tera. Only what is given can be read: no environment, no clock, no other file; and every
//! template ends: tera itself counts neither the rounds of a loop nor what it writes, so both are counted here (row 33).

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The most rounds that all loops of a template make together.
const ROUNDS: u32 = 1_000_000;
/// The most bytes of a text, in the end or in between: what a ConfigMap holds.
const LONGEST: usize = 1 << 20;
/// The function that counts. A template that calls it only shortens its own life.
const COUNT: &str = "bayplan_count";

/// Renders one template; the error is why it cannot be, in tera's words or ours.
pub fn render(name: &str, source: &str, variables: &[(&str, serde_json::Value)]) -> Result<String, String> {
    let mut context = tera::Context::new();
    for (name, value) in variables {
        context.insert((*name).to_owned(), value);
    }
    let mut tera = tera::Tera::default();
    // The output is configuration, not a web page.
    tera.autoescape_on(Vec::<&str>::new());
    let rounds = Arc::new(AtomicU32::new(0));
    tera.register_function(COUNT, move |arguments: tera::Kwargs, _: &tera::State<'_>| -> tera::TeraResult<String> {
        if rounds.fetch_add(1, Ordering::Relaxed) >= ROUNDS {
            return Err(tera::Error::message(format!("its loops make more than {ROUNDS} rounds")));
        }
        match arguments.get::<tera::Value>("of")? {
            Some(value) if value.as_str().is_some_and(|text| text.len() > LONGEST) => {
                Err(tera::Error::message("one of its texts is longer than 1 MiB"))
            }
            _ => Ok(String::new()),
        }
    });
    let explain = |e: &tera::Error| {
        let mut text = e.to_string();
        let mut next = std::error::Error::source(e);
        while let Some(e) = next {
            text = format!("{text}: {e}");
            next = e.source();
        }
        text
    };
    // Mistakes are explained with the template as it was written.
    tera.add_raw_template(name, source).map_err(|e| explain(&e))?;
    tera.add_raw_template(name, &counted(source)).map_err(|e| explain(&e))?;
    let mut out = Capped(Vec::new());
    tera.render_to(name, &context, &mut out).map_err(|e| explain(&e))?;
    String::from_utf8(out.0).map_err(|_| "its output is no UTF-8 text".to_owned())
}

/// The template with a call of the counter behind every `for`, `component` and `set`. It writes nothing, and trims what the tag trims.
fn counted(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + source.len() / 8);
    let mut rest = source;
    let mut raw = false;
    while let Some(open) = rest.find(['{']) {
        let (before, tag) = rest.split_at(open);
        out.push_str(before);
        let end = match tag.as_bytes().get(1) {
            Some(b'#') if !raw => tag.find("#}").map(|i| i + 2),
            Some(b'{') if !raw => closing(tag, "}}"),
            Some(b'%') => closing(tag, "%}"),
            _ => Some(1),
        };
        let Some((whole, after)) = end.and_then(|e| tag.split_at_checked(e)) else {
            out.push_str(tag);
            return out;
        };
        out.push_str(whole);
        rest = after;
        if !whole.starts_with("{%") {
            continue;
        }
        let inner = whole.trim_start_matches("{%").trim_end_matches("%}");
        let trims = if inner.ends_with('-') { "-" } else { "" };
        let mut words = inner.trim_matches('-').split_whitespace();
        match words.next() {
            Some("raw") => raw = true,
            Some("endraw") => raw = false,
            _ if raw => {}
            Some("for" | "component") => out.push_str(&format!("{{{{{trims} {COUNT}() {trims}}}}}")),
            Some("set" | "set_global") => {
                let name = words.next().and_then(|w| w.split('=').next()).unwrap_or("");
                if inner.contains('=') && !name.is_empty() {
                    out.push_str(&format!("{{{{{trims} {COUNT}(of={name}) {trims}}}}}"));
                }
            }
            _ => {}
        }
    }
    out.push_str(rest);
    out
}

/// Where a tag ends, behind its closing sign: signs inside its strings do not count.
fn closing(tag: &str, sign: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (i, c) in tag.char_indices().skip(2) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) => quote = if c == q { None } else { quote },
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if tag.get(i..).is_some_and(|t| t.starts_with(sign)) => return Some(i + sign.len()),
            None => {}
        }
    }
    None
}

/// A text that grows no further than [`LONGEST`].
struct Capped(Vec<u8>);

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(io::Error::other("its output is longer than the 1 MiB that a ConfigMap holds"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(source: &str) -> Result<String, String> {
        render("t", source, &[("name", "world".into()), ("list", serde_json::json!(["a", "b"]))])
    }

    #[test]
    fn counting_changes_no_byte() {
        for (source, wanted) in [
            ("hello {{ name }}\n", "hello world\n"),
            ("{% for x in list %}\n  {{ x }}\n{% endfor %}\n", "\n  a\n\n  b\n\n"),
            ("{% for x in list -%}\n  {{ x }}\n{% endfor -%}\n end", "a\nb\nend"),
            ("{%- for x in list -%} {{ x }}, {%- endfor -%} ", "a,b,"),
            ("{% set y = \"%}\" %}{{ y }}{% raw %}{% for %}{{ x }}{% endraw %}{# {% for #}{ { %}", "%}{% for %}{{ x }}{ { %}"),
            ("{% set y -%} text {%- endset %}[{{ y }}]", "[text]"),
        ] {
            assert_eq!(rendered(source).as_deref(), Ok(wanted), "{source}");
        }
    }

    #[test]
    fn every_template_ends() {
        let loops = "{% for a in range(end=10000) %}{% for b in range(end=10000) %}{% endfor %}{% endfor %}";
        assert!(rendered(loops).unwrap_err().contains("rounds"), "{:?}", rendered(loops));
        let doubling = format!("{{% set x = \"xxxxxxxx\" %}}{}", "{% set x = x ~ x %}".repeat(60));
        assert!(rendered(&doubling).unwrap_err().contains("1 MiB"));
        let long = "{% for a in range(end=100000) %}0123456789abcdef{% endfor %}";
        assert!(rendered(long).unwrap_err().contains("1 MiB"));
    }
}
