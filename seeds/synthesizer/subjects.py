"""What synthesized notes are about: problems, stacks, situations. Each note is one of each.

A topic's `thing` is what it is about, `sign` the figure that shows how it goes and `unit` what that is counted in;
`worse` says which way is bad. `said` are sentences of the topic alone; the braces in them are filled for each note.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One problem that notes are about."""

    doing: str
    thing: str
    sign: str
    unit: str
    falls: bool  # the figure falls when things get better
    checklist: str
    entity: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What a note's code runs on; `code` names its snippets in code.py."""

    name: str
    area: str
    tools: tuple[str, ...]
    language: str
    code: str


TOPICS = (
    Topic(
        doing="keeping cache keys stable across deployments",
        thing="the page cache",
        sign="share of requests answered from the cache",
        unit="%",
        falls=False,
        checklist="caching",
        entity="unstable cache keys",
        said=(
            "A key that holds the build number empties the whole cache with every deployment of {service}.",
            "Write the key down as a list of its parts, and give a reason for each part that is in it.",
            "Two visitors who see the same bytes should share one entry; anything else is memory spent twice.",
            "After the last change of the template, {service} sent {big} requests to {store} within {minutes} minutes.",
            "Keys that hold a user's name do not belong in a shared cache, however short their life is.",
        ),
    ),
    Topic(
        doing="rotating credentials without downtime",
        thing="the credential",
        sign="age of the oldest credential",
        unit="days",
        falls=True,
        checklist="secrets",
        entity="credentials that nobody rotates",
        said=(
            "For a while both the old and the new credential must work, and that while needs an end in the calendar.",
            "{service} reads its credential at the start, so a rotation is finished only when the last process is new.",
            "Count the connections that still use the old name before you take it away; on {host} there were {few}.",
            "A credential in an environment variable is seen by every child process, and some of those write logs.",
            "The rotation of {month} took {minutes} minutes, most of them spent looking for one forgotten job.",
        ),
    ),
    Topic(
        doing="making a nightly import safe to run again",
        thing="the import",
        sign="rows that came in twice",
        unit="rows",
        falls=True,
        checklist="imports",
        entity="imports that run twice",
        said=(
            "Give every row a key that comes from its source, and let {store} refuse the second one.",
            "The import of {service} stopped at row {big} and was started again by hand, from the beginning.",
            "Write the place in the file together with the rows, in one transaction, so that neither is ahead.",
            "A file that arrives twice is the usual case, not the rare one: partners send again when they are unsure.",
            "Refused rows belong in a list that somebody can mend and send again, with line and reason.",
        ),
    ),
    Topic(
        doing="finding the query that slows a page down",
        thing="the slow query",
        sign="95th percentile of the page",
        unit="ms",
        falls=True,
        checklist="queries",
        entity="slow queries",
        said=(
            "The page asked {store} {few} times, and {few_more} of the answers were the same.",
            "A plan on a laptop with {few} rows says nothing about {big}; ask for the plan where the rows are.",
            "An index on two columns serves a search for the first, and never one for the second alone.",
            "Before the change {service} spent more time waiting for {store} than doing anything else.",
            "Sort the list of queries by their total time, since a quick one asked {big} times costs more.",
        ),
    ),
    Topic(
        doing="shutting a worker down without losing its job",
        thing="the worker",
        sign="jobs done twice after a deployment",
        unit="jobs",
        falls=True,
        checklist="workers",
        entity="jobs lost at shutdown",
        said=(
            "The signal comes first, the kill comes {minutes} seconds later, and all the work lies in between.",
            "A worker that has been told to stop takes no new job, even if one is waiting.",
            "{service} gave its job back only after the lease had run out, so another worker began it anew.",
            "Let each job note how far it is, in {store}, so that whoever goes on does not begin at the start.",
            "In the last {few} deployments a job was done twice each time, and nobody had been told.",
        ),
    ),
    Topic(
        doing="moving a table without stopping the site",
        thing="the migration",
        sign="longest wait for a lock",
        unit="s",
        falls=True,
        checklist="migrations",
        entity="migrations that lock",
        said=(
            "Add the column first, fill it in small steps, and read it only when the last step is done.",
            "A lock that waits lets nobody pass behind it, so set a limit of a few seconds and try again later.",
            "On the copy the change took {minutes} minutes for {big} rows; the real table has twice as many.",
            "{service} wrote to both columns for {few} days, which is what made the way back short.",
            "Nobody drops the old column in the same week: disks are cheap, and mornings are not.",
        ),
    ),
    Topic(
        doing="alerting on what users feel",
        thing="the alert",
        sign="false alarms a week",
        unit="alarms",
        falls=True,
        checklist="alerts",
        entity="alerts nobody reads",
        said=(
            "An alert that asks for nothing teaches people to ignore the next one.",
            "Page somebody when readers wait, and write a ticket when a disk is four fifths full.",
            "{service} sent {few_more} alarms last week, and {few} of them needed a person.",
            "The age of the oldest job says more than the length of the queue, and needs no threshold by hour.",
            "Every alert names the page that explains it; one without such a page is switched off after {few} days.",
        ),
    ),
    Topic(
        doing="testing a restore before it is needed",
        thing="the backup",
        sign="time until the data is back",
        unit="min",
        falls=True,
        checklist="backups",
        entity="backups nobody restored",
        said=(
            "A backup is a hope until somebody has restored it on another machine.",
            "The copy of {store} was complete and useless: the roles were missing, and so was the key.",
            "Restore into an empty place, count the rows, and compare the newest one with the clock.",
            "In {month} the restore took {minutes} minutes, and the plan had promised half of that.",
            "Write down who decides to restore, since at three in the night nobody wants to.",
        ),
    ),
    Topic(
        doing="limiting how often a client may call",
        thing="the limit",
        sign="requests refused an hour",
        unit="requests",
        falls=False,
        checklist="limits",
        entity="clients without limits",
        said=(
            "Count by account where there is one, and by network where there is none.",
            "Tell the client when to come back; most of them wait if they are asked.",
            "One client of {service} called {big} times in an hour, and its owner had no idea.",
            "A limit kept in one process is many limits: {few} processes let {few} times as much through.",
            "Begin by counting and refusing nothing, for {few} days, and look at who would have been refused.",
        ),
    ),
    Topic(
        doing="removing a feature switch that did its work",
        thing="the switch",
        sign="switches older than a quarter",
        unit="switches",
        falls=True,
        checklist="switches",
        entity="switches that stay",
        said=(
            "A switch is a promise to come back, so it carries a name, a date and a person.",
            "Both branches behind a switch of {service} had changed since, and only one was ever tested.",
            "Search for the name in {store} too: somebody has switched it off for one customer.",
            "Take the switch out in one small change and nothing else, so that it can be put back alone.",
            "Of {few_more} switches on {host}, {few} had been on for everybody since {month}.",
        ),
    ),
    Topic(
        doing="reading logs without drowning in them",
        thing="the log",
        sign="lines a request",
        unit="lines",
        falls=True,
        checklist="logs",
        entity="logs without structure",
        said=(
            "One line for each request, with the same names in the same order, answers most questions.",
            "{service} wrote {few_more} lines for a request that went well, and one for a request that failed.",
            "Log the decision and what it was based on; the code says the rest.",
            "Names of people and tokens do not belong in a line that {few} machines copy and keep for {months} months.",
            "A request carries one id through {service} and {store}, and an answer shows it to whoever complains.",
        ),
    ),
    Topic(
        doing="splitting a large page of results",
        thing="the list",
        sign="time for the last page",
        unit="ms",
        falls=True,
        checklist="lists",
        entity="pages that count rows",
        said=(
            "Counting {big} rows to write a number that nobody reads is the dearest part of the page.",
            "Go on behind the last row that was shown, by the columns the list is sorted by and an id.",
            "A list that is sorted by time alone shows a row twice when {few} rows share a second.",
            "{service} skipped {big} rows to show twenty, and every page further down was slower.",
            "Readers go to the second page and then to the search box; page {few_more} was opened by machines only.",
        ),
    ),
    Topic(
        doing="pinning dependencies and still moving on",
        thing="the lock file",
        sign="days behind the newest patch",
        unit="days",
        falls=True,
        checklist="dependencies",
        entity="dependencies left behind",
        said=(
            "A pinned version is a decision, and a decision has a date on which it is looked at again.",
            "Update one library at a time: {few} at once make a failure that nobody can name.",
            "{service} was {months} months behind, and the way forward had become a project.",
            "Hashes in the lock file say that the bytes are those of last week, and nothing about whether they are "
            "good.",
            "Read what changed before the update, and write the one line that matters to you into the commit.",
        ),
    ),
    Topic(
        doing="keeping times in one zone and showing them in another",
        thing="the timestamp",
        sign="appointments that moved",
        unit="appointments",
        falls=True,
        checklist="times",
        entity="times without a zone",
        said=(
            "A moment is stored in UTC; a plan of a person is stored as they said it, with their zone.",
            "When the clocks changed, {few_more} appointments of {service} moved by an hour, and {few} by a day.",
            "The zone of the server is nobody's zone: set it to UTC and never ask it again.",
            "A day has twenty-three hours once a year, and a report that divides by twenty-four is wrong then.",
            "Keep the name of the zone and not its offset, since offsets change by law, in some years in {month}.",
        ),
    ),
    Topic(
        doing="reviewing generated code before it is merged",
        thing="the review",
        sign="changes taken back within a week",
        unit="%",
        falls=True,
        checklist="reviews",
        entity="reviews without questions",
        said=(
            "Ask what the change would look like if it were wrong, and look for that first.",
            "Generated tests repeat what the code says; change a line of the code and see whether one fails.",
            "Of {few_more} changes to {service} that were taken back, {few} had been approved within two minutes.",
            "A reviewer who cannot say what the code does has not reviewed it, whoever wrote it.",
            "Small changes are read; of a change of {big} lines the first screen is.",
        ),
    ),
    Topic(
        doing="making a health check that tells the truth",
        thing="the health check",
        sign="minutes until a sick machine is taken out",
        unit="min",
        falls=True,
        checklist="health",
        entity="health checks that lie",
        said=(
            "Whether the process lives and whether it can serve are two questions with two addresses.",
            "The check of {service} asked {store}, so that one slow query took all {few} machines out at once.",
            "Answer within a second and say which part is missing, in words that are fit for a page at night.",
            "A check that always says yes is found out on the day it is needed.",
            "On {host} the balancer needed {minutes} minutes to notice, since it asked every {few} minutes only.",
        ),
    ),
)

