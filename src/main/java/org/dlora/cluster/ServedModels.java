package org.dlora.cluster;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.Adapter;
import org.dlora.model.BaseModel;

/**
 * The names that clients can put into {@code model}.
 *
 * @param servedName the base's
 * @param maxModelLength prompt and output tokens of a sequence together
 * @param adapters served ones, in the order to list them
 * @param created when they were loaded
 */
public record ServedModels(
        String servedName,
        BaseModel base,
        int maxModelLength,
        List<Adapter> adapters,
        Instant created) {

    /**
     * @throws IllegalArgumentException if two have the same name
     */
    public ServedModels {
        adapters = List.copyOf(adapters);
        var names = new HashSet<String>();
        names.add(servedName);
        for (var adapter : adapters) {
            if (!names.add(adapter.name())) {
                throw new IllegalArgumentException(
                        "Two models would be served as '%s': rename the adapter in %s or set dlora.served-name"
                                .formatted(adapter.name(), adapter.folder()));
            }
        }
    }

    /** What {@code model} stands for; empty if nothing is served under this name. */
    public Optional<Target> find(String model) {
        if (model.equals(servedName)) {
            return Optional.of(new Target.Base(servedName));
        }
        return adapters.stream()
                .filter(adapter -> adapter.name().equals(model))
                .findFirst()
                .map(Target.Adapted::new);
    }
}
