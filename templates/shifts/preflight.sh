{% autoescape off %}#!/bin/sh
# The on-call portal's look at this laptop before a shift: do VPN, kubectl and AWS work here?
#
# It asks nothing and changes nothing. It sends verdicts alone, such as "kubectl pods passed ok": no credential, no
# configuration, nothing that a program printed. This token works once and until {{ expires }} UTC.
set -u

portal={{ address }}
namespace={{ namespace }}
answer='{{ head }}'
AWS_PAGER='' AWS_MAX_ATTEMPTS=1
export AWS_PAGER AWS_MAX_ATTEMPTS

main() {
    scratch=$(mktemp -d) || exit 1
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' HUP INT TERM
    {% if endpoints %}
    echo 'VPN'
    {% for endpoint in endpoints %}reach {{ endpoint.name }} {{ endpoint.scheme }} {{ endpoint.address }}
    {% endfor %}{% endif %}
    echo "kubectl (namespace $namespace)"
    see_pods
    {% for permission in permissions %}may {{ permission.subject }} {{ permission.verb }} {{ permission.resource }} {{ permission.subresource }}
    {% endfor %}
    echo 'AWS'
    ask_aws identity sts get-caller-identity
    ask_aws databases rds describe-db-instances --max-items 1

    send
}

# note ITEM SUBJECT VERDICT CODE: keeps one verdict, and prints it.
note() {
    answer="$answer
$1 $2 $3 $4"
    printf '  %-8s %s%s\n' "$3" "$2" "$([ "$4" = ok ] || echo ": $4")"
}

# within SECONDS COMMAND...: ends a command that hangs. What it prints goes into files here, and nowhere else.
within() {
    limit=$1
    shift
    "$@" >"$scratch/out" 2>"$scratch/err" &
    job=$!
    (
        sleep "$limit"
        kill "$job"
    ) >/dev/null 2>&1 &
    watch=$!
    wait "$job" 2>/dev/null
    result=$?
    kill "$watch" 2>/dev/null
    return "$result"
}

# reach NAME SCHEME ADDRESS: one of the internal addresses, without a proxy and without following redirects.
reach() {
    url=$3 patience=8
    case $2 in
        # Who listens there may say nothing for ever: the connection is all that is wanted.
        tcp) url="telnet://${3#tcp://}" patience=4 ;;
        tls) url="https://${3#tls://}/" ;;
    esac
    seen=$(curl -s -o /dev/null -w '%{http_code} %{time_connect} %{time_appconnect}' --noproxy '*' \
        --connect-timeout "$patience" --max-time "$patience" "$url" </dev/null)
    why=$?
    status=${seen%% *} times=${seen#* }
    case $why in
        6) code=unknown_host ;;
        7) code=refused ;;
        28) code=timeout ;;
        60) code=untrusted ;;
        35) code=tls ;;
        *) code=unreachable ;;
    esac
    case $2 in
        tcp) counts=${times%% *} ;;   # connected
        tls) counts=${times##* } ;;   # the handshake is done
        *)
            counts=0
            case $why:$status in
                0:2?? | 0:3?? | 0:401) counts=1 ;;
                0:*) code=http_$status ;;
            esac
            ;;
    esac
    case $counts in
        *[1-9]*) note vpn "$1" passed ok ;;
        *) note vpn "$1" failed "$code" ;;
    esac
}

see_pods() {
    can_ask=no
    if ! command -v kubectl >/dev/null 2>&1; then
        why_not=not_installed
        note kubectl pods failed not_installed
    elif within 12 kubectl get pods --namespace "$namespace" --request-timeout=8s --output name; then
        can_ask=yes
        note kubectl pods passed ok
    else
        why_not=$(trouble)
        # Who may not see pods may still be told what they may do.
        [ "$why_not" = forbidden ] && can_ask=yes
        note kubectl pods failed "$why_not"
    fi
}

# may SUBJECT VERB RESOURCE SUBRESOURCE
may() {
    if [ "$can_ask" = no ]; then
        note kubectl "$1" unknown "$why_not"
        return
    fi
    within 12 kubectl auth can-i "$2" "$3" --subresource="$4" --namespace "$namespace" --request-timeout=8s
    case $(cat "$scratch/out") in
        yes) note kubectl "$1" passed ok ;;
        no*) note kubectl "$1" failed forbidden ;;
        *) note kubectl "$1" unknown "$(trouble)" ;;
    esac
}

# ask_aws SUBJECT COMMAND...
ask_aws() {
    subject=$1
    shift
    if ! command -v aws >/dev/null 2>&1; then
        note aws "$subject" unknown not_installed
    elif within 20 aws "$@" --cli-connect-timeout 5 --cli-read-timeout 8; then
        note aws "$subject" passed ok
    else
        note aws "$subject" failed "$(trouble)"
    fi
}

# One word of ours for what a program complained of.
trouble() {
    while IFS= read -r line; do
        case $line in
            *ExpiredToken* | *"has expired"*) echo expired_token && return ;;
            *AccessDenied* | *orbidden*) echo forbidden && return ;;
            *"locate credentials"*) echo no_credentials && return ;;
            *"specify a region"*) echo no_region && return ;;
            *InvalidClientTokenId* | *SignatureDoesNotMatch* | *nauthorized* | *"must be logged in"*) echo unauthorized && return ;;
            *x509* | *"SSL validation"*) echo untrusted && return ;;
            *refused* | *"no such host"* | *"onnect to"* | *unreachable*) echo unreachable && return ;;
            *imeout* | *"timed out"* | *"deadline exceeded"*) echo timeout && return ;;
        esac
    done <"$scratch/err"
    if [ "$result" -gt 128 ]; then echo timeout; else echo error; fi
}

send() {
    echo 'Sending these verdicts:'
    printf '%s\n' "$answer" >"$scratch/answer"
    status=$(curl -s -o "$scratch/reply" -w '%{http_code}' --max-time 20 -H 'Content-Type: text/plain' \
        --data-binary @"$scratch/answer" "$portal")
    if [ "$status" = 000 ]; then
        echo '  the portal could not be reached; run this again while the token lasts'
        exit 1
    fi
    printf '  %s\n' "$(cat "$scratch/reply")"
    [ "$status" = 200 ] || exit 1
}

# Last, so that half a download does nothing; and nothing here may read what comes from the pipe.
main </dev/null
{% endautoescape %}
