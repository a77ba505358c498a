"""The four flows of the shipped pack, walked by programs from the first form to the last state, refusals included."""

from __future__ import annotations

from typing import Any

import pytest

from tests.firm import Firm
from tests.web.programs import Desk, Program


@pytest.fixture
def desk(demo: Firm) -> Desk:
    return Desk(demo)


def state(program: Program, form: str, id: int) -> str:
    return str(program.record(form, id)["state"])


def changes(program: Program, form: str, id: int) -> list[str]:
    """What happened to a record, the oldest first."""
    events = program.get(f"/forms/{form}/records/{id}/history")["events"]
    return [e["transition"] or e["action"] for e in reversed(events)]


def test_a_lead_is_claimed_followed_qualified_converted_and_won(desk: Desk) -> None:
    service, li_na, wang, luo = (desk.of(n) for n in ("tang_min", "li_na", "wang_siyuan", "luo_jing"))
    lead = {"company": "宁波新岸机电有限公司", "name": "郑一鸣", "mobile": "13800001111", "source": "exhibition"}
    assert service.not_new("lead", **{**lead, "mobile": "1380"}) == [("value_phone", "mobile")]
    assert ("required", "company") in service.not_new("lead", name="郑一鸣", mobile="13800001111", source="exhibition")
    id = service.new("lead", **lead)["id"]
    assert service.not_new("lead", **lead) == [("rule_broken", "mobile")]
    assert service.not_pressed("lead", id, "claim") == [("not_yours", None)]

    pooled = li_na.record("lead", id)
    assert pooled["state"] == "pool" and "mobile" not in pooled and pooled["owner"] is None
    assert li_na.not_pressed("lead", id, "qualify") == [("wrong_state", None)]
    li_na.press("lead", id, "claim")
    assert li_na.record("lead", id)["mobile"] == "13800001111"
    assert wang.why("GET", f"/forms/lead/records/{id}") == (404, [("not_found", None)])

    good = {"industry": "machinery", "intent": "high", "need": "20 台压力传感器"}
    assert li_na.not_pressed("lead", id, "qualify", fields={"intent": "high"}) == [
        ("required", "industry"), ("required", "need"), ("rule_broken", None),
    ]  # fmt: skip
    assert li_na.not_pressed("lead", id, "qualify", fields=good) == [("rule_broken", None)]
    assert li_na.not_pressed("lead", id, "follow", ask={"method": "phone"}) == [("required", "ask.content")]
    li_na.press("lead", id, "follow", ask={"method": "phone", "content": "要样机", "next_at": "2026-11-30T02:00:00Z"})
    assert li_na.record("lead", id)["next_follow_at"] == "2026-11-30T02:00:00Z"
    li_na.press("lead", id, "qualify", fields=good)

    answers = {"deal_name": "新岸机电 传感器", "amount": "86000.00", "close_on": "2027-01-20"}
    assert li_na.not_pressed("lead", id, "convert", ask={**answers, "amount": "-1.00"})[0][1] == "ask.amount"
    done = li_na.press("lead", id, "convert", ask=answers)
    assert done["record"]["state"] == "converted" and done["open"]["form"] == "opportunity"
    customer = li_na.record("customer", done["record"]["customer"])
    assert customer["name"] == lead["company"]
    assert li_na.record("contact", done["record"]["contact"])["mobile"] == lead["mobile"]
    assert li_na.not_pressed("lead", id, "discard", fields={"invalid_reason": "no_need"}) == [("wrong_state", None)]

    deal = done["open"]["id"]
    assert li_na.record("opportunity", deal)["probability"] == "0.1000"
    assert wang.why("POST", f"/forms/opportunity/records/{deal}/transitions/propose", json={})[0] == 404
    li_na.press("opportunity", deal, "confirm_needs", fields={"need": "20 台"})
    li_na.press("opportunity", deal, "propose", fields={"amount": "90000.00"})
    li_na.press("opportunity", deal, "negotiate")
    assert li_na.not_pressed("opportunity", deal, "step_back") == [("opinion_required", "opinion")]
    assert li_na.not_pressed("opportunity", deal, "win") == [("required", "win_reason")]
    assert luo.not_pressed("opportunity", deal, "win", fields={"win_reason": "price"}) == [("not_yours", None)]
    won = li_na.press("opportunity", deal, "win", fields={"win_reason": "quality"})["record"]
    assert (won["state"], won["probability"], won["weighted"]) == ("won", "1.0000", "90000.00")
    assert li_na.not_pressed("opportunity", deal, "lose", fields={"lost_reason": "price"}) == [("wrong_state", None)]
    assert changes(li_na, "opportunity", deal) == ["create", "confirm_needs", "propose", "negotiate", "win"]


