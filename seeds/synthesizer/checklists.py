"""The checklists of notes: few of them, so that many articles share each, word for word."""

CHECKLISTS = {
    "caching": (
        (
            "list the parts of the key",
            "give a reason for each part",
            "measure the hit rate",
            "purge one page only",
        ),
        (
            "measure the hit rate",
            "try the page signed in and signed out",
            "purge one page only",
            "note the way back",
        ),
    ),
    "secrets": (
        (
            "list who uses the credential",
            "make the new one work beside the old",
            "count uses of the old",
            "revoke it",
        ),
        ("put the end into the calendar", "restart every process", "revoke the old credential"),
    ),
    "imports": (
        ("give each row a key of its source", "run it twice", "compare the counts", "mend the refused rows"),
        ("stop it halfway", "run it again", "compare the counts"),
    ),
    "queries": (
        ("take the plan where the rows are", "add one index", "compare the plan", "watch the writes"),
        ("sort queries by total time", "mend the first one", "measure the page again"),
    ),
    "workers": (
        (
            "send the signal by hand",
            "see no new job taken",
            "see the job given back",
            "measure the time to stop",
        ),
        ("make the job note its place", "kill it halfway", "see it go on"),
    ),
    "migrations": (
        (
            "add the column empty",
            "fill it in small steps",
            "read it behind a switch",
            "drop the old one a month later",
        ),
        ("set a limit for locks", "try it on a copy", "tell the desk", "watch the longest wait"),
    ),
    "alerts": (
        ("name the page that explains it", "let it fire once", "see who is told", "set a date to look again"),
        ("count false alarms", "remove one alert", "count again after a week"),
    ),
    "backups": (
        (
            "restore on another machine",
            "count the rows",
            "compare the newest row",
            "write down the time it took",
        ),
        ("find the key", "restore one table", "tell the owner how long it took"),
    ),
    "limits": (
        ("count without refusing", "look at who would be refused", "tell the largest client", "refuse"),
        ("answer with a time to come back", "try it with two processes", "watch the refusals"),
    ),
    "switches": (
        ("search for the name", "remove one branch", "run the tests", "delete the switch itself"),
        ("ask who has it off", "remove it in a change of its own", "note the way back"),
    ),
    "logs": (
        (
            "write one line a request",
            "carry one id through",
            "remove names and tokens",
            "try to answer a question",
        ),
        ("count lines a request", "remove the loudest", "count again"),
    ),
    "lists": (
        ("sort by time and id", "go on behind the last row", "drop the exact count", "try the last page"),
        ("measure page one and page four hundred", "change the query", "measure both again"),
    ),
    "dependencies": (
        ("update one library", "read what changed", "run everything", "note the date of the next look"),
        ("list what is behind", "take the smallest step", "pin the hashes"),
    ),
    "times": (
        ("store moments in UTC", "store plans with their zone", "try the night the clocks change"),
        ("search for naive times", "mend one at a time", "compare a month of records"),
    ),
    "reviews": (
        (
            "say what the change does",
            "look for how it fails",
            "break it and see a test fail",
            "sign with a name",
        ),
        ("read the smallest part first", "ask one question", "decide the same day"),
    ),
    "health": (
        (
            "separate alive from ready",
            "answer within a second",
            "name the missing part",
            "pull the plug once",
        ),
        ("stop the database", "see the page still served", "see the alert arrive"),
    ),
}
