"""The rules of the checks before a shift. Pure: no model, no clock."""
