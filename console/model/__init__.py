"""The words of the job as frozen dataclasses and pure rules; everything above imports it, it imports only the standard
library."""
