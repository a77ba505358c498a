"""The flows of the shipped pack as those who live in them tell it: who is asked, until when, who hears when it is late,
and what comes of it. (What a program may and may not press is in `tests/stories/test_flows_api.py`.)"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime import printing
from engine.runtime.values import Ask
from tests.firm import ADMIN, Firm
from tests.runtime.living import ALL


class Office:
    """The demo's people at work. Warnings are taken note of."""

    def __init__(self, firm: Firm) -> None:
        self.firm, self.engine, self.who = firm, firm.engine, firm.who

    def new(self, login: str, form: str, **raw: Any) -> int:
        id = self.engine.submit(self.who(login), form, raw, confirmed=ALL).record.id
        assert id is not None
        return id

    def press(self, login: str, form: str, id: int, button: str, **more: Any) -> str:
        """Press a button; gives the state after it."""
        self.engine.act(self.who(login), form, id, button, confirmed=ALL, **more)
        return self.state(form, id)

    def no(self, login: str, form: str, id: int, button: str, **more: Any) -> str:
        """The code for which a button is refused."""
        with pytest.raises(Refused) as refused:
            self.engine.act(self.who(login), form, id, button, **more)
        return str(refused.value.problems[0].code)

    def state(self, form: str, id: int) -> str:
        return str(self.firm.get(form, id)["state"])

    def ids(self, form: str, where: str) -> list[int]:
        """The records of which this is true, the oldest first."""
        ask = Ask(where=self.engine.condition(form, where), limit=200)
        return sorted(row.record.id or 0 for row in self.engine.page(ADMIN, form, ask).rows)

    def told(self, login: str, words: str) -> int:
        """How many notices of this person say so."""
        return sum(words in n.message for n in self.engine.notices(self.who(login), limit=500))

    def later(self, **more: float) -> None:
        """Time goes by, and what was due is done."""
        self.firm.clock.later(**more)
        self.engine.jobs.run_due()


@pytest.fixture
def office(demo: Firm) -> Office:
    demo.engine.jobs.run_due()
    return Office(demo)


def test_a_large_contract_with_terms_of_its_own_climbs_three_tiers(office: Office) -> None:
    customer, product = (
        office.ids("customer", 'name = "东莞智联电子有限公司"')[0],
        office.ids("product", 'code = "DAQ-8"')[0],
    )
    lines = [{"product": product, "quantity": 40, "price": "9000"}]
    made = {"customer": customer, "delivery_on": "2026-12-30", "items": lines, "special_terms": "质保延长到三年"}
    id = office.new("zheng_hao", "contract", **made)
    assert office.press("zheng_hao", "contract", id, "submit") == "approving"
    assert office.no("gu_minghua", "contract", id, "approve") == "not_yours"  # not the head of these
    assert "withdraw" in office.firm.verbs(office.who("zheng_hao"), "contract", id)

    assert office.press("luo_jing", "contract", id, "approve", opinion="同意") == "terms"
    assert office.press("he_jia", "contract", id, "send_back", opinion="延保要写费用") == "draft"
    assert office.told("zheng_hao", "被退回，请修改后再提交") >= 1
    office.press("zheng_hao", "contract", id, "submit")
    office.press("luo_jing", "contract", id, "approve")
    assert office.press("he_jia", "contract", id, "agree_terms") == "board"
    assert office.no("luo_jing", "contract", id, "sign_off") == "not_yours"
    assert office.press("sun_yue", "contract", id, "sign_off") == "signed"
    assert office.told("zheng_hao", "已批准，可以安排发货") >= 1

    # a head's own contract: whose head is the director, and is asked once
    own = office.new("luo_jing", "contract", **{**made, "special_terms": None})
    assert office.press("luo_jing", "contract", own, "submit") == "approving"
    assert office.press("sun_yue", "contract", own, "approve") == "signed"


