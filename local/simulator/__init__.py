"""A stand-in for the Android Management API and its phones, faithful to Google's discovery document.

``python -m local.simulator`` serves it on ``127.0.0.1:8090``; ``server.running`` serves it inside a test. It holds
everything in memory and writes no passcode to a log or to disk.
"""
