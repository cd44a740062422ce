package org.dlora.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.device.LoraGroup;
import org.dlora.model.LinearSite;
import org.dlora.model.LoraGroups;
import org.jspecify.annotations.Nullable;

/**
 * The row groups of a step by adapter; base rows are in none. What a linear layer gets is put
 * together once; steps whose rows are the same, as those of steady decodes, share it.
 */
final class AdapterGroups implements LoraGroups {
    private final Map<String, AdapterTerms> adapters;
    private final List<Rows> groups = new ArrayList<>();
    private final Map<Layer, List<LoraGroup>> known = new HashMap<>();

    private record Rows(String adapter, AdapterTerms terms, int firstRow, int rows) {}

    private record Layer(int layer, LinearSite site) {}

    AdapterGroups(Map<String, AdapterTerms> adapters) {
        this.adapters = adapters;
    }

    /** Adds rows after those added before; rows of one adapter come one after another. */
    void add(@Nullable String adapter, int firstRow, int rows) {
        if (adapter == null) {
            return;
        }
        var terms = adapters.get(adapter);
        if (terms == null) {
            throw new IllegalStateException("Adapter " + adapter + " is not loaded");
        }
        if (!groups.isEmpty() && groups.getLast().adapter().equals(adapter)) {
            var last = groups.removeLast();
            groups.add(new Rows(adapter, terms, last.firstRow(), last.rows() + rows));
        } else {
            groups.add(new Rows(adapter, terms, firstRow, rows));
        }
    }

    /** {@code earlier} if its rows are the same, else this. */
    AdapterGroups orSame(AdapterGroups earlier) {
        return groups.equals(earlier.groups) ? earlier : this;
    }

    @Override
    public List<LoraGroup> at(int layer, LinearSite site) {
        return known.computeIfAbsent(new Layer(layer, site), this::build);
    }

    private List<LoraGroup> build(Layer at) {
        return groups.stream()
                .map(g ->
                        new LoraGroup(g.firstRow(), g.rows(), g.terms().at(at.layer(), at.site())))
                .filter(g -> !g.terms().isEmpty())
                .toList();
    }
}
