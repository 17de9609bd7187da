"""The screens: they hold store and officer, call the desk's verbs and hand what they read to the widgets."""