def test_a_contract_that_the_head_leaves_lying_goes_to_their_head_who_keeps_it(office: Office) -> None:
    customer, product = (
        office.ids("customer", 'name = "东莞智联电子有限公司"')[0],
        office.ids("product", 'code = "DAQ-8"')[0],
    )
    lines = [{"product": product, "quantity": 2, "price": "9000"}]
    made = {"customer": customer, "delivery_on": "2026-12-30", "items": lines, "special_terms": "质保延长到三年"}
    id, own = office.new("zheng_hao", "contract", **made), office.new("luo_jing", "contract", **made)
    for seller, one in (("zheng_hao", id), ("luo_jing", own)):
        assert office.press(seller, "contract", one, "submit") == "approving"
    office.later(days=2)
    number, another = (office.firm.get("contract", one)["number"] for one in (id, own))
    assert office.told("zheng_hao", f"合同 {number} 在主管审批停了超过一个工作日，已转给上级") == 1
    assert office.told("luo_jing", "“主管审批”已超时，现在由孙悦处理") == 1
    assert office.told("sun_yue", "“主管审批”已超时，由罗静转给你处理") == 1
    assert office.no("luo_jing", "contract", id, "approve") == "not_yours"
    assert office.press("sun_yue", "contract", id, "approve") == "terms"

    # above the director there is nobody: a head's own contract stays there, with a reminder
    assert office.told("sun_yue", f"合同 {another}（东莞智联电子有限公司）等你审批已超过一个工作日") == 1
    assert office.told("luo_jing", f"合同 {another} 在主管审批") == 0
    assert office.press("sun_yue", "contract", own, "approve") == "terms"


def test_a_lead_that_was_given_back_is_for_others_first(office: Office) -> None:
    lead = {"company": "绍兴新样", "name": "周", "mobile": "13800007777", "source": "phone"}
    id = office.new("gu_minghua", "lead", **lead)
    assert office.press("zhao_yifan", "lead", id, "claim") == "following"
    assert office.press("zhao_yifan", "lead", id, "recycle") == "pool"
    assert office.no("zhao_yifan", "lead", id, "claim") == "rule_broken"
    assert office.press("wang_siyuan", "lead", id, "claim") == "following"
    office.press("wang_siyuan", "lead", id, "recycle")
    office.later(hours=25)
    assert office.press("wang_siyuan", "lead", id, "claim") == "following"


def test_a_quotation_is_approved_by_its_discount_sent_accepted_and_becomes_a_contract(office: Office) -> None:
    customer, product = (
        office.ids("customer", 'name = "东莞智联电子有限公司"')[0],
        office.ids("product", 'code = "GW-2"')[0],
    )

    def quote(discount: str) -> int:
        lines = [{"product": product, "quantity": 10, "discount": discount}]
        return office.new("zheng_hao", "quotation", customer=customer, items=lines)

    id = quote("25%")
    assert office.press("zheng_hao", "quotation", id, "submit") == "approving"
    assert office.press("luo_jing", "quotation", id, "approve") == "board"
    assert office.press("sun_yue", "quotation", id, "sign_off") == "ready"
    assert office.press("zheng_hao", "quotation", id, "send") == "sent"
    assert office.press("zheng_hao", "quotation", id, "accept") == "accepted"
    office.press("zheng_hao", "quotation", id, "to_contract", ask={"delivery_on": "2026-12-30"})
    contract = office.firm.get("contract", office.firm.get("quotation", id)["contract"])
    assert contract["total"] == office.firm.get("quotation", id)["total"] == Decimal("42000.00")
    assert office.no("zheng_hao", "quotation", id, "to_contract", ask={"delivery_on": "2026-12-30"}) == "guard_closed"

    late = quote("0%")
    assert office.press("zheng_hao", "quotation", late, "submit") == "ready"  # nobody need approve the list price
    office.press("zheng_hao", "quotation", late, "send")
    office.later(days=27)
    assert office.told("zheng_hao", "三天后过期") == 1
    office.later(days=4)
    assert office.state("quotation", late) == "expired"
    office.press("zheng_hao", "quotation", late, "revise")
    again = office.firm.get("quotation", max(office.ids("quotation", "id > 0")))
    assert (again["revision"], again["replaces"], again["state"]) == (2, late, "draft")


