"""Templates: ready-made configurations by the names that users know, to look at, to fill in, to download."""

from __future__ import annotations

from appliance.configurations import Template, template, templates
from appliance.control_plane.api.answers import page
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data


async def list_templates(call: Call) -> Answer:
    """Every template; `type` leaves the others out."""
    wanted = call.query("type")
    return data({"templates": [found for found in templates() if wanted in ("", found.model_type)]})


async def show_template(call: Call) -> Answer:
    """One by its short name `family/name`, as YAML where the name ends in `.yml` or `.yaml`, so that clients take its URL for a file."""
    name = f"{call.path['family']}/{call.path['name']}"
    found = template(name)
    return page(found.text.encode(), "application/yaml; charset=utf-8") if name.endswith((".yml", ".yaml")) else data({"template": found})


_TEMPLATES = "/v1/appliance/templates"

ROUTES = (
    Route("GET", _TEMPLATES, Action.DOCUMENTS, list_templates, "Ready-made configurations", answer=Template, query={"type": "model type"}),
    Route(
        "GET", f"{_TEMPLATES}/{{family:str}}/{{name:str}}", Action.DOCUMENTS, show_template, "One ready-made configuration", answer=Template
    ),
)
