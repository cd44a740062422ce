package org.dlora.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.dlora.model.tokenizer.SpecialTokenReader;
import org.dlora.template.ChatTemplate;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A model's format of conversations: its chat template with its special tokens. Immutable, for use
 * by many threads.
 */
public final class ChatFormat {
    static final String TEMPLATE_FILE = "chat_template.jinja";
    static final String CONFIG_FILE = "tokenizer_config.json";
    private static final long MAX_BYTES = 2 << 20;

    private final ChatTemplate template;
    private final String source;
    private final Map<String, String> specialTokens;

    private ChatFormat(ChatTemplate template, String source, Map<String, String> specialTokens) {
        this.template = template;
        this.source = source;
        this.specialTokens = specialTokens;
    }

    /**
     * Reads the chat format of a model folder: {@code chat_template.jinja}, or else {@code
     * chat_template} of {@code tokenizer_config.json}. Of several named templates {@code default}
     * counts.
     *
     * @return empty if the folder has none
     * @throws LoadException if the template cannot be read or parsed
     */
    static Optional<ChatFormat> read(Path folder) {
        return read(folder, () -> SpecialTokenReader.read(folder));
    }

    /**
     * Reads the chat format of an adapter's folder. Special tokens that the folder does not name
     * are those of the model.
     *
     * @return empty if the folder has no template
     * @throws LoadException as {@link #read}
     */
    static Optional<ChatFormat> ofAdapter(Path folder, Path model) {
        return read(folder, () -> AdapterFormat.specialTokens(folder, model));
    }

    private static Optional<ChatFormat> read(
            Path folder, Supplier<Map<String, String>> specialTokens) {
        var templateFile = folder.resolve(TEMPLATE_FILE);
        if (Files.exists(templateFile)) {
            return Optional.of(parse(templateFile, text(templateFile), specialTokens));
        }
        var config = folder.resolve(CONFIG_FILE);
        if (!Files.exists(config)) {
            return Optional.empty();
        }
        var template = JsonFile.read(config).path("chat_template");
        if (template.isMissingNode() || template.isNull()) {
            return Optional.empty();
        }
        return Optional.of(parse(config, source(config, template), specialTokens));
    }

    /**
     * Returns the prompt for a conversation. It holds the special tokens already: encode it without
     * adding them again.
     *
     * @param messages as the client sent them: {@code role}, {@code content} and whatever else the
     *     template reads
     * @param addGenerationPrompt whether to end with the opening of the assistant's answer
     * @param extra more variables of the template, such as {@code enable_thinking}
     * @param clock read by {@code strftime_now}
     * @throws TemplateException if the template refuses the conversation or fails
     */
    public String render(
            List<? extends Map<String, ?>> messages,
            boolean addGenerationPrompt,
            Map<String, ?> extra,
            Clock clock) {
        var context = new HashMap<String, @Nullable Object>(specialTokens);
        context.put("tools", null);
        context.put("documents", null);
        context.putAll(extra);
        context.put("messages", messages);
        context.put("add_generation_prompt", addGenerationPrompt);
        return template.render(context, clock);
    }

    /**
     * Returns whether the template names {@code variable}, so that a value for it has an effect.
     */
    public boolean reads(String variable) {
        return source.contains(variable);
    }

    /** Returns the text of the template. */
    public String template() {
        return source;
    }

    /** Returns whether both make the same prompts. */
    boolean isSame(ChatFormat other) {
        return source.equals(other.source) && named().equals(other.named());
    }

    /** Returns a text that differs for formats that are not the same. */
    String text() {
        return source + "\n" + named();
    }

    /** Returns the special tokens that the template can name. */
    private Map<String, String> named() {
        var tokens = new TreeMap<>(specialTokens);
        tokens.keySet().removeIf(name -> !source.contains(name));
        return tokens;
    }

    private static ChatFormat parse(
            Path file, String source, Supplier<Map<String, String>> specialTokens) {
        try {
            return new ChatFormat(ChatTemplate.parse(source), source, specialTokens.get());
        } catch (TemplateException e) {
            throw new LoadException(file.getFileName() + ": chat template: " + e.getMessage(), e);
        }
    }

    private static String text(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw LoadException.in(
                        file, "has " + size + " bytes; at most " + MAX_BYTES + " are read");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new LoadException(
                    file.getFileName() + ": cannot be read as UTF-8 text: " + e.getMessage(), e);
        }
    }

    private static String source(Path file, JsonNode template) {
        if (template.isString()) {
            return template.stringValue();
        }
        for (var named : template) {
            if (named.path("name").asString("").equals("default")
                    && named.path("template").isString()) {
                return named.path("template").stringValue();
            }
        }
        throw LoadException.in(
                file,
                "chat_template must be a string or a list of templates with one named default");
    }
}
