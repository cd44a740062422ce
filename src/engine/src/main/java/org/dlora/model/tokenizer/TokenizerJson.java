package org.dlora.model.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code tokenizer.json}, read as far as the server itself builds text from tokens; the tokenizers
 * library reads the rest. The file is checked before the library sees it, because the library's
 * complaints lack the file's name.
 */
public final class TokenizerJson {
    /** Far above any vocabulary in use; keeps a wild id from asking for gigabytes. */
    private static final int MAX_ID = 1 << 22;

    private static final String SUPPORTED_DECODERS =
            "ByteLevel, Metaspace (▁), or a Sequence of Replace (▁ to a space), ByteFallback, Fuse and Strip (one space)";

    private final Path file;
    private final ObjectNode root;
    private final ObjectNode model;
    private final ObjectNode vocab;
    private final List<AddedToken> added;

    private record AddedToken(int id, String content, boolean special, JsonNode json) {}

    public TokenizerJson(Path file) {
        this.file = file;
        this.root = JsonFile.readVocabulary(file);
        this.model = object(root.get("model"), "model");
        var type = model.path("type").asString("BPE");
        if (!type.equals("BPE")) {
            throw LoadException.in(file, "model.type is " + type + "; supported is BPE");
        }
        this.vocab = object(model.get("vocab"), "model.vocab");
        checkSubwordPrefix();
        this.added = addedTokens();
        // The server bounds prompts with an error; a tokenizer that truncates would do so silently.
        root.putNull("truncation");
        root.putNull("padding");
    }

    /**
     * Refuses a subword prefix. The library cuts it off the second half of every merge, and ends
     * the whole process where that half is shorter. Models of the served families have none.
     */
    private void checkSubwordPrefix() {
        var prefix = model.path("continuing_subword_prefix");
        boolean isNone =
                prefix.isMissingNode()
                        || prefix.isNull()
                        || (prefix.isString() && prefix.stringValue().isEmpty());
        if (!isNone) {
            throw LoadException.in(
                    file,
                    "model.continuing_subword_prefix is %s; expected null or an empty string"
                            .formatted(prefix));
        }
    }

    public Vocabulary vocabulary() {
        var tokens = new ArrayList<String>();
        vocab.properties()
                .forEach(entry ->
                        place(tokens, id(entry.getValue(), "model.vocab"), entry.getKey()));
        var special = new BitSet();
        for (var token : added) {
            place(tokens, token.id, token.content);
            special.set(token.id, token.special);
        }
        return new Vocabulary(tokens, special, spelling());
    }

    /** Returns one more than the largest id of a token that ordinary text is made of. */
    int ordinarySize() {
        var names = added.stream().map(AddedToken::content).collect(Collectors.toSet());
        return vocab.propertyStream()
                .filter(entry -> !names.contains(entry.getKey()))
                .mapToInt(entry -> entry.getValue().intValue() + 1)
                .max()
                .orElse(0);
    }

    /**
     * Returns whether tokenising keeps every byte of a text; false if that is not known. It does so
     * if there is a token for every byte, no normalizer, no pre-tokenizer that drops parts, and no
     * added token that swallows spaces.
     */
    boolean keepsEveryByte() {
        return root.path("normalizer").isEmpty()
                && spelling() instanceof TokenSpelling.ByteLevel bytes
                && keepsText(root.path("pre_tokenizer"))
                && added.stream().noneMatch(token -> strips(token.json))
                && vocab.propertyStream()
                                .filter(entry -> entry.getKey().length() == 1)
                                .map(entry -> bytes.of(entry.getKey()))
                                .filter(one -> one.length == 1)
                                .count()
                        == 256;
    }

    private static boolean keepsText(JsonNode preTokenizer) {
        return switch (preTokenizer.path("type").asString("")) {
            case "ByteLevel", "Digits" -> true;
            case "Split" -> !preTokenizer.path("behavior").asString("Removed").equals("Removed");
            case "Sequence" ->
                    preTokenizer
                            .path("pretokenizers")
                            .valueStream()
                            .allMatch(TokenizerJson::keepsText);
            default -> false;
        };
    }

    private static boolean strips(JsonNode token) {
        return token.path("lstrip").asBoolean(true) || token.path("rstrip").asBoolean(true);
    }

    /** Returns the whole tokenizer. */
    String text() {
        return root.toString();
    }

    /**
     * Returns the tokenizer without its special tokens, so that their names in a text are ordinary
     * text. Other added tokens are still recognised. They join the vocabulary, because the library
     * would otherwise renumber them.
     */
    String textWithoutSpecialTokens() {
        var plain = root.deepCopy();
        var plainVocab = (ObjectNode) plain.at("/model/vocab");
        var kept = plain.putArray("added_tokens");
        for (var token : added) {
            if (!token.special) {
                plainVocab.put(token.content, token.id);
                kept.add(token.json);
            }
        }
        plain.putNull("post_processor");
        return plain.toString();
    }

