package org.dlora.app.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.adapter.content.LoraModule;
import org.dlora.adapter.content.Retrained;
import org.dlora.tensor.Tensor;

/**
 * A row of the report: the change of one module by an adapter.
 *
 * @param cells text under each of {@link #TITLES}
 * @param bytes size of its tensors in the files
 */
record ModuleRow(List<String> cells, long bytes) {
    private static final List<String> TITLES =
            List.of("module", "kind", "rank", "alpha", "scale", "dtype", "bytes");

    /** First of the columns that are aligned to the right: most of them hold numbers. */
    private static final int FIRST_RIGHT_ALIGNED = 2;

    static ModuleRow of(LoraModule lora) {
        var tensors = new ArrayList<>(List.of(lora.a(), lora.b()));
        lora.biasOfB().ifPresent(tensors::add);
        lora.magnitude().ifPresent(tensors::add);
        var kind =
                (lora.magnitude().isPresent() ? "DoRA" : "LoRA")
                        + (lora.biasOfB().isPresent() ? " with bias" : "");
        return of(
                lora.module().name(),
                kind,
                List.of(
                        String.valueOf(lora.rank()),
                        number(lora.alpha()),
                        number(Double.parseDouble(Float.toString(lora.scale())))),
                tensors);
    }

    static ModuleRow of(String kind, Retrained retrained) {
        return of(
                retrained.module().name(),
                kind,
                List.of("-", "-", "-"),
                List.of(retrained.tensor()));
    }

    private static ModuleRow of(
            String module, String kind, List<String> numbers, List<Tensor> tensors) {
        var dtypes =
                tensors.stream()
                        .map(tensor -> tensor.dtype().name())
                        .distinct()
                        .collect(Collectors.joining("+"));
        long bytes = tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
        var cells = new ArrayList<>(List.of(module, kind));
        cells.addAll(numbers);
        cells.addAll(List.of(dtypes, String.valueOf(bytes)));
        return new ModuleRow(List.copyOf(cells), bytes);
    }

    /** Returns titles and rows, with aligned columns. */
    static List<String> table(List<ModuleRow> rows) {
        var lines = Stream.concat(Stream.of(TITLES), rows.stream().map(ModuleRow::cells)).toList();
        var widths =
                IntStream.range(0, TITLES.size())
                        .map(i -> lines.stream().mapToInt(l -> l.get(i).length()).max().orElse(0))
                        .toArray();
        return lines.stream().map(line -> aligned(line, widths)).toList();
    }

    private static String aligned(List<String> cells, int[] widths) {
        return IntStream.range(0, widths.length)
                .mapToObj(i -> {
                    var format = (i < FIRST_RIGHT_ALIGNED ? "%-" : "%") + widths[i] + "s";
                    return String.format(format, cells.get(i));
                })
                .collect(Collectors.joining("  "));
    }

    /** Writes a number without the {@code .0} of whole numbers. */
    private static String number(double value) {
        var text = String.valueOf(value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
