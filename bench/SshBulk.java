import java.util.List;

/** Many bytes through SSH into the container and out of it. */
final class SshBulk implements Measurement {
    @Override
    public String name() {
        return "ssh-bulk";
    }

    @Override
    public String what() {
        return "bulk over ssh / sshd + docker exec";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        var mebibytes = lab.rounds(256, 64);
        var up = "head -c " + mebibytes + "M /dev/zero | $SSH 'cat >/dev/null'";
        var down = "$SSH 'dd if=/dev/zero bs=65536 count=" + mebibytes * 16 + " 2>/dev/null' | cat >/dev/null";
        var upOurs = new Samples();
        var upPeer = new Samples();
        var downOurs = new Samples();
        var downPeer = new Samples();
        try (var pair = SshPair.open(lab)) {
            pair.ours(up);
            pair.ours(down);
            for (int round = 0; round < lab.rounds(5, 2); round++) {
                upPeer.add(mebibytes / (pair.peer(up) / 1e3));
                upOurs.add(mebibytes / (pair.ours(up) / 1e3));
                downPeer.add(mebibytes / (pair.peer(down) / 1e3));
                downOurs.add(mebibytes / (pair.ours(down) / 1e3));
            }
        }
        return List.of(
                Finding.of(name(), "upload over ssh / sshd + docker exec", "MiB/s", upOurs, upPeer, Finding.Kind.RATIO_AT_LEAST, 1.0),
                Finding.of(name(), "download over ssh / sshd + docker exec", "MiB/s", downOurs, downPeer, Finding.Kind.RATIO_AT_LEAST, 1.0));
    }
}
