package org.dlora.api.openai.completion;

import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.model.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** Prompt of a text completion. */
public sealed interface Prompt {

    record Text(String text) implements Prompt {
        @Override
        public int[] tokens(Tokenizer tokenizer, boolean addSpecialTokens) {
            return tokenizer.encode(text, addSpecialTokens);
        }

        @Override
        public Echo echo(Tokenizer tokenizer, int[] tokens, boolean addSpecialTokens) {
            return Echo.of(tokenizer, text, tokens, addSpecialTokens);
        }
    }

    record Tokens(int[] ids) implements Prompt {
        @Override
        public int[] tokens(Tokenizer tokenizer, boolean addSpecialTokens) {
            return ids;
        }

        @Override
        public Echo echo(Tokenizer tokenizer, int[] tokens, boolean addSpecialTokens) {
            return Echo.of(tokenizer, ids);
        }
    }

    int[] tokens(Tokenizer tokenizer, boolean addSpecialTokens);

    /**
     * Returns the text that {@code echo} puts in front of the answer.
     *
     * @param tokens ids of the prompt
     */
    Echo echo(Tokenizer tokenizer, int[] tokens, boolean addSpecialTokens);

    /** Reads a string, a list of strings, a list of token ids, or a list of such lists. */
    static List<Prompt> read(Fields fields, ServedModel served) {
        int vocabulary = served.vocabSize();
        var node = fields.required("prompt", "a string, token ids, or a list of either");
        if (node.isString()) {
            return List.of(new Text(node.stringValue()));
        }
        var array = Fields.array("prompt", node);
        if (array.isEmpty()) {
            throw ApiException.invalid("prompt", "'prompt' must not be empty.");
        }
        if (array.get(0).isNumber()) {
            return List.of(tokens("prompt", array, vocabulary));
        }
        var prompts = new ArrayList<Prompt>();
        for (int i = 0; i < array.size(); i++) {
            prompts.add(prompt("prompt[" + i + "]", array.get(i), vocabulary));
        }
        return prompts;
    }

    private static Prompt prompt(String path, JsonNode node, int vocabulary) {
        return node instanceof ArrayNode array
                ? tokens(path, array, vocabulary)
                : new Text(Fields.text(path, node));
    }

    private static int token(String path, JsonNode node, int vocabulary) {
        int id = node.intValueOpt().orElse(-1);
        if (id >= vocabulary) {
            throw ApiException.invalid(
                    path,
                    "'%s' is %d, which is out of vocabulary: token ids go from 0 to %d."
                            .formatted(path, id, vocabulary - 1));
        }
        return Fields.integer(path, node, 0, vocabulary - 1);
    }

    static Tokens tokens(String path, ArrayNode array, int vocabulary) {
        var ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = token(path + "[" + i + "]", array.get(i), vocabulary);
        }
        return new Tokens(ids);
    }
}
