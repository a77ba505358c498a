"""The route table, and the layers that every request passes.

Why: whoever wants to know which addresses there are, and which page answers, reads this one file. Nothing else is here.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from engine.engine import Engine
from engine.web import (
    acts,
    agenda,
    api,
    away,
    boards,
    bulk,
    cells,
    computing,
    dashboards,
    downloads,
    drafts,
    errors,
    files,
    flows,
    forms,
    home,
    hooks,
    imports,
    lists,
    live,
    me,
    mentions,
    named,
    notices,
    peek,
    people,
    permits,
    personal,
    prints,
    records,
    runs,
    search,
    session,
    team,
    trees,
    welcome,
    whys,
    workbench,
)
from engine.web.door import page
from engine.web.guard import BodyLimit, SafeAnswers, SameOrigin, pictures_from
from engine.web.static import Bundle


def healthz(request: Request) -> Response:
    """Whether the server answers and its database can be read; for whoever watches it."""
    engine: Engine = request.app.state.engine
    with engine.store.read() as conn:
        conn.exec_driver_sql("SELECT 1")
    return JSONResponse({"status": "ok", "definitions": engine.catalog.digest})


ROUTES = [
    Route("/healthz", healthz),
    Route("/login", page(session.login_page, open=True), methods=["GET"]),
    Route("/login", page(session.sign_in, open=True), methods=["POST"]),
    Route("/welcome", page(welcome.show, open=True), methods=["GET"]),
    Route("/welcome", page(session.step_in, open=True), methods=["POST"]),
    Route("/logout", page(session.sign_out, open=True), methods=["POST"]),
    Route("/", page(home.home)),
    Route("/tasks", page(workbench.show)),
    Route("/tasks/calendar", page(agenda.month)),
    Route("/calendar/{secret}.ics", page(agenda.ics, open=True), methods=["GET"]),
    Route("/tasks/bulk", page(workbench.several), methods=["POST"]),
    Route("/new", page(home.chooser)),
    Route("/search", page(search.search)),
    Route("/notices", page(notices.show), methods=["GET"]),
    Route("/notices", page(notices.read), methods=["POST"]),
    Route("/parts/counts", page(notices.counts)),
    Route("/live", live.live),
    Route("/f/{form}", page(boards.show)),
    Route("/f/{form}/lane", page(boards.lane)),
    Route("/f/{form}/branch", page(trees.branch)),
    Route("/f/{form}/tabs", page(lists.tabs)),
    Route("/f/{form}/totals", page(lists.totals)),
    Route("/f/{form}/values", page(peek.values)),
    Route("/f/{form}/views", page(personal.keep), methods=["POST"]),
    Route("/f/{form}/bulk", page(bulk.offered), methods=["POST"]),
    Route("/f/{form}/bulk/{button}", page(bulk.press), methods=["POST"]),
    Route("/f/{form}/bulk-delete", page(bulk.delete), methods=["POST"]),
    Route("/f/{form}/bulk-export", page(bulk.export), methods=["POST"]),
    Route("/f/{form}/print/{print}", page(prints.show), methods=["POST"]),
    Route("/f/{form}/export.csv", page(downloads.as_csv)),
    Route("/f/{form}/export.xlsx", page(downloads.as_workbook)),
    Route("/f/{form}/import", page(imports.offer), methods=["GET"]),
    Route("/f/{form}/import", page(imports.begin), methods=["POST"]),
    Route("/f/{form}/import/template.xlsx", page(imports.template)),
    Route("/imports/{id:int}", page(imports.show), methods=["GET"]),
    Route("/imports/{id:int}/plan", page(imports.plan), methods=["POST"]),
    Route("/imports/{id:int}/run", page(imports.run), methods=["POST"]),
    Route("/imports/{id:int}/stop", page(imports.stop), methods=["POST"]),
    Route("/imports/{id:int}/rejected", page(imports.rejected)),
    Route("/f/{form}/new", page(forms.new), methods=["GET"]),
    Route("/f/{form}/new", page(forms.create), methods=["POST"]),
    Route("/f/{form}/compute", page(computing.compute), methods=["POST"]),
    Route("/f/{form}/draft", page(drafts.keep), methods=["POST"]),
    Route("/f/{form}/options/{path}", page(computing.options), methods=["GET", "POST"]),
    Route("/f/{form}/named/{path}", page(named.named), methods=["POST"]),
    Route("/f/{form}/flow", page(flows.of_form)),
    Route("/f/{form}/{id:int}", page(records.show)),
    Route("/f/{form}/{id:int}/peek", page(peek.show)),
    Route("/f/{form}/{id:int}/beside", page(peek.place)),
    Route("/f/{form}/{id:int}/row", page(cells.row)),
    Route("/f/{form}/{id:int}/cell/{field}", page(cells.ask), methods=["GET"]),
    Route("/f/{form}/{id:int}/cell/{field}", page(cells.change), methods=["POST"]),
    Route("/f/{form}/{id:int}/edit", page(forms.edit), methods=["GET"]),
    Route("/f/{form}/{id:int}/edit", page(forms.change), methods=["POST"]),
    Route("/f/{form}/{id:int}/delete", page(records.delete), methods=["POST"]),
    Route("/f/{form}/{id:int}/comment", page(records.comment), methods=["POST"]),
    Route("/f/{form}/{id:int}/people", page(mentions.offered)),
    Route("/f/{form}/{id:int}/moves", page(boards.moves), methods=["GET"]),
    Route("/f/{form}/{id:int}/move", page(boards.move), methods=["POST"]),
    Route("/f/{form}/{id:int}/history", page(records.activity)),
    Route("/f/{form}/{id:int}/related/{field}", page(records.related)),
    Route("/f/{form}/{id:int}/flow", page(flows.of_record)),
    Route("/f/{form}/{id:int}/why", page(whys.show)),
    Route("/f/{form}/{id:int}/access", page(permits.show)),
    Route("/f/{form}/{id:int}/act/{button}", page(acts.ask), methods=["GET"]),
    Route("/f/{form}/{id:int}/act/{button}", page(acts.press), methods=["POST"]),
    Route("/d/{name}", page(dashboards.show)),
    Route("/d/{name}/w/{widget}", page(dashboards.widget)),
    Route("/files", page(files.upload), methods=["POST"]),
    Route("/files/{id:int}", page(files.download)),
    Route("/me", page(me.show), methods=["GET"]),
    Route("/me", page(me.keep), methods=["POST"]),
    Route("/me/looks", page(me.looks), methods=["POST"]),
    Route("/me/away", page(away.show), methods=["GET"]),
    Route("/me/away", page(away.keep), methods=["POST"]),
    Route("/me/password", page(me.password), methods=["POST"]),
    Route("/me/sessions", page(me.leave_elsewhere), methods=["POST"]),
    Route("/me/feed", page(agenda.renew), methods=["POST"]),
    Route("/team", page(team.show)),
    Route("/team/{id:int}", page(team.person)),
    Route("/team/late/{form}", page(team.records)),
    Route("/automations", page(runs.show), methods=["GET"]),
    Route("/automations/jobs/{id:int}", page(runs.retry), methods=["POST"]),
    Route("/hooks/{name}", hooks.Hook(post=api.nowhere)),
    Route("/people", page(people.show)),
    Route("/people/{id}", page(people.person), methods=["GET"]),
    Route("/people/{id}", page(people.keep_person), methods=["POST"]),
    Route("/departments/{id}", page(people.department), methods=["GET"]),
    Route("/departments/{id}", page(people.keep_department), methods=["POST"]),
    Mount("/static", Bundle()),
    *api.routes,
]


def create_app(engine: Engine) -> Starlette:
    """The ASGI application that serves this engine."""
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(SafeAnswers, secure=engine.settings.secure, pictures=pictures_from(engine.settings)),
            Middleware(SameOrigin, answer=errors.bare),
            Middleware(BodyLimit, answer=errors.bare),
            Middleware(GZipMiddleware, minimum_size=1024),
        ],
        exception_handlers={HTTPException: errors.http_error, 500: errors.crash},
    )
    app.state.engine = engine
    return app
