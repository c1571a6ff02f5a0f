//! The sentences that officers read: one table per language, complete because every match is.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::data_fault::DataFault;
use super::goods::Goods;
use super::names::{chinese_field, english_field};
use crate::domain::{DeadLetterReason, Field, Technique, TechniqueSet};

/// The language of notes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

impl Language {
    /// The one that this is not.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }
}

/// Everything a note can say.
pub(super) enum Note<'a> {
    RecordedMark(MarkNote<'a>),
    TooManyMarks {
        field: Field,
    },
    AuthorisedUser {
        mark: &'a str,
        recordal_no: &'a str,
    },
    CustomsAlert {
        alert: &'a str,
        source: &'a str,
    },
    CounterfeiterVerified {
        platform: &'a str,
    },
    SellerPenalised {
        platform: &'a str,
    },
    ListingRemoved {
        platform: &'a str,
        listing: &'a str,
    },
    Complaints {
        platform: &'a str,
        per_thousand: u32,
    },
    AccountLinked {
        seller: &'a str,
        is_direct: bool,
        is_verified: bool,
    },
    PartyHistory {
        seizures: u32,
        clearances: u32,
        days_ago: i64,
    },
    PriceGap {
        percent: i32,
    },
    /// The median is of one piece, in yuan.
    Undervalued {
        percent: i32,
        usual: Usual<'a>,
        median: Decimal,
    },
    VagueDescription,
    GiftSold,
    GiftOfMany {
        pieces: u32,
    },
    NoBrandHighRiskGoods,
    PersonalQuantity {
        pieces: u32,
    },
    RandomSample,
    /// A rule or campaign asks for the value, and nobody can tell it.
    Unjudged {
        rule_id: &'a str,
    },
    DataQuality {
        fault: DataFault,
    },
    InvalidDeclaration {
        reason: DeadLetterReason,
    },
    /// To a platform: under which marks its order was held. None: another right, or what is known of the seller.
    NoticeHeld {
        marks: &'a [&'a str],
    },
    /// To a platform: what was seized.
    NoticeSeized {
        pieces: u32,
        recordal_no: &'a str,
    },
}

/// What a piece is usually worth something by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Usual<'a> {
    Heading(&'a str),
    Mark(&'a str),
}

/// A recorded mark in declared text.
pub(super) struct MarkNote<'a> {
    pub(super) mark: &'a str,
    pub(super) holder: &'a str,
    pub(super) recordal_no: &'a str,
    pub(super) field: Field,
    pub(super) matched_text: &'a str,
    pub(super) techniques: TechniqueSet,
    /// What the points are made of.
    pub(super) grounds: &'a [(Ground, i32)],
    pub(super) uncounted: Option<Uncounted>,
}

/// One thing that speaks for or against a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    Field(Field),
    WholeField,
    FirstWord,
    Goods(Goods),
    Ordinary,
    OnPurpose,
    Name,
    Short,
    ShortDisguised,
    Strain,
    Referential,
    Coded,
    Writing(Technique),
}

/// Why a mark that was found has no points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uncounted {
    /// Another recordal's finding has the points of this place.
    CountedElsewhere,
    /// The consignor may use the holder's mark in this place under another recordal.
    Covered,
}

