"""The product's words on galleries, trees and maps; see `words`."""

from __future__ import annotations

VIEWS: dict[str, tuple[str, str]] = {
    "as_gallery": ("画廊", "Gallery"),
    "as_tree": ("树", "Tree"),
    "as_map": ("地图", "Map"),
    # -- trees
    "tree_count": ("{n} 条", "1 record|{n} records"),
    "tree_found": ("找到 {n} 条，连同它们的上级", "1 found, with what is above it|{n} found, with what is above them"),
    "twig_open": ("展开 {title}（{n} 条）", "Open {title} (1 beneath)|Open {title} ({n} beneath)"),
    "twig_close": ("收起 {title}", "Close {title}"),
    "twig_new": ("在 {title} 下新建", "New beneath {title}"),
    "twig_more": ("还有 {n} 条，在表格中看", "1 more, in the table|{n} more, in the table"),
    "tree_close_all": ("全部收起", "Close all"),
    # -- maps
    "map_count": ("图上 {n} 条", "1 on the map|{n} on the map"),
    "map_here": ("这一片有 {n} 条", "1 in this part|{n} in this part"),
    "map_without": ("{n} 条没有位置", "1 has no place|{n} have no place"),
    "map_left": (
        "记录太多，还有 {n} 条没画，请筛选",
        "Too many to draw: 1 is missing|Too many to draw: {n} are missing",
    ),
    "map_more": ("还有 {n} 条，放大就能看到", "1 more: come closer|{n} more: come closer"),
    "map_closer": ("放大", "Come closer"),
    "map_farther": ("缩小", "Go farther away"),
    "map_whole": ("看全部", "See all"),
    "map_group": ("{n} 条在这里，点开放大", "{n} here: come closer"),
    "map_same": ("{n} 条在同一处", "{n} at the same place"),
    "map_none": ("还没有带位置的{form}", "No {form} with a place yet"),
    "map_none_here": ("这一片没有记录", "Nothing in this part"),
    "map_picture": (
        "地图：{n} 条记录的位置",
        "Map: where 1 record is|Map: where {n} records are",
    ),
    "map_keys": ("拖动、滚轮，或用方向键和 + − 移动", "Drag, scroll, or use arrow keys and + −"),
    "map_what": ("记录", "Record"),
}
