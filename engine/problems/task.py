"""Problems of tasks: what a workflow can say wrong about them, and what somebody who holds one can be refused for."""

from __future__ import annotations

from engine.problems.base import define

# -- definitions -------------------------------------------------------------------------------------------------------

TASK_AND_TASKS = define(
    "task_and_tasks",
    422,
    "状态“{name}”既有 task 又有 tasks",
    "The state {name} has both task and tasks",
    fix_zh="一个任务写 task；几个同时进行的任务都写在 tasks 里",
    fix_en="Say task for one; put several that are open at once into tasks",
)
TASK_MIXED = define(
    "task_mixed",
    422,
    "状态“{name}”有任务，不能再有“{key}”",
    "The state {name} has a task, so it can't have {key}",
    fix_zh="把“{key}”放到另一个状态",
    fix_en="Put {key} into a state of its own",
)
THEN_MISSING = define(
    "then_missing",
    422,
    "状态“{name}”的任务都办完以后没有说到哪里去",
    "The state {name} doesn't say what follows when its tasks are done",
    fix_zh="写上 then，例如 then: {example}",
    fix_en="Say then, for example then: {example}",
)
THEN_ALONE = define(
    "then_alone",
    422,
    "“then”只用在有 tasks 的状态里",
    "then belongs to a state with tasks",
    fix_zh="用流转说明从“{name}”到哪里去",
    fix_en="Let a transition lead on from {name}",
)
TASK_ENDLESS = define(
    "task_endless",
    422,
    "拿到“{name}”的任务的人没有可按的：从这里出发的流转都写了 who，写的是别人",
    "Who gets the task of {name} has nothing to press: every transition from it says who, and names others",
    fix_zh="至少给一个流转去掉 who，或写上任务的 assign 所写的人",
    fix_en="Leave who away from at least one of them, or let it name the people of the task's assign",
)
TRANSFER_NOTHING = define(
    "transfer_nothing",
    422,
    "这里没有正在办理的任务可以转交",
    "No task is open here that could be handed over",
    fix_zh="transfer 写在有任务的状态的 overdue、计时的 overdue、没有 to 的流转或按钮，以及有任务的表单的自动化里",
    fix_en="Say it where a state with a task is overdue, in a clock, a button, a transition without `to`, or an automation over tasks",
)
ENOUGH_ONE = define(
    "enough_one",
    422,
    "at_least（几个人）和 share（占比）只写一个",
    "Say either at_least (so many people) or share (such a part of them)",
    fix_zh="例如 complete: {{at_least: 2}}",
    fix_en="For example complete: {{at_least: 2}}",
)
NEVER_ENOUGH = define(
    "never_enough",
    422,
    "要 {wanted} 个人同意，可是“{name}”最多只会交给 {most} 个人：{story}",
    "{wanted} people must agree, but at most {most} get the task of {name}: {story}",
    fix_zh="减少 at_least，或交给更多人",
    fix_en="Lower at_least, or assign more people",
)
RETURN_NOWHERE = define(
    "return_nowhere",
    422,
    "不能退回到“{state}”：没有人停在那里",
    "It can't be sent back to {state}: nobody stays there",
    fix_zh="写一个有人办理的状态",
    fix_en="Name a state in which somebody works on it",
)
ALONE_WHO = define(
    "alone_who",
    422,
    "“alone”用不上：“{name}”不是由任务的办理人来按的",
    "alone is of no use: {name} isn't pressed by those who hold a task",
    fix_zh="去掉 alone，或去掉 who",
    fix_en="Leave alone away, or leave who away",
)
NOBODY_IN_STATE = define(
    "nobody_in_state",
    422,
    "在“{state}”里没有人能按“{name}”：那里没有任务，流转也没写 who",
    "Nobody may press {name} in {state}: there is no task there, and the transition doesn't say who",
    fix_zh="给“{state}”加 task，或给“{name}”写 who",
    fix_en="Give {state} a task, or say who may press {name}",
)
ROUND_ITS_BACK = define(
    "round_its_back",
    422,
    "在“{state}”里，“{name}”的 who 可以绕过任务的 exclude：被排除的人也能按",
    "In {state}, who of {name} goes round the task's exclude: those whom it keeps out may press it too",
    fix_zh="去掉这个 who，由任务的办理人来按",
    fix_en="Leave this who away, so that it is for those who hold the task",
)
ASSIGN_EMPTY = define(
    "assign_empty",
    422,
    "“{name}”的任务没有交给任何人",
    "The task of {name} is given to nobody",
    fix_zh="写上 assign，例如 assign: [sales, =HEAD(owner)]",
    fix_en="Say assign, for example assign: [sales, =HEAD(owner)]",
)
TASKS_OPTIONAL = define(
    "tasks_optional",
    422,
    "“{name}”的任务都可以不办，记录一到就会走",
    "All tasks of {name} are optional, so records would go on at once",
    fix_zh="至少让一个任务必须办",
    fix_en="Let at least one of them be needed",
)
TASK_UNFILLED = define(
    "task_unfilled",
    422,
    "“{name}”的任务要求填好“{field}”，可是没有人能填它：{story}",
    "The task of {name} requires {field}, which nobody can fill in: {story}",
    fix_zh="把它加到这个任务的 edit 里",
    fix_en="Add it to this task's edit",
)
TASK_HIDDEN = define(
    "task_hidden",
    422,
    "“{name}”的任务既隐藏“{field}”又要填它",
    "The task of {name} both hides {field} and asks for it",
    fix_zh="从 hide 里去掉它",
    fix_en="Take it out of hide",
)
WAIT_KIND = define(
    "wait_kind",
    422,
    "“{until}”既不是条件，也不是时刻或日期，等不到",
    "{until} is neither a condition nor a moment or a date, so it can't be waited for",
    fix_zh="写成条件，例如 ALL(state.final from checks)，或时刻，例如 created_at + 3d",
    fix_en="Write a condition, such as ALL(state.final from checks), or a moment, such as created_at + 3d",
)
WAIT_BLIND = define(
    "wait_blind",
    422,
    "不知道什么时候该再问“{until}”：它读整张表单或当前时间",
    "It can't be known when to ask {until} again: it reads a whole form, or the present time",
    fix_zh="改成从这条记录的字段、明细或关联列表读，例如 ALL(state.final from checks)，或时刻 created_at + 3d",
    fix_en="Let it read this record's fields, lines or related lists, such as ALL(state.final from checks), or created_at + 3d",
)

