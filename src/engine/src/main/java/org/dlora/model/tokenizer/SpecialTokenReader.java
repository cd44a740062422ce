package org.dlora.model.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.JsonNode;

/**
 * Reader of the special tokens that a chat template may name, such as {@code bos_token}. They come
 * from {@code tokenizer_config.json}, or from {@code special_tokens_map.json} where that has none.
 * As in transformers, a token that is not set is undefined rather than empty.
 */
public final class SpecialTokenReader {
    private static final List<String> NAMES =
            List.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    private SpecialTokenReader() {}

    /** Returns the texts of the tokens by name. */
    public static Map<String, String> read(Path folder) {
        var tokens = new LinkedHashMap<String, String>();
        for (var name : List.of("special_tokens_map.json", "tokenizer_config.json")) {
            var file = folder.resolve(name);
            if (Files.exists(file)) {
                var config = JsonFile.read(file);
                for (var token : NAMES) {
                    var value = config.path(token);
                    if (!value.isMissingNode() && !value.isNull()) {
                        tokens.put(token, text(file, token, value));
                    }
                }
            }
        }
        return tokens;
    }

    /**
     * Returns the text of a token, which is saved as a string or as the object of a tokenizers
     * AddedToken.
     */
    private static String text(Path file, String name, JsonNode value) {
        var text = value.isObject() ? value.path("content") : value;
        if (!text.isString()) {
            throw LoadException.in(
                    file, name + " is " + value + "; expected a string or an object with content");
        }
        return text.stringValue();
    }
}
