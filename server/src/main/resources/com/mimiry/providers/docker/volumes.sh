# Volumes on a Docker host: sparse or preallocated files, each with an XFS of its own on a loop device, so that a volume's
# size is a limit that the kernel keeps. Run by the server on the host, as root, by /bin/sh -c; every verb may be repeated.
#
#   DIRECTORY disk                    room on the disk, and what our files take of it already
#   DIRECTORY list                    every volume
#   DIRECTORY create ID BYTES full|sparse
#   DIRECTORY grow ID BYTES full|sparse
#   DIRECTORY mount ID...             prints where each one's contents are
#   DIRECTORY unmount ID...
#   DIRECTORY destroy ID
#
# A volume's file is ID.making until its file system is complete, then ID.img. It is mounted at ID, and its contents are in
# the directory "data" inside: where it is not mounted, that directory does not exist, and no container can start that
# would write to the host's own disk in its place.
set -eu
umask 077
directory=$1
verb=$2
shift 2

NO_SPACE=28 NO_TOOL=66 NOT_HERE=67 BUSY=69

fail() {
    code=$1
    shift
    echo "$*" >&2
    exit "$code"
}

need() {
    for tool; do
        command -v "$tool" >/dev/null 2>&1 || fail $NO_TOOL "$tool is not installed on this host"
    done
}

size_of() { stat -c %s "$1"; }

mounted() { mountpoint -q "$directory/$1"; }

# mount_file FILE PLACE: on the loop device that the file has already, where something still holds it.
mount_file() {
    mkdir -p "$2"
    device=$(losetup --noheadings --output NAME --associated "$1" | head -n 1)
    if [ -n "$device" ]; then
        mount -t xfs -o noatime,nodev,nosuid "$device" "$2"
    else
        mount -t xfs -o loop,noatime,nodev,nosuid "$1" "$2"
    fi
}

# extend FILE BYTES full|sparse
extend() {
    if [ "$3" = full ]; then
        fallocate --length "$2" "$1" || fail $NO_SPACE "the disk of this host has no room for $2 bytes"
    else
        truncate --size "$2" "$1"
    fi
}

unmount_one() {
    if mounted "$1"; then
        umount "$directory/$1" || fail $BUSY "volume $1 is in use on this host"
    fi
    [ ! -d "$directory/$1" ] || rmdir "$directory/$1"
}

case $verb in
    disk)
        need mkfs.xfs xfs_growfs losetup mount umount mountpoint fallocate truncate stat
        # A module that is not loaded yet is loaded by the first mount.
        grep -qw xfs /proc/filesystems || [ -n "$(find "/lib/modules/$(uname -r)" -name 'xfs.ko*' 2>/dev/null)" ] ||
            fail $NO_TOOL "the kernel of this host has no XFS"
        mkdir -p "$directory"
        taken=0
        for file in "$directory"/*.img "$directory"/*.making; do
            [ -e "$file" ] || continue
            taken=$((taken + $(stat -c '%b * %B' "$file")))
        done
        echo "disk $(($(stat -f -c '%a * %S' "$directory"))) $taken"
        ;;
    list)
        for file in "$directory"/*.img "$directory"/*.making; do
            [ -e "$file" ] || continue
            name=${file##*/}
            born=$(stat -c %W "$file")
            [ "$born" -gt 0 ] 2>/dev/null || born=$(stat -c %Z "$file")
            echo "volume ${name%.*} $(size_of "$file") $born ${name##*.}"
        done
        echo complete
        ;;
    create)
        need mkfs.xfs losetup mount umount mountpoint fallocate truncate stat
        mkdir -p "$directory"
        image=$directory/$1.img
        making=$directory/$1.making
        if [ ! -e "$image" ]; then
            unmount_one "$1"
            rm -f "$making"
            trap 'rm -f "$making"' EXIT
            extend "$making" "$2" "$3"
            # Without discarding, which would give the room back to the disk.
            mkfs.xfs -q -f -K "$making"
            mount_file "$making" "$directory/$1"
            mkdir -m 0777 "$directory/$1/data"
            unmount_one "$1"
            sync "$making"
            trap - EXIT
            mv "$making" "$image"
            sync "$directory"
        fi
        ;;
    grow)
        need xfs_growfs losetup mount umount mountpoint fallocate truncate stat
        image=$directory/$1.img
        [ -e "$image" ] || fail $NOT_HERE "volume $1 is not on this host"
        [ "$(size_of "$image")" -ge "$2" ] || extend "$image" "$2" "$3"
        was=
        if mounted "$1"; then was=mounted; else mount_file "$image" "$directory/$1"; fi
        for device in $(losetup --noheadings --output NAME --associated "$image"); do
            losetup --set-capacity "$device"
        done
        xfs_growfs "$directory/$1" >/dev/null
        [ -n "$was" ] || unmount_one "$1"
        ;;
    mount)
        need losetup mount mountpoint
        for id; do
            [ -e "$directory/$id.img" ] || fail $NOT_HERE "volume $id is not on this host"
            mounted "$id" || mount_file "$directory/$id.img" "$directory/$id"
            echo "$directory/$id/data"
        done
        ;;
    unmount)
        need umount mountpoint
        for id; do
            unmount_one "$id"
        done
        ;;
    destroy)
        need umount mountpoint
        unmount_one "$1"
        rm -f "$directory/$1.img" "$directory/$1.making"
        ;;
    *) fail 64 "unknown verb $verb" ;;
esac
