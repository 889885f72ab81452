"""`appliance demo`: from nothing to synthetic records and a report, and then a server to look around in."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.background import BackgroundServer
from appliance.cli.configuration_file import read_configuration
from appliance.cli.connection import data_dir_option, data_folder
from appliance.cli.one_shot import Delivery, Order, deliver, show
from appliance.cli.output import Output, remark, with_output
from appliance.configurations.sample import ROWS, write_sample

DEMO_PROJECT = "appliance-demo"
_TEMPLATE = "synthetics/tabular-actgan"


@click.command()
@click.option("--once", is_flag=True, help="End when the records are there, instead of going on serving.")
@click.option("--rows", type=click.IntRange(200, 100_000), default=ROWS, show_default=True, help="Rows of the sample table.")
@click.option("--records", type=click.IntRange(1), default=1000, show_default=True, help="Records to generate.")
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Makes the demo repeatable.")
@click.option("--host", help="The address to serve on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to serve on; 0 takes a free one. [default: 8080]")
@data_dir_option
@with_output
def demo(out: Output, once: bool, host: str | None, port: int | None, data_dir: Path | None, rows: int, records: int, seed: int) -> int:
    """Start the appliance, train on a sample table of made-up customers, generate records, and go on serving."""
    folder = data_folder(data_dir).resolve()
    output = folder / "demo"
    with BackgroundServer(folder, port=port, host=host) as server:
        output.mkdir(parents=True, exist_ok=True)
        table = output / "customers.csv"
        write_sample(table, rows=rows)
        remark(f"Made a sample table of {rows:,} customers: {table}")
        order = Order(table=table, configuration=read_configuration(_TEMPLATE), output=output, records=records, seed=seed)
        client = server.client()
        try:
            delivery = deliver(client, DEMO_PROJECT, order)
        finally:
            client.close()
        _tell(out, delivery, server.line, once=once)
        if once:
            return 0
        try:
            return server.wait()
        except KeyboardInterrupt:
            remark("Stopping.")
            return 0


def _tell(out: Output, delivery: Delivery, line: str, *, once: bool) -> None:
    if out.as_json:
        files = {kind: str(path) for kind, path in delivery.files.items()}
        out.json({"files": files, "scores": delivery.scores, "serving": None if once else line})
        return
    click.echo("Done: a model, its report and new records.")
    show(delivery, click.echo)
    if not once:
        click.echo(line)
        click.echo("Serving until you press Ctrl-C.")
