"""What stands on a screen: widgets that take data in by `show(...)` and send messages out; none knows the desk."""
