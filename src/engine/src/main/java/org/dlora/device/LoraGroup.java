package org.dlora.device;

import java.util.ArrayList;
import java.util.List;

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
        int at = 0;
        int count = 0;
        for (int i = 0; i < rows.length && !groups.isEmpty(); i++) {
            int next = atOrBehind(rows[i], groups, at);
            if (next != at && count > 0) {
                gathered.add(new LoraGroup(i - count, count, groups.get(at).terms()));
                count = 0;
            }
            at = next;
            if (at < groups.size() && groups.get(at).firstRow <= rows[i]) {
                count++;
            } else if (count > 0) {
                gathered.add(new LoraGroup(i - count, count, groups.get(at).terms()));
                count = 0;
            }
        }
        if (count > 0) {
            gathered.add(new LoraGroup(rows.length - count, count, groups.get(at).terms()));
        }
        return gathered;
    }

    /** Returns the index of the group that has a row, else of the first one behind it. */
    private static int atOrBehind(int row, List<LoraGroup> groups, int guess) {
        int at = guess > 0 && groups.get(guess - 1).end() > row ? 0 : guess;
        while (at < groups.size() && groups.get(at).end() <= row) {
            at++;
        }
        return at;
    }

    private int end() {
        return firstRow + rows;
    }
}
