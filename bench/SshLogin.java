import java.util.List;

/** One short command over SSH, connection and all. */
final class SshLogin implements Measurement {
    @Override
    public String name() {
        return "ssh-login";
    }

    @Override
    public String what() {
        return "ssh HOST true / sshd + docker exec";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        var ours = new Samples();
        var peer = new Samples();
        try (var pair = SshPair.open(lab)) {
            pair.ours("$SSH true");
            pair.peer("$SSH true");
            for (int round = 0; round < lab.rounds(20, 5); round++) {
                peer.add(pair.peer("$SSH true"));
                ours.add(pair.ours("$SSH true"));
            }
        }
        return List.of(Finding.of(name(), what(), "ms", ours, peer, Finding.Kind.RATIO_AT_MOST, 1.0));
    }
}
