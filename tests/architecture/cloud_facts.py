"""What functions are told in the cloud, as far as they need it to start; nothing of it is reached."""

FACTS = {
    "GOOGLE_CLOUD_PROJECT": "p",
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "PUBSUB_EMULATOR_HOST": "127.0.0.1:1",
    "REQUEST_TOPIC": "requests",
    "EVENT_TOPIC": "events",
    "KMS_KEY": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    "SENDGRID_API_KEY": "SG.x",
    "EMAIL_FROM": "reset@example.com",
    "CONSOLE_URL": "https://reset.example.com",
}
