package org.dlora.adapter.content;

import org.dlora.model.LinearModule;
import org.dlora.model.LinearSite;

/** Naming scheme by which PEFT saves the tensors of a module. */
final class TensorNaming {
    private static final String PREFIX = "base_model.model.";

    private TensorNaming() {}

    static String a(LinearModule module) {
        return of(module, isEmbedding(module) ? ".lora_embedding_A" : ".lora_A.weight");
    }

    static String b(LinearModule module) {
        return of(module, isEmbedding(module) ? ".lora_embedding_B" : ".lora_B.weight");
    }

    static String biasOfB(LinearModule module) {
        return of(module, ".lora_B.bias");
    }

    static String magnitude(LinearModule module) {
        return of(module, ".lora_magnitude_vector");
    }

    /**
     * Returns the name of the module's bias, which PEFT moves to {@code base_layer} if it wraps the
     * module.
     */
    static String bias(LinearModule module, boolean isAdapted) {
        return of(module, isAdapted ? ".base_layer.bias" : ".bias");
    }

    /** Returns the name of the module's weight; see {@link #bias}. */
    static String weight(LinearModule module, boolean isAdapted) {
        return of(module, isAdapted ? ".base_layer.weight" : ".weight");
    }

    private static boolean isEmbedding(LinearModule module) {
        return module.site() == LinearSite.EMBEDDING;
    }

    private static String of(LinearModule module, String suffix) {
        return PREFIX + module.name() + suffix;
    }
}
