# Volumes on a machine of Verda's: whole disks that were attached when it was made. Run by the server on the machine, as
# root, by /bin/sh -c; every verb may be repeated.
#
#   DIRECTORY mount ID DEVICE ...     prints where each one's contents are
#   DIRECTORY flush ID ...            what was written is on the disk
#
# A blank disk gets an ext4 whose UUID is the volume's id, so that no disk is ever taken for another: what is neither blank
# nor that very volume is left alone. It is mounted at ID, and its contents are in the directory "data" inside: where nothing
# is mounted there is no such directory, and engines refuse to start a container with it.
set -eu

directory=$1
verb=$2
shift 2

NOT_BLANK=66
NOT_HERE=67

fail() {
    echo "$2" >&2
    exit "$1"
}

# mounted PLACE
mounted() {
    mountpoint -q "$1"
}

# Before it is mounted: afterwards that takes a right which not every engine can give.
grow_to_disk() {
    # What a machine that was switched off has left undone.
    e2fsck -p "$2" >/dev/null 2>&1 || [ $? -le 2 ] || fail $NOT_HERE "the file system of volume $1 is damaged; its disk is $2"
    has=$(dumpe2fs -h "$2" 2>/dev/null |
        awk '/^Block count:/ { blocks = $3 } /^Block size:/ { size = $3 } END { printf "%.0f", blocks * size }')
    if [ $(($(blockdev --getsize64 "$2") - has)) -ge 536870912 ]; then
        e2fsck -f -p "$2" >/dev/null 2>&1 || [ $? -le 2 ] || fail $NOT_HERE "the file system of volume $1 is damaged"
        words=$(resize2fs "$2" 2>&1) || fail $NOT_HERE "the file system of volume $1 cannot be grown to its disk: $words"
    fi
}

mount_disk() {
    [ -b "$2" ] || fail $NOT_HERE "this machine has no disk $2 for volume $1"
    known=0
    found=$(blkid -p -o value -s UUID "$2") || known=$?
    # 2 = nothing is known to be on it.
    if [ "$known" = 2 ]; then
        mkfs.ext4 -q -F -m 0 -U "$1" "$2" || fail $NOT_HERE "no file system could be made on $2 for volume $1"
    elif [ "$known" != 0 ] || [ "$found" != "$1" ]; then
        fail $NOT_BLANK "disk $2 is neither blank nor volume $1"
    fi
    grow_to_disk "$1" "$2"
    mkdir -p "$directory/$1"
    mount -t ext4 -o noatime,nodev,nosuid "$2" "$directory/$1"
}

case $verb in
    mount)
        while [ $# -gt 1 ]; do
            mounted "$directory/$1" || mount_disk "$1" "$2"
            [ -d "$directory/$1/data" ] || mkdir -m 0777 "$directory/$1/data"
            echo "$directory/$1/data"
            shift 2
        done
        ;;
    flush)
        for id; do
            ! mounted "$directory/$id" || sync -f "$directory/$id"
        done
        ;;
    *) fail 64 "unknown verb $verb" ;;
esac