def test_a_quotation_is_printed_in_the_readers_language(office: Office) -> None:
    reader, files = office.who("gu_minghua"), office.engine.files.open
    id = office.ids("quotation", 'customer.name = "苏州禾川电子有限公司"')[0]
    number = office.firm.get("quotation", id)["number"]
    for language, words in (("zh", ("报价单号", "增值税")), ("en", ("Valid until", "VAT"))):
        actor = replace(reader, language=language)
        page = office.engine.read(actor, lambda w: printing.printed(w, "quotation", (id,), "quotation", files))
        said = page.content.decode()
        assert [one for one in (*words, number, "数据采集模块", "54,096.00") if one not in said] == []


def test_a_plan_reminds_its_day_is_told_to_the_head_when_late_and_ends_in_a_follow_up(office: Office) -> None:
    customer = office.ids("customer", 'name = "东莞智联电子有限公司"')[0]
    id = office.new("zheng_hao", "follow_plan", customer=customer, goal="谈年框", due_at="2026-11-25T02:00:00Z")
    office.later(hours=21)  # Tuesday morning
    assert office.told("zheng_hao", "明天要跟进：谈年框") == 1
    office.later(days=1, hours=2)
    assert office.told("zheng_hao", "该跟进了：谈年框") == 1 and office.told("luo_jing", "谈年框") == 0
    office.later(days=1)
    assert office.told("luo_jing", "谈年框") == 1  # by then their head is told
    assert office.press("zheng_hao", "follow_plan", id, "postpone", ask={"at": "2026-11-30T02:00:00Z"}) == "planned"
    ask = {"content": "对方同意下月签", "next_at": "2026-12-10T01:00:00Z"}
    assert office.press("zheng_hao", "follow_plan", id, "finish", ask=ask) == "done"
    assert office.firm.get("customer", customer)["next_follow_at"] == datetime(2026, 12, 10, 1, tzinfo=UTC)
    office.firm.clock.now = datetime(2026, 12, 10, 0, 25, tzinfo=UTC)
    office.later(minutes=10)
    assert office.told("zheng_hao", "今天要联系 东莞智联") == 1


def test_what_is_due_is_reminded_and_what_came_is_posted_by_finance(office: Office) -> None:
    contract = office.ids("contract", 'state = "signed"')[-1]
    owner = office.firm.get("contract", contract)["owner"]
    seller = next(n for n in ("wang_siyuan", "zhao_yifan", "li_na", "zheng_hao") if office.who(n).id == owner)
    plan = office.new("he_jia", "receivable_plan", contract=contract, due_on="2026-11-27", amount="1000", period=9)
    office.later(days=1)
    assert office.told(seller, "1,000.00 元应收 2026-11-27 到期") == 1
    office.firm.clock.now = datetime(2026, 11, 30, 1, tzinfo=UTC)  # the Monday after it
    office.engine.jobs.run_due()
    assert office.told(seller, "1,000.00 元应收已逾期") == office.told("he_jia", "1,000.00 元应收已逾期") == 1
    id = office.new(seller, "receipt", contract=contract, plan=plan, amount="400", received_on="2026-11-30")
    assert office.no(seller, "receipt", id, "post", raw={"bank_no": "1"}) == "not_yours"
    assert office.firm.get("receivable_plan", plan)["unpaid"] == Decimal("1000.00")
    assert office.press("he_jia", "receipt", id, "post", raw={"bank_no": "20261201-1"}) == "posted"
    assert office.firm.get("receivable_plan", plan)["unpaid"] == Decimal("600.00")
    assert office.told(seller, "回款 400.00 元已入账") == 1


