//! The words of explanations, a table per language.

use super::Titles;
use super::turn::{Turn, Without};
use crate::domain::{Category, Channel, Direction};
use crate::screening::Language;

/// What an explanation is made of in one language.
pub(super) struct Words {
    language: Language,
    pub(super) titles: Titles,
    pub(super) held_for_a_right: &'static str,
    pub(super) held_for_inspection: &'static str,
    pub(super) released: &'static str,
    pub(super) declaration_id: &'static str,
    /// In place of a party that nobody asked to see.
    pub(super) not_shown: &'static str,
    pub(super) decision_id: &'static str,
    pub(super) decided_at: &'static str,
    pub(super) payload_sha256: &'static str,
    pub(super) engine: &'static str,
    pub(super) policy: &'static str,
    pub(super) register: &'static str,
    pub(super) signals: &'static str,
}

static ENGLISH: Words = Words {
    language: Language::English,
    titles: Titles { reasons: "Reasons", turn: "What would turn it", record: "On record" },
    held_for_a_right: "HOLD: a recorded right is involved",
    held_for_inspection: "HOLD: for inspection",
    released: "RELEASE",
    declaration_id: "declaration",
    not_shown: "(not shown)",
    decision_id: "decision",
    decided_at: "decided at",
    payload_sha256: "SHA-256 of the declaration",
    engine: "program version",
    policy: "policy version",
    register: "register version",
    signals: "signals version",
};

static CHINESE: Words = Words {
    language: Language::Chinese,
    titles: Titles { reasons: "理由", turn: "改变结论的条件", record: "存证信息" },
    held_for_a_right: "布控：涉及备案知识产权",
    held_for_inspection: "布控：转查验",
    released: "放行",
    declaration_id: "申报单号",
    not_shown: "（未显示）",
    decision_id: "决定编号",
    decided_at: "决定时间",
    payload_sha256: "申报数据 SHA-256",
    engine: "程序版本",
    policy: "策略版本",
    register: "备案库版本",
    signals: "情报版本",
};

/// The words of a language.
pub(super) fn of(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

impl Words {
    fn either<T>(&self, english: T, chinese: T) -> T {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    pub(super) fn with_receipt_code(&self, says: &str, code: u32) -> String {
        self.either(format!("{says} (receipt code {code})"), format!("{says}（回执代码 {code}）"))
    }

    pub(super) fn score(&self, score: i32, hold_threshold: i32) -> String {
        self.either(
            format!("score {score}, held from {hold_threshold}"),
            format!("得分 {score}，达到 {hold_threshold} 分即布控"),
        )
    }

    pub(super) fn line(&self, number: u32) -> String {
        self.either(format!("Line {number}"), format!("第 {number} 项"))
    }

    pub(super) fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Unspecified => "",
            Channel::Post => self.either("post", "邮递"),
            Channel::Express => self.either("express", "快件"),
        }
    }

    pub(super) fn direction(&self, direction: Direction) -> &'static str {
        match direction {
            Direction::Unspecified => "",
            Direction::Export => self.either("export", "出口"),
            Direction::Import => self.either("import", "进口"),
        }
    }

    pub(super) fn category(&self, category: Category) -> &'static str {
        match category {
            Category::Unspecified => "",
            Category::SaleOfGoods => self.either("sale of goods", "销售商品"),
            Category::Gift => self.either("gift", "礼品"),
            Category::Documents => self.either("documents", "文件"),
            Category::CommercialSample => self.either("commercial sample", "商业样品"),
            Category::ReturnedGoods => self.either("returned goods", "退回物品"),
            Category::Other => self.either("other", "其他"),
        }
    }

    pub(super) fn turn(&self, turn: &Turn) -> String {
        match turn {
            Turn::Held { without, is_sampled } => {
                let mut text = self.held_without(without);
                if *is_sampled {
                    text += self.either(
                        "; it was drawn at random as well, which holds it even then",
                        "；但该件同时被随机抽中，仍须布控",
                    );
                }
                text
            }
            Turn::Sampled { score } => self.either(
                format!("had it not been drawn at random, its {score} points would release it"),
                format!("若未被随机抽中，{score} 分将予放行"),
            ),
            Turn::Unreadable => self
                .either(
                    "a declaration that can be read would be screened; this one is held unread",
                    "申报单可读取时才能审查；无法读取的一律布控",
                )
                .to_owned(),
            Turn::Released { missing, without: None } => self.either(
                format!("{missing} points more would hold it"),
                format!("再增加 {missing} 分即布控"),
            ),
            Turn::Released { missing, without: Some(without) } => {
                let reasons = self.without(without);
                self.either(
                    format!("it would be held with {missing} points more, or {reasons}"),
                    format!("再增加 {missing} 分即布控；{reasons}也将布控"),
                )
            }
        }
    }

    fn held_without(&self, without: &Without) -> String {
        let reasons = self.without(without);
        self.either(format!("it would be released {reasons}"), format!("{reasons}将予放行"))
    }

    fn without(&self, without: &Without) -> String {
        match without {
            Without::AnyOf(numbers) if numbers.len() == 1 => {
                let number = self.list(numbers, "", "");
                self.either(format!("without reason {number}"), format!("若无理由 {number}，"))
            }
            Without::AnyOf(numbers) => {
                let list = self.list(numbers, " or ", " 或 ");
                self.either(
                    format!("without any one of the reasons {list}"),
                    format!("理由 {list} 中只要缺一，"),
                )
            }
            Without::All { numbers, score } => {
                let list = self.list(numbers, " and ", " 和 ");
                self.either(
                    format!("without the reasons {list} together, which leaves {score} points"),
                    format!("若同时没有理由 {list}（余 {score} 分），"),
                )
            }
        }
    }

    /// `1, 2 or 3`.
    fn list(&self, numbers: &[usize], english_last: &str, chinese_last: &str) -> String {
        let texts = numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (comma, last) = self.either((", ", english_last), ("、", chinese_last));
        match texts.split_last() {
            Some((end, before)) if !before.is_empty() => {
                format!("{}{last}{end}", before.join(comma))
            }
            _ => texts.concat(),
        }
    }
}