impl Note<'_> {
    /// The sentence, without a full stop.
    pub(super) fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::RecordedMark(found) => found.english(),
            Self::TooManyMarks { field } => format!(
                "the {} holds more recorded marks than can be examined; read it by eye",
                english_field(*field)
            ),
            Self::AuthorisedUser { mark, recordal_no } => {
                format!("the consignor is an authorised user of {mark}, recordal {recordal_no}")
            }
            Self::CustomsAlert { alert, source } => {
                format!("alert {alert} of {source} describes such a parcel")
            }
            Self::CounterfeiterVerified { platform } => {
                format!("the seller is a verified counterfeiter on {platform}")
            }
            Self::SellerPenalised { platform } => format!("{platform} has penalised the seller"),
            Self::ListingRemoved { platform, listing } => {
                format!("{platform} has removed the listing {listing}")
            }
            Self::Complaints { platform, per_thousand } => {
                format!("{} per 1,000 orders on {platform}", counted(*per_thousand, "complaint"))
            }
            Self::AccountLinked { seller, is_direct, is_verified } => {
                let way = if *is_direct { "" } else { " through another account" };
                let what = if *is_verified { "a verified counterfeiter" } else { "penalised" };
                format!("the seller's account is linked{way} to {seller}, which is {what}")
            }
            Self::PartyHistory { seizures, clearances, days_ago } => format!(
                "{} and {} of these parties or at this address before, the last seizure {} ago",
                counted(*seizures, "seizure"),
                counted(*clearances, "clearance"),
                counted(*days_ago, "day"),
            ),
            Self::Undervalued { percent, usual, median } => {
                let goods = match usual {
                    Usual::Heading(heading) => format!("goods of heading {heading} usually cost"),
                    Usual::Mark(mark) => format!("goods under {mark} were valued at"),
                };
                let median = median.round_dp(2).normalize();
                format!(
                    "a piece is declared at less than {percent} % of the {median} yuan that {goods}"
                )
            }
            Self::PriceGap { percent } => {
                format!("every piece is declared at less than {percent} % of the listed price")
            }
            Self::VagueDescription => "the description does not say what the goods are".to_owned(),
            Self::GiftSold => "declared as a gift, but ordered on a platform".to_owned(),
            Self::GiftOfMany { pieces } => {
                format!("declared as a gift, but {pieces} pieces of one kind")
            }
            Self::NoBrandHighRiskGoods => {
                "goods that are often counterfeited, declared without a brand".to_owned()
            }
            Self::PersonalQuantity { pieces } => {
                format!("{} by post, as persons send them", counted(*pieces, "piece"))
            }
            Self::RandomSample => "drawn at random".to_owned(),
            Self::Unjudged { rule_id } => format!(
                "{rule_id} could not be judged: it asks for the value, which cannot be told in yuan"
            ),
            Self::DataQuality { fault } => english_fault(*fault).to_owned(),
            Self::InvalidDeclaration { reason } => {
                format!("the declaration could not be read: {}", english_reason(*reason))
            }
            Self::NoticeHeld { marks: [] } => {
                "customs hold the parcel for inspection: a recorded right may be infringed"
                    .to_owned()
            }
            Self::NoticeHeld { marks } => format!(
                "customs hold the parcel for inspection: recorded marks may be infringed: {}",
                marks.join(", ")
            ),
            Self::NoticeSeized { pieces, recordal_no } => {
                let right = if recordal_no.is_empty() { "a recorded right" } else { recordal_no };
                format!("customs seized {} that infringe {right}", counted(*pieces, "piece"))
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::RecordedMark(found) => found.chinese(),
            Self::TooManyMarks { field } => {
                format!("{}中的备案商标过多，无法逐一核对，请人工查看", chinese_field(*field))
            }
            Self::AuthorisedUser { mark, recordal_no } => {
                format!("发件人是商标 {mark}（备案号 {recordal_no}）的合法使用人")
            }
            Self::CustomsAlert { alert, source } => {
                format!("符合 {source} 的布控预警 {alert}")
            }
            Self::CounterfeiterVerified { platform } => {
                format!("卖家在 {platform} 上经核实售假")
            }
            Self::SellerPenalised { platform } => format!("卖家曾被 {platform} 处罚"),
            Self::ListingRemoved { platform, listing } => {
                format!("{platform} 已下架商品链接 {listing}")
            }
            Self::Complaints { platform, per_thousand } => {
                format!("卖家在 {platform} 上每千单被投诉 {per_thousand} 次")
            }
            Self::AccountLinked { seller, is_direct, is_verified } => {
                let way = if *is_direct { "" } else { "经另一账号" };
                let what = if *is_verified { "经核实售假" } else { "曾被处罚" };
                format!("卖家账号{way}关联到{what}的账号 {seller}")
            }
            Self::PartyHistory { seizures, clearances, days_ago } => format!(
                "收发件人或地址此前被查扣 {seizures} 次、放行 {clearances} 次，最近一次查扣在 {days_ago} 天前"
            ),
            Self::Undervalued { percent, usual, median } => {
                let goods = match usual {
                    Usual::Heading(heading) => format!("品目 {heading} 商品的通常价值"),
                    Usual::Mark(mark) => format!("{mark} 商品的历次查验价值"),
                };
                let median = median.round_dp(2).normalize();
                format!("单件申报价低于{goods} {median} 元的 {percent}%")
            }
            Self::PriceGap { percent } => format!("单件申报价均低于平台标价的 {percent}%"),
            Self::VagueDescription => "品名未说明是何商品".to_owned(),
            Self::GiftSold => "申报为礼品，但有平台订单".to_owned(),
            Self::GiftOfMany { pieces } => format!("申报为礼品，但同种商品达 {pieces} 件"),
            Self::NoBrandHighRiskGoods => "侵权高发商品，未申报品牌".to_owned(),
            Self::PersonalQuantity { pieces } => format!("邮寄共 {pieces} 件，属个人自用数量"),
            Self::RandomSample => "随机抽中".to_owned(),
            Self::Unjudged { rule_id } => {
                format!("{rule_id} 无法判定：其条件涉及价值，而价值无法折算为人民币")
            }
            Self::DataQuality { fault } => chinese_fault(*fault).to_owned(),
            Self::InvalidDeclaration { reason } => {
                format!("申报数据无法读取：{}", chinese_reason(*reason))
            }
            Self::NoticeHeld { marks: [] } => "海关布控查验该邮包：涉嫌侵犯备案知识产权".to_owned(),
            Self::NoticeHeld { marks } => {
                format!("海关布控查验该邮包：涉嫌侵犯备案商标 {}", marks.join("、"))
            }
            Self::NoticeSeized { pieces, recordal_no } => {
                let right = if recordal_no.is_empty() { "备案知识产权" } else { recordal_no };
                format!("海关查扣侵犯 {right} 的商品 {pieces} 件")
            }
        }
    }
}

