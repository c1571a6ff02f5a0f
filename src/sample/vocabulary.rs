//! The words that made-up parcels are written with. Tables only.

/// Which attributes suit goods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Group {
    #[default]
    Wear,
    Device,
    Home,
    Beauty,
    Food,
    Play,
    Tool,
}

/// One kind of goods.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Goods {
    pub group: Group,
    pub hs_code: &'static str,
    pub english: &'static str,
    pub chinese: &'static str,
    /// Net weight of a piece.
    pub grams: i64,
    /// Usual price of a piece in hundredths of a US dollar.
    pub cents: i64,
}

const fn goods(
    group: Group,
    hs_code: &'static str,
    english: &'static str,
    chinese: &'static str,
    grams: i64,
    cents: i64,
) -> Goods {
    Goods { group, hs_code, english, chinese, grams, cents }
}

#[rustfmt::skip]
pub(super) const GOODS: &[Goods] = &[
    goods(Group::Wear, "6109100000", "Cotton T-Shirt", "纯棉T恤", 180, 990),
    goods(Group::Wear, "6110200000", "Hooded Sweatshirt", "连帽卫衣", 520, 2290),
    goods(Group::Wear, "620140", "Windproof Jacket", "防风夹克", 760, 3890),
    goods(Group::Wear, "6204420000", "Summer Dress", "连衣裙", 310, 2150),
    goods(Group::Wear, "620342", "Denim Trousers", "牛仔长裤", 640, 2480),
    goods(Group::Wear, "6115950000", "Sports Socks", "运动袜", 60, 320),
    goods(Group::Wear, "6505009900", "Baseball Cap", "棒球帽", 95, 780),
    goods(Group::Wear, "6214300000", "Winter Scarf", "保暖围巾", 170, 1150),
    goods(Group::Wear, "6404110000", "Running Shoes", "跑步鞋", 720, 3490),
    goods(Group::Wear, "640299", "House Slippers", "家居拖鞋", 330, 860),
    goods(Group::Wear, "6403910000", "Ankle Boots", "短筒靴", 980, 4580),
    goods(Group::Wear, "4203301000", "Leather Belt", "真皮腰带", 210, 1390),
    goods(Group::Wear, "6112410000", "One-Piece Swimsuit", "连体泳衣", 160, 1720),
    goods(Group::Wear, "4202210000", "Shoulder Handbag", "单肩手提包", 690, 3250),
    goods(Group::Wear, "4202920000", "Travel Backpack", "旅行双肩包", 850, 2990),
    goods(Group::Wear, "4202310000", "Bifold Wallet", "短款钱包", 110, 1290),
    goods(Group::Wear, "6601910000", "Folding Umbrella", "折叠雨伞", 340, 980),
    goods(Group::Wear, "7117190000", "Pendant Necklace", "吊坠项链", 22, 560),
    goods(Group::Wear, "711719", "Hoop Earrings", "圆环耳环", 12, 430),
    goods(Group::Wear, "9102110000", "Quartz Wristwatch", "石英腕表", 85, 2690),
    goods(Group::Wear, "9113900000", "Watch Strap", "手表表带", 28, 640),
    goods(Group::Wear, "9004100000", "Sunglasses", "太阳镜", 48, 1180),
    goods(Group::Device, "8518300000", "Wireless Earphones", "无线耳机", 65, 1990),
    goods(Group::Device, "851822", "Bluetooth Speaker", "蓝牙音箱", 480, 2590),
    goods(Group::Device, "8504401400", "Wall Charger", "充电器", 75, 890),
    goods(Group::Device, "8544421100", "USB Charging Cable", "数据线", 40, 350),
    goods(Group::Device, "8507600090", "Power Bank", "移动电源", 290, 1870),
    goods(Group::Device, "3926909090", "Phone Case", "手机保护壳", 35, 390),
    goods(Group::Device, "8517629900", "Fitness Wristband", "智能手环", 42, 2390),
    goods(Group::Device, "8471607100", "Mechanical Keyboard", "机械键盘", 890, 3790),
    goods(Group::Device, "847160", "Computer Mouse", "无线鼠标", 95, 990),
    goods(Group::Device, "8523511000", "USB Flash Drive", "优盘", 15, 720),
    goods(Group::Device, "8525891200", "Action Camera", "运动摄像机", 160, 5890),
    goods(Group::Device, "9504500000", "Game Controller", "游戏手柄", 270, 2190),
    goods(Group::Device, "8516310000", "Hair Dryer", "电吹风", 610, 2850),
    goods(Group::Device, "8510100000", "Electric Shaver", "电动剃须刀", 230, 2640),
    goods(Group::Device, "8508110000", "Handheld Vacuum Cleaner", "手持吸尘器", 1150, 4990),
    goods(Group::Device, "8509401000", "Juice Blender", "榨汁机", 780, 2750),
    goods(Group::Device, "8516799000", "Electric Kettle", "电热水壶", 920, 2280),
    goods(Group::Device, "940521", "Desk Lamp", "护眼台灯", 680, 1960),
    goods(Group::Device, "8513101000", "LED Flashlight", "手电筒", 140, 1090),
    goods(Group::Home, "9617001900", "Vacuum Flask", "保温杯", 360, 1370),
    goods(Group::Home, "7615109010", "Frying Pan", "平底炒锅", 1240, 2390),
    goods(Group::Home, "8211920000", "Kitchen Knife", "厨房菜刀", 260, 1580),
    goods(Group::Home, "6911101900", "Bowl Set", "碗碟套件", 1480, 2190),
    goods(Group::Home, "3924100000", "Lunch Box", "饭盒", 290, 890),
    goods(Group::Home, "6302600000", "Bath Towel", "浴巾", 420, 960),
    goods(Group::Home, "630392", "Window Curtain", "窗帘", 1350, 2780),
    goods(Group::Home, "9404400000", "Quilt", "空调被", 1890, 3590),
    goods(Group::Home, "3406000090", "Scented Candle", "香薰蜡烛", 240, 850),
    goods(Group::Home, "7013370000", "Drinking Glass", "玻璃水杯", 310, 670),
    goods(Group::Beauty, "3304100090", "Lipstick", "口红", 22, 790),
    goods(Group::Beauty, "3304990039", "Facial Sheet Mask", "补水面膜", 30, 280),
    goods(Group::Beauty, "3303000020", "Perfume Spray", "香水喷雾", 150, 2290),
    goods(Group::Beauty, "3305100090", "Shampoo", "洗发水", 430, 1080),
    goods(Group::Beauty, "3306101090", "Toothpaste", "牙膏", 140, 420),
    goods(Group::Beauty, "9603210000", "Toothbrush Heads", "牙刷头", 24, 590),
    goods(Group::Beauty, "8212200000", "Razor Blades", "剃须刀片", 26, 690),
    goods(Group::Food, "0902109000", "Green Tea", "绿茶", 250, 1590),
    goods(Group::Food, "1905310000", "Butter Biscuits", "黄油饼干", 310, 640),
    goods(Group::Food, "210390", "Chilli Sauce", "辣椒酱", 330, 520),
    goods(Group::Food, "1806900000", "Chocolate Gift Pack", "巧克力礼盒", 280, 1290),
    goods(Group::Food, "2106909090", "Vitamin Tablets", "维生素片", 120, 1480),
    goods(Group::Play, "9503006000", "Building Bricks", "拼装积木", 640, 1990),
    goods(Group::Play, "9503002100", "Plush Doll", "毛绒公仔", 210, 1070),
    goods(Group::Play, "9506911900", "Yoga Mat", "瑜伽垫", 960, 1680),
    goods(Group::Play, "9506590000", "Badminton Racket", "羽毛球拍", 95, 2390),
    goods(Group::Play, "9507300000", "Fishing Reel", "渔线轮", 280, 2580),
    goods(Group::Play, "9202900090", "Acoustic Guitar", "民谣吉他", 2350, 8900),
    goods(Group::Play, "4820100000", "Lined Notebook", "横格笔记本", 240, 480),
    goods(Group::Play, "960830", "Fountain Pen", "钢笔", 32, 890),
    goods(Group::Tool, "8467210000", "Cordless Drill", "充电手电钻", 1420, 4590),
    goods(Group::Tool, "8205400000", "Screwdriver Set", "螺丝刀套件", 460, 1380),
    goods(Group::Tool, "8708301000", "Brake Pads", "刹车片", 1380, 2690),
    goods(Group::Tool, "8714990090", "Bicycle Derailleur", "自行车变速器", 290, 2990),
    goods(Group::Tool, "4201000090", "Pet Leash", "宠物牵引绳", 150, 690),
];

