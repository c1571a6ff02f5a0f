//! The messages: round trips in both encodings, totality and limits of decoding, and another implementation's view.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use jiff::Timestamp;
use jiff::civil::Date;
use parcelgate::domain::{
    AuthorisedUser, Category, Channel, CheckCode, CustomsAlert, DeadLetter, DeadLetterReason,
    Decision, Declaration, Direction, Field, Finding, HoldRoute, Holder, Line, Money, NoticeKind,
    Outcome, OutcomeKind, Party, PlatformNotice, PlatformOrder, PlatformSignal, Recordal,
    RecordalStatus, RightKind, SignalKind, Source, Technique, TechniqueSet, Verdict, Versions,
};
use parcelgate::sample::Generator;
use parcelgate::wire::{
    Encoding, Limits, Message, Stamped, decode_declaration, decode_message, encode_message, v1,
};
use proptest::prelude::*;
use proptest::sample::select;
use prost::Message as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const LIMITS: Limits = Limits { record_bytes_max: 1 << 20, text_bytes_max: 1 << 10 };

fn round_trip<M: Message + Clone + PartialEq + std::fmt::Debug>(message: &M) {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let mut bytes = Vec::new();
        encode_message(message.clone(), encoding, &mut bytes);
        let back = decode_message::<M>(&bytes, encoding, &LIMITS).unwrap();
        assert_eq!(&back, message, "{encoding:?}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["", "[a-zA-Z0-9 ]{1,12}", "\\PC{0,12}", any::<String>()]
}

/// A text that says which field it is for, so that no two can be mixed up; nothing stays nothing.
fn named(field: &str, word: &str) -> String {
    if word.is_empty() { String::new() } else { format!("⟦{field}⟧{word}") }
}

fn named_all(field: &str, words: &[String]) -> Vec<String> {
    words.iter().map(|word| named(field, word)).collect()
}

/// Every text made by [`named`] goes out under its field's name.
fn check_names<M: Message + Clone>(message: &M) {
    let mut json = Vec::new();
    encode_message(message.clone(), Encoding::Json, &mut json);
    check_names_in("", &serde_json::from_slice(&json).unwrap());
}

fn check_names_in(key: &str, value: &Value) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| check_names_in(key, value)),
        Value::Array(items) => items.iter().for_each(|item| check_names_in(key, item)),
        Value::String(text) => {
            let field = text.strip_prefix('⟦').and_then(|rest| rest.split_once('⟧'));
            assert!(field.is_none_or(|(field, _)| field == key), "{key}: {text}");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..4)
}

/// Uniform numbers hardly ever are the ones that overflow.
fn int32() -> impl Strategy<Value = i32> {
    prop_oneof![Just(i32::MIN), Just(-1), Just(0), Just(i32::MAX), any::<i32>()]
}

fn uint32() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(1 << 31), Just(u32::MAX), any::<u32>()]
}

fn int64() -> impl Strategy<Value = i64> {
    // 2^53 + 1 is the first that a floating-point number cannot hold.
    prop_oneof![
        Just(i64::MIN),
        Just(-1),
        Just(0),
        Just((1 << 53) + 1),
        Just(i64::MAX),
        any::<i64>()
    ]
}

/// What protobuf and the calendar both know, with a day to spare at both ends.
fn time() -> impl Strategy<Value = Option<Timestamp>> {
    const FIRST: i64 = -62_135_510_400; // 0001-01-02T00:00:00Z
    let last = Timestamp::MAX.as_second(); // 9999-12-30T22:00:00Z
    let seconds = prop_oneof![Just(FIRST), Just(-1), Just(0), Just(last), FIRST..=last];
    let nanos = prop_oneof![Just(0), Just(1), Just(999_999_999), 0..1_000_000_000_i32];
    prop::option::of(
        (seconds, nanos).prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap()),
    )
}