STACKS = (
    Stack(
        name="Python services",
        area="backend",
        tools=("uvicorn", "pytest", "ruff", "httpx"),
        language="python",
        code="python",
    ),
    Stack(
        name="Django",
        area="backend",
        tools=("Django", "pytest", "gunicorn", "PostgreSQL"),
        language="python",
        code="django",
    ),
    Stack(name="Go", area="backend", tools=("go vet", "pprof", "delve"), language="go", code="go"),
    Stack(
        name="Node.js",
        area="backend",
        tools=("npm", "vitest", "pino"),
        language="javascript",
        code="javascript",
    ),
    Stack(
        name="TypeScript front ends",
        area="frontend",
        tools=("Vite", "ESLint", "Playwright"),
        language="typescript",
        code="typescript",
    ),
    Stack(
        name="PostgreSQL",
        area="databases",
        tools=("psql", "pg_stat_statements", "pgbench"),
        language="sql",
        code="sql",
    ),
    Stack(
        name="Linux servers",
        area="operations",
        tools=("systemd", "journalctl", "ss"),
        language="bash",
        code="bash",
    ),
    Stack(
        name="Kubernetes",
        area="operations",
        tools=("kubectl", "Helm", "Prometheus"),
        language="yaml",
        code="yaml",
    ),
    Stack(name="Rust", area="backend", tools=("cargo", "clippy", "tokio"), language="rust", code="rust"),
    Stack(
        name="Terraform",
        area="platform",
        tools=("Terraform", "tflint", "Git"),
        language="json",
        code="json",
    ),
    Stack(name="C++", area="embedded", tools=("CMake", "clang-tidy", "gdb"), language="cpp", code="cpp"),
    Stack(
        name="Ruby on Rails",
        area="backend",
        tools=("Rails", "RSpec", "Sidekiq"),
        language="ruby",
        code="ruby",
    ),
)

