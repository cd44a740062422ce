package org.dlora.device;

import java.util.List;

/**
 * The rows {@code firstRow .. firstRow + rows} of a step that share an adapter, and that adapter's
 * terms at one linear layer. Rows outside all groups run on the base alone and cost nothing.
 */
public record LoraGroup(int firstRow, int rows, List<LoraTerm> terms) {
    public LoraGroup {
        terms = List.copyOf(terms);
    }
}
