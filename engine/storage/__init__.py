"""Where data is kept: transactions, the fixed tables, the tables of forms and their changes, files.

Why: everything above speaks of forms, fields and records; only this room knows tables, columns and databases.
"""
