"""The laptop stack: what stands in for Google, the phones and the mail providers. Never deployed."""