def test_a_lead_that_leads_nowhere_is_marked_invalid_with_its_reason(desk: Desk) -> None:
    luo, li_na = desk.of("luo_jing"), desk.of("li_na")
    id = luo.new("lead", company="测试公司", name="甲", mobile="13800002222", source="phone")["id"]
    assert luo.not_pressed("lead", id, "assign") == [("required", "ask.seller")]
    seller = desk.firm.who("li_na").id
    luo.press("lead", id, "assign", ask={"seller": seller})
    assert li_na.not_pressed("lead", id, "discard") == [("required", "invalid_reason")]
    assert li_na.not_pressed("lead", id, "discard", fields={"invalid_reason": "bored"}) == [
        ("value_unknown_option", "invalid_reason")
    ]
    gone = li_na.press("lead", id, "discard", fields={"invalid_reason": "no_budget", "invalid_note": "明年再说"})
    assert gone["record"]["state"] == "invalid"
    why = li_na.why("PATCH", f"/forms/lead/records/{id}", json={"name": "乙"}, headers={"if-match": "*"})
    assert why == (403, [("forbidden", None)])


# -- contract, shipment, quality ---------------------------------------------------------------------------------------


def goods(program: Program, count: int = 1) -> list[dict[str, Any]]:
    found = program.get("/forms/product/records", where="active", sort="id", columns="id,sale_price", limit=count)
    return list(found["records"])


def contract(desk: Desk, *quantities: int, price: str = "100.00", discount: str = "0.00") -> int:
    """A contract of Li Na's as a draft, one line for each quantity."""
    li_na = desk.of("li_na")
    customer = li_na.get("/forms/customer/records", limit=1)["records"][0]["id"]
    contact = li_na.get("/forms/contact/records", where=f"customer.id = {customer}", limit=1)["records"]
    lines = [
        {"product": p["id"], "quantity": q, "price": price, "discount": discount}
        for p, q in zip(goods(desk.of("sun_yue"), len(quantities)), quantities, strict=True)
    ]
    made = li_na.new(
        "contract",
        customer=customer,
        delivery_on="2026-12-20",
        items=lines,
        contact=contact[0]["id"] if contact else None,
    )
    return int(made["id"])


