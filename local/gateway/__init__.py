"""Plays the load balancer and Identity-Aware Proxy in front of the functions of the laptop stack.

Loopback only: it hands out tokens of its personas to whoever can reach it.
"""
