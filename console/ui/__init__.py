"""The screen: the only package that imports Textual and Rich. `cli` opens it; it calls desk verbs and reads the feed."""
