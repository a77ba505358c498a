"""Formloom: declarative forms, workflows and dashboards read from YAML, run for staff, analysts and programs."""
