"""The table of verbs and the front page of the help made from it; imports nothing, as `--help` comes through here."""

from __future__ import annotations

VERBS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "To look around",
        (("demo", "A station with live tips in a temporary folder; nothing of it stays."),),
    ),
    (
        "To set up",
        (
            ("init", "Make the data folder, its key and its store, or migrate them."),
            ("seed", "Fill a fresh store with a synthetic station, or with --city a whole city."),
            ("desk-role", "Give each desk of a shared PostgreSQL a role that sees its stations only."),
            ("upgrade", "Bring the store to the revision of this program."),
            ("station", "List how long each station's tips may wait and are kept, or change it."),
            ("officer", "List, add, disable, enable officers, grant them stations, reset a password."),
        ),
    ),
    (
        "To take tips",
        (
            ("intake", "Take tips from the folder and the socket (the console starts one by itself)."),
            ("send", "Send tips through the socket, one JSON object a line; print the replies."),
            ("rejected", "List and show what could not be taken, and try it again."),
            ("schema", "Print the JSON Schema of one tip, with examples."),
        ),
    ),
    (
        "To read, for scripts too",
        (
            ("tips", "List tips, newest first; takes the words and terms of the console's search."),
            ("tip", "Print one tip with history, links, attachments and referrals."),
            ("rooms", "List the rooms."),
            ("figures", "Print each station's counts."),
            ("audit", "Verify that the record of who did or saw what is whole, or show entries of it."),
        ),
    ),
    (
        "About this installation",
        (
            ("doctor", "Check folder, key, store, search, clock, backups, intake; --repair what can be."),
            ("backup", "Write store and attachments into one new file while the desk goes on."),
            ("restore", "Put a backup in the store's place; what was there is kept."),
            ("vault", "Say how reporters are sealed, change the key, lock it by a passphrase."),
            ("erase", "Erase what was kept for as long as the stations say; --dry-run counts it."),
            ("search", "Make the search index anew while the desk goes on: `taskroom search rebuild`."),
            ("paths", "Print where data, intake, socket, config and log lie."),
            ("keys", "Print the keys in force."),
        ),
    ),
)
"""Verbs by purpose, each with one line of words; typer shows the same words."""

OPTIONS = (
    ("--data DIR", "The data folder.  [TASKROOM_DATA]"),
    (
        "--database URL",
        "postgresql://USER@HOST/NAME or sqlite:///FILE; default: the data folder's.  [TASKROOM_DATABASE]",
    ),
    ("--officer CODE", "Who you are; asked for on a terminal when not said.  [TASKROOM_OFFICER]"),
    ("--password-file F", "A file of yours, 0600, with that officer's password.  [TASKROOM_PASSWORD_FILE]"),
    ("-V, --version", "Print the version."),
    ("-h, --help", "Print this help; `taskroom VERB --help` tells of one verb."),
)

EXIT_CODES = (
    ("0", "done"),
    ("1", "something was refused, not found, or found to be wrong"),
    ("2", "the command line or the search cannot be understood"),
    ("75", "something does not answer now: try again"),
    ("78", "settings, data folder, key, store or terminal are not as they must be"),
)


def words_of(verb: str) -> str:
    """The one line of words of a verb."""
    return next(words for _, verbs in VERBS for name, words in verbs if name == verb)


def front_page() -> str:
    """What `taskroom --help` prints."""
    lines = [
        "Usage: taskroom [OPTIONS]              open the console",
        "       taskroom [OPTIONS] VERB ...",
        "",
        "The console of a community police station's duty desk.",
    ]
    for title, verbs in VERBS:
        lines += ["", f"{title}:", *(f"  {name:<15} {words}" for name, words in verbs)]
    lines += ["", "Options (before or after the verb):", *(f"  {name:<17} {words}" for name, words in OPTIONS)]
    lines += ["", "Exit codes:", *(f"  {code:<15} {words}" for code, words in EXIT_CODES)]
    return "\n".join(lines) + "\n"