fn date() -> impl Strategy<Value = Option<Date>> {
    prop::option::of(
        (1..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| jiff::civil::date(y, m, d)),
    )
}

fn money() -> impl Strategy<Value = Option<Money>> {
    prop::option::of((text(), text()).prop_map(|(currency, amount)| Money {
        currency: named("currency", &currency),
        amount: named("amount", &amount),
    }))
}

fn party() -> impl Strategy<Value = Option<Party>> {
    prop::option::of((text(), text(), text(), text(), text()).prop_map(
        |(party_id, name, country, address, phone)| Party {
            party_id: named("partyId", &party_id),
            name: named("name", &name),
            country: named("country", &country),
            address: named("address", &address),
            phone: named("phone", &phone),
        },
    ))
}

fn channel() -> impl Strategy<Value = Channel> {
    select(vec![Channel::Unspecified, Channel::Post, Channel::Express])
}

fn direction() -> impl Strategy<Value = Direction> {
    select(vec![Direction::Unspecified, Direction::Export, Direction::Import])
}

fn line() -> impl Strategy<Value = Line> {
    (uint32(), text(), text(), text(), uint32(), int64(), money()).prop_map(
        |(line_no, description, brand, hs_code, quantity, net_weight_grams, value)| Line {
            line_no,
            model: named("model", &brand),
            origin_country: named("originCountry", &hs_code),
            unit: named("unit", &description),
            description: named("description", &description),
            brand: named("brand", &brand),
            hs_code: named("hsCode", &hs_code),
            quantity,
            net_weight_grams,
            value,
        },
    )
}

fn declaration() -> impl Strategy<Value = Declaration> {
    let order = prop::option::of((text(), text(), money()).prop_map(
        |(platform, seller_id, listed_price)| PlatformOrder {
            order_id: named("orderId", &seller_id),
            listing_id: named("listingId", &platform),
            platform: named("platform", &platform),
            seller_id: named("sellerId", &seller_id),
            listed_price,
        },
    ));
    let category = select(vec![
        Category::Unspecified,
        Category::SaleOfGoods,
        Category::Gift,
        Category::Documents,
        Category::CommercialSample,
        Category::ReturnedGoods,
        Category::Other,
    ]);
    let ids = ("[a-z0-9]{1,64}", "\\PC{1,80}", text());
    let lines = prop::collection::vec(line(), 1..5);
    (ids, channel(), direction(), time(), party(), party(), category, order, lines, int64())
        .prop_map(
            |(
                ids,
                channel,
                direction,
                declared_at,
                consignor,
                consignee,
                category,
                platform_order,
                lines,
                grams,
            )| {
                Declaration {
                    declaration_id: ids.0,
                    item_id: ids.1,
                    channel,
                    direction,
                    customs_district: named("customsDistrict", &ids.2),
                    declared_at,
                    origin_country: named("originCountry", &ids.2),
                    destination_country: named("destinationCountry", &ids.2),
                    consignor,
                    consignee,
                    category,
                    platform_order,
                    lines,
                    gross_weight_grams: grams,
                    supervision_mode: named("supervisionMode", &ids.2),
                }
            },
        )
}

fn recordal() -> impl Strategy<Value = Recordal> {
    let kinds = select(vec![
        RightKind::Unspecified,
        RightKind::Trademark,
        RightKind::Copyright,
        RightKind::Patent,
    ]);
    let status = select(vec![
        RecordalStatus::Unspecified,
        RecordalStatus::Live,
        RecordalStatus::Expired,
        RecordalStatus::Revoked,
        RecordalStatus::Cancelled,
    ]);
    let users = prop::collection::vec(
        (text(), text()).prop_map(|(party_id, name)| AuthorisedUser {
            party_id: named("partyId", &party_id),
            name: named("name", &name),
        }),
        0..3,
    );
    let classes = prop::collection::vec(uint32(), 0..4);
    (
        "[TCP][0-9-]{1,9}",
        kinds,
        text(),
        texts(),
        status,
        date(),
        date(),
        users,
        classes,
        any::<bool>(),
    )
        .prop_map(
            |(recordal_no, right_kind, name, list, status, from, until, users, classes, key)| {
                Recordal {
                    recordal_no,
                    right_kind,
                    right_name: named("rightName", &name),
                    aliases: named_all("aliases", &list),
                    right_no: named("rightNo", &name),
                    holder: Holder { name: named("name", &name), country: named("country", &name) },
                    nice_classes: classes,
                    hs_codes: named_all("hsCodes", &list),
                    goods: named_all("goods", &list),
                    status,
                    valid_from: from,
                    valid_until: until,
                    authorised_users: users,
                    key_enterprise: key,
                }
            },
        )
}

