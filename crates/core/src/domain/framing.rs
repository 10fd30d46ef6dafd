//! Values as bytes that no other values have: what codes and digests are computed over.

/// Every field behind its length, so that no two lists of fields have the same bytes.
pub fn framed(fields: impl IntoIterator<Item = Option<String>>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    for field in fields {
        // No text has this length: what is absent differs from what is empty.
        let length = |text: &String| u64::try_from(text.len()).unwrap_or(u64::MAX - 1);
        bytes.extend_from_slice(&field.as_ref().map_or(u64::MAX, length).to_be_bytes());
        bytes.extend_from_slice(field.unwrap_or_default().as_bytes());
    }
    bytes
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::framed;

    fn of(fields: &[Option<&str>]) -> Vec<u8> {
        framed(fields.iter().map(|field| field.map(str::to_owned)))
    }

    #[test]
    fn different_fields_have_different_bytes() {
        let lists: [&[Option<&str>]; 6] =
            [&[], &[None], &[Some("")], &[Some("ab")], &[Some("a"), Some("b")], &[Some("a\0b")]];
        for (place, one) in lists.iter().enumerate() {
            for other in lists.iter().skip(place + 1) {
                assert_ne!(of(one), of(other), "{one:?} {other:?}");
            }
        }
    }
}
