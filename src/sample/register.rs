//! A register as large as a national one, with names that look like marks: for measuring, not for screening.

use fastrand::Rng;
use jiff::civil::date;

use super::{percent, pick};
use crate::domain::{Holder, Recordal, RecordalStatus, RightKind};

const ONSETS: &[&str] = &[
    "b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kr", "l", "m", "n", "p",
    "ph", "r", "s", "sk", "st", "t", "tr", "v", "w", "x", "y", "z",
];
const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ai", "ea", "io", "ou", "ia"];
const CODAS: &[&str] = &["", "", "", "n", "r", "s", "l", "x", "th", "nd"];
const WORDS: &[&str] = &[
    "blue", "star", "river", "golden", "lion", "north", "ocean", "royal", "swift", "crown",
    "maple", "silver", "urban", "panda", "sky", "wild", "green", "hill", "master", "home", "prime",
    "sun", "eagle", "pearl", "cloud", "happy", "moon", "bear", "stone", "tiger", "dragon", "lucky",
];
const HAN: &str = "安宝贝博才彩长成城创春达大德鼎东方飞丰福富高格光广国海翰好和恒红鸿华欢辉慧吉佳嘉健江金锦京景九君凯康\
    科乐力立利联良灵龙隆露洛绿美梦米明木娜南宁诺鹏普奇启千强青清庆泉荣瑞润赛三山善尚生盛诗世舒顺思斯松泰\
    天田通同万旺威维伟文沃夏先祥翔小心欣新信星兴雄秀旭雅雁洋阳一宜意逸银英永优友宇雨玉元远越云泽展章兆正\
    志中众卓紫不人子家学地性十水上头下出有年无化行动主分发会门二气自军公道西多第两机口事手名开部工区法日\
    马里体外业四民风电王制理老面来白用物数战合平市重后石尔五相本路入流花作政声时者北量身经点可起义火产全\
    得定为前儿进特张实河然拉队几情场线于加黄色教神打李内代度克之说个期车书交权关百空见过古林兵员品师处当\
    武州商眼死太位对原台言回官器转八亚放士变土铁病传干院建热半所以布报总周管如种基县运巴应目落保团间能六\
    反女到血解话着形调而级罗球深爱常比任命湖次向知失难房收结史汉步计取击复药指导连论精月局游条节要治感受\
    系七装客集价油观务选质带朝直程统边表单防黑陈夫式视鱼界资农余语党此在社草势波住杨容营委接刘层首想是满\
    省居亲率领令招派走府沙射字笑尼图看司专何音真乱宗片功息密兰双校料费求造包类议服胡酒绝证非各离从异苦活\
    阿夜样树角倒香皮断破伤别办核楼孙衣少考食细称养举叶去胜守礼现使查散件刀曲组网毛约卫轻钱杀共等记船职宫\
    型近修提初冲术列号纪将推争的画园板底照听整根盘毒沉存其足问极弹素独望决压航微影果排支案脚桥改剧温岛封\
    烟群源编皇归骨救班致引陆值备增苏参试都劳惊段尽念恶镇设野济由算纳酸敌牛低祖退印堂升育吴阴伯差超切那岁\
    笔象族留规状标积痛冷急销演藏告征临炮货没效承送矿茶这刻味呼户架轮假配医历厂预具枪站端股阵顾帝攻消该肉\
    托母贵词室随察岩探护静喜朱往了脸哥洲降快许艺投境额哈圆审斗败属及紧环划麻馆雷最早村识齐左短严闻厚害写\
    谈徐脑甲乡必至速持鲁歌虚待助险示激恩抗杂钟卷怒就顶瓦依易横智宣丽给隐塞洪庄背菜暴做剑响届街款故扬便寒\
    止耳施谢牌牙除宋洞律丁雪丹停减疑负遗织因乌掌谷未像私冰翻脱丝际楚注免题旅臣叫娘换警罪监赵季载座模票昌\
    峰港久索准";

/// So many recordals; the same seed gives the same. A maker records its mark for one to three classes of goods, under a
/// Latin name, a Chinese one, or both.
pub fn register(seed: u64, count: usize) -> impl Iterator<Item = Recordal> {
    let mut rng = Rng::with_seed(seed);
    let han = HAN.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>();
    let mut makers = 0_u32;
    let mut left = 0;
    let mut names = Vec::new();
    (0..count).map(move |number| {
        if left == 0 {
            left = rng.u32(1..=3);
            makers += 1;
            names = maker_names(&mut rng, &han);
        }
        left -= 1;
        let (first, others) =
            names.split_first().map_or((String::new(), &[][..]), |(a, b)| (a.clone(), b));
        let class = rng.u32(1..=34);
        Recordal {
            recordal_no: format!("T{}-{}", 2014 + number % 13, number + 1),
            right_kind: RightKind::Trademark,
            right_name: first,
            aliases: others.to_vec(),
            right_no: format!("{}", 10_000_000 + number),
            holder: Holder { name: format!("Maker {makers} Ltd."), country: "CN".to_owned() },
            nice_classes: vec![class],
            hs_codes: vec![format!("{:04}", rng.u32(101..=9_706))],
            status: RecordalStatus::Live,
            valid_from: Some(date(2020, 1, 1)),
            valid_until: Some(date(2050, 1, 1)),
            ..Recordal::default()
        }
    })
}

fn maker_names(rng: &mut Rng, han: &[char]) -> Vec<String> {
    let latin = latin_name(rng);
    let chinese = (0..rng.usize(2..=4)).filter_map(|_| rng.choice(han)).collect::<String>();
    match rng.u32(..10) {
        0..5 => vec![latin, chinese],
        5..7 => vec![chinese],
        7..8 => vec![chinese, latin],
        _ => vec![latin],
    }
}

fn latin_name(rng: &mut Rng) -> String {
    let word = |rng: &mut Rng| pick(rng, WORDS).to_owned();
    match rng.u32(..100) {
        0..70 => coined(rng),
        70..80 => format!("{} {}", coined(rng), coined(rng)),
        80..90 => format!("{} {}", word(rng), coined(rng)),
        90..96 => format!("{} {}", word(rng), word(rng)),
        _ => coined(rng).chars().take(3).collect(),
    }
}

fn coined(rng: &mut Rng) -> String {
    let syllables = if percent(rng, 60) { 2 } else { 3 };
    (0..syllables)
        .map(|_| [pick(rng, ONSETS), pick(rng, VOWELS), pick(rng, CODAS)].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_many_and_the_same_for_a_seed() {
        let names = |seed| register(seed, 3_000).map(|it| it.right_name).collect::<Vec<_>>();
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
        assert!(names(1).iter().collect::<BTreeSet<_>>().len() > 1_200);
        let numbers = register(1, 3_000).map(|it| it.recordal_no).collect::<BTreeSet<_>>();
        assert_eq!(numbers.len(), 3_000);
    }
}
