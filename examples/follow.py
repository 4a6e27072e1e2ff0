"""Follow an agency's feed into a table of one's own: the cursor is kept with what was made of the
events, in one transaction, so that a stop in between loses nothing and counts nothing twice.
"""

import datetime as dt
import sqlite3

import coresponder as co

began = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
OFFICER = "officer-12"
workflow = co.Workflow(co.load_program("cit"), co.SqlStore.sqlite(":memory:"), agency="north")
warehouse = sqlite3.connect(":memory:", isolation_level=None)
warehouse.executescript("""
    CREATE TABLE counted (type TEXT PRIMARY KEY, n INTEGER NOT NULL);
    CREATE TABLE reached (cursor TEXT NOT NULL);
    INSERT INTO reached VALUES ('0');
""")


def follow(*, stops: bool = False) -> int:
    """Count what is new; return how many events there were."""
    (cursor,) = warehouse.execute("SELECT cursor FROM reached").fetchone()
    page = workflow.feed(after=cursor, limit=100)
    warehouse.execute("BEGIN IMMEDIATE")
    for event in page:
        warehouse.execute(
            "INSERT INTO counted VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET n = n + 1",
            (event.type.rpartition(".")[2],),
        )
    if stops:
        warehouse.execute("ROLLBACK")
        return 0
    warehouse.execute("UPDATE reached SET cursor = ?", (page.cursor,))
    warehouse.execute("COMMIT")
    return len(page)


for incident in ("7", "8"):
    workflow.receive(
        co.CallReceived(at=began, by=OFFICER, source="911", nature="psychosis"), incident=incident
    )
workflow.record("7", co.WeaponSeen(at=began, by=OFFICER))
print("stopped in between:", follow(stops=True))
print("went on:", follow())
print("nothing new:", follow())
workflow.record("8", co.WeaponSeen(at=began, by=OFFICER))
print("one more:", follow())
print("counted:", dict(warehouse.execute("SELECT type, n FROM counted ORDER BY type")))
warehouse.close()
workflow.store.close()
