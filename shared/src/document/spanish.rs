//! Amounts, dates and lists as they are read in Spanish (domain.md §3.9).

/// Decimals of a currency of ISO 4217; 2 for what we do not know.
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// An amount of minor units: `12.000,00 €`, `1.500 CLP`.
pub fn money(minor: i128, currency: &str) -> String {
    let decimals = decimals(currency);
    let unit = 10i128.pow(decimals);
    let sign = if minor < 0 { "−" } else { "" };
    let whole = group(&(minor.abs() / unit).to_string());
    let symbol = if currency == "EUR" { "€" } else { currency };
    let rest = minor.abs() % unit;
    if decimals == 0 {
        format!("{sign}{whole} {symbol}")
    } else {
        format!("{sign}{whole},{rest:0width$} {symbol}", width = decimals as usize)
    }
}

/// Thousands apart by points.
fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with at most two decimals and a comma: `99,5`.
pub fn number(value: f64) -> String {
    let rounded = format!("{value:.2}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    let (whole, rest) = short.split_once('.').unwrap_or((short, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("−", whole));
    let whole = group(whole);
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole},{rest}") }
}

/// `2025-02-01` as `01/02/2025`; anything else as it is.
pub fn date(iso: &str) -> String {
    match Date::parse(iso) {
        Some(date) => format!("{:02}/{:02}/{}", date.day, date.month, date.year),
        None => iso.to_owned(),
    }
}

/// `a, b y c`.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(AsRef::as_ref).collect();
            let last = last.as_ref();
            // «e» before the sound i: Tarija e Irún, but Tarija y Hierro.
            let word = last.to_lowercase();
            let and = if (word.starts_with('i') || word.starts_with('í') || word.starts_with("hi"))
                && !["hie", "hia", "hio", "ia", "ie", "io", "iu"].iter().any(|start| word.starts_with(start))
            {
                "e"
            } else {
                "y"
            };
            format!("{} {and} {last}", first.join(", "))
        }
    }
}

/// A day of the calendar, without zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub year: i32,
    pub month: u32,
    pub day: u32,
}

impl Date {
    /// From `YYYY-MM-DD` of a day that exists.
    pub fn parse(iso: &str) -> Option<Self> {
        let bytes = iso.as_bytes();
        let digits = |range: std::ops::Range<usize>| {
            let part = bytes.get(range)?;
            part.iter().all(u8::is_ascii_digit).then_some(())?;
            std::str::from_utf8(part).ok()?.parse::<u32>().ok()
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let date = Self { year: digits(0..4)? as i32, month: digits(5..7)?, day: digits(8..10)? };
        let exists =
            (1..=12).contains(&date.month) && (1..=days_in(date.year, date.month)).contains(&date.day);
        exists.then_some(date)
    }

    /// The day, in UTC, of a time in milliseconds since 1970.
    pub fn of_ms(ms: u64) -> Self {
        let mut days = i64::try_from(ms / 86_400_000).unwrap_or(0);
        let mut year = 1970;
        loop {
            let length = if is_leap(year) { 366 } else { 365 };
            if days < length {
                break;
            }
            days -= length;
            year += 1;
        }
        let mut month = 1;
        while days >= i64::from(days_in(year, month)) {
            days -= i64::from(days_in(year, month));
            month += 1;
        }
        Self { year, month, day: days as u32 + 1 }
    }
}

fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_in_spain_and_america() {
        assert_eq!(money(1_200_000, "EUR"), "12.000,00 €");
        assert_eq!(money(5, "EUR"), "0,05 €");
        assert_eq!(money(-123_456_789, "BOB"), "−1.234.567,89 BOB");
        assert_eq!(money(1_500, "CLP"), "1.500 CLP");
        assert_eq!(money(1_500, "KWD"), "1,500 KWD");
        assert_eq!(number(99.5), "99,5");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(1234.567), "1.234,57");
    }

    #[test]
    fn days_exist_or_do_not() {
        assert_eq!(date("2025-02-01"), "01/02/2025");
        assert_eq!(Date::parse("2024-02-29").map(|date| date.day), Some(29));
        for wrong in [
            "2025-02-29",
            "2025-13-01",
            "2025-1-01",
            "2025-00-10",
            "25-01-01",
            "2025-01-32",
            "hoy",
            "2025-01-+1",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Date::of_ms(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(Date::of_ms(1_709_164_800_000), Date { year: 2024, month: 2, day: 29 });
    }

    #[test]
    fn names_are_joined_as_one_says_them() {
        assert_eq!(list(&["Tarija"]), "Tarija");
        assert_eq!(list(&["Tarija", "Palencia", "Jaén"]), "Tarija, Palencia y Jaén");
        assert_eq!(list(&["Tarija", "Irún"]), "Tarija e Irún");
        assert_eq!(list::<&str>(&[]), "");
    }
}