/// Attributes in both languages.
type Attributes = &'static [(&'static str, &'static str)];

/// Attributes that suit anything.
pub(super) const GENERAL: Attributes = &[
    ("New", "新款"),
    ("Pack of 2", "两件装"),
    ("Pack of 5", "五件装"),
    ("High Quality", "高品质"),
    ("Gift Wrapped", "礼品包装"),
    ("Wholesale", "批发"),
    ("Simple Design", "简约设计"),
    ("Large", "大号"),
    ("Small", "小号"),
    ("In Stock", "现货"),
];

/// Attributes that suit anything but food.
pub(super) const COLOURS: Attributes = &[
    ("Black", "黑色"),
    ("White", "白色"),
    ("Dark Blue", "深蓝色"),
    ("Light Grey", "浅灰色"),
    ("Red", "红色"),
    ("Olive Green", "橄榄绿"),
];

const WEAR: Attributes = &[
    ("Mens", "男士"),
    ("Womens", "女士"),
    ("Kids", "儿童款"),
    ("Breathable", "透气"),
    ("Lightweight", "轻便"),
    ("Loose Fit", "宽松"),
    ("Autumn Winter", "秋冬"),
    ("Spring Summer", "春夏"),
    ("Quick Dry", "速干"),
    ("Waterproof", "防水"),
    ("Striped", "条纹"),
    ("Retro", "复古"),
];

