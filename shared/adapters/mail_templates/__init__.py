"""The letters, as a ``MailRenderer``.

``templates/`` holds one file a letter, with its words; each is rendered twice, once into ``layout.html.j2`` with
the parts of ``parts.html.j2`` and once into ``layout.txt.j2`` with those of ``parts.txt.j2``. So both bodies of a
mail say the same, and a translator sees each sentence once.
"""

from shared.adapters.mail_templates.renderer import JinjaMailRenderer

__all__ = ["JinjaMailRenderer"]
