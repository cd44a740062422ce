package org.dlora.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.template.ChatTemplate;
import org.dlora.template.TemplateException;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A model's format of conversations: its chat template with its special tokens. Immutable, for use
 * by many threads.
 */
public final class ChatFormat {
    private static final String TEMPLATE_FILE = "chat_template.jinja";
    private static final String CONFIG_FILE = "tokenizer_config.json";
    private static final long MAX_BYTES = 2 << 20;

    private final ChatTemplate template;
    private final Map<String, String> specialTokens;

    private ChatFormat(ChatTemplate template, Map<String, String> specialTokens) {
        this.template = template;
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
        var templateFile = folder.resolve(TEMPLATE_FILE);
        if (Files.exists(templateFile)) {
            return Optional.of(parse(folder, templateFile, text(templateFile)));
        }
        var config = folder.resolve(CONFIG_FILE);
        if (!Files.exists(config)) {
            return Optional.empty();
        }
        var template = JsonFile.read(config).path("chat_template");
        if (template.isMissingNode() || template.isNull()) {
            return Optional.empty();
        }
        return Optional.of(parse(folder, config, source(config, template)));
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

    private static ChatFormat parse(Path folder, Path file, String source) {
        try {
            return new ChatFormat(ChatTemplate.parse(source), SpecialTokenReader.read(folder));
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
