"""Plates, phones and address lines in tips as residents write them, and what only looks like one."""

from __future__ import annotations

import random
import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.observable import (
    MOST_CHARACTERS,
    MOST_OBSERVABLES,
    ObservableKind,
    find_observables,
    phone_part,
    plate_part,
    why_linked,
)

PLATE, PHONE, ADDRESS = ObservableKind


def found(kind: ObservableKind, text: str) -> list[str]:
    return [one.norm_value for one in find_observables(text) if one.kind is kind]


@pytest.mark.parametrize(
    "text, plates",
    [
        ("楼道里有人聚众赌博，车牌沪A12345", ["沪A12345"]),
        ("白色轿车沪A·12345停在消防通道", ["沪A12345"]),
        ("沪A 12345，沪a12345，沪Ａ１２３４５，沪A-12345", ["沪A12345"]),
        ("沪A\u200b12345", ["沪A12345"]),
        ("沪A12345学校门口乱停", ["沪A12345"]),
        ("浙AB1C23和苏E9Z8Y7", ["浙AB1C23", "苏E9Z8Y7"]),
        ("新能源沪AD12345、沪A·D12345、沪AD·12345", ["沪AD12345"]),
        ("大型新能源粤B12345D", ["粤B12345D"]),
        ("沪A1234警 沪A1234学 沪B 1234挂", ["沪A1234警", "沪A1234学", "沪B1234挂"]),
        ("粤Z1234港 粤Z·1234澳", ["粤Z1234港", "粤Z1234澳"]),
        ("京AOI123", ["京A01123"]),
        ("车牌号：A12345", ["A12345"]),
        ("车牌号码是粤B·88888", ["粤B88888"]),
        ("一辆挂B-AB 1234的车", ["BAB1234"]),
        ("a van, AB12 CDE, French AB-123-CD, Macau MB-12-34", ["AB12CDE", "AB123CD", "MB1234"]),
        ("plate 7ABC123 drove off", ["7ABC123"]),
        ("License plate no. ABC 1234 drove off", ["ABC1234"]),
        ("reg: ab12cde", ["AB12CDE"]),
        ("香港号牌 AB 1234", ["AB1234"]),
    ],
)
def test_plates(text: str, plates: list[str]) -> None:
    assert found(PLATE, text) == plates


@pytest.mark.parametrize(
    "text",
    [
        "京东A12 新闻 京东B2C 云A座 1234",
        "最新A123",
        "7ABC123 without a cue",
        "WI-FI 50, COVID-19, USB-C 100, MP3, JNL-1120-0042",
        "IN 2026 WE SAW 12 MEN, AT12 THE END",
        "plate number of 2 people, license 2024 expired, plates 50kg",
        "车牌尾号 345",
        "Room 12 and gate 3, 38 open",
        "沪A123456789",
    ],
)
def test_what_is_no_plate(text: str) -> None:
    assert found(PLATE, text) == []


@pytest.mark.parametrize(
    "text, phones",
    [
        ("电话13800138000", ["+8613800138000"]),
        ("138-0013-8000 / 138 0013 8000 / 1380 013 8000", ["+8613800138000"]),
        ("１３８００１３８０００", ["+8613800138000"]),
        ("+86 13800138000，+86-138-0013-8000，008613800138000，(+86)13800138000，8613800138000", ["+8613800138000"]),
        ("致电13800138000或13900139000。", ["+8613800138000", "+8613900139000"]),
        ("021-12345678", ["+862112345678"]),
        ("(021)62345678，021 6234 5678，02162345678，+86 21 62345678", ["+862162345678"]),
        ("021-62345678转8012，021-62345678-123，021-62345678 ext 5", ["+862162345678"]),
        ("0592-1234567", ["+865921234567"]),
        ("HK +852 9123 4567, 00852 2345 6789", ["+85291234567", "+85223456789"]),
        ("US +1 (212) 555-0147, UK +44 (0)20 7946 0958 at night", ["+12125550147", "+442079460958"]),
        ("物业电话62345678", ["62345678"]),
    ],
)
def test_phones(text: str, phones: list[str]) -> None:
    assert found(PHONE, text) == phones


