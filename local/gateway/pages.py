"""The gateway's one page: choose who you are (laptop stack)."""

from jinja2 import Environment

from local.gateway.sessions import PERSONAS

_CHOOSER = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Passcode reset demo</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
ul { list-style: none; padding: 0; }
button { font: inherit; width: 100%; text-align: left; padding: .75rem 1rem; margin-bottom: .5rem;
  border: 1px solid #767676; border-radius: .5rem; background: transparent; color: inherit; cursor: pointer; }
button:hover { border-color: currentColor; }
button[aria-current] { border-width: 2px; }
small { display: block; opacity: .85; }
</style>
</head>
<body>
<main>
<h1>Who are you?</h1>
<p>In production, Identity-Aware Proxy signs people in. On this machine, choose a person:</p>
<form method="post" action="/_local/signin">
<input type="hidden" name="next" value="{{ next }}">
<ul>
{%- for email, role in personas.items() %}
<li><button name="email" value="{{ email }}"{% if email == current %} aria-current="true"{% endif %}>{{ email }}
<small>{{ role }}{% if email == current %} (signed in now){% endif %}</small></button></li>
{%- endfor %}
</ul>
</form>
{%- if current %}
<form method="post" action="/_local/signout"><button>Sign out</button></form>
{%- endif %}
</main>
</body>
</html>
""")


def chooser(next_path: str, current: str | None) -> str:
    """Return the HTML page; ``next_path`` is where the choice leads, ``current`` who is signed in."""
    return _CHOOSER.render(next=next_path, current=current, personas=PERSONAS)
