# Reads a stream of server-sent events, one line at a time, and prints the log lines that it carries. What the caller has to know
# to go on afterwards (the last id, how it ended, what was said instead of a stream) leaves as JSON on standard error.
# The caller appends a comment line ": mirc-status CODE".

# A log line holds no line feed; where it holds carriage returns (a progress bar, a program from elsewhere), the event has one more
# data field after each of them.

# No regular expressions here: a burst of 100,000 lines has to pass quickly.
def value(name): .[(name | length) + 1:] | ltrimstr(" ");

def dispatch:
    if .event == "end" then .ended = true
    elif (.data | length) > 0 and (.event == "" or .event == "log" or .event == "message") and (.id == "" or .id > .last)
    then .out = [.data | join("\r")] else . end
    | (if .id > .last then .last = .id else . end)
    | .event = "" | .data = [] | .id = "";

def without_stamp: .[(index(" ") // -1) + 1:];

foreach (inputs, null) as $raw (
    {last: $last, ended: false, status: 0, said: "", event: "", id: "", data: [], out: [], over: false};
    .out = []
    | if $raw == null then .over = true
      else ($raw | rtrimstr("\r")) as $line
      | if $line == "" then dispatch
        elif $line | startswith("data:") then .data += [$line | value("data")]
        elif $line | startswith("id:") then .id = ($line | value("id"))
        elif $line | startswith("event:") then .event = ($line | value("event"))
        elif $line | startswith("retry:") then .
        elif $line | startswith(": mirc-status ") then .status = ($line[14:] | tonumber)
        elif $line | startswith(":") then .
        else .said += $line + "\n" end
      end;
    if .over then {last, ended, status, said} | tojson | halt_error(0)
    else .out[] | if $stamps then . else without_stamp end end)
