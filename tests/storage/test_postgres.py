"""What only PostgreSQL promises: units side by side that lose no update, a server that may go away and come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from engine.problems import Refused
from engine.settings import read_settings
from engine.storage import postgres as strategy
from engine.storage import putting, tables
from engine.storage.store import Store, duplicate_columns
from tests import postgres
from tests.storage.test_store import NOW, names, put


@pytest.fixture
def address(cluster: str) -> Iterator[str]:
    with postgres.database(cluster) as made:
        yield made


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with Store(address) as made:
        made.write(tables.create)
        yield made


def refused(address: str) -> tuple[str, str]:
    with pytest.raises(Refused) as raised:
        Store(address).close()
    (found,) = raised.value.problems
    assert found.remedy("zh")
    return found.code, found.message("en")


@pytest.mark.parametrize(
    "given",
    ["mysql://u:secret@h/d", "postgresql://u:secret@h", "postgresql://u:secret@h:port/d", "postgresql://h/d/e", "data.db"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_repeating_its_password(given: str) -> None:
    with pytest.raises(Refused) as raised:
        read_settings({"DATABASE_URL": given})
    assert raised.value.problems[0].code == "bad_database"
    assert "secret" not in raised.value.problems[0].message("en") + raised.value.problems[0].remedy("en")


def test_settings_never_show_a_password() -> None:
    found = read_settings({"DATABASE_URL": "postgresql://u:secret@h/d"})
    assert found.database == "postgresql://u:secret@h/d"
    assert "secret" not in repr(found)
    assert read_settings({"DATABASE_URL": " "}).database is None


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    code, words = refused("postgresql://u:secret@127.0.0.1:1/d")
    assert code == "store_away"
    assert "127.0.0.1/d" in words
    assert "secret" not in words


def test_any_password_reaches_the_driver_as_it_is(address: str) -> None:
    """Servers hear each other and jobs run over connections of the driver's own, which read the address anew."""
    word = "a long: @/% 'one'"
    host = conninfo_to_dict(address)
    given = f"postgresql://{host['user']}:{quote(word, safe='')}@/{host['dbname']}?host={host['host']}"
    with Store(given) as store:
        assert store.address is not None and conninfo_to_dict(store.address)["password"] == word
        with psycopg.connect(store.address) as direct:
            assert direct.execute("SELECT current_database()").fetchone() == (host["dbname"],)


def test_a_database_that_is_not_there(cluster: str) -> None:
    assert refused(postgres.address(cluster, "nothing"))[0] == "store_away"


def test_a_server_that_is_too_old(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy, "LEAST", 99)
    assert refused(address)[0] == "store_old"


def test_a_database_in_another_encoding(cluster: str) -> None:
    with psycopg.connect(postgres.address(cluster, "postgres"), autocommit=True) as conn:
        conn.execute("CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    assert refused(postgres.address(cluster, "latin"))[0] == "store_encoding"
    postgres.drop(cluster, "latin")


def test_a_user_who_may_not_make_tables(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute("DROP ROLE IF EXISTS guest")
        conn.execute("CREATE ROLE guest LOGIN")
        conn.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    code, words = refused(address.replace("formloom@", "guest@"))
    assert code == "store_rights"
    assert "guest" in words


def test_two_units_that_read_before_they_write_lose_no_update(store: Store) -> None:
    def add(conn: Connection) -> None:
        value = conn.execute(select(tables.setting.c.value).where(tables.setting.c.name == "n")).scalar_one()
        conn.execute(update(tables.setting).where(tables.setting.c.name == "n").values(value=value + 1))

    store.write(lambda conn: conn.execute(insert(tables.setting).values(name="n", value=0)))
    with ThreadPoolExecutor(32) as pool:
        for done in [pool.submit(store.write, add) for _ in range(200)]:
            done.result()
    with store.read() as conn:
        assert conn.execute(select(tables.setting.c.value)).scalar_one() == 200


def test_units_that_must_be_alone_run_one_after_the_other(store: Store, address: str) -> None:
    inside, most = 0, []
    gate = threading.Lock()

    def unit(conn: Connection) -> None:
        nonlocal inside
        with gate:
            inside += 1
            most.append(inside)
        conn.execute(text("SELECT pg_sleep(0.01)"))
        with gate:
            inside -= 1

    with Store(address) as other, ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(one.write, unit, alone=True) for one in (store, other) * 4]:
            done.result()
    assert max(most) == 1


def test_it_goes_on_by_itself_when_the_server_hung_up(store: Store, address: str) -> None:
    store.write(put("before"))
    assert names(store) == ["before"]
    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    store.write(put("later"))
    assert names(store) == ["before", "later"]


def test_a_connection_lost_in_the_middle_is_a_problem_and_nothing_happened(store: Store) -> None:
    def unit(conn: Connection) -> None:
        put("x")(conn)
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Refused) as raised:
        store.write(unit)
    assert raised.value.problems[0].code == "store_away"
    assert names(store) == []


def test_many_rows_go_at_once_and_what_the_server_says_of_them_is_told_as_of_one(store: Store) -> None:
    """More than `MANY` are a COPY; a twin among them, or a server that hangs up, is what it is for a single row."""
    rows = [{"login": f"p{n}", "name": '李, "\t\\n', "email": None} for n in range(putting.MANY)]
    alike = {"active": True, "created_at": NOW, "must_change_password": False, "demo": False}
    person = tables.person
    store.write(lambda conn: putting.put(conn, person, rows, alike))
    with store.read() as conn:
        kept = conn.execute(select(person.c.login, person.c.name, person.c.created_at).order_by(person.c.id)).all()
    assert [tuple(one) for one in kept] == [(row["login"], row["name"], NOW) for row in rows]
    twins = [{**row, "login": f"q{min(n, 98)}"} for n, row in enumerate(rows)]
    with pytest.raises(IntegrityError) as raised:
        store.write(lambda conn: putting.put(conn, person, twins, alike))
    assert duplicate_columns(raised.value) == ("sys_person", ("login",))

    def lost(conn: Connection) -> None:
        pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with store.read() as beside:
            beside.execute(text(f"SELECT pg_terminate_backend({pid}, 10000)"))
        putting.put(conn, person, [{**row, "login": f"r{n}"} for n, row in enumerate(rows)], alike)

    with pytest.raises(Refused) as away:
        store.write(lost)
    assert away.value.problems[0].code == "store_away"
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(person)).scalar_one() == len(rows)


def test_a_connection_lost_while_committing_leaves_it_open_what_happened(store: Store) -> None:
    def prepare(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS"
                             " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$")  # fmt: skip
        conn.exec_driver_sql("CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON sys_setting DEFERRABLE INITIALLY DEFERRED"
                             " FOR EACH ROW EXECUTE FUNCTION hang_up()")  # fmt: skip

    store.write(prepare)
    with pytest.raises(Refused) as raised:
        store.write(put("x"))
    assert raised.value.problems[0].code == "store_unsure"


def test_a_unit_that_always_loses_ends_as_busy(store: Store) -> None:
    tries = []

    def unit(conn: Connection) -> None:
        tries.append(1)
        conn.exec_driver_sql("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")

    with pytest.raises(Refused) as raised:
        store.write(unit)
    assert raised.value.problems[0].code == "store_busy"
    assert len(tries) == strategy.FREELY + strategy.IN_LINE


def test_a_mistake_in_a_statement_is_not_taken_for_a_broken_server(store: Store) -> None:
    with pytest.raises(Exception, match="nowhere"):
        store.write(lambda conn: conn.execute(text("SELECT nothing FROM nowhere")))
