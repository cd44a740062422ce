package org.dlora.catalogue.served;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.BaseModel;

/**
 * The models that are served: the base model and its adapters, by the names that clients use.
 *
 * @param maxModelLength prompt and output tokens of a sequence together
 * @param catalogue the served adapters, which change at run time
 * @param created time when the base was loaded
 */
public record ServedModels(
        BaseModel base, int maxModelLength, Catalogue catalogue, Instant created) {

    /** Returns the base model's name. */
    public String servedName() {
        return catalogue.baseName();
    }

    /** Returns the number of token ids of the base model. Its tokenizer may know fewer. */
    public int vocabSize() {
        return base.spec().vocabSize();
    }

    /** Lists the adapters served now. */
    public List<ServedAdapter> adapters() {
        return catalogue.adapters();
    }

    /** Lists the adapters served now whose names pass a check, in the same order. */
    public List<ServedAdapter> adapters(Predicate<String> isVisible) {
        return adapters().stream().filter(one -> isVisible.test(one.name())).toList();
    }

    /** Returns the model that is served as {@code model}; empty if there is none. */
    public Optional<Target> find(String model) {
        if (model.equals(servedName())) {
            return Optional.of(new Target.Base(model));
        }
        return catalogue.find(model).map(Target.Adapted::new);
    }
}
