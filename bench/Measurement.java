import java.util.List;

/** One thing that is measured, in turns with its peer. */
interface Measurement {
    /** What {@code --only} calls it. */
    String name();

    /** One line for people. */
    String what();

    /** @throws Unavailable where this machine lacks what it takes */
    List<Finding> run(Lab lab) throws Exception;
}