const DEVICE: Attributes = &[
    ("Rechargeable", "可充电"),
    ("Portable", "便携"),
    ("Low Noise", "低噪音"),
    ("Long Battery Life", "长续航"),
    ("EU Plug", "欧规插头"),
    ("UK Plug", "英规插头"),
    ("Type-C", "Type-C接口"),
    ("5V 2A", "大功率"),
    ("LED Display", "数显"),
    ("Fast Charging", "快充"),
    ("Shockproof", "防摔"),
    ("With Remote", "带遥控"),
];

const HOME: Attributes = &[
    ("Stainless Steel", "不锈钢"),
    ("Family Size", "家庭装"),
    ("Non-Stick", "不粘"),
    ("Dishwasher Safe", "可机洗"),
    ("Bedroom", "卧室"),
    ("Kitchen", "厨房用"),
    ("Soft", "柔软"),
    ("Thickened", "加厚"),
    ("Nordic Style", "北欧风"),
    ("Machine Washable", "可水洗"),
];

const BEAUTY: Attributes = &[
    ("Moisturizing", "保湿"),
    ("Long Lasting", "持久"),
    ("Sensitive Skin", "敏感肌"),
    ("Travel Size", "旅行装"),
    ("50ml", "50毫升"),
    ("Gentle", "温和"),
    ("Floral", "花香"),
    ("Matte", "哑光"),
];

const FOOD: Attributes = &[
    ("250g Bag", "250克袋装"),
    ("Less Sugar", "低糖"),
    ("Crispy", "香脆"),
    ("Gift Box", "礼盒装"),
    ("Vacuum Packed", "真空包装"),
    ("Mild", "微辣"),
];

const PLAY: Attributes = &[
    ("Beginner", "入门"),
    ("Outdoor", "户外"),
    ("Non-Slip", "防滑"),
    ("Carbon Fiber", "碳纤维"),
    ("Birthday Present", "生日礼物"),
    ("Ages 6 and Up", "六岁以上"),
    ("School", "学生用"),
    ("With Bag", "送收纳袋"),
];

const TOOL: Attributes = &[
    ("Heavy Duty", "重型"),
    ("Chrome Vanadium", "铬钒钢"),
    ("Magnetic Tip", "带磁"),
    ("Adjustable", "可调节"),
    ("Front Axle", "前轴"),
    ("Repair", "维修"),
    ("Durable", "耐用"),
    ("Anti Rust", "防锈"),
];

/// The attributes that suit goods of a group.
pub(super) fn attributes(group: Group) -> Attributes {
    match group {
        Group::Wear => WEAR,
        Group::Device => DEVICE,
        Group::Home => HOME,
        Group::Beauty => BEAUTY,
        Group::Food => FOOD,
        Group::Play => PLAY,
        Group::Tool => TOOL,
    }
}

/// Invented names that small sellers might give their goods; none is in the sample register, nor near one that is.
pub(super) const OWN_BRANDS: &[&str] = &[
    "Quomberly",
    "Zelvantho",
    "Brinolka",
    "Tavuskee",
    "Yorvanix",
    "Ostrivael",
    "Plimquat",
    "Drovhesh",
    "Kwellodin",
    "Gundermoss",
    "Wispentra",
    "Fenobrook",
    "Jalmiquist",
    "HUVOLARK",
    "MEVATOSK",
    "RIPOLDEEN",
    "TRUNDIVAY",
    "OLKABENT",
    "XYLOHARP",
    "CROMWAVIK",
    "砚棠汐",
    "柚禾屿",
    "栎鹭坊",
    "苔雀里",
    "芷岚窑",
];

