package org.dlora.app.commands;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.content.AdapterTensors;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.app.settings.MergeProperties;

/** Report on an adapter's folder, as lines of text. */
final class InspectionReport {
    private final List<String> head = new ArrayList<>();
    private final List<String> body = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private boolean isServed;

    /**
     * Creates a report without a verdict.
     *
     * @param base the base model that the adapter is checked against
     */
    InspectionReport(Path folder, String base) {
        var name = folder.toAbsolutePath().normalize().getFileName();
        add("adapter", Optional.ofNullable(name).map(Path::toString).orElse("/"));
        add("folder", folder.toString());
        add("base", base);
    }

    boolean isServed() {
        return isServed;
    }

    /**
     * Reports that the adapter can be served.
     *
     * @param packed bytes that its weights take in the server
     */
    void serve(Adapter adapter, long packed) {
        isServed = true;
        add("verdict", "served");
        add("version", adapter.version());
        var rows = rows(adapter.tensors());
        body.add("");
        body.addAll(ModuleRow.table(rows));
        body.add("");
        long bytes = rows.stream().mapToLong(ModuleRow::bytes).sum();
        body.add(
                "total: %d rows, largest rank %d, %d bytes of tensors, %d bytes of the server's memory"
                        .formatted(rows.size(), adapter.maxRank(), bytes, packed));
        adapter.warnings().forEach(this::warn);
    }

    /**
     * Reports whether the adapter can be merged into the weights, and the accuracy of that.
     *
     * @param fidelity empty if it cannot be merged
     */
    void merge(MergeTerms terms, Optional<MergeFidelity> fidelity) {
        terms.obstacle().ifPresent(why -> body.add("merged: no, as " + why));
        fidelity.ifPresent(measured -> body.add(verdict(terms, measured)));
    }

    /** Judges by the default thresholds of the server. */
    private static String verdict(MergeTerms terms, MergeFidelity measured) {
        boolean isMerged = measured.isAtLeast(MergeProperties.MIN_FIDELITY);
        boolean isMixed = measured.mixesWithin(MergeProperties.MAX_MIXED_NOISE);
        var beside =
                terms.mixingObstacle()
                        .map(why -> "no, as " + why)
                        .orElseGet(() ->
                                String.format(
                                        Locale.ROOT,
                                        "%s (deviation of their logits %.4f %s %s)",
                                        isMixed ? "yes" : "no",
                                        measured.mixedNoise(),
                                        isMixed ? "≤" : ">",
                                        MergeProperties.MAX_MIXED_NOISE));
        return String.format(
                Locale.ROOT,
                "merged: %s (fidelity %.4f %s %s, own logits deviate by %.4f); others beside it: %s",
                isMerged ? "yes" : "no",
                measured.survival(),
                isMerged ? "≥" : "<",
                MergeProperties.MIN_FIDELITY,
                measured.logitDeviation(),
                beside);
    }

    /** Reports that the adapter was not judged, because the base model has {@code problems}. */
    void giveUp(List<String> problems) {
        add("verdict", "not judged: the base model cannot be loaded");
        problems.forEach(problem -> add("problem", "base model: " + problem));
    }

    /** Reports that the adapter cannot be served because of {@code problems}. */
    void refuse(List<String> problems) {
        add("verdict", "refused");
        problems.forEach(problem -> add("problem", problem));
    }

    /** Adds a warning, which leaves the verdict as it is. */
    void warn(String text) {
        notes.add("warning: " + text);
    }

    /** Adds a hint. */
    void hint(String text) {
        notes.add("hint: " + text);
    }

    /** Returns the report. Control characters of names in the files are replaced. */
    List<String> lines() {
        return Stream.of(head, body, notes)
                .flatMap(List::stream)
                .map(line -> line.replaceAll("\\p{Cntrl}", "?"))
                .toList();
    }

    private void add(String label, String value) {
        head.add("%-8s  %s".formatted(label, value));
    }

    private static List<ModuleRow> rows(AdapterTensors tensors) {
        return Stream.of(
                        tensors.modules().stream().map(ModuleRow::of),
                        tensors.biases().stream().map(b -> ModuleRow.of("bias", b)),
                        tensors.matrices().stream().map(m -> ModuleRow.of("retrained matrix", m)))
                .flatMap(rows -> rows)
                .toList();
    }
}
