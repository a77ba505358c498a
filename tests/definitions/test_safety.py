"""What `check` finds by trying values: told as a short story in both languages; and what is sound is left alone."""

from __future__ import annotations

import pytest

from engine.problems import safety
from tests.definitions.conftest import Packed

PACK = "roles: {sales: 销售, boss: 主管}\nsettings: {limit: {type: money, default: 5000, title: 限额}}\nmenu: []\n"
FORM = """
title: 申请
fields:
  amount: {{type: money, title: 金额, required: true}}
  kind: {{type: choice, title: 类别, options: {{a: 甲, b: 乙}}}}
  count: {{type: integer, title: 件数, min: 1, max: 9}}
  agreed: {{type: boolean, title: 已谈妥}}
  chief: {{type: member, title: 经办人}}
  items: {{type: lines, title: 明细, fields: {{price: {{type: money}}}}}}
  total: {{type: money, title: 合计, formula: SUM(items.price)}}
  days: {{type: integer, title: 天数, formula: amount / 100}}
access:
  sales: {{can: [view, create]}}
  boss: {{can: [view, edit], readonly: [amount, kind, count, agreed, items{closed}]}}
"""


def found(packed: Packed, states: str, transitions: str, closed: str = ", chief") -> list[tuple[str, str, str]]:
    """(code, zh, en) of what is wrong with a workflow of the form above."""
    workflow = f"states:\n{states}\ntransitions:\n{transitions}\n"
    files = {"pack.yaml": PACK, "forms/plea.yaml": FORM.format(closed=closed), "workflows/plea.yaml": workflow}
    told = packed(files).problems
    safe = {code for name, code in vars(safety).items() if name.isupper()}
    assert not [p.code for p in told if p.severity == "error" and p.code not in safe]
    return [(p.code, p.message("zh"), p.message("en")) for p in told if p.code in safe]


STATES = """
  new: {title: 新建}
  check: {title: 审核}
  done: {title: 完成, final: success}
"""
SEND = "  send: {title: 提交, from: new, to: check, who: sales}\n"


def test_a_record_that_no_condition_covers_is_told_with_its_way_and_values(packed: Packed) -> None:
    ((code, zh, en),) = found(packed, STATES, SEND + """
  small: {title: 小额, from: check, to: done, who: boss, when: amount < settings.limit}
  large: {title: 大额, from: check, to: done, who: boss, when: amount > 5000}
""")  # fmt: skip
    assert code == safety.STUCK_WITH
    assert "新建 → 「提交」 → 审核；金额 = 5000；走不了：小额、大额" in zh
    assert "New → [Send] → Check; Amount = 5000" in en and "closed: " in en


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        ("when: amount < 10 or kind = 'a'|when: amount >= 10".replace("'", '"'), "every value is covered"),
        ("when: total < 10|when: total >= 10", "a sum over lines is one or the other"),
        ("when: count < 5|when: 'COALESCE(count, 9) >= 5'", "blank is covered"),
        ("when: days > 3|when: days <= 3 or ISBLANK(days)", "a formula is followed to what it reads"),
        ("when: NOW() > created_at + 3d|when: user = chief", "time goes by, and others come"),
        ("when: agreed|when: not agreed", "yes or no"),
    ],
)
def test_what_covers_all_is_left_alone(packed: Packed, ways: str, why: str) -> None:
    one, other = ways.split("|")
    assert found(packed, STATES, SEND + f"""
  one: {{from: check, to: done, who: boss, {one}}}
  other: {{from: check, to: done, who: boss, {other}}}
""") == [], why  # fmt: skip


def test_what_somebody_can_still_fill_holds_nobody_up(packed: Packed) -> None:
    ways = SEND + "  one: {from: check, to: done, who: boss, when: not ISBLANK(chief)}\n"
    assert [code for code, *_ in found(packed, STATES, ways)] == [safety.STUCK_WITH]
    assert found(packed, STATES, ways, closed="") == []


