package com.mimiry.catalog;

import com.mimiry.platform.Money;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One line of the table of GPUs.
 *
 * @param computeCapability as the maker counts, such as {@code 9.0}
 * @param indicativeHourlyCost of one GPU
 * @param reportedNames what nvidia-smi and providers write
 * @param otherNames what requests may write beyond the short forms that follow from the canonical name
 */
record GpuEntry(
        GpuModel model,
        String computeCapability,
        Money indicativeHourlyCost,
        List<String> reportedNames,
        List<String> otherNames) {
    static GpuEntry parse(String line) {
        String[] cells = line.split(";", -1);
        if (cells.length != 6) {
            throw new IllegalArgumentException("a GPU's line has six cells: " + line);
        }
        String name = cells[0].strip();
        String[] parts = name.split("_", -1);
        if (parts.length != 3 || !parts[1].endsWith("G")) {
            throw new IllegalArgumentException("not a canonical name: " + name);
        }
        int vramGb = Integer.parseInt(parts[1].substring(0, parts[1].length() - 1));
        GpuModel model = new GpuModel(name, cells[1].strip(), parts[0], vramGb, parts[2]);
        return new GpuEntry(model, cells[2].strip(), Money.ofEuros(cells[3].strip()), names(cells[4]), names(cells[5]));
    }

    /** The short forms that older clients use, most general first: {@code A100}, {@code A100_80G}, {@code A100_SXM}. */
    Set<String> shortForms() {
        Set<String> forms = new LinkedHashSet<>();
        forms.add(model.family());
        forms.add(model.family() + "_" + model.vramGb() + "G");
        forms.add(model.family() + "_" + model.formFactor());
        return forms;
    }

    /** Images must be built for it. */
    String cpuArchitecture() {
        return model.formFactor().equals("SC") ? "arm64" : "amd64";
    }

    String familyKey() {
        return model.family().toLowerCase(Locale.ROOT);
    }

    private static List<String> names(String cell) {
        return Arrays.stream(cell.split("\\|"))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