SITUATIONS = (
    "in a team of three",
    "with one release a week",
    "under a fixed budget",
    "on machines nobody may restart by day",
    "for customers in several countries",
    "with a service that is older than its team",
    "while two offices share one on-call rota",
    "where every change needs a second person",
    "during the busiest month of the year",
    "with logs as the only evidence",
    "after a merger of two platforms",
    "when the first version is live already",
    "without a maintenance window",
    "on hardware that is five years old",
)

SERVICES = (
    "the billing service",
    "the catalogue",
    "the mail gateway",
    "the booking service",
    "the search front end",
    "the report builder",
    "the customer portal",
    "the stock service",
    "the media converter",
    "the sign-in service",
    "the price engine",
    "the partner API",
)
STORES = ("the database", "the queue", "the cache", "the archive", "the object store", "the replica")
HOSTS = ("node-04", "app-2", "worker-11", "edge-3", "db-1", "batch-7", "web-06", "ci-12")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "September",
    "October",
    "November",
)
OWNERS = (
    "the web desk",
    "the database desk",
    "platform operations",
    "the jobs desk",
    "the security desk",
    "the payments team",
    "the search team",
    "the release desk",
)
MODELS = (("field drafter", "2.3"), ("field drafter", "2.4"), ("note engine", "7"), ("deskwriter", "1.9"))
