"""One file, one chart type; `base.py` says what a type must do."""
