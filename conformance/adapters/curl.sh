#!/usr/bin/env bash
# A client of reAPI with bash 5, curl (7.84 or later) and jq, which is run once per call. To check it:
#   safelight check client --exec "bash curl.sh {op}"
set -u
id='' polled='if .status == "completed" then
    [.output | objects | .image_urls | arrays[] | strings | {url: .}] as $images
    | if $images == [] then failure("protocol"; "there are no images") else {ok: {$images, task_id: $id}} end
  elif .status == "failed" then (.error | objects) // {}
    | failure(if .message | tostring | test("polic") then "blocked" else "failed" end; .message)
  else empty end'
fail() { # CATEGORY MESSAGE
  jq -cn --arg category "$1" --arg message "$2" --arg id "$id" \
    '{error: {$category, $message, task_id: [$id | select(. != "")][0]}}'; exit 1
}
tick() { # SECONDS: sleep, by Safelight's clock where there is one; then $time is the unix time
  if [ "${SAFELIGHT_CLOCK-}" ]; then time=$(curl -s "$SAFELIGHT_CLOCK/sleep?seconds=$1")
  else sleep "$1"; time=$EPOCHSECONDS; fi
  time=${time%.*}
}
# http PATH FILTER [BODY] puts into $answer what the filter makes of the answer, or an error. The key goes to curl by
# its standard input, since arguments are for all to see. A submit without an answer may have made a job that is paid.
http() {
  local key="header = \"Authorization: Bearer $SAFELIGHT_API_KEY\"" lost=server body=() raw status
  if [ $# = 3 ]; then lost=ambiguous body=(-H 'Content-Type: application/json' --data-binary @/dev/fd/3); fi
  raw=$(curl -sgK - "$SAFELIGHT_BASE_URL$1" "${body[@]}" --max-time $((ends - time + 1)) \
    -w '\n%{http_code} %header{retry-after}' <<<"$key" 3<<<"${3-}") || raw=$'\n500 '
  read -r status after <<<"${raw##*$'\n'}"
  case $after in *[A-Z]*) after=$(($(date -d "$after" +%s) - time)) ;; esac
  answer=$(jq -Rsc --arg status "$status" --arg lost "$lost" --arg after "$after" --arg id "$id" '
    def failure($category; $message): {error: {$category, message: $message | tostring,
      task_id: [$id | select(. != "")][0], code: [.code? | numbers][0], request_id: [.request_id? | strings][0],
      retry_after: [$after | tonumber?][0]}};
    [try fromjson catch null | objects][0] | if . == null and ($status | test("^[25]"))
      then failure($lost; "HTTP \($status) without JSON") elif $status < "3" then '"$2"' else (.error? | objects) // {}
      | failure({"1": "auth", "2": "invalid", "3": "credits", "5": "rate_limited", "6": "server"}[.code | tostring[:-4]]
        // {"401": "auth", "402": "credits", "429": "rate_limited"}[$status]
        // if $status < "5" then "invalid" else "server" end; .message) end' <<<"${raw%$'\n'*}")
}
case $1 in
  hello) jq -cn '{ok: {name: "curl-example", providers: ["reapi"], features: (["virtual_sleep", "parallel", "deadline",
    "ratio", "resolution", "count", "channel"] | map({(.): true}) | add | .images = ["url"])}}' ;;
  generate)
    tick 0
    began=$time ends=$((time + ${SAFELIGHT_DEADLINE:-600})) wait=30
    body=$(jq -ce 'select([.temperature, .top_p, .output_format, .previous] == [null, null, null, null])
      | select([.images[]? | .url // "" | test("^https?://")] | all) | .images |= ((arrays | map(.url)) // null)
      | {prompt, size: .ratio, resolution, n: .count, image_urls: .images, model: (["gemini-3-pro-image-preview",
        (.channel | strings)] | join("-"))} | del(.[] | nulls)' <<<"$SAFELIGHT_REQUEST") || fail unsupported 'not here'
    http /api/v1/images/generations 'if .id | type == "string" then {id} else failure("ambiguous"; "no id") end' "$body"
    id=$(jq -er '.id // empty' <<<"$answer") || { echo "$answer"; exit 1; }
    while :; do # 30 s until the first poll, then every 4 s, and after three minutes every 10 s
      tick $((wait < ends - time ? wait : ends - time))
      [ "$time" -lt "$ends" ] || fail timeout 'the task has not ended yet'
      http "/api/v1/tasks/$id" "$polled"
      [[ -z $answer || $answer =~ '"category":"'(server|rate_limited) ]] || break
      wait=$((time - began < 180 ? 4 : 10)) wait=$((wait > after ? wait : after))
    done
    echo "$answer" ;;
esac