fn signal() -> impl Strategy<Value = PlatformSignal> {
    let kinds = select(vec![
        SignalKind::Unspecified,
        SignalKind::CounterfeiterVerified,
        SignalKind::SellerPenalised,
        SignalKind::ListingRemoved,
        SignalKind::Complaints,
        SignalKind::AccountLinked,
    ]);
    (text(), text(), kinds, uint32(), time(), time()).prop_map(
        |(a, b, kind, complaints_per_thousand, observed_at, expires_at)| PlatformSignal {
            platform: named("platform", &a),
            // A signal of nobody is refused.
            seller_id: named("sellerId", &format!("S{b}")),
            kind,
            listing_id: named("listingId", &a),
            recordal_no: named("recordalNo", &b),
            linked_seller_id: named("linkedSellerId", &a),
            complaints_per_thousand,
            observed_at,
            expires_at,
        },
    )
}

fn alert() -> impl Strategy<Value = CustomsAlert> {
    ("[A-Z0-9]{1,9}", direction(), channel(), text(), texts(), int32(), date(), date()).prop_map(
        |(alert_id, direction, channel, word, list, points, valid_from, valid_until)| {
            CustomsAlert {
                alert_id,
                source: named("source", &word),
                direction,
                channel,
                party_id: named("partyId", &word),
                party_name: named("partyName", &word),
                address: named("address", &word),
                mark: named("mark", &word),
                recordal_no: named("recordalNo", &word),
                hs_codes: named_all("hsCodes", &list),
                origin_countries: named_all("originCountries", &list),
                destination_countries: named_all("destinationCountries", &list),
                points,
                valid_from,
                valid_until,
                note: named("note", &word),
            }
        },
    )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let kinds = select(vec![
        OutcomeKind::Unspecified,
        OutcomeKind::Seized,
        OutcomeKind::Cleared,
        OutcomeKind::Returned,
    ]);
    (
        "[A-Z0-9]{1,9}",
        kinds,
        text(),
        uint32(),
        money(),
        time(),
        (party(), party()),
        channel(),
        direction(),
    )
        .prop_map(
            |(
                declaration_id,
                kind,
                word,
                pieces,
                value,
                concluded_at,
                (consignor, consignee),
                channel,
                direction,
            )| Outcome {
                declaration_id,
                item_id: named("itemId", &word),
                kind,
                recordal_no: named("recordalNo", &word),
                pieces,
                value,
                concluded_at,
                customs_district: named("customsDistrict", &word),
                channel,
                direction,
                consignor,
                consignee,
                platform: named("platform", &word),
                seller_id: named("sellerId", &word),
            },
        )
}

fn notice() -> impl Strategy<Value = PlatformNotice> {
    let kinds = select(vec![NoticeKind::Unspecified, NoticeKind::Held, NoticeKind::Seized]);
    (text(), kinds, texts(), time()).prop_map(|(word, kind, recordal_nos, occurred_at)| {
        PlatformNotice {
            notice_id: named("noticeId", &word),
            platform: named("platform", &word),
            seller_id: named("sellerId", &word),
            order_id: named("orderId", &word),
            listing_id: named("listingId", &word),
            kind,
            recordal_nos: named_all("recordalNos", &recordal_nos),
            reason: named("reason", &word),
            occurred_at,
        }
    })
}