impl MarkNote<'_> {
    fn english(&self) -> String {
        let Self { mark, recordal_no, matched_text, .. } = self;
        let field = english_field(self.field);
        let mut note =
            format!("the {field} reads “{matched_text}”: mark {mark}, recordal {recordal_no}");
        if !self.holder.is_empty() {
            let _ = write!(note, " of {}", self.holder);
        }
        let how = join(self.techniques, ", ", english_technique);
        if !how.is_empty() {
            let _ = write!(note, " ({how})");
        }
        if self.uncounted.is_none() {
            list_grounds(&mut note, "; ", ", ", self.grounds, english_ground);
        }
        note.push_str(match self.uncounted {
            None => "",
            Some(Uncounted::CountedElsewhere) => "; the points are counted under another recordal",
            Some(Uncounted::Covered) => {
                "; covered by the holder's authorisation of the consignor under another recordal"
            }
        });
        note
    }

    fn chinese(&self) -> String {
        let Self { mark, recordal_no, matched_text, .. } = self;
        let field = chinese_field(self.field);
        let mut note = format!("{field}中出现“{matched_text}”：商标 {mark}，备案号 {recordal_no}");
        if !self.holder.is_empty() {
            let _ = write!(note, "，权利人 {}", self.holder);
        }
        let how = join(self.techniques, "、", chinese_technique);
        if !how.is_empty() {
            let _ = write!(note, "（{how}）");
        }
        if self.uncounted.is_none() {
            list_grounds(&mut note, "；", "，", self.grounds, chinese_ground);
        }
        note.push_str(match self.uncounted {
            None => "",
            Some(Uncounted::CountedElsewhere) => "；分值已计入另一备案",
            Some(Uncounted::Covered) => "；权利人已在另一备案中授权该发件人",
        });
        note
    }
}

