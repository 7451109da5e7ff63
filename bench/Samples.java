import java.util.ArrayList;
import java.util.List;

/** Figures of one kind, in the order taken. */
final class Samples {
    private final List<Double> values = new ArrayList<>();

    void add(double value) {
        values.add(value);
    }

    List<Double> values() {
        return List.copyOf(values);
    }

    double median() {
        return quantile(0.5);
    }

    /** Linear between neighbours; there must be at least one figure. */
    double quantile(double share) {
        var sorted = values.stream().sorted().toList();
        var position = share * (sorted.size() - 1);
        var below = (int) Math.floor(position);
        var above = Math.min(below + 1, sorted.size() - 1);
        return sorted.get(below) + (position - below) * (sorted.get(above) - sorted.get(below));
    }

    double min() {
        return quantile(0);
    }

    double max() {
        return quantile(1);
    }
}