fn finding() -> impl Strategy<Value = Finding> {
    let checks = select(CheckCode::ALL.to_vec());
    let fields = select(Field::ALL.to_vec());
    let techniques = prop::collection::vec(select(Technique::ALL.to_vec()), 0..4);
    (checks, fields, (int32(), uint32(), uint32(), uint32()), text(), techniques).prop_map(
        |(check, field, (points, line_no, start, end), word, techniques)| Finding {
            line_no,
            field,
            start,
            end,
            matched_text: named("matchedText", &word),
            recordal_no: named("recordalNo", &word),
            mark: named("mark", &word),
            techniques: techniques.into_iter().fold(TechniqueSet::default(), TechniqueSet::with),
            rule_id: named("ruleId", &word),
            ..Finding::new(check, points, named("note", &word))
        },
    )
}

fn source() -> impl Strategy<Value = Source> {
    (text(), int32(), int64()).prop_map(|(topic, partition, offset)| Source {
        topic,
        partition,
        offset,
    })
}

fn decision() -> impl Strategy<Value = Stamped> {
    let verdicts = select(vec![
        Verdict::Hold(HoldRoute::IntellectualProperty),
        Verdict::Hold(HoldRoute::Inspection),
        Verdict::Release,
    ]);
    let findings = prop::collection::vec(finding(), 0..4);
    (
        text(),
        channel(),
        direction(),
        verdicts,
        (int32(), int32(), any::<bool>()),
        findings,
        source(),
        time(),
    )
        .prop_map(
            |(
                word,
                channel,
                direction,
                verdict,
                (score, hold_threshold, sampled),
                findings,
                source,
                at,
            )| Stamped {
                source,
                decided_at: at.unwrap_or_default(),
                decision: Decision {
                    declaration_id: named("declarationId", &word),
                    item_id: named("itemId", &word),
                    customs_district: named("customsDistrict", &word),
                    channel,
                    direction,
                    verdict,
                    score,
                    hold_threshold,
                    sampled,
                    findings,
                    versions: std::sync::Arc::new(Versions {
                        engine: named("engine", &word),
                        policy: named("policy", &word),
                        register: named("register", &word),
                        signals: named("signals", &word),
                    }),
                },
            },
        )
}

