package org.dlora.adapter;

import org.dlora.model.LinearModule;
import org.dlora.model.LinearSite;

/** Under which names PEFT saves the tensors of a module. */
final class TensorNames {
    private static final String PREFIX = "base_model.model.";

    private TensorNames() {}

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

    /** Of the base; it moves to {@code base_layer} where PEFT wraps the module. */
    static String bias(LinearModule module, boolean isAdapted) {
        return of(module, isAdapted ? ".base_layer.bias" : ".bias");
    }

    /** Likewise. */
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
