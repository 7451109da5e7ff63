package com.mimiry.catalog;

import com.mimiry.platform.Money;
import com.mimiry.providers.GpuNames;
import io.quarkus.logging.Log;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every GPU model known, by all its names.
 *
 * <p>Names that people write are taken loosely (case, blanks, {@code -} and {@code _} do not count), and a short form
 * stands for every model that it fits: {@code A100} for all A100, {@code A100_80G} for both of 80 GB. Where one must be
 * taken, it is the one with the least memory, SXM before PCIe before the rest: {@code A100} is {@code A100_40G_SXM}.
 * {@code RTX6000} is the Turing card alone; its namesakes are {@code RTX6000Ada} and {@code RTXPRO6000}.
 *
 * <p>What providers write is taken strictly: a text that could be two models, or has a word that we do not know, is
 * nobody's.
 */
@Singleton
public final class GpuCatalog implements GpuNames {
    private static final List<String> FORM_FACTORS = List.of("SXM", "PCIe", "NVL", "OAM", "SC");
    private static final Money COST_OF_THE_UNKNOWN = Money.ofEuros("1.00");

    /** What nvidia-smi states may be this much under, and what makers print this much over, the name. */
    private static final double MEMORY_TOLERANCE = 0.08;

    private static final int IDENTIFIED_MAX = 10_000;

    private record Reported(String text, int memoryMib) {}

    private final Map<String, GpuEntry> entries = new LinkedHashMap<>();
    private final Map<String, List<GpuModel>> byRequestName = new LinkedHashMap<>();
    private final Map<String, Set<GpuModel>> byReportedName = new LinkedHashMap<>();
    private final Set<String> reportedUnknown = ConcurrentHashMap.newKeySet();
    /** Providers say the same few words again and again, and a host with many GPUs once for each. */
    private final Map<Reported, Known> identified = new ConcurrentHashMap<>();

    public GpuCatalog() {
        for (GpuEntry entry : readEntries()) {
            GpuModel model = entry.model();
            entries.put(model.name(), entry);
            addRequestName(model.name(), model);
            entry.shortForms().forEach(name -> addRequestName(name, model));
            entry.otherNames().forEach(name -> addRequestName(name, model));
            entry.reportedNames().forEach(name -> addReportedName(name, model));
            addReportedName(model.name(), model);
        }
        byRequestName.replaceAll((_, models) -> models.stream()
                .sorted(Comparator.comparingInt(GpuModel::vramGb)
                        .thenComparingInt(model -> FORM_FACTORS.indexOf(model.formFactor())))
                .toList());
    }

    /** All models, in the order of the table. */
    public List<GpuModel> models() {
        return entries.values().stream().map(GpuEntry::model).toList();
    }

    /** Every model that a request's name fits, the preferred one first; empty for a name that nobody knows. */
    public List<GpuModel> matching(String name) {
        return byRequestName.getOrDefault(GpuText.key(name), List.of());
    }

    /** The model meant by a canonical name or a short form: the preferred one where several fit. */
    public Optional<GpuModel> find(String name) {
        return matching(name).stream().findFirst();
    }

    /** The short forms of a model, under which older clients look for it. */
    public Set<String> shortForms(GpuModel model) {
        GpuEntry entry = entries.get(model.name());
        return entry == null ? Set.of() : entry.shortForms();
    }

    /** The family's name as the table writes it. */
    public Optional<String> family(String text) {
        String key = GpuText.key(text);
        return families().stream()
                .filter(family -> GpuText.key(family).equals(key))
                .findFirst();
    }

    /** All families, in the order of the table. */
    public Set<String> families() {
        Set<String> families = new LinkedHashSet<>();
        entries.values().forEach(entry -> families.add(entry.model().family()));
        return families;
    }

    /** The form factor as the table writes it; SXM2 to SXM6 are SXM. */
    public Optional<String> formFactor(String text) {
        String key = GpuText.key(text).replaceFirst("^sxm\\d$", "sxm");
        return FORM_FACTORS.stream()
                .filter(form -> form.toLowerCase(Locale.ROOT).equals(key))
                .findFirst();
    }

    public List<String> formFactors() {
        return FORM_FACTORS;
    }

    /** The known names nearest to one that is not known, at most three. */
    public List<String> nearest(String name) {
        Set<String> names = new LinkedHashSet<>(entries.keySet());
        entries.values().forEach(entry -> names.addAll(entry.shortForms()));
        return NearestNames.of(name, names);
    }

