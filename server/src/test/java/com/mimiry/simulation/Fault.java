package com.mimiry.simulation;

/** What goes wrong, in the words of the report. */
enum Fault {
    REPLICA_KILLED("a replica killed between two effects"),
    REPLICA_FROZEN("a replica frozen in the middle of a step, its steps taken over by the other"),
    ALL_REPLICAS_DOWN("all replicas down for minutes"),
    CLOCK_JUMPED("a clock jumped"),
    ALL_REPLICAS_SUSPENDED("all replicas suspended for a while, and their time leapt"),
    CALL_SLOW("a call took its time"),
    COMMIT_FAILED("a commit failed"),
    COMMIT_ANSWER_LOST("a commit succeeded, its answer was lost"),
    LAUNCH_FAILED_BEFORE("a launch failed unclearly and did nothing"),
    LAUNCH_FAILED_AFTER("a launch failed unclearly and did its work"),
    LAUNCH_LATE("a launch failed unclearly and did its work later"),
    LAUNCH_REFUSED("a launch was refused"),
    OFFER_GONE("capacity gone between offer and launch"),
    RATE_LIMITED("a call was rate-limited"),
    OFFERS_SILENT("offers were not answered"),
    LISTING_INCOMPLETE("a listing could not be completed"),
    LISTING_STALE("a listing missed a machine for a moment"),
    DESTROY_FAILED("a destroy failed before or after its effect"),
    MACHINE_NEVER_BOOTED("a machine never booted"),
    MACHINE_VANISHED("a machine vanished"),
    MACHINE_PLANTED("a machine with our tag that no row knows"),
    VOLUME_FAILED_BEFORE("the create of a volume failed unclearly and did nothing"),
    VOLUME_FAILED_AFTER("the create of a volume failed unclearly and did its work"),
    VOLUME_LATE("the create of a volume failed unclearly and did its work later"),
    VOLUME_REFUSED("the create of a volume was refused"),
    VOLUME_CHANGE_FAILED("a volume's resize or destroy failed before or after its effect"),
    VOLUME_LEFT_OUT("a listing missed a volume for a moment"),
    VOLUME_VANISHED("a volume was deleted at its provider"),
    VOLUME_PLANTED("a volume with our tag that no row knows"),
    ADDRESS_REUSED("a machine's address went to another machine"),
    ENGINE_UNREACHABLE("an engine was out of reach for a while"),
    ENGINE_CALL_FAILED("an engine call failed before or after its effect"),
    ENGINE_REFUSED("an engine refused to start a container"),
    PULL_REFUSED("a registry refused an image"),
    CONTAINER_DIED("a container died together with its init"),
    OUT_OF_MEMORY("a command was killed for memory"),
    RUN_AGAIN("(known limit) an ended container was run again by a replica frozen just before starting it");

    private final String words;

    Fault(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }
}