fn dead_letter() -> impl Strategy<Value = DeadLetter> {
    let reasons = select(DeadLetterReason::ALL.to_vec());
    let payload = prop::option::of(prop::collection::vec(any::<u8>(), 1..50));
    (source(), reasons, text(), payload).prop_map(|(source, reason, word, payload)| DeadLetter {
        source,
        reason,
        detail: named("detail", &word),
        content_type: named("contentType", &word),
        payload_sha256: named("payloadSha256", &word),
        payload,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_message_comes_back_as_it_went(
        (declaration, recordal, signal, alert) in (declaration(), recordal(), signal(), alert()),
        (outcome, notice, decision, letter) in (outcome(), notice(), decision(), dead_letter()),
    ) {
        round_trip(&declaration);
        check_names(&declaration);
        round_trip(&recordal);
        check_names(&recordal);
        round_trip(&signal);
        check_names(&signal);
        round_trip(&alert);
        check_names(&alert);
        round_trip(&outcome);
        check_names(&outcome);
        round_trip(&notice);
        check_names(&notice);
        round_trip(&decision);
        check_names(&decision);
        round_trip(&letter);
        check_names(&letter);
    }

    #[test]
    fn a_declaration_that_was_written_is_read_whole(declaration in declaration()) {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let mut bytes = Vec::new();
            encode_message(declaration.clone(), encoding, &mut bytes);
            let header = Some(encoding.content_type().as_bytes());
            let decoded = decode_declaration(&bytes, header, &LIMITS).unwrap();
            prop_assert_eq!(decoded.declaration, declaration.clone());
            prop_assert_eq!(decoded.unknown_fields, 0);
        }
    }

    /// Any bytes give a value or a rejection: no panic, no endless loop.
    #[test]
    fn decoding_is_total(
        declaration in declaration(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        noise in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        decode_anything(&noise);
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let mut bytes = Vec::new();
            encode_message(declaration.clone(), encoding, &mut bytes);
            for (place, byte) in &changes {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
                decode_anything(&bytes);
                decode_anything(&bytes[..at]);
                decode_anything(&bytes[at..]);
            }
        }
    }
}

/// What is accepted can be screened and written again; what is not has its reason, and ids only where both are there.
fn decode_anything(bytes: &[u8]) {
    for header in [None, Some("application/json"), Some("application/x-protobuf"), Some("a/b")] {
        match decode_declaration(bytes, header.map(str::as_bytes), &LIMITS) {
            Ok(decoded) => {
                let declaration = decoded.declaration;
                assert!((1..=99).contains(&declaration.lines.len()));
                assert!(!declaration.declaration_id.is_empty() && !declaration.item_id.is_empty());
                round_trip(&declaration);
            }
            Err(rejection) => {
                assert!(!rejection.detail.is_empty(), "{:?}", rejection.reason);
                if let Some(ids) = rejection.ids {
                    assert!(!ids.declaration_id.is_empty() && !ids.item_id.is_empty());
                }
            }
        }
    }
}

#[test]
fn what_is_just_within_the_limits_is_read() {
    type Change = fn(&mut Declaration);
    let cases: [Change; 4] = [
        |it| it.lines = vec![Line::default(); 99],
        |it| it.lines[0].brand = "x".repeat(1 << 10),
        |it| it.declaration_id = "报".repeat(64),
        |it| it.item_id = "耐".repeat(80),
    ];
    for (number, change) in cases.into_iter().enumerate() {
        let mut declaration = Generator::new(1).declaration(Timestamp::UNIX_EPOCH);
        change(&mut declaration);
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let mut bytes = Vec::new();
            encode_message(declaration.clone(), encoding, &mut bytes);
            let exact = Limits { record_bytes_max: bytes.len(), ..LIMITS };
            let decoded = decode_declaration(&bytes, None, &exact).unwrap();
            assert_eq!(decoded.declaration, declaration, "case {number} {encoding:?}");
            let short = Limits { record_bytes_max: bytes.len() - 1, ..LIMITS };
            let rejection = decode_declaration(&bytes, None, &short).unwrap_err();
            assert_eq!(rejection.reason, DeadLetterReason::RecordTooLarge, "case {number}");
        }
    }
}

#[test]
fn limits_are_named_and_the_ids_still_read() {
    type Change = fn(&mut Declaration);
    let cases: [(Change, DeadLetterReason, bool); 8] = [
        (|it| it.lines = vec![Line::default(); 100], DeadLetterReason::LimitExceeded, true),
        (|it| it.lines[0].brand = "x".repeat(1_025), DeadLetterReason::LimitExceeded, true),
        (|it| it.lines[0].brand = "x".repeat(1 << 20), DeadLetterReason::RecordTooLarge, true),
        (|it| it.declaration_id = "x".repeat(65), DeadLetterReason::LimitExceeded, false),
        (|it| it.item_id = "耐".repeat(81), DeadLetterReason::LimitExceeded, false),
        (|it| it.declaration_id = String::new(), DeadLetterReason::MissingDeclarationId, false),
        (|it| it.item_id = String::new(), DeadLetterReason::MissingItemId, false),
        (|it| it.lines = Vec::new(), DeadLetterReason::NoLines, true),
    ];
    for (change, reason, ids) in cases {
        let mut declaration = Generator::new(1).declaration(Timestamp::UNIX_EPOCH);
        change(&mut declaration);
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let mut bytes = Vec::new();
            encode_message(declaration.clone(), encoding, &mut bytes);
            let rejection = decode_declaration(&bytes, None, &LIMITS).unwrap_err();
            assert_eq!(rejection.reason, reason, "{encoding:?}: {}", rejection.detail);
            assert_eq!(rejection.ids.is_some(), ids, "{encoding:?} {reason:?}");
        }
    }
}

