import java.util.List;

/** From POST /sessions to the state started, against docker run -d of the same image. */
final class SessionStart implements Measurement {
    @Override
    public String name() {
        return "session-start";
    }

    @Override
    public String what() {
        return "POST /sessions until started / docker run -d";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        var image = lab.image();
        var ours = new Samples();
        var peer = new Samples();
        // The first of each is a warm-up.
        for (int round = 0; round <= lab.rounds(10, 3); round++) {
            var docker = dockerRun(image);
            var session = session(lab, image);
            if (round > 0) {
                peer.add(docker);
                ours.add(session);
            }
        }
        return List.of(Finding.of(name(), what(), "ms", ours, peer, Finding.Kind.RATIO_AT_MOST, 1.3));
    }

    private static double session(Lab lab, String image) throws Exception {
        var start = System.nanoTime();
        var id = lab.api().create(image);
        lab.api().awaitStarted(id);
        var millis = (System.nanoTime() - start) / 1e6;
        lab.api().terminate(id);
        return millis;
    }

    private static double dockerRun(String image) throws Exception {
        var run = Shell.run("docker", "run", "-d", image, "sleep", "3600").orFail("docker run");
        Shell.run("docker", "rm", "-f", run.text().strip()).orFail("docker rm");
        return run.millis();
    }
}