def test_a_work_order_keeps_its_promises_or_is_escalated(office: Office) -> None:
    customer, xu = office.ids("customer", "id > 0")[0], office.who("xu_tao").id
    order = {"customer": customer, "phone": "13800004444", "description": "停机", "priority": "urgent"}
    id = office.new("tang_min", "work_order", subject="一号线停机", **order)
    office.later(hours=4)  # more than two of them are worked
    assert office.told("zhou_qiming", "超过响应时限还没有人接：一号线停机") == 1
    office.press("tang_min", "work_order", id, "assign", ask={"engineer": office.who("ma_jun").id})
    office.later(hours=26)
    assert office.told("tang_min", "派出两小时没有人接，已转给主管：一号线停机") == 1
    assert office.told("zhou_qiming", "“待接单”已超时，由马骏转给你处理") == 1
    assert office.no("ma_jun", "work_order", id, "accept") == "not_yours"
    office.press("zhou_qiming", "work_order", id, "reassign", ask={"engineer": xu})
    assert office.press("xu_tao", "work_order", id, "accept") == "working"
    assert office.press("xu_tao", "work_order", id, "suspend", raw={"suspend_reason": "customer"}) == "suspended"
    office.later(days=5)  # for the customer the clock stands still
    assert office.firm.get("work_order", id)["solved"] is None
    office.press("xu_tao", "work_order", id, "resume")
    office.later(days=4)
    late = office.firm.get("work_order", id)
    assert (late["responded"], late["solved"], late["escalated_to"]) == (
        "missed",
        "missed",
        office.who("zhou_qiming").id,
    )
    assert office.told("zhou_qiming", "已上报 周启明：一号线停机") == 1
    assert (
        office.press("tang_min", "work_order", id, "reassign", ask={"engineer": office.who("ma_jun").id}) == "assigned"
    )
    assert office.no("xu_tao", "work_order", id, "accept") in ("not_yours", "not_found")
    office.press("ma_jun", "work_order", id, "accept")
    done = {"result": "换了电源", "confirmed": True}
    assert office.press("ma_jun", "work_order", id, "resolve", raw=done) == "resolved"
    office.later(hours=73)  # nobody objects
    assert office.state("work_order", id) == "closed"


def test_a_return_that_nobody_verifies_is_told_to_the_head(office: Office) -> None:
    sold = office.ids("contract", 'state = "completed"')[-1]
    line = office.firm.get("contract", sold)["items"][0]
    lines = [{"product": line["product"], "sold": line["id"], "quantity": 1}]
    whom = {"contract": sold, "contact": "王芳", "phone": "13800003333", "reason": "unwanted"}
    id = office.new("tang_min", "return_request", **whom, items=lines)
    office.later(days=1)
    number = office.firm.get("return_request", id)["number"]
    assert office.told("zhou_qiming", f"退货 {number} 四个工作小时还没有核实") == 1
    assert office.press("lin_xiaowen", "return_request", id, "accept") in ("parcel", "manager")


