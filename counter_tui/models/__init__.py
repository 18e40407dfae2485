"""The library's store: tables, constraints, transactions, migrations."""
