"""What the tools of others make of sealed files. usage: parquet.py sizes FILE... | read FILE...

`sizes`: the same rows as pandas writes them by default and as a DuckDB table; JSON on one line.
`read`: every file read by pandas, pyarrow, DuckDB and, where installed, Polars; JSON on one line."""
import json, os, sys, tempfile

import duckdb, pandas as pd, pyarrow.parquet as pq


def sizes(files):
    with tempfile.TemporaryDirectory() as folder:
        columns = ["signal", "time", "value", "quality"]
        frame = pd.concat([pd.read_parquet(file, columns=columns) for file in files])
        by_pandas = os.path.join(folder, "pandas.parquet")
        frame.to_parquet(by_pandas, compression="zstd")
        by_duckdb = os.path.join(folder, "native.duckdb")
        connection = duckdb.connect(by_duckdb)
        connection.execute("create table samples as select * from frame")
        connection.execute("checkpoint")
        connection.close()
        return {
            "rows": len(frame),
            "pandas": os.path.getsize(by_pandas),
            "duckdb": os.path.getsize(by_duckdb),
            "versions": {"pandas": pd.__version__, "duckdb": duckdb.__version__},
        }


def said(time_ms, nanos, signal, value, quality):
    return [int(time_ms), int(nanos), signal, None if value is None or value != value else float(value), int(quality)]


def read(files):
    found = {}
    for file in files:
        of = {}
        frame = pd.read_parquet(file)
        times = frame["time"].astype("datetime64[ms, UTC]").astype("int64")
        of["pandas"] = [said(t, n, s, v, q) for t, n, s, v, q in zip(times, frame["nanos"], frame["signal"], frame["value"], frame["quality"])]
        of["pandas_types"] = {name: str(kind) for name, kind in frame.dtypes.items()}
        table = pq.read_table(file)
        rows = zip(table["time"].cast("int64").to_pylist(), table["nanos"].to_pylist(), table["signal"].to_pylist(), table["value"].to_pylist(), table["quality"].to_pylist())
        of["pyarrow"] = [said(*row) for row in rows]
        rows = duckdb.sql(f"select epoch_ms(time), nanos, signal, value, quality from read_parquet('{file}')").fetchall()
        of["duckdb"] = [said(*row) for row in rows]
        try:
            import polars as pl
            frame = pl.read_parquet(file)
            rows = zip(frame["time"].dt.epoch("ms"), frame["nanos"], frame["signal"], frame["value"], frame["quality"])
            of["polars"] = [said(*row) for row in rows]
        except ImportError:
            pass
        found[file] = of
    return found


if __name__ == "__main__":
    print(json.dumps({"sizes": sizes, "read": read}[sys.argv[1]](sys.argv[2:])))