@pytest.mark.parametrize(
    "text",
    [
        "身份证310101199001011234，31010119900101123X",
        "卡号6222021380013800012",
        "订单号13800138000，快递单号：13800138002，SF13800138001",
        "order no. 13800138000",
        "拨打110、12345、95588、400-820-8820",
        "2026-11-01 12:30，20261101123000",
        "一共12345678901元",
        "62345678",
    ],
)
def test_what_is_no_phone(text: str) -> None:
    assert found(PHONE, text) == []


@pytest.mark.parametrize(
    "text, addresses",
    [
        ("我在威海路118号看到有人赌博", ["威海路118号"]),
        ("昨晚威海路１１８号很吵", ["威海路118号"]),
        ("上海市静安区威海路 118 号", ["威海路118号"]),
        ("静安区江宁路街道康定路40号502室", ["康定路40号502室"]),
        ("22弄3号楼有人堆放杂物", ["22弄3号楼"]),
        ("威海路118弄22号502室", ["威海路118弄22号502室"]),
        ("石门一路二十二号", ["石门一路二十二号"]),
        ("南京西路1266号恒隆广场3楼", ["南京西路1266号", "恒隆广场3楼"]),
        ("阳光小区3号楼502室，阳光小区3号楼502", ["阳光小区3号楼502室"]),
        ("就在威海路118，快来", ["威海路118号"]),
        ("118 Weihai Rd; 118 Weihai Road; Weihai Rd 118; Weihai Rd. No. 118; 118 weihai rd", ["WEIHAIRD118"]),
        ("At Weihai Road, Lane 22, gate 3", ["WEIHAIRDLN22GATE3"]),
        ("Sofa blocks Lane 22, gate 3", ["LN22GATE3"]),
        ("12 West 5th Street", ["WEST5THST12"]),
        ("118 Weihai Road, room 5", ["WEIHAIRD118RM5"]),
        ("Building 3, Room 502", ["BLDG3RM502"]),
    ],
)
def test_addresses(text: str, addresses: list[str]) -> None:
    assert found(ADDRESS, text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "我们小区3号楼很吵",
        "3号楼、5楼、11月3号晚上",
        "2号线3号口",
        "威海路3个人打架",
        "坐118路到人民广场",
        "路上有3个人，走路10分钟",
        "楼道里有人聚众赌博",
        "3 men ran down the road, 10 minutes drive, the road 5",
        "Weihai Rd 3 men, Weihai Rd 22:30",
        "St 5, the lane 3 times",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert found(ADDRESS, text) == []


def test_the_place_is_looked_at_too_and_each_thing_is_told_once() -> None:
    text = "威海路118号，车牌沪A·12345，再说一遍沪A12345，电话138 0013 8000"
    observables = find_observables(text, place="威海路118号 Lane 22, gate 3")
    assert [(one.kind, one.norm_value, one.shown) for one in observables] == [
        (PLATE, "沪A12345", "沪A·12345"),
        (PHONE, "+8613800138000", "138 0013 8000"),
        (ADDRESS, "LN22GATE3", "Lane 22, gate 3"),
        (ADDRESS, "威海路118号", "威海路118号"),
    ]


def test_a_list_of_plates_is_cut() -> None:
    text = " ".join(f"沪A{number:05}" for number in range(200))
    assert len(find_observables(text)) == MOST_OBSERVABLES
    assert find_observables(" " * MOST_CHARACTERS + "沪A12345") == ()


@pytest.mark.parametrize(
    "typed, part",
    [("沪a·12345", "沪A12345"), ("Ａ１２３", "A123"), ("b-ab 12", "BAB12"), ("··", "")],
)
def test_a_typed_part_of_a_plate(typed: str, part: str) -> None:
    assert plate_part(typed) == part


@pytest.mark.parametrize("typed", ["13800138000", "138-0013", "+86 138", "0086138", "８０００"])
def test_a_typed_part_of_a_mobile_is_inside_its_norm_value(typed: str) -> None:
    assert phone_part(typed)
    assert phone_part(typed) in "+8613800138000"


@pytest.mark.parametrize("typed", ["021-6234", "(021)62345678", "6234 5678", "+86 21 62"])
def test_a_typed_part_of_a_landline_is_inside_its_norm_value(typed: str) -> None:
    assert phone_part(typed)
    assert phone_part(typed) in found(PHONE, "021-62345678")[0]


def test_why_linked_says_what_and_how_many() -> None:
    assert why_linked(PLATE, "沪A12345", 3) == "plate 沪A12345 in 3 tips"
    assert why_linked(PHONE, "138 0013 8000", 1) == "phone 138 0013 8000 in 1 tip"
    assert why_linked(ADDRESS, "{0}路118号", 2) == "address {0}路118号 in 2 tips"


BITS = [
    "沪", "A", "1", "13800138000", "+86", "021-", " ", "-", "路", "118", "号", "Rd", " Weihai ", "plate ", "Lane 2",
    ",", "楼", "(", "\u0301",
]  # fmt: skip


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(BITS), max_size=40).map("".join)), st.none() | st.text(max_size=20)
)
def test_any_text_has_observables_in_their_form(text: str, place: str | None) -> None:
    observables = find_observables(text, place)
    assert len({(one.kind, one.norm_value) for one in observables}) == len(observables)
    for one in observables:
        assert one.norm_value
        assert one.norm_value == one.norm_value.upper()
        assert not set(one.norm_value) & set(" ,.-·")
        assert one.shown == one.shown.strip()
        assert one.shown


