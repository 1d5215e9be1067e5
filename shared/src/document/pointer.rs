//! JSON Pointers (RFC 6901).

/// A path that does not begin with `/`, or escapes wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON Pointer")]
pub struct PointerError;

/// The keys of a path; none for the whole document.
pub fn parse(path: &str) -> Result<Vec<String>, PointerError> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let keys = path.strip_prefix('/').ok_or(PointerError)?;
    keys.split('/').map(unescape).collect()
}

fn unescape(key: &str) -> Result<String, PointerError> {
    let mut plain = String::with_capacity(key.len());
    let mut chars = key.chars();
    while let Some(char) = chars.next() {
        match char {
            '~' => match chars.next() {
                Some('0') => plain.push('~'),
                Some('1') => plain.push('/'),
                _ => return Err(PointerError),
            },
            other => plain.push(other),
        }
    }
    Ok(plain)
}

/// Appends `/key` to a path.
pub fn push(path: &mut String, key: &str) {
    path.push('/');
    for char in key.chars() {
        match char {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            other => path.push(other),
        }
    }
}

/// The path of these keys.
pub fn join<K: AsRef<str>>(keys: &[K]) -> String {
    let mut path = String::new();
    for key in keys {
        push(&mut path, key.as_ref());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_and_its_keys_are_the_same_thing() {
        for keys in [vec![], vec!["a"], vec!["a/b", "~c", ""], vec!["cells", "ext:1|2025|cash"]] {
            let path = join(&keys);
            assert_eq!(parse(&path), Ok(keys.iter().map(|key| key.to_string()).collect()));
        }
        assert_eq!(parse("a"), Err(PointerError));
        assert_eq!(parse("/a~2"), Err(PointerError));
    }
}