/// A number and what it counts.
fn counted(number: impl Into<i64>, one: &str) -> String {
    let number = number.into();
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

fn list_grounds(
    note: &mut String,
    before: &str,
    between: &str,
    grounds: &[(Ground, i32)],
    name: fn(Ground) -> &'static str,
) {
    for (number, (ground, points)) in grounds.iter().enumerate() {
        let separator = if number == 0 { before } else { between };
        let _ = write!(note, "{separator}{} {points:+}", name(*ground));
    }
}

fn english_ground(ground: Ground) -> &'static str {
    match ground {
        Ground::Field(field) => english_field(field),
        Ground::WholeField => "all that the field says",
        Ground::FirstWord => "first word",
        Ground::Goods(Goods::Listed) => "goods it is recorded for",
        Ground::Goods(Goods::SameClass) => "goods of its class",
        Ground::Goods(Goods::Unrelated) => "other goods",
        Ground::Goods(Goods::Unknown) => "goods not known",
        Ground::Ordinary => "ordinary word",
        Ground::OnPurpose => "written so on purpose",
        Ground::Name => "name of a person or place",
        Ground::Short => "short",
        Ground::ShortDisguised => "short and disguised",
        Ground::Strain => "reads otherwise",
        Ground::Referential => "only referred to",
        Ground::Coded => "sold as a copy",
        Ground::Writing(technique) => english_technique(technique),
    }
}

fn chinese_ground(ground: Ground) -> &'static str {
    match ground {
        Ground::Field(field) => chinese_field(field),
        Ground::WholeField => "独占整个字段",
        Ground::FirstWord => "位于开头",
        Ground::Goods(Goods::Listed) => "属备案商品",
        Ground::Goods(Goods::SameClass) => "同类商品",
        Ground::Goods(Goods::Unrelated) => "非同类商品",
        Ground::Goods(Goods::Unknown) => "商品类别不明",
        Ground::Ordinary => "常用词",
        Ground::OnPurpose => "有意变形",
        Ground::Name => "人名或地名",
        Ground::Short => "过短",
        Ground::ShortDisguised => "过短且变形",
        Ground::Strain => "按上下文另有断词",
        Ground::Referential => "仅为适配说明",
        Ground::Coded => "含仿品暗语",
        Ground::Writing(technique) => chinese_technique(technique),
    }
}

fn join(techniques: TechniqueSet, separator: &str, name: fn(Technique) -> &'static str) -> String {
    techniques.iter().map(name).collect::<Vec<_>>().join(separator)
}

fn english_technique(technique: Technique) -> &'static str {
    match technique {
        Technique::Exact => "written as recorded",
        Technique::Case => "other case",
        Technique::Diacritics => "diacritics added or dropped",
        Technique::Width => "other character forms",
        Technique::Homoglyph => "look-alike letters",
        Technique::ZeroWidth => "invisible characters",
        Technique::Separator => "separators inserted",
        Technique::Spelled => "spelled out",
        Technique::Joined => "words joined",
        Technique::Split => "word split",
        Technique::Leet => "digits or symbols for letters",
        Technique::Repeated => "letters repeated",
        Technique::Transposed => "letters swapped",
        Technique::Inserted => "letter inserted",
        Technique::Deleted => "letter left out",
        Technique::Substituted => "letter replaced",
        Technique::Glued => "glued to another word",
        Technique::Traditional => "traditional characters",
        Technique::Homophone => "same sound",
        Technique::Pinyin => "in pinyin",
        Technique::LookalikeHan => "look-alike characters",
        Technique::Alias => "a recorded alias",
    }
}

fn chinese_technique(technique: Technique) -> &'static str {
    match technique {
        Technique::Exact => "与备案写法一致",
        Technique::Case => "大小写不同",
        Technique::Diacritics => "增减变音符号",
        Technique::Width => "字符形式不同",
        Technique::Homoglyph => "形近字母",
        Technique::ZeroWidth => "夹带不可见字符",
        Technique::Separator => "插入分隔符",
        Technique::Spelled => "逐字拆写",
        Technique::Joined => "连写",
        Technique::Split => "拆分",
        Technique::Leet => "数字或符号代字",
        Technique::Repeated => "字母重复",
        Technique::Transposed => "字母换位",
        Technique::Inserted => "增字",
        Technique::Deleted => "漏字",
        Technique::Substituted => "换字",
        Technique::Glued => "与他词连写",
        Technique::Traditional => "繁体",
        Technique::Homophone => "谐音",
        Technique::Pinyin => "拼音",
        Technique::LookalikeHan => "形近汉字",
        Technique::Alias => "备案别名",
    }
}

