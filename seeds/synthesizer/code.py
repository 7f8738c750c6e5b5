"""Pieces of code, by the name a Stack gives them: short, parsing, with places that are filled for each note.

Braces of the code itself are doubled, as str.format asks.
"""

SNIPPETS = {
    "python": (
        "import time\n\n\ndef {name}(read, *, seconds={minutes}):\n    ends = time.monotonic() + seconds\n"
        "    while time.monotonic() < ends:\n        if read() < {few_more}:\n            return True\n"
        "        time.sleep({few})\n    return False",
        'from collections import Counter\n\n\ndef {name}(rows):\n    seen = Counter(row["key"] for row in rows)\n'
        "    return [key for key, times in seen.items() if times > {few}]",
        "def {name}(jobs, limit={few_more}):\n    for job in jobs[:limit]:\n"
        "        with job.lease(seconds={minutes}):\n            job.run()",
    ),
    "django": (
        "from django.db import transaction\n\n\n@transaction.atomic\ndef {name}(queryset, size={few_more}):\n"
        '    batch = queryset.select_for_update(skip_locked=True).order_by("pk")[:size]\n'
        "    return [row.finish() for row in batch]",
        'def {name}(request):\n    rows = Entry.objects.filter(pk__gt=request.GET.get("after", 0))\n'
        '    return render(request, "list.html", {{"rows": rows.order_by("pk")[:{few_more}]}})',
    ),
    "go": (
        "func {camel}(ctx context.Context, jobs <-chan Job) error {{\n\tfor {{\n\t\tselect {{\n"
        "\t\tcase <-ctx.Done():\n\t\t\treturn ctx.Err()\n\t\tcase job := <-jobs:\n"
        "\t\t\tif err := job.Run(ctx); err != nil {{\n\t\t\t\treturn err\n\t\t\t}}\n\t\t}}\n\t}}\n}}",
        "ctx, cancel := context.WithTimeout(ctx, {minutes}*time.Second)\ndefer cancel()\n"
        'rows, err := db.QueryContext(ctx, "select id from entries limit {few_more}")',
    ),
    "javascript": (
        "export async function {camel}(read, {{ times = {few} }} = {{}}) {{\n"
        "  for (let n = 0; n < times; n += 1) {{\n    const answer = await read();\n"
        "    if (answer.ok) return answer;\n    await new Promise((done) => setTimeout(done, {big}));\n  }}\n"
        '  throw new Error("no answer");\n}}',
        "const seen = new Map();\n\nexport function {camel}(key, make) {{\n"
        "  if (!seen.has(key)) seen.set(key, make());\n  return seen.get(key);\n}}",
    ),
    "typescript": (
        "type Entry = {{ id: number; at: string }};\n\nexport function {camel}(entries: Entry[]): Entry[] {{\n"
        "  return entries.filter((entry) => entry.id > {big}).slice(0, {few_more});\n}}",
        "export const limits: Record<string, number> = {{\n  read: {big},\n  write: {few_more},\n}};",
    ),
    "sql": (
        "select id, taken_at\nfrom {name}\nwhere id > {big}\norder by id\nlimit {few_more};",
        "explain (analyze, buffers)\nselect count(*)\nfrom {name}\nwhere finished_at is null;",
        "create index concurrently {name}_open\non {name} (taken_at)\nwhere finished_at is null;",
    ),
    "bash": (
        "journalctl --unit {name} --since '{minutes} minutes ago' --output json |\n  jq --raw-output .MESSAGE |\n"
        "  sort | uniq --count | sort --numeric-sort --reverse | head -n {few_more}",
        'for host in {host} {host}-b; do\n  ssh "$host" systemctl is-active {name}\ndone',
    ),
    "yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {dashed}\nspec:\n  replicas: {few}\n"
        "  minReadySeconds: {minutes}",
        "groups:\n  - name: {dashed}\n    rules:\n      - alert: OldestTooOld\n"
        "        expr: oldest_seconds > {big}\n        for: {minutes}m",
    ),
    "rust": (
        "pub fn {name}(rows: &[u64]) -> Option<u64> {{\n    rows.iter().copied().filter(|row| *row > {big}).min()\n}}",
        "let limit = std::time::Duration::from_secs({minutes});\n"
        "let answer = tokio::time::timeout(limit, {name}()).await?;",
    ),
    "json": (
        '{{\n  "{name}": {{\n    "replicas": {few},\n    "timeout_seconds": {minutes},\n'
        '    "owner": "{owner}"\n  }}\n}}',
        '{{\n  "alerts": [\n    {{"name": "{name}", "above": {big}}},\n'
        '    {{"name": "{name}-slow", "above": {few_more}}}\n  ]\n}}',
    ),
    "cpp": (
        "bool {name}(const std::vector<long>& rows) {{\n"
        "  return std::any_of(rows.begin(), rows.end(), [](long row) {{ return row > {big}; }});\n}}",
        "constexpr int most_{name} = {few_more};\nstd::array<std::uint32_t, most_{name}> slots{{}};",
    ),
    "ruby": (
        "def {name}(rows, limit: {few_more})\n  rows.select {{ |row| row.age > {big} }}.first(limit)\nend",
        'class Note < ApplicationRecord\n  scope :{name}, -> {{ where("id > ?", {big}).limit({few_more}) }}\nend',
    ),
}
