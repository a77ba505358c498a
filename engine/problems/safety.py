"""Problems that come to light when values are tried on a workflow's conditions: who would be stuck, and how it comes to that."""

from __future__ import annotations

from engine.problems.base import define

STUCK_WITH = define(
    "stuck_with",
    422,
    "记录会停在“{state}”再也走不了：{story}",
    "A record can get stuck in {state}: {story}",
    fix_zh="让其中一个条件也包括这种情况，或加一条没有条件的流转",
    fix_en="Let one of the conditions cover this case, or add a transition without one",
)
GUARD_NEVER = define(
    "guard_never",
    422,
    "“{name}”永远走不到：{story}",
    "{name} can never be taken: {story}",
    fix_zh="改掉这个条件，或删掉它",
    fix_en="Change the condition, or remove it",
)
BRANCH_SHADOWED = define(
    "branch_shadowed",
    422,
    "到“{name}”的这一支永远轮不到：它成立时前面的分支已经成立，例如{story}",
    "The branch to {name} never has its turn: whenever it holds, one before it holds too, for example {story}",
    fix_zh="把条件更严的分支放到前面，或删掉这一支",
    fix_en="Put the narrower condition first, or remove this branch",
)
TWO_GUARDS = define(
    "two_guards",
    422,
    "两个条件会同时成立：{story}。那时走前面的，到“{first}”，不到“{second}”",
    "Two conditions can hold at once: {story}. The first of them wins and leads to {first}, not to {second}",
    fix_zh="如果不是这个意思，在其中一个条件里排除这种情况",
    fix_en="If that isn't meant, leave this case out of one of them",
)
PERHAPS_NOBODY = define(
    "perhaps_nobody",
    422,
    "“{state}”里可能没有人能继续：{story}",
    "It may be that nobody can go on from {state}: {story}",
    fix_zh="在之前的流转里要求填“{field}”，或给 who 加一个角色",
    fix_en="Require {field} on the way there, or add a role to who",
)
NOBODY_MISSING = define(
    "nobody_missing",
    422,
    "“{name}”可能交不出去：assign 和 nobody 都是同一些人，可能一个也没有，最后会落到管理员手里：{story}",
    "The task of {name} may find nobody: nobody names the same people as assign, who may be none; it would end up "
    "with the administrators: {story}",
    fix_zh="nobody 写一个总有人的角色",
    fix_en="Let nobody name a role that somebody always has",
)
OWN_REQUEST = define(
    "own_request",
    422,
    "“{state}”不让{whom}审批，可是他可以自己按“{button}”，它会触发“{fired}”：{story}",
    "{state} keeps {whom} from deciding, yet they can press {button} themselves, which fires {fired}: {story}",
    fix_zh="在“{button}”的 who 里去掉他，或不要触发“{fired}”",
    fix_en="Leave them out of who of {button}, or don't let it fire {fired}",
)
WAIT_CIRCLE = define(
    "wait_circle",
    422,
    "几张表单会互相等下去，谁也走不了：{story}",
    "Records can wait for each other for ever: {story}",
    fix_zh="让其中一个不再等另一个，或给它一条有人能按的流转",
    fix_en="Let one of them not wait for the other, or give it a transition that somebody may press",
)
COUNTING_GUARD = define(
    "counting_guard",
    422,
    "“{text}”每次都把别的记录数一遍，而且只在保存这张表单时检查：别处改变了被数的记录，没有人会拦住。例如{story}",
    "{text} counts other records each time, and only when a record of this form is saved: "
    "what changes them elsewhere isn't held against it. For example, {story}",
    fix_zh="建一张汇总表（aggregate）算出这个数，把上限写成它的规则：它在每次变化的同一事务里检查，两个人同时做也不会超",
    fix_en="Make a form with aggregate that keeps this number, and write the limit as its rule: that is asked in the "
    "transaction of every change, and two people at once can't both pass",
)