fn english_fault(fault: DataFault) -> &'static str {
    match fault {
        DataFault::S10Form => {
            "the item number of a postal parcel has not the form of a UPU S10 number"
        }
        DataFault::S10ReservedIndicator => {
            "the item number begins with a service indicator that UPU S10 reserves"
        }
        DataFault::S10CheckDigit => "the check digit of the item number is wrong",
        DataFault::S10Country => "the item number does not end with a country code",
        DataFault::Channel => "the channel is not declared",
        DataFault::Direction => "the direction is not declared",
        DataFault::District => "the customs district is not four digits",
        DataFault::DeclaredAt => "the time of declaration is missing",
        DataFault::DeclaredAtFarOff => "the time of declaration is more than a year from now",
        DataFault::Consignor => "the consignor or the consignor's id is missing",
        DataFault::Country => "a country is missing or no ISO 3166 code",
        DataFault::SupervisionMode => "the supervision mode is unknown",
        DataFault::HsCode => "an HS code is missing or not 4 to 10 digits",
        DataFault::Quantity => "a quantity is zero",
        DataFault::ValueMissing => "a value is missing or no number",
        DataFault::ValueNotPositive => "a value is zero or below",
        DataFault::Currency => "a currency is missing or no ISO 4217 code",
        DataFault::NegativeWeight => "a weight is below zero",
        DataFault::GrossBelowNet => "the gross weight is less than the lines' net weights together",
        DataFault::Description => "a description is empty",
    }
}

fn chinese_fault(fault: DataFault) -> &'static str {
    match fault {
        DataFault::S10Form => "邮件号不符合 UPU S10 格式",
        DataFault::S10ReservedIndicator => "邮件号使用了 UPU S10 保留的业务标识",
        DataFault::S10CheckDigit => "邮件号校验码错误",
        DataFault::S10Country => "邮件号末尾不是国家代码",
        DataFault::Channel => "未申报渠道",
        DataFault::Direction => "未申报进出口方向",
        DataFault::District => "关区代码不是四位数字",
        DataFault::DeclaredAt => "缺少申报时间",
        DataFault::DeclaredAtFarOff => "申报时间与当前时间相差一年以上",
        DataFault::Consignor => "缺少发件人或发件人编号",
        DataFault::Country => "国家代码缺失或不符合 ISO 3166",
        DataFault::SupervisionMode => "监管方式未知",
        DataFault::HsCode => "商品编码缺失或不是 4 至 10 位数字",
        DataFault::Quantity => "数量为零",
        DataFault::ValueMissing => "价值缺失或不是数字",
        DataFault::ValueNotPositive => "价值为零或负数",
        DataFault::Currency => "币种缺失或不符合 ISO 4217",
        DataFault::NegativeWeight => "重量为负数",
        DataFault::GrossBelowNet => "毛重小于各项净重之和",
        DataFault::Description => "品名为空",
    }
}

fn english_reason(reason: DeadLetterReason) -> &'static str {
    match reason {
        DeadLetterReason::Empty => "the record is empty",
        DeadLetterReason::RecordTooLarge => "the record is too large",
        DeadLetterReason::UnsupportedContentType => "its encoding is not supported",
        DeadLetterReason::MalformedJson => "it is no valid JSON",
        DeadLetterReason::MalformedProtobuf => "it is no valid protobuf",
        DeadLetterReason::LimitExceeded => "it exceeds a limit",
        DeadLetterReason::MissingDeclarationId => "it has no declaration id",
        DeadLetterReason::MissingItemId => "it has no item id",
        DeadLetterReason::NoLines => "it has no lines",
        DeadLetterReason::ScreeningFailed => "the program failed on it",
    }
}

