"""The last value of every signal at random instants, by others. usage: seek.py FOLDER START_MS

DuckDB over the same Parquet, on one thread and in the fastest of three ways to ask; SQLite over one part
of it (what it is given is smaller, to its advantage), with an index, and with its rows kept in the order
that suits this one question. JSON on one line."""
import glob, json, random, sqlite3, statistics, sys, tempfile, time

import duckdb

folder, start = sys.argv[1], int(sys.argv[2])
random.seed(1)
files = sorted(glob.glob(folder + "/**/*.parquet", recursive=True))


def timed(ask, times):
    took = []
    for t in times:
        begin = time.perf_counter()
        rows = ask(t)
        took.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(took), len(rows)


found = []
connection = duckdb.connect()
connection.execute("set threads=1")
source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
signals = connection.execute(f"select distinct signal from read_parquet('{files[0]}') where value is not null").fetchall()
connection.execute("create table signals as select unnest(?) as signal", [[name for name, in signals]])
ways = {
    "arg_max": f"select signal, arg_max(value, time) from {source} where time <= to_timestamp($1 / 1000.0) group by signal",
    "asof join": f"select s.signal, d.value from (select signal, to_timestamp($1 / 1000.0) as t from signals) s asof join {source} d on s.signal = d.signal and d.time <= s.t",
    "last 10 s": f"select signal, arg_max(value, time) from {source} where time between to_timestamp($1 / 1000.0 - 10) and to_timestamp($1 / 1000.0) group by signal",
}
hour = [start + 60_000 + random.randrange(3_400_000) for _ in range(5)]
for name, sql in ways.items():
    ms, count = timed(lambda t: connection.execute(sql, [t]).fetchall(), hour[: 2 if name != "last 10 s" else 5])
    found.append({"name": f"DuckDB {duckdb.__version__} over the Parquet, {name}", "ms": ms, "signals": count})

rows = connection.execute(f"""select dense_rank() over (order by signal) as id, epoch_ms(time) as time, value
    from read_parquet('{files[0]}') where value is not null order by time, id""").fetchall()
count = max(row[0] for row in rows)
part = [start + 60_000 + random.randrange(500_000) for _ in range(20)]
clustered = ["create table samples (signal integer, time integer, value real, primary key (signal, time)) without rowid"]
indexed = ["create table samples (signal integer, time integer, value real)", "create index by_signal on samples (signal, time)"]
with tempfile.TemporaryDirectory() as where:
    for name, path, tables in [
        ("with an index, in a file", where + "/indexed.db", indexed),
        ("clustered by signal and time, in a file", where + "/clustered.db", clustered),
        ("clustered by signal and time, in memory", ":memory:", clustered),
    ]:
        lite = sqlite3.connect(path)
        lite.execute(tables[0])
        lite.execute("create table signals (id integer primary key)")
        lite.executemany("insert or replace into samples values (?, ?, ?)", rows)
        lite.executemany("insert into signals values (?)", [(at + 1,) for at in range(count)])
        for statement in tables[1:]:
            lite.execute(statement)
        lite.commit()
        sql = """select id, (select value from samples where signal = id and time <= ? order by time desc limit 1) from signals"""
        ms, found_rows = timed(lambda t: lite.execute(sql, [t]).fetchall(), part)
        found.append({"name": f"SQLite {sqlite3.sqlite_version}, {name}", "ms": ms, "signals": found_rows})
        lite.close()
print(json.dumps(found))