# -- at work -----------------------------------------------------------------------------------------------------------

HANDLED = define(
    "handled_by_another",
    409,
    "{who}已经在 {at} 办了：{title}",
    "{who} has done it already, at {at}: {title}",
    fix_zh="不用再办了，刷新页面看结果。",
    fix_en="There is nothing left to do; load the page again to see the outcome.",
)
NOT_HOLDING = define(
    "not_holding",
    403,
    "“{title}”要由办理人来做：{who}",
    '"{title}" is for those who hold the task: {who}',
)
NOT_YOUR_TURN = define(
    "not_your_turn",
    409,
    "还没轮到你，现在是{who}",
    "It isn't your turn yet; {who} comes first",
)
ACTED_ALREADY = define(
    "acted_already",
    409,
    "你已经办过了，现在等{who}",
    "You have done your part; {who} is still to act",
)
EXCLUDED = define(
    "task_excluded",
    409,
    "{who}不能办这个任务：流程排除了他",
    "{who} can't have this task: the workflow excludes them",
    fix_zh="换一个人。",
    fix_en="Choose somebody else.",
)
HOLDS_ALREADY = define(
    "holds_already",
    409,
    "{who}已经有这个任务了",
    "{who} has this task already",
    fix_zh="换一个人。",
    fix_en="Choose somebody else.",
)
INACTIVE = define(
    "person_inactive",
    409,
    "{who}已经停用，不能接任务",
    "{who} is closed and can't take a task",
    fix_zh="换一个人。",
    fix_en="Choose somebody else.",
)
ADDED_ADDS = define(
    "added_adds",
    409,
    "被加签的人不能再加签",
    "A signer who was added can't add another",
)
ALONE_ALREADY = define(
    "claimed_already",
    409,
    "这个任务已经只在你手里",
    "The task is yours alone already",
)
NOTHING_TAKEN = define(
    "nothing_taken",
    409,
    "你没有领走这个任务，不用放回",
    "You didn't take this task for yourself",
)
TOO_LATE = define(
    "withdraw_too_late",
    409,
    "已经有人办理过，不能撤回了",
    "Somebody has acted on it, so it can't be taken back",
    fix_zh="请办理人退回。",
    fix_en="Ask whoever has the task to send it back.",
)
DONE_FOR_GOOD = define(
    "withdraw_done_for_good",
    409,
    "“{what}”做过的事退不回来，不能撤回了",
    "What “{what}” did can't be undone, so it can't be taken back",
    fix_zh="请办理人退回。",
    fix_en="Ask whoever has the task to send it back.",
)
COMPENSATE_NEVER = define(
    "compensate_never",
    422,
    "这里做的事不会被撤回，compensate 用不上",
    "Nothing done here is ever taken back, so compensate is of no use",
    fix_zh="compensate 写在能撤回的流程里：有任务，withdraw 不是 never，并且离开了第一步",
    fix_en="Say it where the creator can take a record back: in a workflow with tasks, withdraw not never, after its first state",
)
AWAY_DAYS = define(
    "away_days",
    422,
    "请填从哪天到哪天，结束日不早于开始日和今天",
    "Say from which day to which; the last one isn't before the first, nor before today",
)
DEPUTY_MISSING = define("deputy_missing", 422, "请选代办人", "Choose who acts for you")
AWAY_SELF = define("away_self", 422, "代办人不能是自己", "You can't act for yourself")
DEPUTY_AWAY = define(
    "deputy_away",
    422,
    "{who}那几天也不在",
    "{who} is away on some of those days too",
    fix_zh="换一个人，或换日期。",
    fix_en="Choose somebody else, or other days.",
)
NUDGED = define(
    "nudged_already",
    409,
    "刚催过，过一会儿再催",
    "They were nudged just now; try again later",
)
