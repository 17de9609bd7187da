"""Questions to the officer: words go in by constructor, the answer comes by `dismiss`, None when it was left.
Screens push them; none of them knows the desk."""
