"""The report as one self-contained HTML page, written from the report's JSON alone (`page.render_report`)."""
