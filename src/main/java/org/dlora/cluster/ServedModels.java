package org.dlora.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.dlora.model.BaseModel;

/**
 * The names that clients can put into {@code model}.
 *
 * @param maxModelLength prompt and output tokens of a sequence together
 * @param catalogue the adapters, which come and go
 * @param created when the base was loaded
 */
public record ServedModels(
        BaseModel base, int maxModelLength, Catalogue catalogue, Instant created) {

    /** The base's. */
    public String servedName() {
        return catalogue.baseName();
    }

    /** Those served now, in the order to list them. */
    public List<ServedAdapter> adapters() {
        return catalogue.adapters();
    }

    /** What {@code model} stands for; empty if nothing is served under this name. */
    public Optional<Target> find(String model) {
        if (model.equals(servedName())) {
            return Optional.of(new Target.Base(model));
        }
        return catalogue.find(model).map(Target.Adapted::new);
    }
}
