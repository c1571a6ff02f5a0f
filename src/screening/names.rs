//! What officers call the codes of decisions.

use super::Language;
use crate::domain::{CheckCode, Field};

/// The name of a check, short enough for a column of a table.
#[must_use]
pub const fn check_name(check: CheckCode, language: Language) -> &'static str {
    match language {
        Language::English => english_check(check),
        Language::Chinese => chinese_check(check),
    }
}

const fn english_check(check: CheckCode) -> &'static str {
    match check {
        CheckCode::RecordedMark => "Recorded mark",
        CheckCode::AuthorisedUser => "Authorised user",
        CheckCode::CustomsAlert => "Customs alert",
        CheckCode::CounterfeiterVerified => "Seller of counterfeits",
        CheckCode::SellerPenalised => "Seller penalised",
        CheckCode::ListingRemoved => "Listing removed",
        CheckCode::Complaints => "Complaints of buyers",
        CheckCode::AccountLinked => "Linked account",
        CheckCode::PartyHistory => "Earlier seizures",
        CheckCode::Undervalued => "Undervalued",
        CheckCode::PriceGap => "Below listed price",
        CheckCode::VagueDescription => "Vague description",
        CheckCode::GiftPattern => "Doubtful gift",
        CheckCode::NoBrandHighRiskGoods => "No brand, high risk",
        CheckCode::PersonalQuantity => "Personal quantity",
        CheckCode::Campaign => "Campaign",
        CheckCode::Rule => "Rule",
        CheckCode::RandomSample => "Random sample",
        CheckCode::DataQuality => "Poor data",
        CheckCode::InvalidDeclaration => "Unreadable",
    }
}

const fn chinese_check(check: CheckCode) -> &'static str {
    match check {
        CheckCode::RecordedMark => "备案商标",
        CheckCode::AuthorisedUser => "合法使用人",
        CheckCode::CustomsAlert => "布控预警",
        CheckCode::CounterfeiterVerified => "售假卖家",
        CheckCode::SellerPenalised => "受罚卖家",
        CheckCode::ListingRemoved => "下架商品",
        CheckCode::Complaints => "买家投诉",
        CheckCode::AccountLinked => "关联账号",
        CheckCode::PartyHistory => "查扣记录",
        CheckCode::Undervalued => "低报价格",
        CheckCode::PriceGap => "低于标价",
        CheckCode::VagueDescription => "品名笼统",
        CheckCode::GiftPattern => "礼品存疑",
        CheckCode::NoBrandHighRiskGoods => "高发商品无品牌",
        CheckCode::PersonalQuantity => "个人自用数量",
        CheckCode::Campaign => "专项行动",
        CheckCode::Rule => "规则",
        CheckCode::RandomSample => "随机抽查",
        CheckCode::DataQuality => "数据欠缺",
        CheckCode::InvalidDeclaration => "无法读取",
    }
}

/// The name of a hub by the first two digits of its customs districts; `None` for one that is no e-commerce hub of ours.
#[must_use]
pub fn hub_name(digits: &str, language: Language) -> Option<&'static str> {
    let (english, chinese) = match digits {
        "01" => ("Beijing", "北京"),
        "22" => ("Shanghai", "上海"),
        "23" => ("Nanjing", "南京"),
        "29" => ("Hangzhou", "杭州"),
        "46" => ("Zhengzhou", "郑州"),
        "51" => ("Guangzhou", "广州"),
        "53" => ("Shenzhen", "深圳"),
        _ => return None,
    };
    Some(match language {
        Language::English => english,
        Language::Chinese => chinese,
    })
}

/// The name of a declared field.
#[must_use]
pub const fn field_name(field: Field, language: Language) -> &'static str {
    match language {
        Language::English => english_field(field),
        Language::Chinese => chinese_field(field),
    }
}

pub(super) const fn english_field(field: Field) -> &'static str {
    match field {
        Field::Declaration => "declaration",
        Field::ItemId => "item number",
        Field::Channel => "channel",
        Field::Direction => "direction",
        Field::CustomsDistrict => "customs district",
        Field::DeclaredAt => "time of declaration",
        Field::OriginCountry => "country of origin",
        Field::DestinationCountry => "country of destination",
        Field::Consignor => "consignor",
        Field::Consignee => "consignee",
        Field::Category => "category",
        Field::PlatformOrder => "platform order",
        Field::GrossWeightGrams => "gross weight",
        Field::SupervisionMode => "supervision mode",
        Field::Description => "description",
        Field::Brand => "brand",
        Field::Model => "model",
        Field::HsCode => "HS code",
        Field::Quantity => "quantity",
        Field::NetWeightGrams => "net weight",
        Field::Value => "value",
    }
}

pub(super) const fn chinese_field(field: Field) -> &'static str {
    match field {
        Field::Declaration => "申报单",
        Field::ItemId => "物品号",
        Field::Channel => "渠道",
        Field::Direction => "进出口方向",
        Field::CustomsDistrict => "关区",
        Field::DeclaredAt => "申报时间",
        Field::OriginCountry => "原产国",
        Field::DestinationCountry => "目的国",
        Field::Consignor => "发件人",
        Field::Consignee => "收件人",
        Field::Category => "类别",
        Field::PlatformOrder => "平台订单",
        Field::GrossWeightGrams => "毛重",
        Field::SupervisionMode => "监管方式",
        Field::Description => "品名",
        Field::Brand => "品牌",
        Field::Model => "型号",
        Field::HsCode => "商品编码",
        Field::Quantity => "数量",
        Field::NetWeightGrams => "净重",
        Field::Value => "价值",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_checks_have_one_name() {
        for language in [Language::English, Language::Chinese] {
            let names = CheckCode::ALL.map(|check| check_name(check, language));
            assert_eq!(BTreeSet::from(names).len(), names.len());
        }
    }
}