#[test]
fn unknown_fields_are_counted_in_both_encodings() {
    let json = br#"{"declarationId":"D","itemId":"I","lines":[{"colour":"red"}],"new":{"a":1}}"#;
    assert_eq!(decode_declaration(json, None, &LIMITS).unwrap().unknown_fields, 2);
    let mut protobuf = Vec::new();
    encode_message(
        Generator::new(1).declaration(Timestamp::UNIX_EPOCH),
        Encoding::Protobuf,
        &mut protobuf,
    );
    protobuf.extend([0xa2, 0x06, 1, b'x', 0xa8, 0x06, 5]); // fields 100 and 101
    assert_eq!(decode_declaration(&protobuf, None, &LIMITS).unwrap().unknown_fields, 2);
}

/// Python's google.protobuf, given the compiled schema.
struct Python {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _schema: tempfile::NamedTempFile,
}

impl Python {
    fn command(arguments: &[&str]) -> (Command, tempfile::NamedTempFile) {
        let mut schema = tempfile::NamedTempFile::new().unwrap();
        schema.write_all(v1::DESCRIPTORS).unwrap();
        let mut command = Command::new(interpreter());
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/roundtrip.py"))
            .arg(schema.path())
            .args(arguments);
        (command, schema)
    }

    fn start() -> Self {
        let (mut command, schema) = Self::command(&[]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output, _schema: schema }
    }

    fn ask(&mut self, verb: &str, message: &str, bytes: &[u8]) -> Vec<u8> {
        writeln!(self.input, "{verb} {message} {}", base64(bytes)).unwrap();
        self.input.flush().unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        assert!(!answer.starts_with("error"), "{verb} {message}: {answer}");
        from_base64(answer.trim_end())
    }

