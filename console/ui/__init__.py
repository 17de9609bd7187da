"""The screen: the only package that imports Textual and Rich. `cli` opens it; calls desk verbs, reads the feed."""
