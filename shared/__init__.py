"""The deployed code, in layers: runtime → adapters → services → domain. Imports run only that way."""