    /// Python reads the same from our JSON and from our binary form, and what it writes we read as what we wrote.
    /// Gives Python's JSON and binary form.
    fn agrees<W>(&mut self, name: &str, message: &W) -> (Vec<u8>, Vec<u8>)
    where
        W: prost::Message + Default + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned,
    {
        let binary = self.ask("to_binary", name, &serde_json::to_vec(message).unwrap());
        assert_eq!(&W::decode(binary.as_slice()).unwrap(), message, "{name} from our JSON");
        let json = self.ask("to_json", name, &message.encode_to_vec());
        let back: W = serde_json::from_slice(&json).unwrap();
        assert_eq!(&back, message, "{name} from our binary form");
        let written: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(serde_json::to_value(message).unwrap(), written, "{name}: the same JSON");
        // Its binary form is deterministic: equal bytes are equal values in its own eyes.
        assert_eq!(self.ask("to_binary", name, &json), binary, "{name} in Python's eyes");
        (json, binary)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Debian's interpreter, or another that has the package.
fn interpreter() -> &'static str {
    let has_protobuf = |program: &&&str| {
        let import = Command::new(program).args(["-c", "import google.protobuf"]).output();
        import.is_ok_and(|output| output.status.success())
    };
    ["/usr/bin/python3", "python3"]
        .iter()
        .find(has_protobuf)
        .expect("a python3 with google.protobuf; run `scripts/setup test`")
}

fn base64(bytes: &[u8]) -> String {
    // The canonical mapping of bytes is base64: a text field of JSON has it ready.
    let letter = v1::DeadLetter { payload: bytes.to_vec(), ..v1::DeadLetter::default() };
    let json = serde_json::to_value(letter).unwrap();
    json["payload"].as_str().unwrap_or_default().to_owned()
}

fn from_base64(text: &str) -> Vec<u8> {
    let json = serde_json::json!({ "payload": text });
    serde_json::from_value::<v1::DeadLetter>(json).unwrap().payload
}

#[test]
fn another_implementation_reads_and_writes_the_same() {
    let mut python = Python::start();
    let (mut command, _schema) = Python::command(&["examples"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let examples = String::from_utf8(output.stdout).unwrap();
    let mut count = 0;
    let mut with_values = BTreeSet::new();
    for example in examples.lines() {
        let example: Value = serde_json::from_str(example).unwrap();
        let name = example["message"].as_str().unwrap();
        let json = example["json"].as_str().unwrap();
        let binary = from_base64(example["binary_base64"].as_str().unwrap());
        let by_name = name.rsplit('.').next().unwrap();
        macro_rules! compare {
            ($($message:ident)*) => {
                match by_name {
                    $(stringify!($message) => {
                        let from_json: v1::$message = serde_json::from_str(json).unwrap();
                        let from_binary = v1::$message::decode(binary.as_slice()).unwrap();
                        assert_eq!(from_json, from_binary, "{name} {json}");
                        let (_, written) = python.agrees(name, &from_json);
                        assert_eq!(written, binary, "{name} {json}");
                    })*
                    other => panic!("no message {other}"),
                }
            };
        }
        compare!(
            Money Party Source Declaration Line PlatformOrder Recordal Holder AuthorisedUser PlatformSignal
            CustomsAlert Outcome Decision Finding Versions DeadLetter PlatformNotice
        );
        count += 1;
        if has_one_value(by_name, json, &binary) {
            with_values.insert(by_name.to_owned());
        }
    }
    assert!(count > 500, "{count} examples");
    // Awkward texts are no codes of decisions and dead letters, so those are refused, in both forms alike.
    let expected =
        ["CustomsAlert", "Declaration", "Outcome", "PlatformNotice", "PlatformSignal", "Recordal"];
    assert_eq!(with_values.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Through the decoders that the program uses, both forms are one domain value, or none; `true` where they are one.
fn has_one_value(name: &str, json: &str, binary: &[u8]) -> bool {
    fn decoded<M: Message + PartialEq + std::fmt::Debug>(json: &str, binary: &[u8]) -> bool {
        let decode = |payload: &[u8], encoding| {
            decode_message::<M>(payload, encoding, &LIMITS).map_err(|error| error.to_string())
        };
        let from_json = decode(json.as_bytes(), Encoding::Json);
        assert_eq!(from_json, decode(binary, Encoding::Protobuf), "{json}");
        from_json.is_ok()
    }
    match name {
        "Declaration" => decoded::<Declaration>(json, binary),
        "Recordal" => decoded::<Recordal>(json, binary),
        "PlatformSignal" => decoded::<PlatformSignal>(json, binary),
        "CustomsAlert" => decoded::<CustomsAlert>(json, binary),
        "Outcome" => decoded::<Outcome>(json, binary),
        "PlatformNotice" => decoded::<PlatformNotice>(json, binary),
        "Decision" => decoded::<Stamped>(json, binary),
        "DeadLetter" => decoded::<DeadLetter>(json, binary),
        _ => false, // a part of these
    }
}

#[test]
fn declarations_survive_another_implementation() {
    let mut python = Python::start();
    let mut generator = Generator::new(7);
    for number in 0..100 {
        let at = Timestamp::new(1_790_000_000 + number, 120_000_000).unwrap();
        let declaration = generator.declaration(at);
        let message = declaration.clone().into_wire();
        let (json, binary) = python.agrees("parcelgate.v1.Declaration", &message);
        for theirs in [json, binary] {
            let decoded = decode_declaration(&theirs, None, &LIMITS).unwrap();
            assert_eq!(decoded.declaration, declaration);
            assert_eq!(decoded.unknown_fields, 0);
        }
    }
}