/// What is written where goods have no brand; mostly nothing.
pub(super) const NO_BRANDS: &[&str] =
    &["", "", "", "无品牌", "无", "N/A", "None", "OEM", "Generic", "-", "中性"];

pub(super) const UNITS: &[&str] = &["pcs", "pcs", "件", "个", "PCE", "套"];

/// First letters of S10 service indicators, as often as they come.
pub(super) const S10_SERVICES: &[&str] = &[
    "L", "L", "L", "L", "L", "H", "H", "H", "U", "U", "U", "R", "R", "R", "C", "C", "C", "E", "E",
];
pub(super) const S10_SECOND_LETTERS: &[&str] =
    &["A", "B", "C", "D", "E", "F", "G", "H", "M", "N", "P", "S", "T", "W", "X", "Y", "Z"];

/// Forms of carriers' waybill numbers: beginning, digits, end.
pub(super) const WAYBILLS: &[(&str, usize, &str)] = &[
    ("SF", 13, ""),
    ("JDX", 12, ""),
    ("YT2", 15, ""),
    ("4PX", 13, "CN"),
    ("", 12, ""),
    ("", 10, ""),
];

/// The first two digits of the customs districts with hubs, as often as they come.
pub(super) const HUBS: &[(u32, &str)] =
    &[(25, "51"), (20, "53"), (20, "29"), (12, "22"), (12, "23"), (7, "46"), (4, "01")];
/// The other two digits: the district itself, else an office of it.
pub(super) const OFFICES: &[&str] = &["00", "00", "00", "00", "00", "01", "05", "13", "16", "33"];

pub(super) const POST_MODES: &[(u32, &str)] = &[(76, ""), (24, "9610")];
pub(super) const EXPRESS_EXPORT_MODES: &[(u32, &str)] =
    &[(52, "9610"), (15, "1210"), (8, "9810"), (8, "9710"), (4, "1039"), (13, "")];
pub(super) const EXPRESS_IMPORT_MODES: &[(u32, &str)] = &[(60, "9610"), (25, "1210"), (15, "")];

/// Platforms that sell abroad, with the beginning of their seller ids.
pub(super) const EXPORT_PLATFORMS: &[(&str, &str)] = &[
    ("AliExpress", "AL"),
    ("Allegro", "AG"),
    ("Amazon", "AM"),
    ("eBay", "EB"),
    ("Jumia", "JU"),
    ("Lazada", "LA"),
    ("Mercado Libre", "ME"),
    ("Noon", "NO"),
    ("Ozon", "OZ"),
    ("Shopee", "SP"),
    ("SHEIN", "SN"),
    ("Temu", "TE"),
    ("TikTok Shop", "TK"),
    ("Wildberries", "WI"),
];
/// Platforms that sell to China.
pub(super) const IMPORT_PLATFORMS: &[(&str, &str)] =
    &[("Tmall Global", "TG"), ("Kaola", "KA"), ("JD Worldwide", "JW")];

/// Currencies as often as they come, with thousandths of a unit for a US dollar, roughly.
pub(super) const CURRENCIES: &[(u32, (&str, i64))] =
    &[(48, ("USD", 1_000)), (40, ("CNY", 7_100)), (9, ("EUR", 900)), (3, ("GBP", 780))];