def test_what_the_branches_before_rule_out_needs_no_way(packed: Packed) -> None:
    states = """
  new: {title: 新建}
  gate: {choose: [{when: amount > 100, to: check}, {to: done}]}
  check: {title: 审核}
  done: {title: 完成, final: success}
"""
    send = "  send: {from: new, to: gate, who: sales}\n"
    assert found(packed, states, send + "  one: {from: check, to: done, who: boss, when: amount > 50}\n") == []
    (only,) = found(packed, states, send + "  one: {from: check, to: done, who: boss, when: amount > 200}\n")
    assert only[0] == safety.STUCK_WITH and "金额 = 150" in only[1]


def test_a_rule_of_the_only_transition_counts_as_its_condition(packed: Packed) -> None:
    form = FORM.format(closed=", chief") + "rules: {few: {at: go, check: count < 3, message: 太多}}\n"
    flow = "states:" + STATES + "transitions:\n" + SEND + "  go: {from: check, to: done, who: boss%s}\n"
    for edit, codes in (("", [safety.STUCK_WITH]), (", edit: [count]", [])):
        told = packed({"pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": flow % edit}).problems
        assert [p.code for p in told if p.severity == "error"] == codes


def test_a_condition_and_a_rule_that_exclude_each_other(packed: Packed) -> None:
    form = FORM.format(closed="") + "rules: {few: {at: fast, check: count < 3, message: 太多}}\n"
    flow = (
        "states:"
        + STATES
        + "transitions:\n"
        + SEND
        + """
  go: {from: check, to: done, who: boss}
  fast: {title: 快办, from: check, to: done, who: boss, when: count > 5}
"""
    )
    told = packed({"pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": flow}).errors
    assert [p.code for p in told] == [safety.GUARD_NEVER]
    assert "count > 5 · count < 3" in told[0].message("en")


@pytest.mark.parametrize(
    ("rules", "more", "told"),
    [
        ("{r: {at: fast, check: 'kind = \"a\" and kind = \"b\"', message: 不行}}", "", True),
        ("{r: {at: fast, check: 'kind = \"a\" and kind = \"b\"', message: 不行}}", ", edit: [kind]", True),
        ("{r: {at: fast, check: amount < 5, message: 不行}, s: {at: fast, check: amount > 9, message: 不行}}", "", True),
        ("{r: {at: fast, check: amount < 5, message: 不行}, s: {at: go, check: amount > 9, message: 不行}}", "", False),
        ("{r: {at: fast, check: amount < 5, message: 不行}}", ", when: amount > 9, do: [{set: {amount: 1}}]", False),
    ],
)  # fmt: skip
def test_rules_that_exclude_each_other_where_no_condition_stands(
    packed: Packed, rules: str, more: str, told: bool
) -> None:
    form = FORM.format(closed="").replace("{a: 甲, b: 乙}}", "{a: 甲, b: 乙}, required: true}") + f"rules: {rules}\n"
    flow = f"states:{STATES}transitions:\n{SEND}" + "  stop: {from: check, to: done, who: boss}\n"
    flow += "  go: {from: check, to: done, who: boss}\n"
    flow += f"  fast: {{title: 快办, from: check, to: done, who: boss{more}}}\n"
    errors = packed({"pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": flow}).errors
    assert [(p.code, p.place.file.rsplit("/")[-2:], p.place.line) for p in errors] == (
        [(safety.GUARD_NEVER, ["forms", "plea.yaml"], 15)] if told else []
    )


def test_a_ladder_of_branches_is_no_mistake(packed: Packed) -> None:
    states = """
  gate: {choose: [{when: amount > 1000, to: check}, {when: amount > 100, to: seen}, {to: done}]}
  seen: {}
  check: {title: 审核}
  done: {title: 完成, final: success}
"""
    ways = "  a: {from: [check, seen], to: done, who: boss}\n"
    assert found(packed, states, ways) == []


