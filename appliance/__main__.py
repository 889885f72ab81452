"""`python -m appliance` and the `appliance` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code: 0 done, 1 the job failed, 2 wrong usage."""
    from appliance.cli.root import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
