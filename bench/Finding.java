/**
 * What came out of one comparison.
 *
 * @param name the measurement's name
 * @param what what was compared, with the unit of the samples
 * @param ours never null unless skipped
 * @param peer null where the target is absolute
 * @param kind how ours, peer and target belong together
 * @param target null where it is shown without a judgement
 * @param skipped why there are no figures; null where there are
 */
record Finding(String name, String what, String unit, Samples ours, Samples peer, Kind kind, Double target, String skipped) {
    enum Kind {
        /** ours / peer, at most the target. */
        RATIO_AT_MOST,
        /** ours / peer, at least the target. */
        RATIO_AT_LEAST,
        /** ours - peer, at most the target. */
        DIFFERENCE_AT_MOST,
        /** ours alone, at most the target. */
        AT_MOST
    }

    static Finding of(String name, String what, String unit, Samples ours, Samples peer, Kind kind, Double target) {
        return new Finding(name, what, unit, ours, peer, kind, target, null);
    }

    static Finding skipped(String name, String reason) {
        return new Finding(name, "", "", null, null, Kind.AT_MOST, null, reason);
    }

    double value() {
        return switch (kind) {
            case RATIO_AT_MOST, RATIO_AT_LEAST -> ours.median() / peer.median();
            case DIFFERENCE_AT_MOST -> ours.median() - peer.median();
            case AT_MOST -> ours.median();
        };
    }

    String verdict() {
        if (skipped != null) {
            return "skipped";
        }
        if (target == null) {
            return "-";
        }
        var met = kind == Kind.RATIO_AT_LEAST ? value() >= target : value() <= target;
        return met ? "met" : "MISSED";
    }
}