def test_who_a_field_names_may_be_nobody_unless_it_was_required_on_the_way(packed: Packed) -> None:
    go = "  go: {title: 办结, from: check, to: done, who: =chief}\n"
    ((code, zh, _),) = found(packed, STATES, SEND + go)
    assert code == safety.PERHAPS_NOBODY and "经办人 = 空" in zh and "新建 → 「提交」 → 审核" in zh
    for more in ("require: [chief]", "do: [{set: {chief: =user}}]",
                 "ask: {who: {type: member, required: true}}, do: [{set: {chief: =ask.who}}]"):  # fmt: skip
        send = f"  send: {{from: new, to: check, who: sales, edit: [chief], {more}}}\n"
        assert found(packed, STATES, send + go) == [], more


@pytest.mark.parametrize(
    ("when", "unsafe"),
    [
        ("COUNT(from plea where kind = this.kind) < 5", True),
        ("5 >= SUM(amount from plea where kind = this.kind)", True),
        ("COUNT(from plea where owner = user) < 5", False),
        ("COUNT(items) < 5", False),
        ("COUNT(from plea where kind = this.kind) > 5", False),
    ],
)
def test_a_limit_on_other_records_belongs_into_an_aggregate(packed: Packed, when: str, unsafe: bool) -> None:
    ways = (
        SEND + f"  a: {{from: check, to: done, who: boss}}\n  b: {{from: check, to: done, who: boss, when: {when}}}\n"
    )
    assert [code for code, *_ in found(packed, STATES, ways)] == [safety.COUNTING_GUARD] * unsafe


def told_of(packed: Packed, code: str, states: str, ways: str) -> tuple[str, str]:
    """What is said of the one problem of this code in a workflow of the form above, in both languages."""
    flow = f"states:\n{states}\ntransitions:\n{ways}\n"
    form = FORM.format(closed=", chief").replace("[view, create]}", "[view, create], readonly: [chief]}")
    files = {"pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": flow}
    (one,) = [p for p in packed(files).problems if p.code == code]
    return one.message("zh"), one.message("en")


TASKED = STATES.replace("check: {title: 审核}", "check: {title: 审核, task: {%s}}")


@pytest.mark.parametrize(
    ("code", "states", "ways", "zh", "en"),
    [
        ("dead_end", STATES, SEND + "  go: {from: new, to: done, who: boss}\n", "：new → check", ": new → check"),
        ("require_unfilled", STATES, SEND + "  go: {title: 办结, from: check, to: done, who: boss, require: [chief]}\n",
         "：新建 → 「提交」 → 审核；经办人 = 空；按不了「办结」", "New → [Send] → Check; Chief = blank; [Go] can't be pressed"),
        ("task_unfilled", TASKED % "assign: boss, require: [chief]", SEND + "  go: {title: 办结, from: check, to: done}\n",
         "：新建 → 「提交」 → 审核；经办人 = 空；按不了「办结」", "New → [Send] → Check; Chief = blank; [Go] can't be pressed"),
        ("nobody_missing", TASKED % "assign: =chief, nobody: =chief", SEND + "  go: {from: check, to: done}\n",
         "：新建 → 「提交」 → 审核；=chief = 空", "New → [Send] → Check; =chief = blank"),
        ("counting_guard", STATES, SEND + "  go: {from: check, to: done, who: boss, when: COUNT(from plea where kind = this.kind) < 5}\n",
         "各自数到 4，都通过，之后是 6", "two people at once each count 4, both pass, and then it is 6"),
        ("counting_guard", STATES, SEND + "  go: {from: check, to: done, who: boss, when: SUM(amount from plea) <= settings.limit}\n",
         "谁也看不到对方刚做的", "don't see what the other just did"),
    ],
    ids=["dead_end", "require", "task", "nobody", "counting", "counting_to_a_setting"],
)  # fmt: skip
def test_each_is_told_with_its_way_and_values(
    packed: Packed, code: str, states: str, ways: str, zh: str, en: str
) -> None:
    chinese, english = told_of(packed, code, states, ways)
    assert zh in chinese and en in english