fn chinese_reason(reason: DeadLetterReason) -> &'static str {
    match reason {
        DeadLetterReason::Empty => "内容为空",
        DeadLetterReason::RecordTooLarge => "内容过大",
        DeadLetterReason::UnsupportedContentType => "不支持的编码",
        DeadLetterReason::MalformedJson => "JSON 格式错误",
        DeadLetterReason::MalformedProtobuf => "protobuf 格式错误",
        DeadLetterReason::LimitExceeded => "超出限制",
        DeadLetterReason::MissingDeclarationId => "缺少申报编号",
        DeadLetterReason::MissingItemId => "缺少物品号",
        DeadLetterReason::NoLines => "没有商品项",
        DeadLetterReason::ScreeningFailed => "程序处理失败",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_there_in_both_languages_and_no_two_are_the_same() {
        let undervalued = |usual| Note::Undervalued { percent: 15, usual, median: Decimal::TEN };
        let notes = DataFault::ALL
            .map(|fault| Note::DataQuality { fault })
            .into_iter()
            .chain(DeadLetterReason::ALL.map(|reason| Note::InvalidDeclaration { reason }))
            .chain(Field::ALL.map(|field| Note::TooManyMarks { field }))
            .chain([
                Note::AuthorisedUser { mark: "M", recordal_no: "T1" },
                Note::CustomsAlert { alert: "A1", source: "EU" },
                Note::CounterfeiterVerified { platform: "P" },
                Note::SellerPenalised { platform: "P" },
                Note::ListingRemoved { platform: "P", listing: "L" },
                Note::Complaints { platform: "P", per_thousand: 7 },
                Note::AccountLinked { seller: "S", is_direct: true, is_verified: true },
                Note::AccountLinked { seller: "S", is_direct: false, is_verified: true },
                Note::AccountLinked { seller: "S", is_direct: true, is_verified: false },
                Note::PartyHistory { seizures: 2, clearances: 1, days_ago: 9 },
                Note::PriceGap { percent: 30 },
                undervalued(Usual::Heading("6403")),
                undervalued(Usual::Mark("M")),
                Note::NoticeHeld { marks: &[] },
                Note::NoticeHeld { marks: &["M", "N"] },
                Note::NoticeSeized { pieces: 2, recordal_no: "T1" },
                Note::NoticeSeized { pieces: 0, recordal_no: "" },
                Note::VagueDescription,
                Note::GiftSold,
                Note::GiftOfMany { pieces: 12 },
                Note::NoBrandHighRiskGoods,
                Note::PersonalQuantity { pieces: 1 },
                Note::RandomSample,
                Note::Unjudged { rule_id: "R1" },
            ]);
        let mut seen = std::collections::BTreeSet::new();
        for note in notes {
            for language in [Language::English, Language::Chinese] {
                let text = note.text(language);
                assert!(!text.is_empty() && !text.ends_with(['.', '。']), "{text}");
                assert!(seen.insert(text.clone()), "twice: {text}");
            }
        }
    }

    #[test]
    fn a_mark_is_named_with_its_place_and_how_it_is_written() {
        let techniques = TechniqueSet::default().with(Technique::Case).with(Technique::Alias);
        let found = MarkNote {
            mark: "小米",
            holder: "Xiaomi Inc.",
            recordal_no: "T2016-1",
            field: Field::Brand,
            matched_text: "XIAOMI",
            techniques,
            grounds: &[(Ground::Field(Field::Brand), 60), (Ground::Ordinary, -8)],
            uncounted: None,
        };
        assert_eq!(
            found.english(),
            "the brand reads “XIAOMI”: mark 小米, recordal T2016-1 of Xiaomi Inc. (other case, a recorded alias); brand +60, ordinary word -8"
        );
        assert_eq!(
            found.chinese(),
            "品牌中出现“XIAOMI”：商标 小米，备案号 T2016-1，权利人 Xiaomi Inc.（大小写不同、备案别名）；品牌 +60，常用词 -8"
        );
    }
}
