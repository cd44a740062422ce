package org.dlora.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.dlora.model.tokenizer.SpecialTokenReader;
import org.dlora.model.tokenizer.TokenizerJson;
import org.dlora.tensor.LoadException;

/**
 * Format of an adapter's requests, from its folder: a chat template, and generation defaults. PEFT
 * folders often hold the files of the tokenizer that the adapter was trained with.
 *
 * @param chat format of its conversations; empty if it is the base model's
 * @param generation sampling defaults of its {@code generation_config.json}, and end tokens that
 *     the base model does not have
 * @param hash over all of this, in lower-case hex; empty if the folder adds nothing
 */
public record AdapterFormat(Optional<ChatFormat> chat, GenerationDefaults generation, String hash) {

    private static final GenerationDefaults NO_DEFAULTS =
            new GenerationDefaults(
                    Set.of(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty());

    /** The format of an adapter that adds nothing to the base model's. */
    public static final AdapterFormat NONE = new AdapterFormat(Optional.empty(), NO_DEFAULTS, "");

    private static final String TOKENIZER = "tokenizer.json";

    /** Names of the files that can be part of it. */
    public static final List<String> FILES =
            List.of(
                    ChatFormat.TEMPLATE_FILE,
                    ChatFormat.CONFIG_FILE,
                    "special_tokens_map.json",
                    GenerationConfig.FILE,
                    TOKENIZER);

    /**
     * Reads the chat template and the generation defaults in {@code folder}.
     *
     * @throws LoadException if a file is malformed, or names an end token that the base model's
     *     tokenizer lacks
     */
    public static AdapterFormat read(Path folder, BaseModel base) {
        var chat =
                ChatFormat.ofAdapter(folder, base.folder())
                        .filter(own -> !base.chat().filter(own::isSame).isPresent());
        var config = GenerationConfig.optional(folder).orElse(NO_DEFAULTS);
        var ends = new HashSet<>(config.endTokens());
        chat.ifPresent(_ -> endToken(folder, base).ifPresent(ends::add));
        ends.removeAll(base.generation().endTokens());
        var generation = config.withEndTokens(ends);
        if (chat.isEmpty() && generation.equals(NO_DEFAULTS)) {
            return NONE;
        }
        return new AdapterFormat(chat, generation, hash(chat, generation));
    }

    private static OptionalInt endToken(Path folder, BaseModel base) {
        var text = SpecialTokenReader.read(folder).get("eos_token");
        if (text == null) {
            return OptionalInt.empty();
        }
        var id = base.tokenizer().id(text);
        if (id.isEmpty()) {
            throw new LoadException(
                    "%s: eos_token '%s' is no token of the base model's tokenizer; train the adapter with the base model's, or remove the file"
                            .formatted(ChatFormat.CONFIG_FILE, text));
        }
        return id;
    }

    private static String hash(Optional<ChatFormat> chat, GenerationDefaults generation) {
        var text =
                "format 1\n%s\n%s %s %s %s %s %s"
                        .formatted(
                                chat.map(ChatFormat::text).orElse(""),
                                generation.endTokens().stream().sorted().toList(),
                                generation.temperature(),
                                generation.topP(),
                                generation.topK(),
                                generation.minP(),
                                generation.repetitionPenalty());
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Checks that the tokenizer in {@code folder}, if there is one, gives its tokens the ids that
     * the base model's gives them. Requests are tokenised by the base model's.
     *
     * @throws LoadException naming the first token that differs
     */
    public static void checkTokenizer(Path folder, BaseModel base) {
        var own = folder.resolve(TOKENIZER);
        if (!Files.exists(own) || isSameFile(own, base.folder().resolve(TOKENIZER))) {
            return;
        }
        var tokens = new TokenizerJson(own).vocabulary().tokens();
        for (int id = 0; id < tokens.size(); id++) {
            var token = tokens.get(id);
            if (!token.isEmpty() && !token.equals(base.tokenizer().token(id))) {
                throw LoadException.in(
                        own,
                        "token '%s' has the id %d, %s".formatted(token, id, there(token, base)));
            }
        }
    }

    private static String there(String token, BaseModel base) {
        var known = base.tokenizer().id(token);
        return (known.isPresent()
                        ? "in the base model's tokenizer it has " + known.getAsInt()
                        : "the base model's tokenizer has no such token")
                + "; an adapter must be trained with its base model's tokenizer";
    }

    private static boolean isSameFile(Path one, Path other) {
        try {
            return Files.mismatch(one, other) < 0;
        } catch (IOException e) {
            throw new LoadException(one + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Returns the special tokens of an adapter: the base model's, and its own in their place. */
    static Map<String, String> specialTokens(Path folder, Path base) {
        var tokens = SpecialTokenReader.read(base);
        tokens.putAll(SpecialTokenReader.read(folder));
        return tokens;
    }
}
