//! W3C trace context: one `traceparent` from the request to the carrier call.

/// The caller's `traceparent` if it is one, else a new one made from the request's id.
#[must_use]
pub fn parent(header: Option<&str>, request_id: &str) -> String {
    match header.filter(|text| is_traceparent(text)) {
        Some(text) => text.to_owned(),
        None => root(request_id),
    }
}

/// version-traceid-parentid-flags, lower-case hexadecimal, ids not zero.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let some = |part: &str| part.bytes().any(|b| b != b'0');
    matches!(parts[..], ["00", trace, span, flags]
        if hex(trace, 32) && some(trace) && hex(span, 16) && some(span) && hex(flags, 2))
}

/// FNV-1a spreads a request's id over the trace's; ids need to be unique, not secret.
fn root(request_id: &str) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let fold = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    let trace = request_id.bytes().fold(BASIS, fold) | 1;
    let span = (trace >> 64) as u64 | 1;
    format!("00-{trace:032x}-{span:016x}-01")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_trace_goes_on_and_a_wrong_one_does_not() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(parent(Some(good), "r-1"), good);
        for wrong in [
            "",
            "00-0-0-01",
            &good.to_uppercase(),
            &good.replace("b7ad6b7169203331", "0000000000000000"),
            "+447400123456",
        ] {
            assert!(is_traceparent(&parent(Some(wrong), "r-1")), "{wrong}");
            assert_ne!(parent(Some(wrong), "r-1"), wrong);
        }
    }

    #[test]
    fn each_request_has_a_trace_of_its_own() {
        assert_ne!(parent(None, "r-1"), parent(None, "r-2"));
        assert!(is_traceparent(&parent(None, "")));
    }
}
