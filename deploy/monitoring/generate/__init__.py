"""Makes the rules and dashboards of parcelgate: `make monitoring` writes them, nobody edits them."""
