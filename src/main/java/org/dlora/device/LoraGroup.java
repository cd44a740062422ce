package org.dlora.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rows {@code firstRow .. firstRow + rows} of a step that share an adapter, and that adapter's
 * terms at one linear layer. Rows outside all groups run on the base alone and cost nothing.
 */
public record LoraGroup(int firstRow, int rows, List<LoraTerm> terms) {
    public LoraGroup {
        terms = List.copyOf(terms);
    }

    /**
     * Returns the groups of {@code groups} among gathered rows.
     *
     * @param rows indices of the rows that are gathered; see {@link Step#gather}
     */
    public static List<LoraGroup> gathered(List<LoraGroup> groups, int[] rows) {
        var gathered = new ArrayList<LoraGroup>();
        int next;
        for (int first = 0; first < rows.length && !groups.isEmpty(); first = next) {
            var group = of(rows[first], groups);
            next = first + 1;
            while (next < rows.length && of(rows[next], groups).equals(group)) {
                next++;
            }
            if (group.isPresent()) {
                gathered.add(new LoraGroup(first, next - first, group.get().terms()));
            }
        }
        return gathered;
    }

    private static Optional<LoraGroup> of(int row, List<LoraGroup> groups) {
        return groups.stream()
                .filter(group -> row >= group.firstRow && row < group.firstRow + group.rows)
                .findFirst();
    }
}
