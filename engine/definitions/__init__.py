"""What YAML files may say, and how they become the catalog."""
