"""Pages and API: requests become the engine's verbs, its answers HTML and JSON. A family of pages is a file."""
