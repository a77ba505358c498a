"""The addresses at which other systems tell us something: POST /hooks/NAME, for the automation of that name.

Why: nobody is signed in here. A message proves itself by its secret (`runtime.hooks`); cookies and tokens of people count for
nothing, so no page of another site can make a browser say anything here.
"""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engine.engine import Engine
from engine.jobs.queue import worded
from engine.problems import Refused, problem
from engine.problems.api import NO_ADDRESS, NO_METHOD
from engine.problems.web import BAD_BODY, TOO_LARGE_BODY
from engine.runtime import hooks
from engine.runtime.afterwards import ROBOT
from engine.web.api_call import Resource, answer
from engine.web.errors import failure


class Hook(Resource):
    """One address for all automations that listen to other systems."""

    def respond(self, request: Request, body: bytes, posted: FormData | None) -> Response:
        """What was done, or the problem document of why it wasn't."""
        try:
            if request.method != "POST":
                raise Refused(problem(NO_METHOD, method=request.method[:20], allowed="POST"))
            if posted is not None:
                raise Refused(problem(BAD_BODY))
            if len(body) > hooks.LARGEST:
                raise Refused(problem(TOO_LARGE_BODY, limit=hooks.LARGEST // (1024 * 1024)))
            return _done(request, body)
        except Refused as refused:
            return self._told(request, None, refused.problems)
        except Exception as error:  # the last line of defence: logged with its trace under a number
            return self._told(request, None, [failure(request.url.path, error)])


def _done(request: Request, body: bytes) -> Response:
    engine: Engine = request.app.state.engine
    automation = engine.catalog.automations.get(str(request.path_params["name"]))
    if automation is None or automation.hook is None:
        raise Refused(problem(NO_ADDRESS))
    id = hooks.proven(automation, engine.settings.secrets, request.headers, body, engine.clock().timestamp())
    try:
        again = engine.write(ROBOT, lambda work: hooks.receive(work, automation, id, body))
    except Refused as refused:
        words = worded(refused)
        engine.write(ROBOT, lambda work: hooks.note_failure(work, automation, id, words))
        raise
    return answer({"id": id, "repeated": again})
