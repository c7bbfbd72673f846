"""The store on Google Cloud Firestore. Its queries and indexes: ``queries``; its failures: ``errors``."""

from shared.adapters.firestore.store import FirestoreStore

__all__ = ["FirestoreStore"]
