"""Makes the tables that are not Unicode's from the sources that `scripts/tables` has unpacked.

usage: tables.py SOURCES TARGET
"""

import collections
import json
import math
import pathlib
import re
import sys
import unicodedata

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SOURCES, TARGET = map(pathlib.Path, sys.argv[1:])

# Look-alikes kept for each character, most alike first.
LOOKALIKES = 12
# Rarer words say little about how ordinary a word is or where it ends, and cost memory.
CHINESE_COUNT_LEAST = {1: 10, 2: 10, 3: 8, 4: 8}
# SCOWL's sizes: up to 60 is what a spelling checker takes, 70 a large dictionary.
ENGLISH_SIZE_MOST = 60


def write(name, lines):
    path = TARGET / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{path}: {len(lines)} lines")


def common_han():
    """The 6,763 characters of GB 2312, in its order: by frequency class, then by sound or radical."""
    cells = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    decoded = (cell.decode("gb2312", "ignore") for cell in cells)
    return [char for char in decoded if char]


def traditional():
    """Traditional character, simplified character; where several are possible, the first."""
    source = SOURCES / "opencc/dictionary/TSCharacters.txt"
    rows = (line.split("\t") for line in source.read_text(encoding="utf-8").splitlines() if line)
    pairs = ((row[0], row[1].split(" ")[0]) for row in rows)
    return [f"{old}{new}" for old, new in sorted(pairs) if old != new and len(old) == len(new) == 1]


# Characters that names have with another reading than the one that texts have most: 长城, 都市, 西藏, 人参, 曾.
IN_NAMES = {
    "长": "chang", "長": "chang", "都": "du", "藏": "zang", "参": "shen", "參": "shen", "曾": "zeng",
}


def readings():
    """Syllable without tone, then the characters read so: in names, else the first reading that the source gives."""
    source = json.loads((SOURCES / "pypinyin/pinyin_dict.json").read_text(encoding="utf-8"))
    by_syllable = collections.defaultdict(list)
    for code, spoken in sorted(source.items(), key=lambda item: int(item[0])):
        first = unicodedata.normalize("NFD", spoken.split(",")[0]).replace("u\u0308", "v")
        plain = "".join(c for c in first if not unicodedata.combining(c))
        plain = plain.replace("ɡ", "g")
        plain = IN_NAMES.get(chr(int(code)), plain)
        if re.fullmatch("[a-z]+", plain) and int(code) <= 0x9FFF:
            by_syllable[plain].append(chr(int(code)))
    return [f"{syllable} {''.join(chars)}" for syllable, chars in sorted(by_syllable.items())]


def lookalikes():
    """A character, then those drawn most like it: slightly blurred pictures, compared by correlation."""
    chars = common_han()
    font_file = SOURCES / "debian/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
    font = ImageFont.truetype(str(font_file), 40, index=2)

    def picture(char):
        image = Image.new("L", (48, 48), 0)
        ImageDraw.Draw(image).text((4, -6), char, font=font, fill=255)
        image = image.filter(ImageFilter.GaussianBlur(1.5)).resize((24, 24))
        flat = numpy.asarray(image, dtype=numpy.float32).ravel()
        flat = flat - flat.mean()
        return flat / numpy.linalg.norm(flat)

    pictures = numpy.stack([picture(char) for char in chars])
    lines = []
    for index, char in enumerate(chars):
        alike = pictures @ pictures[index]
        alike[index] = 0
        # Rounded, so that machines which add in another order agree.
        nearest = sorted(range(len(chars)), key=lambda other: (-round(float(alike[other]), 4), other))
        lines.append(char + "".join(chars[other] for other in nearest[:LOOKALIKES]))
    return lines


def english():
    """Word, kind (`w` ordinary word, `n` name), and how common: the binary logarithm of its count, 0 if unknown."""
    folder = SOURCES / "debian/usr/share/dict/scowl"

    def words(kinds, size_most):
        found = set()
        for path in sorted(folder.iterdir()):
            kind, _, size = path.name.rpartition(".")
            spelling, _, kind = kind.partition("-")
            if spelling in ("english", "american", "british") and kind in kinds and int(size) <= size_most:
                found.update(path.read_text(encoding="latin-1").split())
        return found

    counts = {}
    source = SOURCES / "symspellpy/frequency_dictionary_en_82_765.txt"
    for line in source.read_text(encoding="utf-8-sig").splitlines():
        word, count = line.split()
        counts[word] = int(count)

    kinds = {}
    for name in words({"upper", "proper-names"}, 70):
        kinds[name.lower()] = "n"
    for word in words({"words"}, ENGLISH_SIZE_MOST):
        if word == word.lower():
            kinds[word] = "w"
    plain = (word for word in kinds if re.fullmatch("[a-z]{2,20}", word))
    return [f"{word} {kinds[word]} {int(math.log2(counts.get(word, 1)))}" for word in sorted(plain)]


def chinese():
    """Word, kind, and how common, as for English; `p` for other proper names, which only say where words end."""
    names = {"nr", "nrt", "nrfg", "ns"}
    # Makers and organisations among them are what is searched for, not what it is told from.
    proper = {"nz", "nt"}
    source = SOURCES / "jieba-0.42.1/jieba/dict.txt"
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        word, count, kind = line.split(" ")
        is_han = all("\u4e00" <= char <= "\u9fff" for char in word)
        if not is_han or len(word) > 4 or (kind in proper and len(word) < 3):
            continue
        if int(count) >= CHINESE_COUNT_LEAST[len(word)]:
            letter = "n" if kind in names else "p" if kind in proper else "w"
            lines.append(f"{word} {letter} {int(math.log2(int(count)))}")
    return sorted(lines)


TARGET.mkdir(parents=True, exist_ok=True)
write("traditional.txt", traditional())
write("readings.txt", readings())
write("lookalikes.txt", lookalikes())
write("words_en.txt", english())
write("words_zh.txt", chinese())