def test_a_moment_that_a_state_waits_for_is_a_way_out_and_no_condition(packed: Packed) -> None:
    states = STATES.replace(
        "check: {title: 审核}",
        "check: {title: 审核, wait: [{until: created_at + 3d, to: done}, {until: amount > 10, to: done}]}",
    )
    assert (
        found(packed, states, SEND + "  one: {title: 一, from: check, to: done, who: boss, when: amount < 5}\n") == []
    )


ORDER = """
title: 订单
fields: {name: {title: 名称}, parcels: {type: related, from: parcel}, open: {type: integer, formula: COUNT(parcels)}}
access: {sales: {can: [view, create]}}
"""
PARCEL = """
title: 包裹
fields: {order: {type: reference, to: order, title: 订单}, bill: {type: reference, to: bill, title: 账单}}
access: {sales: {can: [view, create]}}
"""
BILL = """
title: 账单
fields: {order: {type: reference, to: order, title: 订单}}
access: {sales: {can: [view, create]}}
"""


def circles(packed: Packed, order: str, parcel: str, bill: str = "{until: order.state.final, to: done}") -> list[str]:
    """What is told of forms that wait for each other, each new → waits → done; a wait may be preceded by a transition."""

    def flow(wait: str) -> str:
        wait, _, more = wait.partition("|")
        start = more or "go: {title: 走, from: new, to: held, who: sales}"
        return f"""
states:
  new: {{title: 新建}}
  held: {{title: 等, wait: [{wait}]}}
  done: {{title: 完成, final: success}}
transitions:
  {start}
"""

    files = {"pack.yaml": PACK, "forms/order.yaml": ORDER, "forms/parcel.yaml": PARCEL, "forms/bill.yaml": BILL}
    flows = {"order": order, "parcel": parcel, "bill": bill}
    told = packed({**files, **{f"workflows/{n}.yaml": flow(w) for n, w in flows.items()}}).problems
    assert [p.code for p in told if p.severity == "error"] == []
    return [p.message("en") for p in told if p.code == safety.WAIT_CIRCLE]


ALL = "{until: ALL(state.final from parcels), to: done}"
NONE = "{until: COUNT(from parcels where not state.final) = 0, to: done}"
BACK = "{until: order.state.final, to: done}"


@pytest.mark.parametrize("order", [ALL, NONE, "{until: 'open = 0 or ALL(state = \"done\" from parcels)', to: done}"])
def test_two_forms_that_wait_for_each_other_are_told_with_how_it_comes(packed: Packed, order: str) -> None:
    (told,) = circles(packed, order, BACK)
    assert "Order (New → [Go] → Held) waits for" in told and told.endswith(
        "Parcel (New → [Go] → Held) waits for order.state.final"
    )


def test_three_forms_that_wait_in_a_circle_are_told(packed: Packed) -> None:
    (told,) = circles(packed, ALL, "{until: bill.state.final, to: done}")
    assert [name for name in ("Order", "Parcel", "Bill") if f"{name} (New" in told] == ["Order", "Parcel", "Bill"]


@pytest.mark.parametrize(
    ("order", "parcel", "why"),
    [
        (
            ALL,
            BACK + "|go: {from: new, to: held, who: sales}\n  skip: {from: held, to: done, who: boss}",
            "the boss may go on",
        ),
        (ALL, "{until: state_since + 3d, to: done}, " + BACK, "time goes by"),
        (ALL, "{until: 'order.state != \"new\"', to: done}", "it waits for no more than that"),
        ("{until: 'ANY(state = \"held\" from parcels)', to: done}", BACK, "the first goes on as the second comes"),
        (
            ALL,
            BACK + "|go: {from: new, to: held, who: sales, when: 'order.state = \"done\"'}",
            "it is never that early",
        ),
        ("{until: 'open = 0 or ANY(not state.final from parcels)', to: done}", BACK, "it waits for the contrary"),
    ],
)
def test_who_can_go_on_waits_for_nobody(packed: Packed, order: str, parcel: str, why: str) -> None:
    assert circles(packed, order, parcel) == [], why


