"""The source of the fleet's dashboards and rules; `python -m fleet.mixin DIRECTORY` writes them."""
