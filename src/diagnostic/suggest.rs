//! "Did you mean".

/// The nearest of some words, where one is near enough to be meant.
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..=1 => 0,
        2..=3 => 1,
        4..=5 => 2,
        _ => 3,
    };
    among
        .into_iter()
        .filter(|w| w.len().abs_diff(word.len()) <= limit)
        .map(|w| (distance(word, w), w))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, w)| (*d, w.len().abs_diff(word.len())))
        .map(|(_, w)| w)
}

/// Optimal string alignment distance, case ignored.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut d = (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && Some(x) == b.get(j - 1) && a.get(i - 1) == Some(y) {
                d = d.min(at(&before, j - 1) + 1);
            }
            row.push(d);
        }
        before = last;
        last = row;
    }
    last.last().copied().unwrap_or(0)
}

/// Words as a sentence lists them: "`a`, `b` or `c`"; at most twelve.
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>, and: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|w| format!("`{w}`")).collect();
    let (shown, more) = (words.get(..12).unwrap_or(&words), words.len().saturating_sub(12));
    match shown {
        [] => "nothing".into(),
        [one] => one.clone(),
        _ if more > 0 => format!("{} and {more} more", shown.join(", ")),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in [("", "abc", 3), ("kitten", "sitting", 3), ("größe", "grosse", 3), ("fro", "for", 1), ("CPU", "cpu", 0)] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
    #[test]
    fn the_word_meant_is_found() {
        for (word, meant) in
            [("replcas", Some("replicas")), ("memroy", Some("memory")), ("imgae", Some("image")), ("xyzzy", None), ("cp", Some("cpu"))]
        {
            assert_eq!(nearest(word, ["replicas", "memory", "image", "cpu", "env"]), meant, "{word}");
        }
    }
}