def test_a_purchase_is_asked_for_approved_ordered_by_supplier_received_and_stands_in_stock(office: Office) -> None:
    flow, cable = (office.ids("product", f'code = "{code}"')[0] for code in ("FL-50", "CB-5"))
    home = office.ids("warehouse", 'code = "CP01"')[0]

    def on_hand(product: int) -> int:
        where = f"product.id = {product} and warehouse.id = {home}"
        rows = office.engine.page(ADMIN, "stock", Ask(where=office.engine.condition("stock", where))).rows
        return int(sum(row.record.values["on_hand"] for row in rows))

    before = on_hand(flow), on_hand(cable)
    lines = [{"product": flow, "quantity": 50}, {"product": cable, "quantity": 10}]
    id = office.new("feng_kai", "purchase_request", purpose="备货", need_by="2026-12-20", items=lines)
    assert office.firm.get("purchase_request", id)["total"] == Decimal("110480.00")
    assert office.press("feng_kai", "purchase_request", id, "submit") == "approving"
    assert office.press("chen_li", "purchase_request", id, "approve") == "board"  # above the director's limit
    assert office.press("sun_yue", "purchase_request", id, "sign_off") == "buying"
    assert office.press("qian_bo", "purchase_request", id, "place") == "ordered"
    orders = office.ids("purchase_order", f"request.id = {id}")
    assert len(orders) == 2  # one for each supplier
    big = next(o for o in orders if office.firm.get("purchase_order", o)["total"] > 100000)
    assert office.press("qian_bo", "purchase_order", big, "submit") == "approving"
    assert office.press("wu_qian", "purchase_order", big, "approve") == "board"
    assert office.press("sun_yue", "purchase_order", big, "sign_off") == "placed"

    office.press("feng_kai", "purchase_order", big, "receive", ask={"warehouse": home})
    slip = max(office.ids("goods_receipt", "id > 0"))
    line = office.firm.get("goods_receipt", slip)["items"][0]
    assert line["quantity"] == 50
    inspected = {"items": [{"id": line["id"], "bad": 2, "note": "表壳划伤"}]}
    assert office.press("shen_wei", "goods_receipt", slip, "pass", raw=inspected) == "shelving"
    assert office.press("feng_kai", "goods_receipt", slip, "stock") == "stocked"
    assert (on_hand(flow), on_hand(cable)) == (before[0] + 48, before[1])
    assert office.state("purchase_order", big) == "completed"
    assert office.told("qian_bo", "有 2 件不合格") == 1
    with pytest.raises(Refused) as refused:  # nobody takes out what isn't there
        office.new("feng_kai", "stock_move", kind="scrap", product=flow, warehouse=home, quantity=-999)
    assert "库存不足" in refused.value.problems[0].message("zh")

    other = next(o for o in orders if o != big)
    office.press("qian_bo", "purchase_order", other, "submit")
    office.press("wu_qian", "purchase_order", other, "approve")
    office.later(days=30)
    assert office.told("qian_bo", "已到交货日，还没有到齐") >= 1


def test_on_the_first_of_the_month_commissions_are_counted_confirmed_and_paid(office: Office) -> None:
    known = set(office.ids("commission", "id > 0"))
    office.firm.clock.now = datetime(2026, 12, 1, 1, tzinfo=UTC)
    office.engine.jobs.run_due()
    made = [
        office.firm.get("commission", id) | {"id": id} for id in office.ids("commission", "id > 0") if id not in known
    ]
    assert {one["month"] for one in made} == {date(2026, 11, 1)} and len({one["seller"] for one in made}) == len(
        made
    ) > 1
    one = next(m for m in made if m["seller"] == office.who("zhao_yifan").id)
    base = one["base"]
    tier = min(base, Decimal(100000)) * Decimal("0.01") + max(Decimal(0), base - 100000) * Decimal("0.015")
    assert one["total"] == round(tier, 2) > 0
    office.later(days=1)
    assert set(office.ids("commission", "id > 0")) == known | {m["id"] for m in made}  # and only once

    id = one["id"]
    fixed = {"adjust": "-50", "adjust_reason": "上月退货"}
    assert office.no("gu_minghua", "commission", id, "confirm", raw={"adjust": "-50"}) == "rule_broken"
    assert office.press("gu_minghua", "commission", id, "confirm", raw=fixed) == "review"
    assert office.press("he_jia", "commission", id, "agree") == "paying"
    assert office.press("he_jia", "commission", id, "pay", raw={"paid_on": "2026-12-10"}) == "paid"
    assert office.told("zhao_yifan", "提成") == 1
    own = office.engine.page(office.who("li_na"), "commission", Ask()).rows
    assert {row.record.values["seller"] for row in own} == {office.who("li_na").id}