@pytest.mark.parametrize(
    ("until", "stuck"),
    [
        ('ALL(state = "done" from parcels)', True),
        ("ALL(state.final from parcels)", False),
        ('ANY(state = "done" from parcels)', False),  # another may come
        ('ALL(state in ["done", "lost"] from parcels)', False),
    ],
)
def test_what_waits_for_a_success_is_stuck_when_it_ends_otherwise(packed: Packed, until: str, stuck: bool) -> None:
    files = {"pack.yaml": PACK, "forms/order.yaml": ORDER, "forms/parcel.yaml": PARCEL, "forms/bill.yaml": BILL}
    told = packed({**files, "workflows/order.yaml": f"""
states:
  new: {{title: 新建}}
  held: {{title: 等, wait: [{{until: '{until}', to: done}}]}}
  done: {{final: success}}
transitions: {{go: {{title: 走, from: new, to: held, who: sales}}}}
""", "workflows/parcel.yaml": """
states: {new: {}, done: {final: success}, lost: {title: 丢失, final: failure}}
transitions: {get: {from: new, to: done, who: sales}, lose: {from: new, to: lost, who: sales}}
"""}).problems  # fmt: skip
    found = [p.message("zh") for p in told if p.code == safety.STUCK_WITH]
    assert found == ([f"记录会停在“等”再也走不了：新建 → 「走」 → 等；包裹 = 丢失；{until}"] if stuck else [])


@pytest.mark.parametrize(
    ("states", "transitions", "code", "story"),
    [
        ("  new: {title: 新建}\n  done: {title: 完成, final: success}", "  send: {title: 提交, from: new, to: done}",
         "nobody_may", "新建；那里没有任务，who = 空"),
        ("  new: {title: 新建}\n  check: {title: 审核, task: {assign: [=owner, =chief], exclude: =owner, "
         "complete: {at_least: 2}}}\n  done: {title: 完成, final: success}", SEND + "  ok: {from: check, to: done}",
         "never_enough", "新建 → 「提交」 → 审核；只交给 chief, owner，不含 owner"),
    ],
)  # fmt: skip
def test_what_nobody_can_do_is_told_with_the_way_there_and_who_it_is_for(
    packed: Packed, states: str, transitions: str, code: str, story: str
) -> None:
    workflow = f"states:\n{states}\ntransitions:\n{transitions}\n"
    (told,) = packed(
        {"pack.yaml": PACK, "forms/plea.yaml": FORM.format(closed=""), "workflows/plea.yaml": workflow}
    ).errors
    assert told.code == code and told.message("zh").endswith(story)


def test_a_circle_of_automations_is_told_with_what_each_does_and_when(packed: Packed) -> None:
    flow = f"states:{STATES}transitions:\n{SEND}" + "  ok: {from: check, to: done, who: boss}\n"
    files = {"pack.yaml": PACK, "forms/plea.yaml": FORM.format(closed=""), "workflows/plea.yaml": flow}
    files["automations/more.yaml"] = (
        "form: plea\nevent: updated\nchanged: count\nwhen: count > 3\ndo: [{set: {amount: =count * 2}}]\n"
    )
    files["automations/less.yaml"] = "form: plea\nevent: updated\nchanged: amount\ndo: [{set: {count: 5}}]\n"
    (told,) = (p for p in packed(files).problems if p.code == "automation_circle")
    assert told.severity == "warn"
    assert "less（申请: 件数 = 5） → more（申请: 金额 = count * 2） → less；条件成立，例如件数 = 4" in told.message(
        "zh"
    )