/// A foreign country: ISO code, a city, the dialling code.
pub(super) type Country = (&'static str, &'static str, &'static str);

/// Where parcels go, as often as they do.
#[rustfmt::skip]
pub(super) const DESTINATIONS: &[(u32, Country)] = &[
    (200, ("US", "Springfield", "1")), (57, ("GB", "Manchester", "44")), (46, ("DE", "Hamburg", "49")),
    (43, ("RU", "Moscow", "7")), (43, ("FR", "Lyon", "33")), (38, ("ES", "Madrid", "34")),
    (36, ("BR", "Sao Paulo", "55")), (31, ("MX", "Puebla", "52")), (29, ("PL", "Warszawa", "48")),
    (28, ("IT", "Milano", "39")), (24, ("NL", "Rotterdam", "31")), (23, ("AE", "Dubai", "971")),
    (22, ("SA", "Riyadh", "966")), (22, ("JP", "Osaka", "81")), (21, ("AU", "Melbourne", "61")),
    (20, ("CA", "Toronto", "1")), (16, ("MY", "Penang", "60")), (15, ("NG", "Lagos", "234")),
    (15, ("PH", "Cebu", "63")), (15, ("VN", "Da Nang", "84")), (14, ("KR", "Busan", "82")),
    (14, ("CL", "Santiago", "56")), (14, ("TH", "Bangkok", "66")), (14, ("KZ", "Almaty", "7")),
    (13, ("ID", "Jakarta", "62")), (8, ("TR", "Izmir", "90")), (8, ("CO", "Medellin", "57")),
    (7, ("KE", "Nairobi", "254")), (7, ("PE", "Lima", "51")), (7, ("SG", "Singapore", "65")),
    (7, ("IL", "Haifa", "972")), (6, ("NZ", "Wellington", "64")), (6, ("ZA", "Durban", "27")),
    (6, ("EG", "Giza", "20")),
];

/// Where imports come from.
#[rustfmt::skip]
pub(super) const ORIGINS: &[(u32, Country)] = &[
    (20, ("JP", "Osaka", "81")), (20, ("KR", "Busan", "82")), (14, ("US", "Springfield", "1")),
    (12, ("AU", "Melbourne", "61")), (10, ("DE", "Hamburg", "49")), (8, ("FR", "Lyon", "33")),
    (6, ("GB", "Manchester", "44")), (5, ("IT", "Milano", "39")), (5, ("TH", "Bangkok", "66")),
];

/// A Chinese city: Chinese and Latin name, a district, its administrative division code.
pub(super) const CHINESE_CITIES: &[(&str, &str, &str, &str)] = &[
    ("深圳", "Shenzhen", "龙岗区", "440307"),
    ("广州", "Guangzhou", "番禺区", "440113"),
    ("东莞", "Dongguan", "长安镇", "441900"),
    ("义乌", "Yiwu", "稠江街道", "330782"),
    ("杭州", "Hangzhou", "余杭区", "330110"),
    ("宁波", "Ningbo", "鄞州区", "330212"),
    ("上海", "Shanghai", "闵行区", "310112"),
    ("苏州", "Suzhou", "吴江区", "320509"),
    ("郑州", "Zhengzhou", "中原区", "410102"),
    ("泉州", "Quanzhou", "丰泽区", "350503"),
    ("厦门", "Xiamen", "湖里区", "350206"),
    ("北京", "Beijing", "通州区", "110112"),
];

/// Parts of company names, which all say that they are examples.
pub(super) const COMPANY_NAMES: &[(&str, &str)] = &[
    ("云鹊", "Yunque"),
    ("禾屿", "Heyu"),
    ("青梧", "Qingwu"),
    ("泊舟", "Bozhou"),
    ("松筠", "Songyun"),
    ("岚光", "Languang"),
    ("槐序", "Huaixu"),
    ("鹿川", "Luchuan"),
    ("霁野", "Jiye"),
    ("澄溪", "Chengxi"),
];
pub(super) const COMPANY_TRADES: &[(&str, &str)] = &[
    ("贸易", "Trading"),
    ("电子商务", "E-Commerce"),
    ("供应链管理", "Supply Chain"),
    ("科技", "Technology"),
    ("日用品", "Commodities"),
    ("服饰", "Apparel"),
    ("国际货运代理", "Freight"),
];

/// Given names, and family names that stand for no one.
pub(super) const GIVEN_NAMES: &[&str] = &[
    "Ada", "Boris", "Carmen", "David", "Elif", "Farid", "Grace", "Hugo", "Irina", "Jonas", "Kofi",
    "Laura", "Marta", "Noah", "Olga", "Pedro",
];
pub(super) const FAMILY_NAMES: &[&str] = &[
    "Mustermann",
    "Exampleton",
    "Ejemplo",
    "Primerova",
    "Modello",
    "Voorbeeld",
    "Przykladski",
    "Sampleford",
    "Specimen",
    "Testerman",
];
pub(super) const CHINESE_FAMILY_NAMES: &[&str] =
    &["赵", "钱", "孙", "周", "吴", "郑", "冯", "陈", "蒋", "沈"];
pub(super) const CHINESE_GIVEN_NAMES: &[&str] = &["样本", "示例", "某某", "测试", "样例"];

pub(super) const STREETS: &[&str] =
    &["Example Street", "Sample Road", "Specimen Lane", "Placeholder Avenue"];
pub(super) const CHINESE_STREETS: &[&str] = &["示例路", "样本街", "试验大道", "样例一路"];
