"""Mail inbox of the laptop stack: takes letters as SendGrid does, and shows them.

Everything lives in memory: letters hold passcodes, so nothing is written to disk or to a log.
"""