    @Override
    public Known identify(String text, int memoryMib) {
        Reported reported = new Reported(text, memoryMib);
        Known known = identified.get(reported);
        if (known == null) {
            known = known(model(text, memoryMib));
            if (identified.size() < IDENTIFIED_MAX) {
                identified.put(reported, known);
            }
        }
        return known;
    }

    @Override
    public Optional<Known> named(String name) {
        return find(name).map(this::known);
    }

    /** The model behind a provider's words; {@link GpuModel#CPU_ONLY} for none. An unknown one is logged once. */
    GpuModel model(String text, int memoryMib) {
        if (text.isBlank()) {
            return GpuModel.CPU_ONLY;
        }
        Optional<GpuModel> found = GpuText.isSlice(text) ? Optional.empty() : recognized(text, memoryMib);
        return found.orElseGet(() -> {
            if (reportedUnknown.size() < 1_000 && reportedUnknown.add(text)) {
                Log.warnf("unknown GPU \"%s\" with %d MiB: it is offered under Unknown:", text, memoryMib);
            }
            return GpuModel.unknown(text, memoryMib);
        });
    }

    List<GpuEntry> entries() {
        return List.copyOf(entries.values());
    }

    private Optional<GpuModel> recognized(String text, int memoryMib) {
        Set<GpuModel> named = byReportedName.get(GpuText.key(text));
        if (named == null) {
            named = byReportedName.get(GpuText.keyWithoutVendor(text));
        }
        if (named != null) {
            return single(named, text, memoryMib);
        }
        // The longest name first, since RTX 6000 Ada starts like RTX 6000.
        return families().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .filter(family -> GpuText.isOfFamily(text, family))
                .findFirst()
                .flatMap(family -> ofFamily(family, text, memoryMib));
    }

    private Optional<GpuModel> ofFamily(String family, String text, int memoryMib) {
        List<GpuModel> models =
                models().stream().filter(model -> model.family().equals(family)).toList();
        Set<String> forms = GpuText.formFactors(text);
        List<GpuModel> ofForm = models.stream()
                .filter(model -> forms.isEmpty() || forms.equals(Set.of(model.formFactor())))
                .toList();
        Optional<GpuModel> one = single(ofForm, text, memoryMib);
        // A family whose bare name is one model's own, such as H200, means that model when no form factor is said.
        Set<GpuModel> plain = byReportedName.getOrDefault(GpuText.key(family), Set.of());
        return one.isPresent() || !forms.isEmpty() ? one : single(plain, text, memoryMib);
    }

    private static Optional<GpuModel> single(Collection<GpuModel> candidates, String text, int memoryMib) {
        List<GpuModel> fitting = candidates.stream()
                .filter(model -> memoryMib <= 0 || isAbout(memoryMib / 1024.0, model.vramGb()))
                .toList();
        OptionalInt stated = GpuText.gigabytes(text);
        if (fitting.size() > 1 && memoryMib <= 0 && stated.isPresent()) {
            fitting = fitting.stream()
                    .filter(model -> isAbout(stated.getAsInt(), model.vramGb()))
                    .toList();
        }
        return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
    }

    private static boolean isAbout(double gigabytes, int vramGb) {
        return Math.abs(gigabytes - vramGb) <= MEMORY_TOLERANCE * vramGb;
    }

    private Known known(GpuModel model) {
        GpuEntry entry = entries.get(model.name());
        Money cost = entry == null ? COST_OF_THE_UNKNOWN : entry.indicativeHourlyCost();
        return new Known(model.name(), model.vramGb(), cost);
    }

    private void addRequestName(String name, GpuModel model) {
        List<GpuModel> models = byRequestName.computeIfAbsent(GpuText.key(name), _ -> new ArrayList<>());
        if (!models.contains(model)) {
            models.add(model);
        }
    }

    private void addReportedName(String name, GpuModel model) {
        byReportedName
                .computeIfAbsent(GpuText.key(name), _ -> new LinkedHashSet<>())
                .add(model);
        // A provider's slug, such as nvidia-a100-80gb, means what it means there only while it is whole.
        if (!name.equals(name.toLowerCase(Locale.ROOT))) {
            byReportedName
                    .computeIfAbsent(GpuText.keyWithoutVendor(name), _ -> new LinkedHashSet<>())
                    .add(model);
        }
    }

    private static List<GpuEntry> readEntries() {
        try (InputStream in = Objects.requireNonNull(GpuCatalog.class.getResourceAsStream("gpus.csv"));
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(GpuEntry::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
