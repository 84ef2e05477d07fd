"""The documents' JSON Schemas as they are published in docs/schema/: `python -m deploy.schemas`."""
