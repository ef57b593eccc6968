"""Everything that speaks to the outside. Knows no app: frozen dataclasses in and out, errors that say whether they last."""