def test_a_contract_is_shipped_in_parts_and_completes_by_itself(desk: Desk) -> None:
    li_na, luo, stock, quality = (desk.of(n) for n in ("li_na", "luo_jing", "feng_kai", "shen_wei"))
    customer = li_na.get("/forms/customer/records", limit=1)["records"][0]["id"]
    assert li_na.not_new("contract", customer=customer, delivery_on="2026-12-20") == [("too_few_lines", "items")]
    product = goods(desk.of("sun_yue"))[0]["id"]
    late = {"customer": customer, "delivery_on": "2026-01-01", "items": [{"product": product, "quantity": 1}]}
    assert li_na.not_new("contract", **late) == [("rule_broken", None)]
    assert li_na.not_new("contract", **{**late, "delivery_on": "2026-13-01"}) == [("value_not_a_date", "delivery_on")]
    big = contract(desk, 10, discount="0.20")
    li_na.press("contract", big, "submit")
    assert state(li_na, "contract", big) == "approving"
    assert li_na.not_pressed("contract", big, "approve") == [("not_yours", None)]
    assert luo.not_pressed("contract", big, "send_back") == [("opinion_required", "opinion")]
    luo.press("contract", big, "approve", opinion="可以")
    assert state(luo, "contract", big) == "signed"

    id = contract(desk, 10, 4)
    assert stock.why("GET", f"/forms/contract/records/{id}")[0] == 404
    assert li_na.press("contract", id, "submit")["record"]["state"] == "signed"
    blind = stock.record("contract", id)
    assert "total" not in blind and "price" not in blind["items"][0]
    assert stock.not_pressed("contract", id, "complete") == [("not_yours", None)]
    first, second = li_na.record("contract", id)["items"]

    too_many = {"contract": id, "items": [{"product": first["product"], "contract_item": first["id"], "quantity": 11}]}
    assert stock.not_new("shipment", **too_many) == [("too_large", "items.0.quantity")]
    part = {"contract": id, "items": [{"product": first["product"], "contract_item": first["id"], "quantity": 6}]}
    one = stock.new("shipment", **part)["id"]
    assert li_na.record("contract", id)["items"][0]["open_quantity"] == 4
    way = {"carrier": "sf", "tracking_no": "SF1"}
    assert stock.not_pressed("shipment", one, "ship", fields=way) == [("wrong_state", None)]
    stock.press("shipment", one, "inspect")
    assert stock.not_pressed("shipment", one, "ship", fields=way) == [("rule_broken", None)]
    check = quality.get("/forms/quality_check/records", where=f"shipment.id = {one}")["records"][0]["id"]
    line = quality.record("quality_check", check)["items"][0]["id"]
    assert stock.not_pressed("quality_check", check, "pass") == [("not_yours", None)]
    bad = {"items": [{"id": line, "bad": 2}]}
    assert quality.not_pressed("quality_check", check, "pass", fields=bad) == [("rule_broken", None)]
    assert quality.not_pressed("quality_check", check, "pass", fields={"items": [{"id": line, "bad": 7}]})[0] == (
        "too_large", "items.0.bad",
    )  # fmt: skip
    assert quality.not_pressed("quality_check", check, "fail", fields=bad) == [
        ("required", "defect"), ("opinion_required", "opinion"),
    ]  # fmt: skip
    quality.press("quality_check", check, "fail", fields={**bad, "defect": "look"}, opinion="划伤")
    assert state(stock, "shipment", one) == "draft"
    stock.press("shipment", one, "inspect")
    again = quality.get("/forms/quality_check/records", where=f'shipment.id = {one} and state = "open"')["records"]
    quality.press("quality_check", again[0]["id"], "pass")
    assert stock.not_pressed("shipment", one, "ship", fields={"carrier": "sf"}) == [("required", "tracking_no")]
    stock.press("shipment", one, "ship", fields=way)
    assert li_na.record("contract", id)["items"][0]["shipped"] == 6
    assert luo.not_pressed("contract", id, "terminate", opinion="停") == [("rule_broken", None)]
    assert stock.not_pressed("shipment", one, "deliver", fields={"delivered_on": "2030-01-01"}) == [
        ("rule_broken", None)
    ]
    stock.press("shipment", one, "deliver", fields={"delivered_on": "2026-11-23"})
    assert state(li_na, "contract", id) == "signed"

    rest = li_na.press("contract", id, "arrange_shipment")["open"]["id"]
    assert sorted(line["quantity"] for line in li_na.record("shipment", rest)["items"]) == [4, 4]
    assert li_na.not_pressed("contract", id, "arrange_shipment") == [("guard_closed", None)]
    stock.press("shipment", rest, "inspect")
    last = quality.get("/forms/quality_check/records", where=f"shipment.id = {rest}")["records"][0]["id"]
    quality.press("quality_check", last, "concede", fields={"defect": "label"}, opinion="客户同意")
    stock.press("shipment", rest, "ship", fields={"carrier": "own", "tracking_no": "X2"})
    li_na.press("shipment", rest, "deliver", fields={"delivered_on": "2026-11-23"})
    done = li_na.record("contract", id)
    assert (done["state"], done["progress"], second["product"]) == ("completed", "1.0000", done["items"][1]["product"])
    assert changes(li_na, "contract", id)[-1] == "complete"


# -- returns -----------------------------------------------------------------------------------------------------------


def shipped(desk: Desk, quantity: int = 10, price: str = "100.00") -> tuple[int, dict[str, Any]]:
    """A contract all of which was delivered, and its line."""
    li_na, luo, stock, quality = (desk.of(n) for n in ("li_na", "luo_jing", "feng_kai", "shen_wei"))
    id = contract(desk, quantity, price=price)
    li_na.press("contract", id, "submit")
    if state(luo, "contract", id) == "approving":
        luo.press("contract", id, "approve")
    slip = li_na.press("contract", id, "arrange_shipment")["open"]["id"]
    stock.press("shipment", slip, "inspect")
    check = quality.get("/forms/quality_check/records", where=f"shipment.id = {slip}")["records"][0]["id"]
    quality.press("quality_check", check, "pass")
    stock.press("shipment", slip, "ship", fields={"carrier": "sf", "tracking_no": "1"})
    stock.press("shipment", slip, "deliver", fields={"delivered_on": "2026-11-23"})
    return id, li_na.record("contract", id)["items"][0]


