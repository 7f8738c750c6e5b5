"""The sentences and paragraphs that notes are put together from.

SHARED paragraphs stand in many notes word for word, as generators repeat themselves; every other sentence has places
that are filled for each note. docs/synthesizer.md says how much of a note is which.
"""

OPENINGS = (
    "This note is about {doing} {situation}, on {stack}. It was written after {service} had trouble with it in "
    "{month}, and it keeps to what was measured.",
    "{service_first} runs on {stack}, {situation}. What follows is how we went about {doing}, and what we would "
    "leave out the next time.",
    "Most advice on {doing} assumes a quiet week. This one was written {situation}, for {stack}, with {service} as "
    "the example.",
    "In {month} {service} went through {doing}. The steps are few, they are in order, and each can be taken back.",
    "Here is a short way of {doing} on {stack}, {situation}. It leaves the larger rewrite for a day when somebody "
    "asks for it.",
    "{owner_first} asked for a page on {doing}. This is it: for {stack}, {situation}, with the figures of {service}.",
)

MEASURED = (
    "Before the change the {sign} stood at {before} {unit}; {days} days later it stood at {after} {unit}.",
    "We measured the {sign} for {days} days: {before} {unit} at the start, {after} {unit} at the end.",
    "The {sign} went from {before} to {after} {unit} on {host}, with the same load as the week before.",
    "One figure decides here, the {sign}. It was {before} {unit} in {month} and is {after} {unit} now.",
)

STEPS = (
    "Begin on {host}, which takes one request in {few_more}, and stay there for {days} days.",
    "Change one thing, look at the {sign}, and only then change the next.",
    "Tell {owner} before you begin, and say by when they will hear from you again.",
    "Keep the old way next to the new one until {few} releases have passed without a question.",
    "Do it on a morning early in the week, when whoever wrote {service} is at their desk.",
    "If the {sign} has not moved after {days} days, take the change back and write down why.",
    "Write the command and its answer into the note while you still see both.",
    "Look at {thing} on {host} first; what holds there held on the other machines of {service} as well.",
    "Ask {owner} for the figure of last {month}, since nobody remembers it the same way.",
    "Leave {thing} alone for the first {minutes} minutes after a deployment: everything looks worse then.",
)

LIMITS = (
    "None of this helps where {store} itself is too small for {service}; that is another note.",
    "It was tried with {big} rows and {few} machines. With ten times as many, measure again before you believe it.",
    "What we did not try is {thing} behind a second network, because {service} has only one.",
    "The figures come from one service. Another one will have others, and may have another bottleneck.",
    "Where {owner} has no access to {store}, the third step needs somebody who has.",
)

CLOSINGS = (
    "If it goes wrong, put the release before this one back; nothing in {store} has to be undone.",
    "The way back is the previous version of {service}. It was tried on {host} and took {minutes} minutes.",
    "To take it back, revert the one change and wait for {thing} to settle, about {minutes} minutes.",
    "Going back needs one person and no meeting: the old settings are kept beside the new ones for {months} months.",
)

HEADINGS = (
    "What was wrong",
    "What we changed",
    "In which order",
    "What to watch",
    "What it does not cover",
    "The way back",
)

