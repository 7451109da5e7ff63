# Tables for people. Every filter reads an answer of the API and emits lines.

def colour(code): if $ENV.MIRC_COLOR == "1" then "\u001b[\(code)m\(.)\u001b[0m" else . end;
def bold: colour("1");
def dim: colour("2");

# What others wrote may hold control characters: they must not reach the terminal.
def clean: tostring | gsub("[[:cntrl:]]"; " ");
def clip(width): if length > width then .[0:width - 1] + "…" else . end;
def pad(width): . + (" " * ([width - length, 0] | max) // "");

# Amounts are exact to a micro-euro: two decimals, or as many as a small amount needs.
def decimals(places): . as $n | (if $n < 0 then "-" else "" end) as $sign
    | (pow(10; places)) as $scale | (($n | fabs) * $scale | round) as $units
    | ($units % $scale | tostring) as $rest
    | "\($sign)\($units / $scale | floor)" + (if places == 0 then "" else ".\("0" * (places - ($rest | length)) // "")\($rest)" end);
def symbol(currency): if currency == "EUR" or currency == null then "€" elif currency == "USD" then "$" else "\(currency) " end;
def money(currency): if . == null then "-" else
    . as $n | (if $n != 0 and ($n | fabs) < 0.1 then decimals(4) else decimals(2) end)
    | if startswith("-") then "-" + symbol(currency) + .[1:] else symbol(currency) + . end end;
def rate(currency): if . == null then "-" else money(currency) + "/h" end;

def seconds: (.[0:19] + "Z") | fromdateiso8601;
def span: (if . < 0 then 0 else floor end) as $s
    | if $s < 60 then "\($s)s"
      elif $s < 3600 then "\($s / 60 | floor)m\($s % 60)s"
      elif $s < 86400 then "\($s / 3600 | floor)h\($s % 3600 / 60 | floor)m"
      else "\($s / 86400 | floor)d\($s % 86400 / 3600 | floor)h" end;
def age: if . == null then "-" else now - seconds | span end;
def hours: if . == null then "-" else . * 3600 | span end;

# rows(["A", "B"]; stream of arrays): columns as wide as their widest cell.
def table(head; rows): [rows | map(if . == null or . == "" then "-" else clean end)] as $rows
    | [range(head | length) as $i | [head[$i], $rows[][$i]] | map(length) | max] as $widths
    | def line: [range(length) as $i | if $i == length - 1 then .[$i] else .[$i] | pad($widths[$i]) end] | join("  ");
      (head | line | bold), ($rows[] | line);

def facts(pairs): [pairs | select(.[1] != null and .[1] != "")] as $rows
    | ([$rows[][0] | length] | max) as $width
    | $rows[] | (.[0] | pad($width) | dim) + "  " + (.[1] | clean);

def phase: .state + (if (.operation // "") == "" then "" else " (" + (.operation | sub("^[a-z]+__"; "") | gsub("_"; " ")) + ")" end);
def counted(noun): if . == 1 then "1 \(noun)" else "\(.) \(noun)s" end;
def more_of(shown): (.total // (shown | length)) as $total
    | if $total > (shown | length) then "\(shown | length) of \($total) shown; --limit and --offset show the rest" | dim else empty end;
def gpu_name: if .type then (if (.count // 1) > 1 then "\(.count)×\(.type)" else .type end)
    elif .types then (.types | join("|")) else null end;

def sessions_table: if (.sessions | length) == 0 then "No sessions." | dim else
    table(["NAME", "ID", "STATE", "GPU", "PROVIDER", "RATE", "COST", "AGE"];
        .sessions[] | [(.name | clip(32)), .id[0:8], phase, (.gpu // {} | gpu_name), .provider,
            (.currency as $c | .hourly_rate | rate($c)), (.currency as $c | .cost | money($c)), (.created_at | age)]),
    more_of(.sessions) end;

def session_facts: .currency as $c | facts(
    ["name", .name], ["id", .id], ["state", phase], ["error", .error], ["stopped by", .stop_reason],
    ["exit code", .exit_code], ["image", .image.uri], ["command", .command],
    ["gpu", (.gpu // {} | gpu_name)],
    ["where", ([.provider, .location] | map(select(. != null and . != "")) | join(" "))],
    ["volumes", ([.volume_mounts[]? | "\(.volume_name // .volume_id) at \(.mount_path)"] | join(", "))],
    ["rate", (.hourly_rate | rate($c))],
    ["cost so far", (if .cost == null then null else .cost | money($c) end)],
    ["ends", (.auto_terminate.mode // empty | {on_complete: "when the command ends", on_success: "when the command succeeds", never: "only when told to"}[.] // .)],
    ["time limit", (.max_duration // empty | span)],
    ["created", (.created_at | "\(.) (\(age) ago)")], ["started", .started_at], ["ended", .ended_at],
    ["terminated", .terminated_at], ["ssh", .ssh.command]);

def event_lines: .events[]? | "\(.at[11:19])  \(.message // .type | clean)";
def session_view: session_facts, (if (.events // [] | length) > 0 then "", ("EVENTS" | bold), event_lines else empty end);

def volumes_table: if (.volumes | length) == 0 then "No volumes." | dim else
    table(["NAME", "ID", "STATE", "SIZE", "PROVIDER", "LOCATION", "ATTACHED TO", "RATE", "AGE"];
        .volumes[] | [(.name | clip(32)), .id[0:8], phase, "\(.size_gb) GB", .provider, .location, (.attached_to // "" | .[0:8]),
            (.currency as $c | .hourly_rate | rate($c)), (.created_at | age)]),
    more_of(.volumes) end;
def volume_view: .currency as $c | facts(["name", .name], ["id", .id], ["state", phase], ["error", .error],
    ["size", "\(.size_gb) GB"], ["type", .volume_type], ["where", ([.provider, .location] | map(select(. != null)) | join(" "))],
    ["attached to", .attached_to], ["rate", (.hourly_rate | rate($c))], ["created", .created_at]);

def availability_table: [.gpu_models[] | select(.alias_of == null)] as $models
    | if ($models | length) == 0 then "No GPU matches. --all shows what is sold out too." | dim else
    table(["GPU", "MEMORY", "FORM", "AVAILABLE", "RATE", "PROVIDER", "LOCATIONS"];
        $models[] | . as $m | if (.providers | length) == 0
            then [.name, "\(.vram_gb) GB", .form_factor, "no", null, null, null]
            else .providers[] | [$m.name, "\($m.vram_gb) GB", $m.form_factor, (if $m.available then "yes" else "no" end),
                (.hourly_rate | rate($m.currency)) + (if .spot then " spot" else "" end), .provider, (.locations | join(", "))] end) end;

def balance_view: .currency as $c | facts(["balance", (.balance | money($c))],
    ["reserved", (if .reserved == null then null else .reserved | money($c) end)],
    ["available", (if .available == null then null else .available | money($c) end)],
    ["burn rate", (.burn_rate_per_hour | rate($c))],
    ["lasts", (if .runway_hours == null then "as long as nothing runs" else .runway_hours | hours end)]);

# The one line under a create: what it costs from now on. It burns nothing before it has a machine, and will then.
def cost_line($session): .currency as $c
    | ($session.hourly_rate // 0) as $rate
    | ((.burn_rate_per_hour // 0) + (if $session.provisioned_at == null then $rate else 0 end)) as $burn
    | ["\($session.hourly_rate | rate($c))", ($session.hold // empty | "\(. | money($c)) held"),
       "balance \(.balance | money($c))",
       (if $burn > 0 then "lasts \([.balance, 0] | max / $burn | hours)" else empty end)] | join(" · ");

def transactions_table: .currency as $c | if (.transactions | length) == 0 then "No transactions." | dim else
    table(["AT", "TYPE", "AMOUNT", "BALANCE", "FOR"];
        .transactions[] | [.at[0:19], .type, (.amount | money($c)), (.balance_after | money($c)), (.description | clip(60))]),
    more_of(.transactions) end;

# Lists whose members are not fixed: one column per scalar member of the first row.
def any_table: if length == 0 then "Nothing there." | dim else
    (.[0] | to_entries | map(select(.value | type != "object" and type != "array") | .key)) as $keys
    | table($keys | map(ascii_upcase | gsub("_"; " ")); .[] | . as $row | [$keys[] | $row[.]]) end;
# What --org wants is in full; the rest is in the JSON.
def organizations_table: if length == 0 then "No organizations." | dim else
    table(["NAME", "SLUG", "ROLE", "STATE", "ID"];
        .[] | [(.name | clip(24)), (.slug | clip(24)), .role,
            (if .deleted_at then "deleted" elif .suspended then "suspended" else "active" end), .id]) end;
def any_facts: facts(paths(type != "object" and type != "array") as $p
    | [($p | map(tostring) | join(" ") | gsub("_"; " ")), getpath($p)]);
def limits_table: .currency as $c | if (.spend_limits | length) == 0 then "No spend limits." | dim else
    table(["OF", "A", "SET BY", "LIMIT", "SPENT", "UNTIL"];
        .spend_limits[] | [(.user_id // "organization"), .period, .set_by, (.limit | money($c)), (.spent | money($c)), .resets_at[0:19]]) end;
def quota_table: .quotas // [] | any_table;
def usage_table: .currency as $c | if (.usage // [] | length) == 0 then "Nothing was used." | dim else
    table([.group_by // "" | ascii_upcase, "TIME", "GPU TIME", "COST"];
        .usage[] | [.key, (.seconds | span), (.gpu_seconds | span), (.cost | money($c))]),
    "Total: \(.total | money($c))" end;
