package org.dlora.catalogue.source.unpack;

import java.util.Locale;
import java.util.regex.Pattern;

/** The files of a PEFT folder by their names: those that are kept, and those that are refused. */
public final class AdapterFiles {
    public static final String CONFIG = "adapter_config.json";

    private static final Pattern KEPT =
            Pattern.compile(
                    "adapter_config\\.json"
                            + "|[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors(\\.index\\.json)?"
                            + "|tokenizer[A-Za-z0-9._-]*"
                            + "|chat_template[A-Za-z0-9._-]*"
                            + "|special_tokens_map\\.json|added_tokens\\.json|vocab\\.json|merges\\.txt"
                            + "|generation_config\\.json");
    private static final Pattern PICKLE =
            Pattern.compile(".*\\.(bin|pt|pth|ckpt|pkl|pickle)", Pattern.DOTALL);
    private static final int MOST = 200;

    private AdapterFiles() {}

    /**
     * Returns whether the file is kept: configuration, weights, tokenizer, chat template and
     * generation defaults. All other files have no effect.
     */
    public static boolean isKept(String name) {
        return name.length() <= MOST && !isPickle(name) && KEPT.matcher(name).matches();
    }

    /** Returns whether it is a Python pickle, which can run code and is never read. */
    public static boolean isPickle(String name) {
        return PICKLE.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }

    /** Returns whether it has weights. */
    public static boolean isWeights(String name) {
        return name.endsWith(".safetensors");
    }
}