SHARED = (
    "Measure before you change anything. A figure taken afterwards has nothing to stand beside, and memory is kind "
    "to whoever made the change. Keep the command with the figure, so that the next person measures the same thing.",
    "Make the change so small that you can describe it in one sentence. Whatever does not fit into that sentence is a "
    "second change, and it gets its own day and its own figure.",
    "An owner is a person or a desk that answers when the page is wrong. A team that has been dissolved is not an "
    "owner, and neither is the person who happened to write the first version.",
    "Write for somebody who reads this at night with half an hour to spare. They need the command, what it should "
    "print, and what to do when it prints something else. The history can stand at the end.",
    "Try the way back while nobody needs it. A rollback that was never rehearsed is an idea, and ideas take longer "
    "than the outage they were meant to end.",
    "Queues make a system look calm. The work has not gone away, it has only stopped being visible in the place where "
    "you look. Watch the age of the oldest entry, since the number of entries depends on the hour.",
    "Every retry needs an end and a pause that grows. Without the end a small fault lasts for ever; without the pause "
    "the service that is just coming back is knocked over again by those who waited for it.",
    "A time limit on each call is the cheapest safety there is. Make the limits shorter as you go down, so that the "
    "caller still waits when the answer of its callee arrives.",
    "Automate what you have done by hand three times, and not before. The first time teaches you what the steps are, "
    "the second which of them matter, and the third what goes wrong between them.",
    "Dashboards answer questions that somebody had last year. Before you add a graph, write down the decision it is "
    "for; if there is none, the graph will be looked at once.",
    "Permissions grow by themselves and shrink only when somebody takes an afternoon for it. List who can change what, "
    "ask each name whether it still needs that, and remove the ones that do not answer.",
    "Data that was deleted on purpose comes back with the next restore, unless the list of deletions is kept where the "
    "restore can read it. Keep that list short, dated and outside of the data it is about.",
    "A test that never failed has not been tested. Break the thing it guards once, on purpose, and see it turn red; "
    "this takes a minute and has surprised every team that tried it.",
    "Do not fix two things in one release because they lie close together. When the figure moves, you want to know "
    "which of them moved it, and when it does not, which of them to take out.",
    "Names are cheap to choose and dear to change. Use the word that the people who are on call already use, even if "
    "a better one comes to mind while you write.",
    "A warning that is printed on every run is wallpaper. Either make it an error, or make it go away; leaving it is "
    "a decision to miss the next one, which will look the same.",
    "Configuration is code that nobody reviews. Keep it in the same place, change it in the same way, and show what "
    "changed on the page where the deployment is announced.",
    "Load tests lie in a friendly direction: their clients are near, their data is small and their caches are warm. "
    "Say which of these hold for yours, and the figure becomes useful again.",
    "When two clocks disagree, one of them will be believed for no good reason. Let one machine give the time to what "
    "is compared, and write down which machine that is.",
    "Keep the old data until somebody has read the new data for a month. Space is cheap, and the question what it "
    "looked like before always comes from a person who needs the answer today.",
    "Staging differs from production in the three things that break: the amount of data, the number of users and the "
    "age of the settings. Treat a green run there as a spelling check.",
    "A change without a date in the calendar stays half done. Put the day on which the old way is removed next to the "
    "day on which the new one begins, and invite the same people.",
    "If a step needs judgement, say whose. A note that leaves this open is followed by whoever is the most confident, "
    "which is rarely whoever knows the most.",
    "Copies drift. Whatever is written in two places is wrong in one of them by the end of the year, so point to the "
    "one place and leave the other empty.",
    "Ask what a user would notice. Much of what looks urgent on a screen full of graphs is not felt by anybody, and "
    "some of what is felt by everybody has no graph at all.",
    "Small numbers of machines hide problems that large numbers have, and the other way round. Say for which size a "
    "piece of advice was tried, since it travels further than its context.",
    "Security that depends on everybody remembering something is a rota of who forgets first. Let the default be the "
    "safe way, and make the unsafe one long to type.",
    "The person who fixes it at night should not have to decide whether it was right. Write down what may be switched "
    "off without asking, and that list will be used more often than any other page.",
    "Batch what can wait and stream what cannot. A nightly job that grew until noon is no nightly job any more, and "
    "nobody will tell you, because it got there a minute at a time.",
    "Leave the place tidier than the ticket asked for by exactly one thing. Two things are a refactoring, and nobody "
    "expects one of those in a change with this title.",
    "An error message is the page most often read about your service. Say what happened, to which thing, and what to "
    "do now; leave the apology and the stack to the log.",
    "Read the incident before this one. Half of what you are about to write is in it already, and the half that is not "
    "is what changed.",
)

BRIEFS = (
    "Write for a colleague who knows the stack and has not slept enough. Keep figures and commands together.",
    "Explain the reason before the command, say what was measured, and end with the way back.",
    "One problem, one change, one figure. Leave out what was not tried.",
    "Plain words, short sentences, no promise that the note cannot keep.",
)

SUMMARIES = (
    "How we went about {doing} on {stack}, {situation}: the {sign} before and after, the steps, and the way back.",
    "{doing_first} on {stack}: what was wrong at {service}, what we changed, and how to take it back.",
    "A short note on {doing}, {situation}, with the {sign} as the one figure to watch.",
    "Steps and figures for {doing} on {stack}, tried at {service} in {month}.",
)

TITLES = (
    "{doing_first} {situation}",
    "{doing_first} on {stack}",
    "{doing_first}: what {service} taught us",
    "How {service} got through {doing}",
    "Notes on {doing}, {stack}",
    "{doing_first} on {stack}, {situation}",
    "A smaller way of {doing} on {host}",
    "{stack}: {doing}",
)
