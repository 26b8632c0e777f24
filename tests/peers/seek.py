"""The last value of every signal at random instants, by others. usage: seek.py FOLDER START_MS

DuckDB over the same Parquet, on one thread and in the fastest of three ways to ask; SQLite with an
index over one part of it (what it is given is smaller, to its advantage). JSON on one line."""
import glob, json, random, sqlite3, statistics, sys, time

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

lite = sqlite3.connect(":memory:")
lite.execute("create table samples (signal integer, time integer, value real, primary key (signal, time)) without rowid")
lite.execute("create table signals (id integer primary key)")
rows = connection.execute(f"""select dense_rank() over (order by signal) as id, epoch_ms(time) as time, value
    from read_parquet('{files[0]}') where value is not null order by id, time""")
count = 0
while batch := rows.fetchmany(100_000):
    lite.executemany("insert or replace into samples values (?, ?, ?)", batch)
    count = max(count, batch[-1][0])
lite.executemany("insert into signals values (?)", [(at + 1,) for at in range(count)])
lite.commit()
sql = """select id, (select value from samples where signal = id and time <= ? order by time desc limit 1) from signals"""
part = [start + 60_000 + random.randrange(500_000) for _ in range(20)]
ms, count = timed(lambda t: lite.execute(sql, [t]).fetchall(), part)
found.append({"name": f"SQLite {sqlite3.sqlite_version}, indexed, in memory", "ms": ms, "signals": count})
print(json.dumps(found))
