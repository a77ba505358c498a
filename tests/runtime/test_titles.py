"""What records are called follows what they are called after, and groups are called as people call them."""

from __future__ import annotations

import pytest

from tests.firm import ADMIN, Build

ACCESS = "access: {clerk: {can: [view, create, edit]}}\n"
OPTIONS = "{a: Apples, b: Bananas}"
FILES = {
    "forms/product.yaml": "record_title: '{name}'\n"
    f"fields: {{name: {{}}, kind: {{type: choice, options: {OPTIONS}}}}}\n{ACCESS}",
    "forms/order.yaml": f"record_title: 'Order of {{product}}'\nfields: {{product: {{type: reference, to: product}}}}\n{ACCESS}",
    "forms/slip.yaml": "record_title: '{subject}, {product.kind}, {now}'\n"
    "fields: {subject: {type: reference, to: [product, order]}, product: {type: reference, to: product},"
    f" now: {{type: choice, options: {OPTIONS}, formula: 'IF(NOW() >= created_at, product.kind, \"a\")'}}}}\n{ACCESS}",
    "forms/man.yaml": "record_title: '{name} of {wife}'\nfields: {name: {}, wife: {type: reference, to: woman}}\n"
    + ACCESS,
    "forms/woman.yaml": "record_title: '{name} of {man}'\nfields: {name: {}, man: {type: reference, to: man}}\n"
    + ACCESS,
    "dashboards/board.yaml": "title: B\nwidgets:\n  {now: {type: bar, from: slip, by: now},"
    " kind: {type: bar, from: slip, by: product.kind}}\n",
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_title_follows_the_titles_that_it_shows(engine_of: Build) -> None:
    firm = engine_of(FILES)
    clerk = firm.person("kai", "clerk")
    product = firm.new(clerk, "product", name="Bolt", kind="b")
    order = firm.new(clerk, "order", product=product)
    for subject in (f"order/{order}", f"product/{product}"):
        firm.new(clerk, "slip", subject=subject, product=product)
    assert sorted(firm.titles(ADMIN, "slip")) == ["Bolt, Bananas, Bananas", "Order of Bolt, Bananas, Bananas"]
    firm.engine.change(clerk, "product", product, {"name": "Nut"})
    assert firm.titles(ADMIN, "order") == ["Order of Nut"]
    assert sorted(firm.titles(ADMIN, "slip")) == ["Nut, Bananas, Bananas", "Order of Nut, Bananas, Bananas"]
    assert firm.get("order", order)["version"] == 1  # nobody has changed the order


def test_titles_that_show_each_other_stay_as_they_are(engine_of: Build) -> None:
    firm = engine_of(FILES)
    clerk = firm.person("kai", "clerk")
    man = firm.new(clerk, "man", name="Al")
    woman = firm.new(clerk, "woman", name="Bo", man=man)
    firm.engine.change(clerk, "man", man, {"wife": woman})
    firm.engine.change(clerk, "woman", woman, {"name": "Cy"})
    assert (firm.get("woman", woman)["title"], firm.get("man", man)["title"]) == (
        "Cy of Al of Bo of Al of",
        "Al of Bo of Al of",
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_title_shows_many_records_and_follows_theirs(engine_of: Build) -> None:
    firm = engine_of({
        **FILES,
        "forms/tour.yaml": "record_title: '{stops}: {parts}'\nfields:\n  parts: {type: references, to: product}\n"
        f"  stops: {{type: references, to: [product, order]}}\n{ACCESS}",
    })  # fmt: skip
    clerk = firm.person("kai", "clerk")
    bolt, nut = firm.new(clerk, "product", name="Bolt"), firm.new(clerk, "product", name="Nut")
    order = firm.new(clerk, "order", product=nut)
    tour = firm.new(clerk, "tour", parts=[nut, bolt], stops=[f"order/{order}", f"product/{bolt}"])
    assert firm.get("tour", tour)["title"] == "Bolt, Order of Nut: Bolt, Nut"
    firm.engine.change(clerk, "product", nut, {"name": "Ring"})
    assert firm.get("tour", tour)["title"] == "Bolt, Order of Ring: Bolt, Ring"
    firm.engine.change(clerk, "tour", tour, {"parts": [], "stops": [f"product/{bolt}"]})
    assert firm.get("tour", tour)["title"] == "Bolt:"


@pytest.mark.parametrize("widget", ["now", "kind"])
def test_groups_of_options_are_called_by_their_titles_also_when_they_are_computed_while_read(
    engine_of: Build, widget: str
) -> None:
    firm = engine_of(FILES)
    clerk = firm.person("kai", "clerk")
    firm.new(clerk, "slip", product=firm.new(clerk, "product", name="Bolt", kind="b"))
    [point] = firm.engine.widget(clerk, "board", widget, {}).points
    assert [(cell.value, cell.label) for cell in point.keys] == [("b", "Bananas")]