    /**
     * Checks the ids of added tokens. Where the file's numbers leave gaps, the library silently
     * numbers added tokens by itself.
     *
     * @throws LoadException if {@code tokenizer}, made of this file, knows an added token by
     *     another id
     */
    void checkAddedTokens(NativeTokenizer tokenizer) {
        for (var token : added) {
            var ids = encoded(tokenizer, token);
            if (!token.content.isEmpty() && Arrays.stream(ids).noneMatch(id -> id == token.id)) {
                throw LoadException.in(
                        file,
                        "added token %s has the id %d, but the tokenizers library encodes it as %s"
                                .formatted(token.content, token.id, Arrays.toString(ids)));
            }
        }
    }

    private int[] encoded(NativeTokenizer tokenizer, AddedToken token) {
        try {
            return tokenizer.encode(token.content, false);
        } catch (RuntimeException e) {
            throw new LoadException(
                    "%s: added token %s cannot be encoded by the tokenizers library: %s"
                            .formatted(file.getFileName(), token.content, e.getMessage()),
                    e);
        }
    }

    private List<AddedToken> addedTokens() {
        var tokens = new ArrayList<AddedToken>();
        if (root.get("added_tokens") instanceof ArrayNode array) {
            for (var json : array) {
                if (!json.path("content").isString()) {
                    throw LoadException.in(
                            file,
                            "added_tokens must be objects with id and content, found " + json);
                }
                tokens.add(
                        new AddedToken(
                                id(json.path("id"), "added_tokens"),
                                json.path("content").stringValue(),
                                json.path("special").asBoolean(false),
                                json));
            }
        }
        return tokens;
    }

    private static void place(List<String> tokens, int id, String token) {
        if (id >= tokens.size()) {
            tokens.addAll(Collections.nCopies(id + 1 - tokens.size(), ""));
        }
        tokens.set(id, token);
    }

    private TokenSpelling spelling() {
        var decoder = root.path("decoder");
        return switch (decoder.path("type").asString("")) {
            case "ByteLevel" -> new TokenSpelling.ByteLevel();
            case "Metaspace" -> new TokenSpelling.SentencePiece(false, metaspace(decoder));
            case "Sequence" -> sequence(decoder.path("decoders"));
            default -> throw unsupported(decoder);
        };
    }

    private TokenSpelling sequence(JsonNode decoders) {
        if (decoders.size() == 1
                && decoders.path(0).path("type").asString("").equals("ByteLevel")) {
            return new TokenSpelling.ByteLevel();
        }
        boolean spaces = false;
        boolean byteFallback = false;
        boolean strip = false;
        for (var decoder : decoders) {
            switch (decoder.path("type").asString("")) {
                case "Replace" -> spaces = isSpaceMarker(decoder) || fail(decoder);
                case "ByteFallback" -> byteFallback = true;
                case "Fuse" -> {}
                case "Strip" -> strip = isOneLeadingSpace(decoder) || fail(decoder);
                case "Metaspace" -> {
                    spaces = true;
                    strip |= metaspace(decoder);
                }
                default -> throw unsupported(decoder);
            }
        }
        if (!spaces) {
            throw unsupported(root.path("decoder"));
        }
        return new TokenSpelling.SentencePiece(byteFallback, strip);
    }

    private static boolean isSpaceMarker(JsonNode replace) {
        return replace.path("pattern").path("String").asString("").equals("▁")
                && replace.path("content").asString("").equals(" ");
    }

    private static boolean isOneLeadingSpace(JsonNode strip) {
        return strip.path("content").asString("").equals(" ")
                && strip.path("start").asInt(0) == 1
                && strip.path("stop").asInt(0) == 0;
    }

    /** Returns whether the decoder strips the space in front of the first token. */
    private boolean metaspace(JsonNode metaspace) {
        if (!metaspace.path("replacement").asString("").equals("▁")) {
            throw unsupported(metaspace);
        }
        return !metaspace.path("prepend_scheme").asString("always").equals("never")
                && metaspace.path("add_prefix_space").asBoolean(true);
    }

    private boolean fail(JsonNode decoder) {
        throw unsupported(decoder);
    }

    private LoadException unsupported(JsonNode decoder) {
        return LoadException.in(
                file,
                "decoder " + decoder + " is not supported; supported are " + SUPPORTED_DECODERS);
    }

    private ObjectNode object(@Nullable JsonNode node, String name) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw LoadException.in(file, name + " must be a JSON object");
    }

    private int id(JsonNode node, String where) {
        if (!node.isInt() || node.intValue() < 0 || node.intValue() > MAX_ID) {
            throw LoadException.in(
                    file,
                    where + " has the id " + node + "; expected an integer from 0 to " + MAX_ID);
        }
        return node.intValue();
    }
}