def test_a_return_is_checked_approved_received_inspected_and_refunded(desk: Desk) -> None:
    service, head, stock, quality, money = (
        desk.of(n) for n in ("tang_min", "zhou_qiming", "feng_kai", "shen_wei", "he_jia")
    )
    sold, line = shipped(desk, 10, "2000.00")
    whom = {"contract": sold, "contact": "王芳", "phone": "13800003333", "detail": "三台读数漂移"}
    assert service.not_new("return_request", **whom, reason="quality") == [("too_few_lines", "items")]
    many = [{"product": line["product"], "sold": line["id"], "quantity": 11}]
    assert service.not_new("return_request", **whom, reason="quality", items=many) == [
        ("too_large", "items.0.quantity")
    ]
    assert service.not_new("return_request", **whom, reason="bored", items=many)[0] == (
        "value_unknown_option",
        "reason",
    )
    three = [{"product": line["product"], "sold": line["id"], "quantity": 3}]
    made = service.new("return_request", **whom, reason="damaged", items=three)
    id = made["id"]
    assert (made["state"], made["refund"], made["items"][0]["returnable"]) == ("verify", "6000.00", 10)
    assert service.not_new("return_request", **whom, reason="quality", items=three) == [("rule_broken", "contract")]

    assert service.not_pressed("return_request", id, "accept") == [("rule_broken", None)]
    assert service.not_pressed("return_request", id, "reject") == [("opinion_required", "opinion")]
    assert stock.not_pressed("return_request", id, "accept") == [("not_yours", None)]
    service.press("return_request", id, "accept", fields={"carrier_note": "外箱破损"})
    assert state(service, "return_request", id) == "manager"
    assert service.not_pressed("return_request", id, "approve") == [("not_yours", None)]
    assert head.not_pressed("return_request", id, "decline") == [("opinion_required", "opinion")]
    head.press("return_request", id, "approve", opinion="同意退款")

    blind = stock.record("return_request", id)
    assert "refund" not in blind and "price" not in blind["items"][0]
    assert stock.not_pressed("return_request", id, "receive", fields={"carrier": "sf"}) == [
        ("required", "parcel_no"), ("required", "received_on"),
    ]  # fmt: skip
    stock.press("return_request", id, "receive", fields={"parcel_no": "SF9", "received_on": "2026-11-23"})
    assert money.not_pressed("return_request", id, "pay") == [("wrong_state", None)]
    row = made["items"][0]["id"]
    assert quality.not_pressed("return_request", id, "inspect") == [("rule_broken", "items.0")]
    more = {"items": [{"id": row, "result": "repair", "quantity": 1}]}
    assert quality.not_pressed("return_request", id, "inspect", fields=more) == [
        ("unknown_member", "fields.items.0.quantity")
    ]
    quality.press("return_request", id, "inspect", fields={"items": [{"id": row, "result": "repair", "note": "可修"}]})
    assert state(money, "return_request", id) == "refunding"
    assert money.not_pressed("return_request", id, "pay", fields={"paid_on": "2026-11-23"}) == [
        ("required", "payment_no")
    ]
    money.press("return_request", id, "pay", fields={"paid_on": "2026-11-23", "payment_no": "P1"})
    assert state(money, "return_request", id) == "closed"
    assert desk.of("li_na").record("contract", sold)["items"][0]["returned"] == 3
    assert changes(head, "return_request", id) == ["create", "accept", "approve", "receive", "inspect", "pay"]