@given(
    st.from_regex(r"[沪京粤][A-HJ-NP-Z][·. -]?[0-9]{5}", fullmatch=True),
    st.sampled_from(["", "，", "车牌", "the car "]),
)
def test_every_ordinary_plate_is_found(plate: str, before: str) -> None:
    assert found(PLATE, f"{before}{plate}，快来")[0] == plate_part(plate)


@given(
    st.from_regex(r"1[3-9][0-9]([ -]?[0-9]{4}){2}", fullmatch=True),
    st.sampled_from(["", "，", "电话", "call ", "+86 "]),
)
def test_every_mobile_is_found(mobile: str, before: str) -> None:
    assert "+86" + phone_part(mobile) in found(PHONE, f"{before}{mobile}，快来")


HOSTILE = [
    "1", "+1111111111111111111111111111111", "1号", "路1", "Aa ", "1 aa ", "1 Aa Rd ", "沪A1", "plate ", "lane 1,",
    "十", "威", "1 -", "\u0315\u0300", "138-", "威海路1 ", "plate::::::a", "021-", "(", "一1", "电话",
    "Abcdefgh Abcd Rd 1", "1-1", "A-A 1", "86",
]  # fmt: skip


@pytest.mark.parametrize("bit", HOSTILE)
def test_a_hostile_text_costs_linear_time(bit: str) -> None:
    text = (bit * MOST_CHARACTERS)[: 4 * MOST_CHARACTERS]
    started = time.process_time()
    find_observables(text)
    assert time.process_time() - started < 1.5, "20,000 characters take some 20 ms; a square of them takes minutes"


def test_a_random_mix_of_hostile_pieces_costs_linear_time() -> None:
    draw = random.Random(7)
    text = "".join(draw.choice(HOSTILE) for _ in range(MOST_CHARACTERS))
    started = time.process_time()
    find_observables(text)
    assert time.process_time() - started < 1.5


def test_print_the_time_of_a_short_tip() -> None:
    tips = (
        "楼道里有人聚众赌博吵闹不停，每天晚上都这样，请尽快来看看，谢谢你们辛苦了，麻烦处理一下这个问题，已经很久没有解决了，拜托",
        "楼道里有人聚众赌博，车牌沪A12345，每天晚上十点以后都来，请民警同志尽快来看看，谢谢你们辛苦了，麻烦处理一下这个",
        "楼道里有人聚众赌博，车牌沪A·12345，每天晚上在威海路118号3号楼502室，电话13800138000，快来",
        "Sofa blocks the stairs in Lane 22, gate 3; call 13800138000",
    )
    for text in tips:
        seconds = min(timeit.repeat(lambda text=text: find_observables(text), number=200, repeat=5)) / 200  # type: ignore[misc]
        print(f"{seconds * 1e6:.0f} µs for {len(text)} characters: {len(find_observables(text))} found")
    assert [len(find_observables(text)) for text in tips] == [0, 1, 3, 2]
