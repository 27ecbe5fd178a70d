//! Money: whole minor units in a currency of ISO 4217. Amounts of two currencies are never added.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::Error as _};

/// The active codes of ISO 4217, list one, that people pay in.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG \
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD \
    TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Those without minor units, and those with thousandths; all others have hundredths.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// A currency, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Text that is no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency; write its three letters of ISO 4217, for example EUR")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// Its three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals its minor unit is away: 2 for cents.
    pub fn decimals(&self) -> u32 {
        match self.as_str() {
            code if WHOLE.contains(code) => 0,
            code if THOUSANDTHS.contains(code) => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let code = text.trim().to_ascii_uppercase();
        let known = CODES.split_ascii_whitespace().any(|known| known == code);
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(letters) if known => Ok(Self(letters)),
            _ => Err(UnknownCurrency(text.chars().take(20).collect())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as Deserialize<'de>>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// An amount in minor units of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In which currency.
    pub currency: Currency,
    /// How many of its minor units.
    pub amount: i64,
}

/// Text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Something else than digits and one point.
    #[error("`{0}` is not an amount; write digits with a point before the decimals, for example 1250.00")]
    Form(String),
    /// Finer than the currency is.
    #[error("`{text}` has more decimals than {currency}, which has {}", currency.decimals())]
    TooFine {
        /// What was written.
        text: String,
        /// In which currency.
        currency: Currency,
    },
}

impl Money {
    /// So many minor units.
    pub const fn new(currency: Currency, amount: i64) -> Self {
        Self { currency, amount }
    }

    /// Reads an amount as people write it down for programs: `1250`, `1250.00`. Neither sign nor separators between
    /// thousands, which mean decimals elsewhere.
    pub fn parse(currency: Currency, text: &str) -> Result<Self, InvalidAmount> {
        let text = text.trim();
        let form = || InvalidAmount::Form(text.chars().take(40).collect());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || text.ends_with('.') {
            return Err(form());
        }
        let places = currency.decimals() as usize;
        if decimals.trim_end_matches('0').len() > places {
            return Err(InvalidAmount::TooFine { text: text.chars().take(40).collect(), currency });
        }
        let decimals = decimals.get(..places).unwrap_or(decimals);
        let minor = format!("{whole}{decimals:0<places$}");
        minor.parse().map(|amount| Self { currency, amount }).map_err(|_| form())
    }

    /// The amount as [`Self::parse`] reads it: for files, not for people.
    pub fn plain(&self) -> String {
        let (sign, whole, decimals) = self.parts();
        if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }

    fn parts(&self) -> (&'static str, u64, String) {
        let places = self.currency.decimals();
        let unit = 10_u64.pow(places);
        let size = self.amount.unsigned_abs();
        let sign = if self.amount < 0 { "-" } else { "" };
        let decimals =
            if places == 0 { String::new() } else { format!("{:0>1$}", size % unit, places as usize) };
        (sign, size / unit, decimals)
    }
}

impl fmt::Display for Money {
    /// `EUR 12,500.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, decimals) = self.parts();
        let digits = whole.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (nth, digit) in digits.chars().enumerate() {
            if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{} {sign}{grouped}", self.currency)?;
        if decimals.is_empty() { Ok(()) } else { write!(f, ".{decimals}") }
    }
}

/// Sums, one for each currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Totals(BTreeMap<Currency, i64>);

impl Totals {
    /// Adds an amount to the sum of its currency.
    pub fn add(&mut self, money: Money) {
        let sum = self.0.entry(money.currency).or_default();
        *sum = sum.saturating_add(money.amount);
    }

    /// The sums, by currency.
    pub fn iter(&self) -> impl Iterator<Item = Money> {
        self.0.iter().map(|(currency, amount)| Money::new(*currency, *amount))
    }

    /// The sum in one currency.
    pub fn of(&self, currency: Currency) -> Money {
        Money::new(currency, self.0.get(&currency).copied().unwrap_or_default())
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Money> for Totals {
    fn from_iter<T: IntoIterator<Item = Money>>(amounts: T) -> Self {
        let mut totals = Self::default();
        amounts.into_iter().for_each(|money| totals.add(money));
        totals
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, money) in self.iter().enumerate() {
            if nth > 0 {
                f.write_str(" + ")?;
            }
            money.fmt(f)?;
        }
        Ok(())
    }
}

impl Serialize for Totals {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn an_amount_is_written_with_the_decimals_of_its_currency() {
        for (code, amount, words) in [
            ("EUR", 1_250_000, "EUR 12,500.00"),
            ("JPY", 1_250_000, "JPY 1,250,000"),
            ("KWD", 1_250, "KWD 1.250"),
            ("USD", -7, "USD -0.07"),
            ("GBP", 99_999, "GBP 999.99"),
        ] {
            assert_eq!(Money::new(currency(code), amount).to_string(), words);
        }
    }

    #[test]
    fn what_could_mean_two_amounts_is_refused() {
        for text in ["", "1,250.00", "1.250,00", "-5", "+5", "1e3", "12.", ".5", "€5", "1 000", "٣"] {
            assert!(matches!(Money::parse(currency("EUR"), text), Err(InvalidAmount::Form(_))), "{text}");
        }
        assert!(Money::parse(currency("EUR"), "9999999999999999999").is_err());
        assert!(matches!(Money::parse(currency("EUR"), "1.005"), Err(InvalidAmount::TooFine { .. })));
        assert_eq!(Money::parse(currency("EUR"), "1.500").unwrap().amount, 150);
        assert_eq!(Money::parse(currency("JPY"), "150").unwrap().amount, 150);
    }

    #[test]
    fn a_currency_is_one_of_the_list() {
        assert_eq!(currency("eur").as_str(), "EUR");
        for text in ["", "EU", "EURO", "XXX", "XTS", "€"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    #[test]
    fn currencies_are_summed_apart() {
        let totals: Totals = [("EUR", 100), ("USD", 5), ("EUR", 11)]
            .map(|(code, amount)| Money::new(currency(code), amount))
            .into_iter()
            .collect();
        assert_eq!(totals.to_string(), "EUR 1.11 + USD 0.05");
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_as_it_was_written(amount in 0_i64..i64::MAX, code in 0_usize..150) {
            let code = CODES.split_ascii_whitespace().nth(code).unwrap();
            let money = Money::new(currency(code), amount);
            prop_assert_eq!(Money::parse(money.currency, &money.plain()), Ok(money));
        }
    }
}