def test_a_small_return_is_replaced_without_the_head_and_another_is_rejected(desk: Desk) -> None:
    service, stock, quality = (desk.of(n) for n in ("tang_min", "feng_kai", "shen_wei"))
    sold, line = shipped(desk)
    body = {
        "contract": sold, "contact": "王芳", "phone": "13800003333", "reason": "unwanted", "want": "replace",
        "items": [{"product": line["product"], "quantity": 1}],
    }  # fmt: skip
    assert ("not_visible", "detail") in service.not_new("return_request", **body, detail="不该填")
    id = service.new("return_request", **body)["id"]
    service.press("return_request", id, "accept")
    assert state(service, "return_request", id) == "parcel"
    stock.press("return_request", id, "receive", fields={"parcel_no": "SF8", "received_on": "2026-11-23"})
    row = quality.record("return_request", id)["items"][0]["id"]
    quality.press("return_request", id, "inspect", fields={"items": [{"id": row, "result": "good"}]})
    assert stock.not_pressed("return_request", id, "resend") == [("required", "resent_on"), ("required", "resent_no")]
    done = stock.press("return_request", id, "resend", fields={"resent_on": "2026-11-23", "resent_no": "SF7"})
    assert done["record"]["state"] == "closed"

    other = service.new("return_request", **body)["id"]
    service.press("return_request", other, "reject", opinion="超过期限")
    event = service.get(f"/forms/return_request/records/{other}/history")["events"][0]
    assert (event["transition"], event["opinion"], event["to_state"]) == ("reject", "超过期限", "rejected")
    assert service.not_pressed("return_request", other, "accept") == [("wrong_state", None)]


# -- service -----------------------------------------------------------------------------------------------------------


def test_a_work_order_is_assigned_suspended_resolved_reopened_and_rated(desk: Desk) -> None:
    service, xu, ma = desk.of("tang_min"), desk.of("xu_tao"), desk.of("ma_jun")
    customer = service.get("/forms/customer/records", limit=1)["records"][0]["id"]
    order = {"subject": "压力读数漂移", "customer": customer, "phone": "13800004444", "description": "每天下午偏高"}
    assert service.not_new("work_order", **{**order, "subject": None}) == [("required", "subject")]
    assert service.not_new("work_order", **{**order, "customer": 987654}) == [("no_such_reference", "customer")]
    assert xu.why("POST", "/forms/work_order/records", json=order) == (403, [("forbidden", None)])
    id = service.new("work_order", **order)["id"]
    assert xu.why("GET", f"/forms/work_order/records/{id}")[0] == 404
    engineer, seller = desk.firm.who("xu_tao").id, desk.firm.who("li_na").id
    assert service.not_pressed("work_order", id, "assign") == [("required", "ask.engineer")]
    assert service.not_pressed("work_order", id, "assign", ask={"engineer": seller}) == [
        ("reference_excluded", "ask.engineer")
    ]
    service.press("work_order", id, "assign", ask={"engineer": engineer})
    assert ma.why("POST", f"/forms/work_order/records/{id}/transitions/accept", json={})[0] == 404
    assert service.not_pressed("work_order", id, "accept") == [("not_yours", None)]
    assert xu.not_pressed("work_order", id, "decline") == [("opinion_required", "opinion")]
    xu.press("work_order", id, "accept", fields={"visit_at": "2026-11-24T01:00:00Z"})

    assert xu.not_pressed("work_order", id, "suspend") == [("required", "suspend_reason")]
    assert xu.press("work_order", id, "suspend", fields={"suspend_reason": "part"})["record"]["state"] == "suspended"
    xu.press("work_order", id, "resume")
    assert xu.record("work_order", id)["suspend_reason"] is None
    assert xu.not_pressed("work_order", id, "resolve") == [("required", "result"), ("rule_broken", None)]
    assert xu.not_pressed("work_order", id, "resolve", fields={"result": "换了传感器"}) == [("rule_broken", None)]
    xu.press("work_order", id, "resolve", fields={"result": "换了传感器", "confirmed": True, "hours": "2.5"})
    assert xu.not_pressed("work_order", id, "confirm") == [("not_yours", None)]
    assert service.not_pressed("work_order", id, "reopen") == [("opinion_required", "opinion")]
    again = service.press("work_order", id, "reopen", opinion="还在漂")["record"]
    assert (again["state"], again["reopened"], again["confirmed"]) == ("working", 1, False)
    xu.press("work_order", id, "resolve", fields={"result": "换了主板", "confirmed": True})
    service.press("work_order", id, "confirm")
    assert service.not_pressed("work_order", id, "rate") == [("required", "rating")]
    assert service.not_pressed("work_order", id, "rate", fields={"rating": 6})[0] == ("too_large", "rating")
    assert service.not_pressed("work_order", id, "rate", fields={"rating": 2}) == [("rule_broken", None)]
    assert service.press("work_order", id, "rate", fields={"rating": 5})["record"]["state"] == "closed"
    assert service.not_pressed("work_order", id, "cancel", opinion="算了") == [("wrong_state", None)]
