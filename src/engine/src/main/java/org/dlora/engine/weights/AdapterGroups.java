package org.dlora.engine.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.device.LoraGroup;
import org.dlora.model.LayerSite;
import org.dlora.model.forward.LoraGroups;
import org.jspecify.annotations.Nullable;

/**
 * The row groups of a step by adapter; base rows are in none. The groups of a linear layer are
 * built once. Steps with the same rows, such as those of steady decodes, share them.
 */
public final class AdapterGroups implements LoraGroups {
    private final Map<String, AdapterTerms> adapters;
    private final List<AdapterRowGroup> groups = new ArrayList<>();
    private final Map<LayerSite, List<LoraGroup>> known = new HashMap<>();

    public AdapterGroups(Map<String, AdapterTerms> adapters) {
        this.adapters = adapters;
    }

    /** Adds rows after those added before; rows of one adapter come one after another. */
    public void add(@Nullable String adapter, int firstRow, int rows) {
        var terms = adapter == null ? AdapterTerms.BASE : adapters.get(adapter);
        if (terms == null) {
            throw new IllegalStateException("Adapter " + adapter + " is not loaded");
        }
        if (!groups.isEmpty() && Objects.equals(groups.getLast().adapter(), adapter)) {
            var last = groups.removeLast();
            groups.add(new AdapterRowGroup(adapter, terms, last.firstRow(), last.rows() + rows));
        } else {
            groups.add(new AdapterRowGroup(adapter, terms, firstRow, rows));
        }
    }

    /** Returns {@code earlier} if its rows are the same, else this. */
    public AdapterGroups orSame(AdapterGroups earlier) {
        return groups.equals(earlier.groups) ? earlier : this;
    }

    /** Returns whether no row is another adapter's, or the base's. */
    public boolean areAllOf(String adapter) {
        return groups.stream().allMatch(rows -> adapter.equals(rows.adapter()));
    }

    /** Returns the rows in their order. */
    public List<AdapterRowGroup> rows() {
        return List.copyOf(groups);
    }

    @Override
    public List<LoraGroup> at(LayerSite at) {
        return known.computeIfAbsent(at, this::build);
    }

    private List<LoraGroup> build(LayerSite at) {
        return groups.stream()
                .map(rows -> rows.with(rows.terms().at(at)))
                .filter(group -> !group.terms().isEmpty())
                .toList();
    }
}
