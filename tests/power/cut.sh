#!/usr/bin/env bash
# Power-cut trials on a real file system (bar R4): the journal's own writer appends one by one to a loop-mounted
# image and says each acknowledged number; the file system is cut off at a random moment; after mounting again
# every number said must be there. `index` does the same to the index with a flush after each write, for
# comparison, and `control` stops the writer without a cut.
#
# Only what was said before the cut began must be there. Linux lets an fdatasync that is under way while
# the file system is being shut down answer "done" now and then (a bare write-and-fdatasync loop shows it
# as well); a real power cut answers nothing. Such late words are counted apart.
#
# `full` fills a 32 MiB image 50 times while the writer appends (bar R7), without any cut.
#
# usage: cut.sh [journal|index|full] [ROUNDS] [ext4|xfs] [control]     (as root; skips loudly otherwise)
# POWER_BIN may name an already built test binary of alianza-node.
set -euo pipefail

what=${1:-journal} rounds=${2:-20} kind=${3:-ext4} control=${4:-}
here=$(cd "$(dirname "$0")" && pwd)

if [ "$(id -u)" != 0 ] || ! losetup -f >/dev/null 2>&1 || ! command -v "mkfs.$kind" >/dev/null; then
    echo "SKIPPED power cuts: root, a loop device and mkfs.$kind are needed"
    exit 77
fi
if [ -z "${POWER_BIN:-}" ]; then
    POWER_BIN=$(cd "$here/../.." && cargo test -p alianza-node --lib --no-run --message-format=json 2>/dev/null |
        python3 -c 'import json,sys
for line in sys.stdin:
    m = json.loads(line)
    if m.get("executable") and m.get("target", {}).get("kind") == ["lib"]: print(m["executable"])' | tail -1)
fi

work=$(mktemp -d)
mount_point=$work/mnt image=$work/image
mkdir "$mount_point"
writer=
clean_up() {
    [ -n "$writer" ] && kill -9 "$writer" 2>/dev/null
    mountpoint -q "$mount_point" && umount "$mount_point"
    rm -rf "$work"
}
trap clean_up EXIT

inside() { # MODE → the test's own words; stderr is where it speaks
    ALIANZA_POWER_DIR=$mount_point/data exec "$POWER_BIN" --ignored --exact "$what::tests::$1" --nocapture
}
[ "$what" = journal ] && write=power::power_write check=power::power_check
[ "$what" = index ] && write=power_write check=power_check

if [ "$what" = full ]; then
    truncate -s 32M "$image"
    "mkfs.$kind" -q -m 0 "$image"
    mount -o loop "$image" "$mount_point"
    what=journal
    mkdir "$mount_point/data"
    (inside power::power_full >"$work/out" 2>"$work/said") || { cat "$work/out" "$work/said"; exit 1; }
    echo "{\"bar\": \"R7\", \"fs\": \"$kind\", \"said\": \"$(tail -1 "$work/said")\"}"
    exit 0
fi

said=0 lost=0 late=0 bad=0 cut_bytes=0 broken_rounds=0
started=$(date +%s)
for round in $(seq "$rounds"); do
    truncate -s 0 "$image"
    truncate -s 320M "$image"
    "mkfs.$kind" -q "$image"
    mount -o loop "$image" "$mount_point"
    mkdir "$mount_point/data"
    sync -f "$mount_point/data"
    (inside "$write" >/dev/null 2>"$work/said") &
    writer=$!
    sleep "0.$((RANDOM % 7 + 2))$((RANDOM % 10))"
    if [ -n "$control" ]; then
        kill -9 "$writer"
    else
        acked=$(python3 "$here/shutdown.py" "$mount_point" "$image" "$work/said")
        for _ in $(seq 50); do kill -0 "$writer" 2>/dev/null || break; sleep 0.02; done
        kill -9 "$writer" 2>/dev/null || true
    fi
    wait "$writer" 2>/dev/null || true
    writer=
    umount "$mount_point"
    mount -o loop "$image" "$mount_point"
    all=$(grep -c '^acked' "$work/said" || true)
    [ -z "$control" ] || acked=$all
    if (inside "$check" >/dev/null 2>"$work/there"); then
        there=$(sed -n 's/^there \([0-9]*\).*/\1/p' "$work/there")
        cut_bytes=$((cut_bytes + $(sed -n 's/.*cut_bytes \([0-9]*\).*/\1/p' "$work/there" | grep . || echo 0)))
    else
        cat "$work/there"
        there=0 bad=$((bad + 1))
    fi
    said=$((said + acked))
    [ "$there" -ge "$all" ] || late=$((late + all - (there > acked ? there : acked)))
    if [ "$there" -lt "$acked" ]; then
        lost=$((lost + acked - there)) broken_rounds=$((broken_rounds + 1))
    fi
    umount "$mount_point"
done
seconds=$(($(date +%s) - started))
echo "{\"bar\": \"R4\", \"what\": \"$what\", \"fs\": \"$kind\", \"cut\": $([ -n "$control" ] && echo false || echo true)," \
    "\"rounds\": $rounds, \"acked\": $said, \"lost\": $lost, \"rounds_with_loss\": $broken_rounds," \
    "\"late_words_lost\": $late, \"failed_checks\": $bad, \"torn_bytes_cut\": $cut_bytes, \"secs\": $seconds}"
[ "$what" != journal ] || { [ "$lost" = 0 ] && [ "$bad" = 0 ] && [ "$said" -gt 0 ]; }
