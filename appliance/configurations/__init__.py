"""Configurations: parse, validate, defaults, templates."""

from appliance.configurations.configuration import PLACEHOLDERS, Configuration, normalise
from appliance.configurations.run_parameters import RunParameters, normalise_run
from appliance.configurations.template import Template, template, templates

__all__ = ["PLACEHOLDERS", "Configuration", "RunParameters", "Template", "normalise", "normalise_run", "template", "templates"]
